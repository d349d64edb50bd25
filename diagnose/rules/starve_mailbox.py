"""An agent gets messages faster than it handles them: its backlog grows as long as they come.

A statistic of the deliveries: for each agent, how many of its messages were posted and not yet
handled when the next one was posted. That number rises in every one of six segments of at least 24
messages, reaches ten, and messages came during two fifths of the time at least, so that it is no
single burst that is worked off. Every one of them waits longer than the one before; an agent that
handles one message at a time (AgentChat's do) keeps whoever asks it waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from ...tracer.model import Span, plain_name
from ..course import quote, told
from ..finding import Cost, Finding
from ..rule import Context, Ending, Outcome, Rule
from ..segments import trend
from ..turn import Turn
from ..words import age

MESSAGES: Final = 24  # of an agent, before its backlog says anything
BACKLOG: Final = 10
LONGER: Final = 3  # times the first message that the last one took, from post to end
STEADY: Final = 0.4  # of the time, during which messages came
KEPT: Final = 240  # readings of an agent
UNDER_WAY: Final = 4096  # deliveries of an agent whose ends are remembered
AGENTS: Final = 256
LATER: Final = 1 << 63


@dataclass(slots=True)
class _Box:
    """What is remembered of one agent."""

    ends: list[int] = field(default_factory=list[int])  # of what is not handled yet: a heap
    left: int = 0  # deliveries without an end
    readings: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    count: int = 0
    peak: tuple[int, int, Span | None] = (0, 0, None)  # backlog, waited, and whose
    first: Span | None = None
    posted: tuple[int, int] = (0, 0)  # the first and the last
    last_end: int = 0
    waits: tuple[int, int] = (0, 0)  # from post to end, of the first and the last


class MailboxDetector:
    """Counts each agent's messages that are posted and not yet handled."""

    def __init__(self, context: Context) -> None:
        self._boxes: dict[str, _Box] = {}

    def turn(self, turn: Turn) -> Sequence[Finding]:
        step = turn.step
        if step.kind == "call" or not turn.spans or not step.posted_ns:
            return ()
        box = self._boxes.get(step.recipient)
        if box is None:
            if len(self._boxes) >= AGENTS:
                return ()
            box = self._boxes[step.recipient] = _Box(first=turn.spans[0])
            box.posted = step.posted_ns, step.posted_ns
        self._take(box, turn)
        return ()

    def _take(self, box: _Box, turn: Turn) -> None:
        posted, end = turn.step.posted_ns, turn.step.end_ns or LATER
        while box.ends and box.ends[0] <= posted:
            heappop(box.ends)
        waiting = len(box.ends) + 1
        if waiting < UNDER_WAY:
            heappush(box.ends, end)
        box.count += 1
        box.posted = box.posted[0], max(posted, box.posted[1])
        box.readings.append((float(box.count), float(waiting)))
        if len(box.readings) > KEPT:
            del box.readings[1:-1:2]
        if end != LATER:
            box.last_end = max(end, box.last_end)
            box.waits = box.waits[0] or end - posted, end - posted
        else:
            box.left += 1
        if waiting > box.peak[0]:
            box.peak = waiting, 0 if end == LATER else end - posted, turn.spans[0]

    def end(self, ending: Ending) -> Outcome:
        if not self._boxes:
            return Outcome(needs=RULE.needs)
        found = [self._judged(agent, box, ending) for agent, box in self._boxes.items()]
        return Outcome([finding for finding in found if finding is not None])

    def _judged(self, agent: str, box: _Box, ending: Ending) -> Finding | None:
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
                quote(box.first, "the first of its messages", "first"),
                quote(worst, f"{backlog} waited; this one took {age(waited)}", "worst"),
            ],
            confidence=0.85,
            key=who,
            counterfactual=f"a mailbox of {BACKLOG} would have held the senders back; the backlog "
            f"grew by {line.rate:.2f} with every message",
            cost=Cost(steps=box.count, seconds=round(max(waited, box.waits[1]) / 1e9, 3)),
            facts={"backlog": backlog, "messages": box.count, "left": box.left},
        )


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
