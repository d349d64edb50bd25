"""A tool failed, and what its agent said next claims that it worked.

A suggestion: the call ended with an error, no later call of the same tool worked, and the agent's
next words speak of success and of no problem (MAST FM-2.5 and 3.2, arXiv 2503.13657).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..course import (
    quoted,
    told,
)
from ..finding import Finding, Quote
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Act, Turn

SUCCESS: Final = re.compile(
    r"\b(?:success(?:ful(?:ly)?)?|all done|is done|has been (?:sent|saved|created|updated|booked)"
    r"|i(?:'ve| have) (?:sent|saved|created|updated|booked)|completed)\b",
    re.IGNORECASE,
)
TROUBLE: Final = re.compile(
    r"\b(?:error|fail|unable|could not|couldn't|cannot|problem|unfortunately|not|retry|issue)\w*",
    re.IGNORECASE,
)


class IgnoredErrorDetector:
    """Remembers the last failed call of each agent."""

    def __init__(self, context: Context) -> None:
        self._failed: dict[str, tuple[Act, Turn]] = {}
        self._found: dict[str, Finding] = {}

    def turn(self, turn: Turn) -> Sequence[Finding]:
        found: list[Finding] = []
        for act in turn.acts:
            if act.kind == "call":
                self._called(act, turn)
            elif act.agent in self._failed:
                failed, then = self._failed.pop(act.agent)
                if SUCCESS.search(act.text) and not TROUBLE.search(act.text):
                    found += self._finding(failed, then, act, turn)
        return found

    def _called(self, act: Act, turn: Turn) -> None:
        before = self._failed.get(act.agent)
        if act.failed and len(self._failed) < 256:
            self._failed[act.agent] = act, turn
        elif before is not None and before[0].target == act.target:
            del self._failed[act.agent]

    def _finding(self, failed: Act, then: Turn, said: Act, turn: Turn) -> list[Finding]:
        key = f"{said.name} {failed.target}"
        if key in self._found or len(self._found) >= 32:
            return []
        error = Quote(
            step=then.step.index,
            span=failed.span.hex_id,
            agent=failed.name,
            label="failed",
            text=f"{failed.target}: {failed.outcome}"[:240],
        )
        self._found[key] = told(
            RULE,
            f"{said.name!r} claims success after {failed.target!r} failed",
            agents=[said.name],
            quotes=[error, quoted(said, turn, "claims success")],
            confidence=0.6,
            key=failed.target,
            last_healthy=then.step.index,
        )
        return [self._found[key]]

    def end(self, ending: Ending) -> Outcome:
        return Outcome(list(self._found.values()))


RULE = Rule(
    code="FLOW008",
    slug="talk.ignored-error",
    title="a tool failed and its agent claims success",
    severity="warning",
    about=__doc__,
    bodies=True,
    needs="tool calls with their results, and the agents' words",
    doubt=("the success may be that of something else in the same words"),
    advice=(
        "have results checked before they are reported, and say in the prompt:\n"
        "    Never report success after a tool has returned an error; say what failed instead."
    ),
    start=IgnoredErrorDetector,
)
