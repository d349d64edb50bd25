"""Code was executed with no limit to its memory.

A fact of the trace: the executor's container has no limit, or the code ran on the machine itself.
It is a warning once an execution took a gigabyte, which the host then had to give. AutoGen's
executors set no limit and have no parameter for one; a table read as a whole by generated code has
taken machines down that way.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number
from ..words import amount

MUCH = 1 << 30


class NoLimit(Judge):
    """Sees a limit of 0."""

    ops = frozenset({c.CODE})

    def see(self, span: Span) -> Sign | None:
        if number(span, c.MEMORY_LIMIT) != 0:
            return None
        peak = number(span, c.MEMORY_PEAK) or 0
        where = str(span.attributes.get(c.SANDBOX, ""))
        place = "on this machine" if where == "none" else f"in {where or 'an executor'!r}"
        took = f", its peak was {amount(peak, 'bytes')}" if peak else ""
        return Sign(
            f"{span.name} ran {place} without a memory limit{took}",
            weight=peak,
            severity="warning" if peak >= MUCH else "info",
            facts={"sandbox": where, "peak": peak},
        )


def _title(group: Group) -> str:
    peak = group.sign.facts["peak"]
    most = f"; the most it took was {amount(float(str(peak)), 'bytes')}" if peak else ""
    where = "a container" if group.sign.facts["sandbox"] == "container" else "this machine"
    return f"{group.agent or 'the program'!r} executes code on {where} with no memory limit{most}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, NoLimit(context), _title)


RULE = Rule(
    code="CODE001",
    slug="code.no-memory-limit",
    title="code is executed with no limit to its memory",
    severity="info",
    about=__doc__,
    needs="executed code whose executor tells its limit",
    doubt="the container or machine around the program may have a limit of its own",
    advice=(
        "use an executor that has one:\n"
        "    from agentloupe.runtime import DockerExecutor\n"
        "    DockerExecutor('python:3-slim', memory='512m')"
    ),
    start=_start,
)
