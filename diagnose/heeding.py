"""Whether what agents say again differs by a state: small worlds whose moves are made in words.

In a loop the words of a message change by chance, whatever was said before it. In a game, a bargain
or a simulation they change with what the others said meanwhile, they name what the others name, or
they are one of several values in an equal frame. A loop says the same thing in other words, a world
other things in the same words: so one thing in the place of two others tells as much as many words.
And a world goes on, a loop has said it all: where nobody has a new word for two rounds, and no
thing takes another's place, shared words tell of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .loop import Mark
from .stop_words import ENGLISH, OTHERS
from .synonyms import EMPTY_TALK, MEANINGS
from .wording import Wording

BACK: Final = 12  # acts before a message that it may answer
VALUES: Final = 2  # other fillings of a message's frame that make it a template
ROOMY: Final = 8  # tokens of a frame that may have two places to fill

#: Everyday talk about work: words that stand for one another when the same is said again.
PHRASES: Final = MEANINGS | EMPTY_TALK

Said = Mapping[int, tuple[str, Wording]]  # agents and their messages, by place
Filling = tuple[tuple[str, str], ...]  # stems of a message and of another one in their place


def heeds(
    marks: Sequence[Mark], streak: Sequence[Mark], said: Said, *, closed: bool = False
) -> bool:
    """A good part of the repetitions differ from what they repeat as states of a world do.

    `closed`: for some rounds nobody has used a new word. Then that words are shared is no wonder;
    where English is spoken it tells of a world only beside a thing in the place of another.
    """
    row = [mark for mark in streak if mark.kind == "say" and mark.place in said]
    own: dict[str, list[Wording]] = {}
    for agent, words in said.values():
        own.setdefault(agent, []).append(words)
    others = {
        name: _stems([text for agent, words in own.items() if agent != name for text in words])
        for name in {mark.agent for mark in row}
    }
    answering = sharing = filling = named = 0
    for mark in row:
        new = said[mark.place][1]
        fillings = _fillings(new, own[mark.agent])
        english = _english(new)
        things = sum(map(_things, fillings))
        if english and things >= VALUES:
            return True
        closed = closed and english
        named += things
        filling += len(fillings) >= VALUES
        if mark.match in said:
            fresh = new.stems - said[mark.match][1].stems - EMPTY_TALK
            sharing += bool(fresh) and 2 * len(fresh & others[mark.agent]) >= len(fresh)
            answering += bool(fresh) and _answers(fresh, marks, mark, said)
    if closed and not named:
        return False
    return 3 * answering > len(row) or 2 * max(sharing, filling) >= max(1, len(row))


def _answers(fresh: frozenset[str], marks: Sequence[Mark], mark: Mark, said: Said) -> bool:
    """It says what others said just before, and had not said before what it repeats."""
    heard = _heard(marks, mark.place, said) - _heard(marks, mark.match, said)
    return not fresh.isdisjoint(heard)


def _heard(marks: Sequence[Mark], place: int, said: Said) -> frozenset[str]:
    """The content words of what others said since the agent spoke last."""
    heard: list[Wording] = []
    agent = said[place][0]
    for mark in reversed(marks):
        if place - BACK < mark.place < place:
            if mark.agent == agent and mark.kind == "say":
                break
            if mark.place in said:
                heard.append(said[mark.place][1])
    return _stems(heard)


def _stems(texts: Sequence[Wording]) -> frozenset[str]:
    return frozenset[str]().union(*(text.stems for text in texts))


def _fillings(new: Wording, own: Sequence[Wording]) -> set[Filling]:
    """What other messages of the agent have in place of its words: numbers merely count."""
    tokens = new.frame
    found: set[Filling] = set()
    for old in own:
        if len(old.frame) != len(tokens):
            continue
        pairs = zip(tokens, old.frame, strict=True)
        places = [(now[1], then[1]) for now, then in pairs if now[0] != then[0]]
        if 0 < len(places) <= (2 if len(tokens) >= ROOMY else 1):
            found.add(tuple(places))
    return found


def _english(text: Wording) -> bool:
    """Its phrases are known, so that they can be told from things."""
    words = set(text.words)
    return text.terms is text.stems and len(words & OTHERS) <= len(words & ENGLISH)


def _things(filling: Filling) -> bool:
    """What was put in the place of what are things, and no ways of saying something."""
    return all(word and word not in PHRASES for pair in filling for word in pair)
