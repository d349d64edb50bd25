"""A published message was lost in a handler that raised, and the run ended as if all were well.

A fact of the trace: a delivery of a publish ended with an exception, and the run was reported as
good. AutoGen's runtime ignores what event handlers raise by default: it is logged, at best
(microsoft/autogen#4904).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import (
    quote,
    told,
)
from ..finding import Cost, Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

KEPT: Final = 32


class HandlerFailedDetector:
    """Collects deliveries of publishes that ended with an exception."""

    ops = frozenset({c.PROCESS})

    def __init__(self, context: Context) -> None:
        self._failed: dict[tuple[str, str, str], list[Span]] = {}
        self._counts: dict[tuple[str, str, str], int] = {}

    def turn(self, turn: Turn) -> Sequence[Finding]:
        step = turn.step
        if step.error is None or step.kind != "publish" or not turn.spans:
            return ()
        if step.error.startswith(("CancelledError", "QueueShutDown")):  # at the runtime's stop
            return ()
        key = (step.recipient, step.message_type, step.error.partition(":")[0])
        if key in self._counts or len(self._counts) < KEPT:
            self._counts[key] = self._counts.get(key, 0) + 1
            row = self._failed.setdefault(key, [])
            if len(row) < 4:
                row.append(turn.spans[0])
        return ()

    def end(self, ending: Ending) -> Outcome:
        if ending.info.status not in ("ok", "running"):
            return Outcome()
        return Outcome([self._finding(key, spans) for key, spans in self._failed.items()])

    def _finding(self, key: tuple[str, str, str], spans: list[Span]) -> Finding:
        who, kind, error = plain_name(key[0]), key[1], key[2]
        count = self._counts[key]
        often = "" if count == 1 else f", {count} times"
        return told(
            RULE,
            f"{who!r} raised {error} on a published {kind}, and nobody was told{often}",
            agents=[who],
            quotes=[quote(span, f"{kind}: {span.error or error}") for span in spans],
            confidence=0.97,
            key=f"{kind} {error}",
            cost=Cost(steps=count),
            facts={"error": error, "type": kind, "times": count},
        )


RULE = Rule(
    code="LOST004",
    slug="drop.handler-failed",
    title="a handler raised and nobody was told",
    severity="warning",
    about=__doc__,
    needs="deliveries with their errors (recorded by loupe run)",
    doubt=("the program may log such failures itself and mean to go on"),
    advice=(
        "have the runtime tell you:\n"
        "    runtime = SingleThreadedAgentRuntime(ignore_unhandled_exceptions=False)\n"
        "or catch in the handler what may happen, and publish a message that says so"
    ),
    start=HandlerFailedDetector,
)
