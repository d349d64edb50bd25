"""An agent gets messages faster than it handles them: its backlog grows as long as they come.

A statistic of the deliveries: for each agent, how many of its messages were posted and not yet
handled when the next one was posted. That number rises in every one of six segments of at least 24
messages, reaches ten, and messages came during two fifths of the time at least, so that it is no
single burst that is worked off. What a program posts by itself begins a run each time: the runs of
a recording are judged together. Every one of them waits longer than the one before; an agent that
handles one message at a time (AgentChat's do) keeps whoever asks it waiting.
"""

from __future__ import annotations

from typing import Final

from ...tracer.model import Span, plain_name
from ..boxes import Box
from ..course import quote, told
from ..finding import Cost, Finding, Quote
from ..rule import AtEnd, Context, Ending, Outcome, Rule
from ..segments import trend
from ..words import age

MESSAGES: Final = 24  # of an agent, before its backlog says anything
BACKLOG: Final = 10
LONGER: Final = 3  # times the first message that the last one took, from post to end
STEADY: Final = 0.4  # of the time, during which messages came


class MailboxDetector(AtEnd):
    """Judges each agent's mailbox, once for all runs of a recording."""

    def __init__(self, context: Context) -> None:
        self._boxes = context.boxes()

    def end(self, ending: Ending) -> Outcome:
        if not self._boxes.by_agent:
            return Outcome(needs=RULE.needs)
        if self._boxes.of_all_runs and ending.info.number < ending.judged_at:
            return Outcome()
        found = [self._judged(who, box, ending) for who, box in self._boxes.by_agent.items()]
        return Outcome([finding for finding in found if finding is not None])

    def _judged(self, agent: str, box: Box, ending: Ending) -> Finding | None:
        backlog, waited, worst = box.peak
        if box.count < MESSAGES or backlog < BACKLOG or worst is None or box.first is None:
            return None
        over = max(box.last_end, ending.info.end_ns or 0)
        coming, busy = box.posted[1] - box.posted[0], over - box.posted[0]
        if busy <= 0 or coming < STEADY * busy:
            return None
        line = trend(box.readings)
        if line is None or not line.rises or line.fades:
            return None
        if not box.left and box.waits[1] < LONGER * box.waits[0]:
            return None  # all of them are handled at the same time
        who = plain_name(agent)
        rest = f", and {box.left} were not handled at the end" if box.left else ""
        return told(
            RULE,
            f"{who!r} gets messages faster than it handles them: {backlog} were waiting{rest}",
            agents=[who],
            quotes=[
                _quote(box.first, "the first of its messages", "first", ending),
                _quote(worst, f"{backlog} waited; this one took {age(waited)}", "worst", ending),
            ],
            confidence=0.85,
            key=who,
            counterfactual=f"a mailbox of {BACKLOG} would have held the senders back; the backlog "
            f"grew by {line.rate:.2f} with every message",
            cost=Cost(steps=box.count, seconds=round(max(waited, box.waits[1]) / 1e9, 3)),
            facts={"backlog": backlog, "messages": box.count, "left": box.left},
        )


def _quote(span: Span, text: str, label: str, ending: Ending) -> Quote:
    """Steps are numbered by run: one of another run is told without."""
    said = quote(span, text, label)
    here = span.run == ending.info.number
    return said if here else said.model_copy(update={"step": None})


RULE = Rule(
    code="FLOW005",
    slug="starve.mailbox",
    title="an agent's messages pile up",
    severity="warning",
    about=__doc__,
    needs="deliveries with the time when they were posted",
    doubt="the program may post all of its work first and mean it to be worked off",
    advice=(
        "let more than one of them work, or hold the senders back:\n"
        "    TracedRuntime(mailbox=10, mailbox_policy='block')\n"
        "or spread the work over keys: TopicId('work', source=str(number % 4))"
    ),
    start=MailboxDetector,
)
