"""Executed code wrote so much that nobody can read it.

More than a megabyte of output that the executor handed on as a whole: it was held in the host's
memory, and whoever passes it to a model fills the context with it. Where the executor cut it to a
beginning and an end, only sixteen megabytes are worth a word, and that word is a hint.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number, times
from ..words import amount

WHOLE = 1 << 20
CUT = 16 << 20


class Flood(Judge):
    """Looks at sizes."""

    ops = frozenset({c.CODE})

    def see(self, span: Span) -> Sign | None:
        size = number(span, c.OUTPUT_SIZE) or 0
        omitted = number(span, c.OUTPUT_OMITTED) or 0
        if size < (CUT if omitted else WHOLE):
            return None
        handed = size - omitted
        return Sign(
            f"{span.name} wrote {amount(size, 'bytes')} and handed on {amount(handed, 'bytes')}",
            weight=size,
            severity="info" if omitted else "warning",
            facts={"size": size, "handed_on": handed},
        )


def _title(group: Group) -> str:
    size = amount(float(str(group.sign.facts["size"])), "bytes")
    who = group.agent or "the program"
    return f"code of {who!r} wrote {size} of output{times(group.count)}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, Flood(context), _title)


RULE = Rule(
    code="CODE005",
    slug="code.output-flood",
    title="executed code floods its output",
    severity="warning",
    about=__doc__,
    needs="executed code with the size of its output",
    doubt="the output may be meant for a file or a program, not for a model",
    advice=(
        "ask for a summary in the prompt, or cut the output and keep all of it in a file:\n"
        "    from agentloupe.runtime import DockerExecutor\n"
        "    DockerExecutor('python:3-slim', output_limit=64 * 1024)"
    ),
    start=_start,
)
