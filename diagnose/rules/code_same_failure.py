"""Code that had failed was executed again without any change, and failed the same way.

The same blocks, with nothing executed successfully in between that could have changed the outcome,
ended with the same failure. Twice in a row is likely a waste, three times certainly is. What is
compared is the code as it stands and the last line of the output with numbers masked; a failure of
another kind, or one that timed out and then did not, is progress.
"""

from __future__ import annotations

import hashlib
import re

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, times

_NUMBERS = re.compile(r"0x[0-9a-f]+|\d+")


class SameFailure(Judge):
    """Remembers the last failure of each agent."""

    ops = frozenset({c.CODE})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._failures: dict[str, tuple[str, int]] = {}  # by agent: what, how often

    def see(self, span: Span) -> Sign | None:
        if span.error is None:
            self._failures.clear()  # it may have changed what the others find
            return None
        code = self.body(span, c.TOOL_ARGUMENTS)
        lines = self.body(span, c.TOOL_RESULT).strip().splitlines()
        last = _NUMBERS.sub("#", lines[-1]) if lines else ""
        # The failure is masked, the code is not: it has to be the same to the letter.
        what = hashlib.sha256(f"{code}\0{last}\0{span.error}".encode()).hexdigest()
        before, count = self._failures.get(span.agent, ("", 0))
        count = count + 1 if before == what else 1
        self._failures[span.agent] = what, count
        if not code or count < 2:
            return None
        return Sign(
            f"the same code failed the same way, time {count}: "
            f"{(lines[-1] if lines else span.error)[:300]}",
            weight=count,
            confidence=0.8 if count == 2 else 0.97,
            group=what[:8],
            facts={"executions": count, "error": (lines[-1] if lines else span.error)[:200]},
        )


def _title(group: Group) -> str:
    who = group.agent or "the program"
    count = int(str(group.sign.facts["executions"]))
    return f"{who!r} executed the same failing code again{times(count)}, with the same failure"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, SameFailure(context), _title)


RULE = Rule(
    code="CODE007",
    slug="code.same-failure",
    title="the same failing code is executed again",
    severity="warning",
    about=__doc__,
    needs="executed code with its text and output",
    doubt="what failed may depend on something outside, such as a server that was starting",
    advice=(
        "say in the prompt that code which failed must be changed before it is run again, and end "
        "the attempts: CodeExecutorAgent(..., max_retries_on_error=2)"
    ),
    start=_start,
)
