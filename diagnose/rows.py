"""Rows of acts that repeat: where they began, who is in them, and what was new in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .failures import one_matter
from .likeness import Likeness
from .loop import MARKS, Mark
from .outcomes import PAGE
from .weights import NEW, TRIVIAL
from .wording import Wording, wording

HEAD: Final = 12  # entries of a row that are kept whatever comes
FAINT: Final = 5  # acts among which one may say more than a few words
INSISTS: Final = 4  # repetitions of each of two agents amid others
TELLING: Final = 4  # content words of a message that is more than a set phrase
SPREAD: Final = 12  # repetitions of an agent that are looked at for their causes
DENSE: Final = 0.7  # share of the acts since its begin that must be repetitions for a cycle
SMALL: Final = 4  # content words of a message that may be a move
ALL_AGAIN: Final = 4  # messages
TALE: Final = 20  # content words of a message whose words are not looked up
TERSE: Final = 4  # words of an error that tells next to nothing


def push(row: list[Mark], mark: Mark) -> None:
    """Add to a row that is kept short: its first entries tell the onset, its last the pace."""
    row.append(mark)
    if len(row) > MARKS:
        del row[HEAD]


def agents_of(row: Iterable[Mark]) -> list[str]:
    return list(dict.fromkeys(mark.agent for mark in row))


def slight(row: Iterable[Mark]) -> bool:
    """All of it are a few words each, as in a game."""
    return all(mark.weight <= TRIVIAL for mark in row)


def faint(row: Sequence[Mark]) -> bool:
    """Nearly all of it are a few words each."""
    return sum(mark.weight > TRIVIAL for mark in row) * FAINT <= len(row)


def ample(row: Iterable[Mark]) -> bool:
    """Each of it says so much that it is not said three times to the letter for nothing: more than
    a set phrase, or a good result of some length.
    """
    return all(
        mark.terms >= TELLING
        if mark.kind == "say"
        else len(mark.outcome) >= PAGE and not (mark.fruitless or mark.pending)
        for mark in row
    )


def small(row: Iterable[Mark]) -> bool:
    """Most of its messages have few content words, as moves in a small world have."""
    said = [mark.terms < SMALL for mark in row if mark.kind == "say" and not mark.fruitless]
    return 2 * sum(said) > len(said)


def regular(row: Sequence[Mark]) -> bool:
    """Most of it repeats what lies equally far back, as rounds do."""
    back = [mark.place - mark.match for mark in row]
    return 2 * max(back.count(gap) for gap in set(back)) >= len(back)


def dense(marks: Iterable[Mark], row: Sequence[Mark]) -> bool:
    """Most acts since its begin repeat. Calls that are neither repetitions nor news do not count;
    half of what agents in the row say in known words does.
    """
    acts = opens = 0
    names = {mark.agent for mark in row}
    for mark in marks:
        if mark.place >= row[0].place:
            known = mark.likeness == Likeness.OPEN and not mark.moves
            acts += not (known and mark.kind == "call")
            opens += known and mark.kind == "say" and mark.agent in names
    return len(row) + opens / 2 >= DENSE * acts


def said_again(marks: Sequence[Mark]) -> bool:
    """The latest acts are all messages of some length, and each of several agents has said them
    before: their turns are the round, not how far back a message lies.
    """
    row = [marks[-at] for at in range(1, min(ALL_AGAIN, len(marks)) + 1)]
    if len(row) < ALL_AGAIN or any(
        m.kind != "say" or not m.recurs or m.terms < TELLING or m.fresh > 1 for m in row
    ):
        return False
    names = [m.agent for m in row]
    return len(set(names)) > 1 and min(map(names.count, names)) > 1


def guided(marks: Sequence[Mark], row: Sequence[Mark], drafts: Mapping[int, Wording]) -> bool:
    """What was changed in drafts is what others asked for: they are worked on; or what short ones
    led to was new.
    """
    latest = drafts.get(row[-1].place)
    if latest is not None and not latest.long and _led_on(marks, row):
        return True
    heeded = 0
    for mark in row:
        new, old = drafts.get(mark.place), drafts.get(mark.match)
        if new is not None and old is not None:
            changed = new.stems ^ old.stems
            heeded += any(
                _asks_for(wording(heard.text).stems, changed)
                for heard in marks
                if mark.match < heard.place < mark.place and heard.agent != mark.agent
            )
    return heeded * 3 >= len(row)


def _led_on(marks: Sequence[Mark], row: Sequence[Mark]) -> bool:
    """What others said to it had other values, or was mostly all new: as of code that is run."""
    since = [mark for mark in marks if mark.place > row[0].place]
    heard = [m for m in since if m.agent != row[0].agent or m.kind == "call"]
    new = sum(mark.weight <= NEW for mark in heard)
    return 2 * new > len(heard) or any(mark.moves for mark in heard)


def _asks_for(words: frozenset[str], changed: frozenset[str]) -> bool:
    """A good part of a remark is about what was changed."""
    return 4 * len(words & changed) >= max(1, len(words))


def has_news(marks: Sequence[Mark], streak: Sequence[Mark], period: int) -> bool:
    """Something new was said in every other round: the rest answers it by a set phrase."""
    start, game = streak[0].place, slight(streak)
    told: dict[str, list[int]] = {}  # new and repeated acts of each agent
    for mark in marks:
        if mark.place > start:
            row = told.setdefault(mark.agent, [0, 0])
            row[0] += mark.likeness == Likeness.NEW or (game and mark.moves)
            row[1] += mark.recurs
    fresh = sum(new for new, again in told.values() if new >= again)
    return fresh * 2 * period >= marks[-1].place + 1 - start


def onset_of(marks: Sequence[Mark], place: int, period: int) -> int:
    """The first of the acts, up to `place`, that are or were repeated, none a round apart."""
    repeated = {at for m in marks if m.recurs for at in (m.match, m.origin)}
    for mark in reversed(marks):
        if place - mark.place > period:
            break
        if mark.place < place and (mark.recurs or mark.place in repeated):
            place = mark.place
    return place


def failed_before(marks: Sequence[Mark], row: Sequence[Mark]) -> int:
    """Where a row of repetitions began: failures just before it that were told otherwise."""
    first, place = row[0], row[0].match
    for mark in reversed(marks):
        if mark.place < place and (mark.agent, mark.target) == (first.agent, first.target):
            if not (mark.failed and first.failed):
                break
            if one_matter(mark.outcome, first.outcome) or any(
                one_matter(mark.outcome, other.outcome) for other in row
            ):
                place = mark.place
    return place


def taking_part(marks: Iterable[Mark], mark: Mark, onset: int, rounds: int) -> list[str]:
    """Whose act it is, and who else acts in each of so many rounds; who asks for it comes first."""
    acts: dict[str, int] = {}
    for other in marks:
        if other.place >= onset:
            acts[other.agent] = acts.get(other.agent, 0) + 1
    agents = [mark.agent, *(a for a, n in acts.items() if a != mark.agent and n >= rounds)]
    if mark.asked_by and mark.asked_by not in agents:
        agents.insert(0, mark.asked_by)
    return agents


def insists(marks: Sequence[Mark], agent: str) -> list[Mark] | None:
    """The latest messages of an agent when all of them say again what it said before."""
    row: list[Mark] = []
    for mark in reversed(marks):
        if mark.agent == agent and mark.kind == "say":
            if not mark.recurs or mark.terms < TELLING:
                return None
            row.append(mark)
            if len(row) == INSISTS:
                return row[::-1]
    return None


def terse(row: Sequence[Mark]) -> bool:
    """Different calls were answered by a mere code or a few words: things may be worked through."""
    different = sum(mark.likeness == Likeness.ALIKE for mark in row)
    return different * 2 > len(row) and len(row[-1].outcome.split()) < TERSE


def works_on(mark: Mark) -> bool:
    """A message that says something new, or the same of something else."""
    if mark.likeness >= Likeness.ALIKE:
        return False
    return mark.moves or (mark.likeness == Likeness.NEW and _tells(mark.text))


def _tells(text: str) -> bool:
    """It says more than that control is passed on: figures, or more than a sentence."""
    return any(char.isdigit() for char in text) or len(text.split()) > 12


def one_cause(marks: Iterable[Mark], mark: Mark) -> bool:
    """One cause sets off all of the repetitions: they are posted by one step, or lie no deeper
    than one another.
    """
    row = [m for m in marks if m.agent == mark.agent and m.recurs][-SPREAD:]
    steps = len({m.step for m in row})
    if mark.kind == "say" and steps * 2 <= len(row):
        return all(m.kind == "say" for m in row)
    return mark.depth is not None and len({m.depth for m in row}) * 2 <= steps


def steady(marks: Iterable[Mark], streak: Sequence[Mark]) -> bool:
    """What is repeated is telling, nothing that is awaited, and by nobody who makes moves."""
    if faint(streak) or any(mark.pending for mark in streak):
        return False
    names = {mark.agent for mark in streak}
    return not any(mark.moves and mark.agent in names for mark in marks)


def row_of(marks: Sequence[Mark], mark: Mark, repeats: Sequence[Mark]) -> list[Mark]:
    """A call's row of repetitions: those in a row, or those of its failure amid other failures."""
    row = [each for each in repeats if each.target == mark.target]
    amid = _amid(marks, mark) if mark.failed and mark.recurs else []
    row = amid if len(amid) > len(row) else row
    return [] if row and not mark.fruitless and _writes(marks, row) else row


def _amid(marks: Sequence[Mark], mark: Mark) -> list[Mark]:
    """The repetitions of a failure since its agent's last success: that others came in between is
    no progress.
    """
    row: list[Mark] = []
    wanted = {mark.place}
    for other in reversed(marks):
        if other.agent != mark.agent or other.kind != "call":
            continue
        if not other.fruitless:
            if other.likeness == Likeness.NEW:
                break
            continue
        if other.place in wanted:
            wanted.add(other.match)
            if other.recurs:
                row.append(other)
    return row[::-1]


def _writes(marks: Sequence[Mark], row: Sequence[Mark]) -> bool:
    """Beside a good answer that comes again its agent says something new of substance each time:
    the call is a habit, the work is in what is said.
    """
    said = [
        mark
        for mark in marks
        if mark.place > row[0].match and mark.agent == row[0].agent and mark.kind == "say"
    ]
    new = sum(
        mark.likeness == Likeness.NEW and (mark.terms > TALE or _of_substance(mark))
        for mark in said
    )
    return 4 * new >= 3 * max(len(row), len(said))


def _of_substance(mark: Mark) -> bool:
    """Many of its words nobody has used lately."""
    return mark.fresh > TELLING and 3 * mark.fresh >= mark.terms
