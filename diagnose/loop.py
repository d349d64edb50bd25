"""A loop as the analysis sees it, and the acts it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from msgspec import Struct

from .likeness import Likeness

#: What gave a loop away: the conversation goes in cycles; one agent's calls come to nothing in the
#: same way again and again; one agent's long drafts come back.
Sign = Literal["cycle", "fruitless", "drafts"]
MARKS: Final = 128  # acts of a conversation that are remembered: four of its longest cycles


class Mark(Struct, gc=False):
    """An act as the analysis remembers it."""

    place: int  # in its conversation
    step: int
    agent: str  # identity
    kind: str  # "say" or "call"
    target: str
    text: str
    outcome: str
    span: str  # hex id
    token: str  # equal tokens are exact repetitions
    likeness: int
    match: int  # place of the act it repeats, -1
    origin: int  # of the earliest one that says so
    weight: float
    fruitless: bool
    pending: bool
    empty: bool
    moves: bool  # it says the same as before with another value
    terms: int  # content words of what was said
    fresh: int  # of its words and numbers, those that nobody has used lately
    idle: float  # seconds in which nothing happened before it
    turn_ns: int  # when its turn began
    handoff: str
    asked_by: str  # who asked for a call that another agent executes
    depth: int | None  # in the chain of causes; a loop's rounds lie ever deeper
    tokens: int  # of the run, so far
    bytes: int
    start_ns: int
    end_ns: int

    @property
    def failed(self) -> bool:
        return self.fruitless and not self.empty

    @property
    def asks(self) -> str:
        """A call without its outcome; what is said as a whole."""
        return self.token.partition(")=")[0]

    @property
    def recurs(self) -> bool:
        return self.likeness >= Likeness.ALIKE


@dataclass(slots=True)
class Loop:
    """A repetition from its onset to what broke it, or to the end."""

    sign: Sign
    conversation: str
    agents: tuple[str, ...]  # identities
    period: int  # in acts
    exact: bool
    opening: tuple[Mark, ...]  # from the onset to where it was detected (or as far as is kept)
    detected: Mark
    last: Mark
    before: Mark | None  # the last act before the onset
    latest: list[Mark] = field(default_factory=list[Mark])  # up to one cycle of the newest acts
    deviation: Mark | None = None
    more: int = 0  # calls that repeated since it was detected
    again: int = 0  # how often it came back after a deviation
    open: bool = True

    @property
    def first(self) -> Mark:
        return self.opening[0]

    @property
    def acts(self) -> int:
        """How many acts lie between its onset and its end, both included."""
        return self.last.place - self.first.place + 1

    @property
    def cycles(self) -> float:
        return self.acts / self.period

    @property
    def calls(self) -> int:
        """How many calls were made: those that repeat one, and the first of each."""
        again = [mark for mark in self.own if mark.kind == "call" and mark.recurs]
        return min(self.different, len(again)) + len(again) + self.more

    @property
    def different(self) -> int:
        """How many different calls take turns; one where they drift."""
        again = [mark for mark in self.own if mark.kind == "call" and mark.recurs]
        if any(mark.likeness != Likeness.SAME for mark in again):
            return 1
        return len({mark.asks for mark in again})

    @property
    def cycle(self) -> tuple[Mark, ...]:
        """The acts of one period, as they were at detection."""
        return self.opening[-self.period :]

    @property
    def own(self) -> tuple[Mark, ...]:
        """The opening's acts that the sign is about."""
        return tuple(mark for mark in self.opening if self.about(mark))

    def goes_on(self, mark: Mark) -> None:
        """An act that repeats, or is nothing new."""
        self.last = mark
        self.latest.append(mark)
        del self.latest[: -self.period]
        self.more += mark.kind == "call" and mark.recurs

    def about(self, mark: Mark) -> bool:
        """Whether an act is one of those that the sign is about."""
        if self.sign == "cycle":
            return True
        # who asks for a call may be another than who executes it (v0.2), and is named first
        same = mark.agent == self.detected.agent and mark.kind == self.detected.kind
        return same and (mark.kind != "call" or mark.target == self.detected.target)
