"""Executed code went on after its time was over.

The executor was given a time and the execution took longer than that, by more than two seconds and
by more than a tenth. Executors that send SIGTERM, or rely on a `timeout` program inside the image,
cannot end code that ignores it (measured: 12.2 s instead of 3 with autogen-ext 0.7.5). The time an
execution waited for its turn is not counted, and several blocks have the time each.
"""

from __future__ import annotations

import json

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number

SLACK = 2.0
SHARE = 1.1


class Overrun(Judge):
    """Compares the time taken with the time given."""

    ops = frozenset({c.CODE})

    def see(self, span: Span) -> Sign | None:
        given = number(span, c.TIMEOUT)
        if given is None or given <= 0 or span.duration_ns is None:
            return None
        allowed = given * self._blocks(span)
        took = span.duration_ns / 1e9 - (number(span, c.QUEUED_NS) or 0) / 1e9
        if took <= max(allowed + SLACK, allowed * SHARE):
            return None
        return Sign(
            f"{span.name} took {took:.1f} s, its time was {allowed:g} s",
            weight=took - allowed,
            facts={"took_seconds": round(took, 3), "timeout_seconds": given},
        )

    def _blocks(self, span: Span) -> int:
        try:
            blocks: object = json.loads(self.body(span, c.TOOL_ARGUMENTS) or "[]")
        except ValueError:
            return 1
        return max(1, len(blocks)) if isinstance(blocks, list) else 1  # pyright: ignore[reportUnknownArgumentType]  only counted


def _title(group: Group) -> str:
    facts = group.sign.facts
    return (
        f"code of {group.agent or 'the program'!r} ran for {facts['took_seconds']:.1f} s, "
        f"its time was {facts['timeout_seconds']:g} s"
    )


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, Overrun(context), _title)


RULE = Rule(
    code="CODE003",
    slug="code.timeout-overrun",
    title="executed code went on after its time was over",
    severity="warning",
    about=__doc__,
    needs="executed code whose executor tells the time it was given",
    doubt="on a busy machine starting and stopping the code takes time as well",
    advice=(
        "use an executor that kills from outside of the code's reach:\n"
        "    from agentloupe.runtime import DockerExecutor\n"
        "    DockerExecutor('python:3-slim', timeout=60)"
    ),
    start=_start,
)
