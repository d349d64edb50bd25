"""Processes that executed code had started were still alive when it was over.

A fact of the trace: the executor, or the observer beside it, counted processes of the execution
after its end, and nobody ended them. They go on eating memory and time, hold files and ports, and
nothing shows them any more (microsoft/autogen#6013; measured in both of autogen-ext's executors).
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number, times


class ChildrenLeft(Judge):
    """Counts what was left and not killed."""

    ops = frozenset({c.CODE})

    def see(self, span: Span) -> Sign | None:
        left = int(number(span, c.CHILDREN_LEFT) or 0) - int(number(span, c.CHILDREN_KILLED) or 0)
        if left <= 0:
            return None
        return Sign(
            f"{span.name} ended and left {left} process{'es' * (left != 1)} running",
            weight=left,
            facts={"left": left},
        )


def _title(group: Group) -> str:
    left = group.sign.facts["left"]
    what = "a process" if left == 1 else f"{left} processes"
    who = group.agent or "the program"
    return f"code of {who!r} left {what} running{times(group.count)}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, ChildrenLeft(context), _title)


RULE = Rule(
    code="CODE004",
    slug="code.children-left",
    title="executed code left processes running",
    severity="warning",
    about=__doc__,
    needs="executed code whose processes can be counted",
    doubt="a server that the next block talks to is left running on purpose",
    advice=(
        "have the code wait for what it starts (subprocess.run), or use an executor that ends it:\n"
        "    from agentloupe.runtime import DockerExecutor, LocalExecutor"
    ),
    start=_start,
)
