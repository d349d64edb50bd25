"""The kernel killed executed code because it needed more memory than it may have.

A fact of the trace: the kernel's own count of such kills rose during the execution, or the Docker
engine reported one. The exit code alone (137) does not tell it from any other kill, and the state
of the container does not show it when a command in it was the victim.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number, times
from ..words import amount


class OutOfMemory(Judge):
    """Sees the mark of the executor or the observer."""

    ops = frozenset({c.CODE})

    def see(self, span: Span) -> Sign | None:
        if span.attributes.get(c.OOM_KILLED) is not True:
            return None
        peak, limit = number(span, c.MEMORY_PEAK), number(span, c.MEMORY_LIMIT)
        seen = f", peak {amount(peak, 'bytes')}" if peak else ""
        at = f" at the limit of {amount(limit, 'bytes')}" if limit else ""
        return Sign(
            f"{span.name} was killed{at}{seen}",
            weight=peak or 1,
            confidence=0.99,
            facts={"limit": limit, "peak": peak, "signs": str(span.attributes.get(c.OOM_SIGNS))},
        )


def _title(group: Group) -> str:
    limit = group.sign.facts["limit"]
    at = f" at its limit of {amount(float(str(limit)), 'bytes')}" if limit else ""
    who = group.agent or "the program"
    return f"code of {who!r} was killed for its memory{at}{times(group.count)}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, OutOfMemory(context), _title)


RULE = Rule(
    code="CODE006",
    slug="code.out-of-memory",
    title="executed code was killed for its memory",
    severity="error",
    about=__doc__,
    needs="executed code whose executor or container tells of such kills",
    doubt="the limit may be smaller than the task needs",
    advice=(
        "tell the agent that writes the code to read in pieces (for row in csv.reader(table); "
        "pandas.read_csv(..., chunksize=100_000)), or raise the limit:\n"
        "    DockerExecutor('python:3-slim', memory='2g')"
    ),
    start=_start,
)
