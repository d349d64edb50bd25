"""A team's run ended because nothing was on its way any more, and reported that as if it were done.

A fact of the run: its stop reason is the one that AgentChat's own watchdog gives ("The group chat
is stopped."), when the runtime that a team made for itself falls idle and no condition was met. A
message was lost on the way, or the manager still expects an answer of a speaker whose turn was
cancelled in a run before; on a runtime of the program's own the same run never returns. A chat of
v0.2 that a reply function ended by (True, None) is told as information: it ends without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer.model import Span
from ..course import quote, stop_reason, told
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

IDLE: Final = "The group chat is stopped."
NO_REPLY: Final = "returned (True, None)"

NO_WORD: Final = (
    "return (False, None) where another reply function shall answer, or say why it ends:\n"
    '    return True, "TERMINATE: nothing is left to do"'
)


class FellIdleDetector:
    """Keeps the last step."""

    def __init__(self, context: Context) -> None:
        self._last: Span | None = None

    def turn(self, turn: Turn) -> Sequence[Finding]:
        if turn.spans:
            self._last = turn.spans[0]
        return ()

    def end(self, ending: Ending) -> Outcome:
        reason = stop_reason(ending)
        if not reason:
            return Outcome(needs=RULE.needs)
        last = self._last or ending.root
        if NO_REPLY in reason and last is not None:
            return Outcome([_wordless(reason, last)])
        if reason.strip() != IDLE or last is None:
            return Outcome()
        finding = told(
            RULE,
            f"{ending.info.name!r} ended because nothing was on its way any more, by no condition",
            agents=(),
            quotes=[quote(last, f"after this, nothing; then: {reason}", "last sign of life")],
            confidence=0.97,
            key=ending.info.name,
        )
        return Outcome([finding])


def _wordless(reason: str, last: Span) -> Finding:
    who = reason.partition(" gave no reply")[0]
    return told(
        RULE,
        f"the chat ended without a word: {reason}",
        agents=[who],
        quotes=[quote(last, reason, "ended by")],
        confidence=0.97,
        key=who,
        advice=NO_WORD,
    )


RULE = Rule(
    code="FLOW013",
    slug="end.fell-idle",
    title="a team fell idle and its run ended as if it were done",
    severity="warning",
    about=__doc__,
    needs="why the team stopped (recorded by loupe run)",
    doubt="a speaker of the program's own may leave a team on purpose by not answering",
    advice=(
        "after a run that was cancelled, make the team anew; reset() does not clear whom the "
        "manager waits for:\n"
        "    state = await team.save_state()\n"
        "    team = make_team(); await team.load_state(state)\n"
        "else look for the message that was lost: loupe check RUN --select drop"
    ),
    start=FellIdleDetector,
)
