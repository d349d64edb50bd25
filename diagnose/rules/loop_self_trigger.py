"""An agent publishes a message that an agent of its own kind handles, which publishes the next.

Fifty deliveries in a row whose sender and recipient are of one type, with nobody else in between
and no word from outside. A topic that an agent both publishes to and is subscribed to feeds itself;
AutoGen leaves out the sending instance only (microsoft/autogen#5317, #4998).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..course import (
    quote,
    told,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

IN_A_ROW: Final = 50


class SelfTriggerDetector:
    """Counts deliveries of an agent type to itself."""

    def __init__(self, context: Context) -> None:
        self._who = ""
        self._count = 0
        self._first: Turn | None = None
        self._found: list[Finding] = []

    def turn(self, turn: Turn) -> Sequence[Finding]:
        step = turn.step
        kind = step.recipient.partition("/")[0]
        if step.kind != "publish" or step.sender.partition("/")[0] != kind or not kind:
            self._count = 0
            return ()
        if kind != self._who or not self._count:
            self._who, self._count, self._first = kind, 0, turn
        self._count += 1
        if self._count != IN_A_ROW or len(self._found) >= 8 or self._first is None:
            return ()
        spans = [self._first.spans[0], turn.spans[0]]
        found = told(
            RULE,
            f"{kind!r} has woken itself {self._count} times in a row through {step.topic!r}",
            agents=[kind],
            quotes=[quote(span, f"{step.message_type} on {step.topic}") for span in spans],
            confidence=0.7,
            facts={"topic": step.topic, "type": step.message_type},
        )
        self._found.append(found)
        return [found]

    def end(self, ending: Ending) -> Outcome:
        return Outcome(self._found)


RULE = Rule(
    code="LOOP008",
    slug="loop.self-trigger",
    title="an agent's own messages wake it",
    severity="warning",
    about=__doc__,
    needs="deliveries with their senders (recorded by loupe run)",
    doubt=("a recursion that counts down is made like this on purpose"),
    advice=(
        "publish results to a topic of their own:\n"
        "    await self.publish_message(Result(...), TopicId('results', self.id.key))"
    ),
    start=SelfTriggerDetector,
)
