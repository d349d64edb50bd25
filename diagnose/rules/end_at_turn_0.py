"""The run ended before any agent had its turn: the task itself met the condition that ends it.

A fact of the trace: the team stopped because of a text that was mentioned, and no participant had a
turn. A task such as "... then say TERMINATE" mentions the word (microsoft/autogen#6826).
"""

from __future__ import annotations

from collections.abc import Sequence

from ...tracer import conventions as c
from ..course import (
    quote,
    stop_reason,
    stop_words,
    told,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn


class AtTurn0Detector:
    """Counts turns."""

    def __init__(self, context: Context) -> None:
        self._turns = 0

    def turn(self, turn: Turn) -> Sequence[Finding]:
        at_work = any(span.op in (c.CHAT, c.TOOL) for span in turn.spans)
        spoke = any(span.op == c.AGENT for span in turn.spans) and (
            turn.step.kind != "send" or any(span.op in (c.SEND, c.PUBLISH) for span in turn.spans)
        )
        self._turns += at_work or spoke  # v0.2's agents look at a message and may say nothing
        return ()

    def end(self, ending: Ending) -> Outcome:
        reason, root = stop_reason(ending), ending.root
        if root is None or not reason:
            return Outcome(needs="the reason why the run stopped")
        if self._turns or not ("mention" in reason or "termination message" in reason):
            return Outcome()
        words = stop_words(ending)
        word = next((word for word in words if word in reason), words[0] if words else "")
        what = f"the task mentions {word!r}" if word else "the task was taken for the end"
        return Outcome(
            [
                told(
                    RULE,
                    f"{ending.info.name!r} ended before anybody spoke: {what}",
                    agents=[],
                    quotes=[quote(root, reason, "stopped")],
                    confidence=0.98,
                    key=ending.info.name,
                    detected=0,
                    facts={"stop_reason": reason},
                )
            ]
        )


RULE = Rule(
    code="FLOW001",
    slug="end.at-turn-0",
    title="the run ended before anybody spoke",
    severity="error",
    about=__doc__,
    needs="a team's run with the reason why it stopped (recorded by loupe run)",
    doubt=("the task may have been answered before, and the team asked in vain on purpose"),
    advice=(
        "keep the word out of the task, and listen to the agents only:\n"
        '    TextMentionTermination("TERMINATE", sources=["writer"])'
    ),
    start=AtTurn0Detector,
)
