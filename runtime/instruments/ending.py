"""Conditions of the program's own: what one says of itself, and what it gives its team.

A team ends by the `StopMessage` that its condition returns. One that comes true (`terminated`) and
returns None ends nothing, and one that returns True makes its team fail (microsoft/autogen#7071).
Neither can be seen in what is said, so it is noted on the step in which the condition was asked.
"""

from __future__ import annotations

import inspect
from typing import Any, Final

from ...tracer.recorder import Recorder, active, current_span
from .watching import Args, Call, Kwargs, Opener, Watch, Watched, named, raised, told, unseen

NO_STOP: Final = "agentloupe.team.no_stop"


def watch_conditions(watch: Watch, base: Any) -> None:
    """Watch what is asked whether a team is to end, `autogen_agentchat.base`."""
    watch.family(base.TerminationCondition, {"__call__": _unused}, wrap=_asked)


def _unused(owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
    return None


def _asked(raw: Any, function: Any, opener: Opener, recorder: Recorder, inside: bool) -> Any:
    if function.__module__.startswith("autogen_") or not inspect.iscoroutinefunction(function):
        return raw

    @unseen
    async def answered(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
        try:
            answer = await method(*args, **kwargs)
        except BaseException as error:
            raised(None, error)
            raise
        # what a class it derives from says is not its last word
        if inspect.getattr_static(owner.__class__, "__call__") is watched:
            told(_note, owner, answer)
        return answer

    @unseen
    def asked(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
        if active() is not recorder:
            return method(*args, **kwargs)
        return named(answered(method, owner, args, kwargs), method)

    watched = Watched(raw, asked)
    return watched


def _note(condition: Any, answer: object) -> None:
    span = current_span()
    name = type(condition).__name__
    if span is None:
        return
    if answer is None and condition.terminated:
        span.set(NO_STOP, f"{name} came true and returned no StopMessage")
    elif answer is not None and type(answer).__name__ != "StopMessage":
        span.set(NO_STOP, f"{name} returned a {type(answer).__name__} and no StopMessage")
