"""Microsoft Agent Framework tells its own spans; the texts in them only if it is asked to.

Its switch for texts holds for everybody who gets its spans. So it is answered with yes while nobody
but us does: the program has set no provider of spans or logs. A program that has one decides for
its exporters, and ours are the spans it makes for them. Where the switch decides about the texts of
log records as well, as for tools, it is left alone; arguments are in the spans by a switch of their
own, results in the agent's messages.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from ...tracer.recorder import Recorder, active

SWITCH: Final = "SENSITIVE_DATA_ENABLED"
CALLS: Final = "emit_tool_call_attributes"
#: Modules that ask what they may write to the log.
LOGGING: Final = frozenset({"agent_framework._tools", "agent_framework._mcp"})


class AgentFrameworkInstrumentor:
    """Asks for texts where they stay here."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch the switches of `ObservabilitySettings`."""
        settings: Any = module.ObservabilitySettings
        original: Any = settings.__dict__[SWITCH]
        of_calls: Any = settings.__dict__.get(CALLS)

        def wanted(self: Any) -> bool:
            if active() is not recorder or not self.ENABLED:
                return False
            if only_ours():
                return True
            recorder.notice(
                "the program has an OpenTelemetry provider of its own and keeps texts out of its "
                "spans, so ours have none either: ENABLE_SENSITIVE_DATA=true records them"
            )
            return False

        def told(self: Any) -> bool:
            if original.fget(self):
                return True
            asks = sys._getframe(1).f_globals.get("__name__")
            return asks not in LOGGING and wanted(self)

        def calls_told(self: Any) -> bool:
            return of_calls.fget(self) or wanted(self)

        setattr(settings, SWITCH, property(told, doc=original.__doc__))
        if of_calls is not None:
            setattr(settings, CALLS, property(calls_told, doc=of_calls.__doc__))

        def undo() -> None:
            setattr(settings, SWITCH, original)
            if of_calls is not None:
                setattr(settings, CALLS, of_calls)

        return undo


def only_ours() -> bool:
    """Whether the program has set no provider that exporters could hang on."""
    from opentelemetry import _logs, trace  # which the framework has loaded

    return (
        getattr(trace, "_TRACER_PROVIDER", None) is None
        and getattr(getattr(_logs, "_internal", _logs), "_LOGGER_PROVIDER", None) is None
    )


instrumentor = AgentFrameworkInstrumentor()
