"""Teams and agents of AgentChat as the program makes them: what cannot work is said at once.

A team is looked at when it has been made, an agent when its making fails, settings when they are
dumped. Each fault is a finding in the trace and one line on stderr; the program goes on as before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Final

from ...tracer.recorder import Recorder, active, current_span
from ...tracer.telling import tell
from .watching import Args, Call, Kwargs, Opener, Watch, Watched, raised, told, unseen
from .wiring import dumped, made, refused, skewed

#: Slugs of the rules whose faults are told here, by code.
SLUGS: Final = {
    "PLUG001": "plug.no-function-calling",
    "PLUG002": "plug.unknown-handoff",
    "PLUG003": "plug.unsayable-stop",
    "PLUG004": "plug.no-structured-output",
    "PLUG005": "plug.impossible-join",
    "PLUG006": "plug.version-skew",
    "PLUG007": "plug.no-vision",
    "PLUG009": "plug.dead-node",
    "PLUG012": "plug.bad-name",
    "PLUG013": "plug.no-round-trip",
}
_at_work: ContextVar[frozenset[int]] = ContextVar("agentloupe.assembling", default=frozenset())


def say(faults: Iterable[str]) -> None:
    """Tell faults, `CODE agent: what` each, in the trace and on stderr."""
    from ...tracer.observer import Told  # which most programs never need

    for text in faults:
        code, _, rest = text.partition(" ")
        who, _, what = rest.partition(": ")
        title = f"{who.strip()!r}: {what}" if who.strip() else what
        tell(
            Told(
                slug=SLUGS[code],
                title=title,
                code=code,
                agents=(who.strip(),) if who.strip() else (),
                facts={"what": what},
            ),
            "warned",
            current_span(),
        )


def watch_assembly(watch: Watch, base: Any) -> None:
    """Watch teams and agents of `autogen_agentchat.base` being made, and components dumped."""
    from autogen_core import ComponentToConfig

    first = itertools.count()

    def team(owner: Any, result: Any) -> Iterator[str]:
        if next(first) == 0:
            yield from skewed()
        yield from made(owner)

    watch.family(base.Team, {"__init__": _unused}, wrap=_looked_at(team, None))
    watch.family(base.ChatAgent, {"__init__": _unused}, wrap=_looked_at(None, refused))
    watch.methods(ComponentToConfig, {"dump_component": _unused}, wrap=_looked_at(dumped, None))


def _unused(owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
    return None


def _looked_at(after: Any, failed: Any) -> Any:
    """Wrap a method whose outermost call on an object is looked at when it is over.

    `after` gets the object and what the call returned, `failed` the object, the arguments and the
    exception; both give faults.
    """

    def wrap(raw: Any, function: Any, opener: Opener, recorder: Recorder, inside: bool) -> Any:
        @unseen
        def looked_at(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
            under_way = _at_work.get()
            if active() is not recorder or id(owner) in under_way:
                return method(*args, **kwargs)
            token = _at_work.set(under_way | {id(owner)})
            try:
                result = method(*args, **kwargs)
            except Exception as error:
                raised(None, error)
                if failed is not None:
                    told(say, failed(owner, args, kwargs, error))
                raise
            finally:
                _at_work.reset(token)
            if after is not None and not (under_way and after is dumped):
                told(say, after(owner, result))
            return result

        return Watched(raw, looked_at)

    return wrap
