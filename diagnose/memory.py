"""What the loop analysis remembers of one agent, and what a conversation has said lately."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import is_
from typing import Final

from msgspec import Struct

from .embedding import NEAR, cosine
from .likeness import NO_MATTER, NOTHING, RESTATED, Likeness, Match, matter, nearest
from .loop import Mark
from .outcomes import Called
from .wording import Wording, wording

OWN: Final = 12  # acts of each kind that an agent is compared with
GAPS: Final = 4  # own messages that tell whether an agent repeats itself in an order
SPOKEN: Final = 30  # messages whose words are known
LINES, FORM = 12, 64  # of a message and of its words that are looked at for its form
SHORT: Final = 20  # content words and numbers of a text that may be made of known ones alone


class Recalled(Struct, frozen=True, gc=False):
    """How a message stands to its agent's earlier ones.

    `back`: how many of the agent's own messages back the match lies (0: nowhere). States of a
    small world come back in any order, rounds of a loop in one.
    """

    match: Match
    place: int  # the latest act that says so; -1: none
    first: int  # the earliest
    back: int
    known: float  # share of what it is about that was said before


@dataclass(slots=True)
class Memory:
    """One agent's own acts."""

    moved: int  # where it last said the same with another value
    said: deque[tuple[int, str, Wording]] = field(default_factory=lambda: deque(maxlen=OWN))
    did: deque[tuple[int, Called]] = field(default_factory=lambda: deque(maxlen=OWN))
    repeats: list[Mark] = field(default_factory=list[Mark])
    drafts: list[Mark] = field(default_factory=list[Mark])
    lines: deque[set[str]] = field(default_factory=lambda: deque(maxlen=4))  # of late messages
    form: set[str] = field(default_factory=set[str])  # words of what is put around all messages
    vectors: deque[tuple[int, Sequence[float]]] = field(default_factory=lambda: deque(maxlen=OWN))
    sees: str = ""  # the tool that has shown the same as before last
    gaps: deque[int] = field(default_factory=lambda: deque(maxlen=GAPS))  # own acts back to matches

    def said_before(self, words: Wording, target: str) -> Recalled:
        """Compared with what the agent told the same receiver, as far as receivers are known."""
        known = [*self.said]
        if target:
            known = [entry for entry in known if not entry[1] or entry[1] == target]
        texts = [entry[2] for entry in known]
        found = nearest(words, texts)
        about = matter(words, texts, frozenset(self.form)) if not words.long else NO_MATTER
        if found == NOTHING and about.share >= RESTATED:
            found = Match(Likeness.ALIKE, about.last)
        if found.place < 0:
            return Recalled(found, -1, -1, 0, about.share)
        last, first = max(found.place, about.last), about.first if about.first >= 0 else found.place
        return Recalled(
            found, known[last][0], known[first][0], len(known) - found.place, about.share
        )

    def spoke(self, place: int) -> Wording | None:
        """What it said there, as far as is known."""
        if place < 0:
            return None
        return next((words for at, _, words in self.said if at == place), None)

    def meant_before(self, recalled: Recalled, place: int, vector: Sequence[float]) -> Recalled:
        """What words do not show: an earlier message that means the same, by its vector."""
        near = [at for at, old in self.vectors if cosine(vector, old) >= NEAR]
        self.vectors.append((place, vector))
        if not near or recalled.match != NOTHING:
            return recalled
        back = sum(at >= near[-1] for at, _ in self.vectors) - 1
        return Recalled(Match(Likeness.ALIKE), near[-1], near[0], back, recalled.known)

    def shapes(self, text: str) -> None:
        """Learn from a message of several lines which of them come again: greetings, headings."""
        lines = {line.strip() for line in text.split("\n", LINES)[:LINES]}
        if len(self.form) < FORM:
            again = [line for line in lines if line and any(line in old for old in self.lines)]
            if len(again) < len(lines):
                for line in again:
                    self.form |= wording(line).stems
        self.lines.append(lines)

    def observes(self, call: Called, likeness: int) -> None:
        """Remember a tool that shows the same as before: what was done in between had no effect."""
        if likeness == Likeness.SAME and call.tells and not call.fruitless:
            self.sees = call.tool
        elif likeness == Likeness.NEW and (call.tells or call.tool == self.sees):
            self.sees = ""

    def without_effect(self, call: Called) -> bool:
        """It is the same with other numbers, answered alike, and what it is about is seen to stand
        still.
        """
        if not self.sees or call.tool == self.sees or call.fruitless or call.informative:
            return False
        return any(
            old.tool == call.tool and old.outcome == call.outcome and old.blank == call.blank
            for _, old in self.did
        )

    def works_again(self) -> bool:
        """The latest call came to something where others of its tool failed: it works through a
        row."""
        call = self.did[-1][1]
        row = [old for _, old in list(self.did)[:-1] if old.tool == call.tool]
        failed = [old for old in row if old.failed]
        return (
            bool(failed)
            and not call.fruitless
            and all(old.arguments != call.arguments for old in row)
        )

    def acknowledged(self) -> bool:
        """The latest call did something other than before, and was answered by the same short
        word."""
        call = self.did[-1][1]
        if call.fruitless or call.informative:
            return False
        return any(
            old.tool == call.tool and old.outcome == call.outcome for _, old in list(self.did)[:-1]
        )


class Vocabulary:
    """The words and numbers of a conversation's latest messages, whoever said them."""

    __slots__ = ("_spoken",)

    def __init__(self) -> None:
        self._spoken: deque[frozenset[str]] = deque(maxlen=SPOKEN)

    def add(self, words: Wording) -> None:
        self._spoken.append(words.uttered)

    def fresh(self, words: Wording, like: Wording | None) -> int:
        """How many of a text's words and numbers are not known. `like`: an earlier text, perhaps of
        these messages, that has most of them; hardly any are left to look for then.
        """
        left = words.uttered
        if like is not None and any(map(partial(is_, like.uttered), self._spoken)):
            left = left - like.uttered
        for known in reversed(self._spoken):
            if not left:
                break
            left = left - known
        return len(left)


def share(fresh: int, words: Wording) -> float:
    """That many of a short text's words and numbers as a share; 1 for a long one."""
    return fresh / _count(words) if short(words) else 1.0


def short(words: Wording) -> bool:
    """It may be made of known words alone."""
    return 0 < len(words.stems) <= SHORT and _count(words) <= SHORT


def _count(words: Wording) -> int:
    return len(words.uttered)
