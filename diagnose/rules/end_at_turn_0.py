"""The run ended before any agent had its turn: the task itself met the condition that ends it.

A fact of the trace: the team stopped because of a text that was mentioned or a number that was
reached, and no participant had a turn. A task such as "... then say TERMINATE" mentions the word
(microsoft/autogen#6826), and a limit of messages counts the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer import conventions as c
from ..course import (
    CAP,
    quote,
    stop_reason,
    stop_words,
    told,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

#: What to do where a limit was reached and no word was said.
LIMIT: Final = (
    "count the task and a message for each turn that is to come:\n    MaxMessageTermination(1 + 10)"
)


class AtTurn0Detector:
    """Counts turns."""

    def __init__(self, context: Context) -> None:
        self._turns = 0

    def turn(self, turn: Turn) -> Sequence[Finding]:
        at_work = any(span.op in (c.CHAT, c.TOOL) for span in turn.spans)
        spoke = any(span.op == c.AGENT for span in turn.spans) and (
            turn.step.kind != "send" or any(span.op in (c.SEND, c.PUBLISH) for span in turn.spans)
        )
        task = not turn.step.sender or turn.step.message_type == "GroupChatStart"
        said = not task and any(act.kind == "say" for act in turn.acts)
        # v0.2's agents look at a message and may say nothing
        self._turns += at_work or spoke or said
        return ()

    def end(self, ending: Ending) -> Outcome:
        reason, root = stop_reason(ending), ending.root
        if root is None or not reason:
            return Outcome(needs="the reason why the run stopped")
        said = "mention" in reason or "termination message" in reason
        if self._turns or not (said or CAP.search(reason)):
            return Outcome()
        words = stop_words(ending)
        word = next((word for word in words if word in reason), words[0] if words else "")
        what = f"the task mentions {word!r}" if word else "the task was taken for the end"
        if not said:
            what = f"the task alone reached the limit: {reason}"
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
                    advice="" if said else LIMIT,
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
