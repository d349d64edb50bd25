"""AG2 from 1.0 on tells its turns, model calls and tools by a middleware that programs have to add.

Where a program has not, and nobody but us gets OpenTelemetry's spans, it is added to each turn: as
the innermost, so that a call is told as it reaches the model. A program with a provider of its own
decides by the middleware what its exporters get, and ours are the spans it makes for them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, cast

import wrapt

from ...tracer.recorder import Recorder, active
from .agent_framework import only_ours

SCOPE: Final = "_turn_scope"
MORE: Final = "additional_middleware"
NOTICE: Final = (
    "the program has an OpenTelemetry provider of its own, and agents of AG2 without "
    "TelemetryMiddleware tell nothing: middleware=[TelemetryMiddleware(agent_name=…)] records them"
)


class AG2Instrumentor:
    """Adds AG2's own telemetry to turns of agents that have none."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch the turns of `Agent`; a version without that is left alone, with a notice."""
        if SCOPE not in vars(module.Agent):
            recorder.notice("this version of AG2 is not known: its agents tell what they tell")
            return lambda: None
        agents: Any = module.Agent
        original = cast("dict[str, Any]", vars(agents))[SCOPE]

        def turn(method: Any, agent: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if active() is recorder:
                kwargs = {**kwargs, MORE: tuple(kwargs.get(MORE, ()))}
                try:
                    kwargs[MORE] += _telling(recorder, agent, kwargs[MORE])
                except Exception as error:  # another version's ways
                    recorder.notice(f"agents of this AG2 cannot be asked to tell: {error!r}")
            return method(*args, **kwargs)

        setattr(agents, SCOPE, wrapt.FunctionWrapper(original, turn))

        def undo() -> None:
            setattr(agents, SCOPE, original)

        return undo


def _telling(recorder: Recorder, agent: Any, more: tuple[Any, ...]) -> tuple[Any, ...]:
    """What has to be added that this agent's turn is told."""
    telemetry: Any = import_module("ag2.middleware.builtin.telemetry").TelemetryMiddleware
    known = (*(each.middleware for each in agent.middleware), *more)
    if any(isinstance(each, telemetry) for each in known):
        return ()
    if not only_ours():
        recorder.notice(NOTICE)
        return ()
    return (telemetry(agent_name=agent.name, max_tool_result_chars=None),)


instrumentor = AG2Instrumentor()
