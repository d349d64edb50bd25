"""One conversation's loop analysis: recurrence of each agent's own acts, against progress.

Online, bounded memory. Every act (a message, a tool call) is compared with its agent's last
twelve of the same kind. Repetition raises the conversation's score, anything new lowers it; a loop
is called when the score is high and the acts since its onset fill three periods. Two more signs
stand beside that score: an agent whose calls come to nothing in the same way again and again, and
long drafts that come back almost unchanged. Scheduled and backing-off acts get patience.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from msgspec import Struct

from ..tracer.model import plain_name
from . import certain
from .called import Called, called
from .config import Config
from .cycles import LagRuns
from .embedding import Embedding
from .heeding import heeds
from .likeness import NOTHING, Likeness, Match, nearest
from .loop import MARKS, Loop, Mark, Sign
from .memory import OWN, Memory, Vocabulary, share, short
from .outcomes import nearest_call
from .pace import idle, patience, period_of
from .rows import (
    agents_of,
    ample,
    dense,
    failed_before,
    guided,
    has_news,
    insists,
    one_cause,
    onset_of,
    push,
    regular,
    row_of,
    said_again,
    slight,
    small,
    steady,
    taking_part,
    terse,
    works_on,
)
from .turn import Act, Turn
from .weights import ALIKE, NEW, weight_of
from .wording import Wording, wording

LONGEST: Final = 32  # period of an exact cycle, in acts
EDGES: Final = 8  # period of a round of hand-offs
MOVING: Final = 24  # acts for which an agent counts as one whose messages carry a state
AGENTS: Final = 512
HANDOFF: Final = "transfer_to_"  # how AutoGen names the tools that hand control over
FIRE: Final = 3.6
ROUNDS: Final = 2.5  # of a cycle; 3 where it may be a wait or a world that moves
AMPLE, MORE = 8, 0.25  # word pairs of a message whose repetition counts for more
CAP: Final = FIRE + 5
FAILURES, FRUITLESS, DRAFTS = 3, 4, 3  # repetitions after the first


class _Read(Struct, gc=False):
    """An act against its agent's memory."""

    token: str
    found: Match
    match: int
    origin: int
    weight: float
    terms: int = 0
    fresh: int = 0
    call: Called | None = None


class Talk:
    """The analysis of one conversation."""

    def __init__(
        self, name: str, config: Config | None = None, embed: Embedding | None = None
    ) -> None:
        self.name = name
        self._config = config
        self._embed = embed
        self.score = 0.0
        self._place = 0
        self._agents: OrderedDict[str, Memory] = OrderedDict()
        self._repeating: dict[str, Memory] = {}  # of these, those that have `repeats`
        self._marks: deque[Mark] = deque(maxlen=MARKS)
        self._streak: deque[Mark] = deque(maxlen=MARKS)  # repetitions since the score was zero
        self._runs = LagRuns(LONGEST)
        self._passes = LagRuns(EDGES)  # hand-offs since anything else was done
        self._passed: deque[Mark] = deque(maxlen=4 * EDGES)
        self._heard: deque[Wording] = deque(maxlen=OWN)
        self._vocabulary = Vocabulary()
        self._end_ns: int | None = None
        self._open: Loop | None = None
        self._misses: list[Mark] = []
        self._past: deque[Loop] = deque(maxlen=8)

    # -- feeding -----------------------------------------------------------------------------
    def interrupted(self) -> None:
        """News from outside: a person or the program spoke. An exact cycle starts anew."""
        self._lower(NEW)
        self._runs = LagRuns(LONGEST)
        self._worked()
        for agent in self._agents.values():
            agent.drafts.clear()

    def hears(self, text: str) -> None:
        """A user's words, as a model request has them. Another agent's words are no news."""
        words = wording(text)
        if any(
            mark.kind == "say" and mark.token.endswith(f"\0{words.key}") for mark in self._marks
        ):
            return
        likeness = nearest(words, list(self._heard)).likeness if self._heard else Likeness.NEW
        self._heard.append(words)
        if likeness < Likeness.ALIKE:
            self.interrupted()

    def rest(self, turn: Turn) -> None:
        """A turn is over."""
        end = turn.end_ns or turn.start_ns
        if self._end_ns is None or end > self._end_ns:
            self._end_ns = end

    def act(self, act: Act, turn: Turn, tokens: int, size: int) -> Loop | None:
        """Take in an act; returns a loop that it brings to light."""
        agent = self._agent(act.agent)
        mark = self._mark(act, agent, turn, tokens, size)
        self._place += 1
        self._marks.append(mark)
        self._runs.add(hash(mark.token))
        self._weigh(mark)
        self._count(mark, agent)
        self._hand_over(mark)
        if self._open is not None:
            self._follow(self._open, mark)
            return None
        return self._fire(mark, agent)

    def _agent(self, identity: str) -> Memory:
        agent = self._agents.get(identity)
        if agent is None:
            agent = self._agents[identity] = Memory(-MARKS)
            if len(self._agents) > AGENTS:
                self._repeating.pop(self._agents.popitem(last=False)[0], None)
        else:
            self._agents.move_to_end(identity)
        return agent

    def _mark(self, act: Act, agent: Memory, turn: Turn, tokens: int, size: int) -> Mark:
        read = self._called(act, agent) if act.kind == "call" else self._said(act, agent)
        call = read.call
        return Mark(
            place=self._place,
            step=turn.step.index,
            agent=act.agent,
            kind=act.kind,
            target=act.target,
            text=act.text[:600],
            outcome=act.outcome[:600],
            span=act.span.hex_id,
            token=f"{act.agent}\0{read.token}",
            likeness=read.found.likeness,
            match=read.match,
            origin=read.origin,
            weight=read.weight,
            fruitless=call is not None and call.fruitless,
            pending=call is not None and call.pending,
            empty=call is not None and call.empty,
            moves=read.found.moves,
            terms=read.terms,
            fresh=read.fresh,
            idle=idle(act, turn, self._marks[-1] if self._marks else None, self._end_ns),
            turn_ns=turn.start_ns,
            handoff=act.handoff or (act.target if act.target.startswith(HANDOFF) else ""),
            asked_by=act.asked_by,
            depth=turn.depth,
            tokens=tokens,
            bytes=size,
            start_ns=act.span.start_ns,
            end_ns=act.span.end_ns or act.span.start_ns,
        )

    def _called(self, act: Act, agent: Memory) -> _Read:
        before = [did for _, did in agent.did]
        call = called(act.target, act.text, act.outcome, act.failed, before)
        found = nearest_call(call, before)
        match = agent.did[found.place][0] if found.place >= 0 else -1
        if found.likeness == Likeness.NEW and agent.without_effect(call):
            found = Match(Likeness.OPEN)
        agent.did.append((self._place, call))
        agent.observes(call, found.likeness)
        return _Read(call.token, found, match, match, weight_of(found, "call"), call=call)

    def _said(self, act: Act, agent: Memory) -> _Read:
        words = act.wording
        if "\n" in act.text:
            agent.shapes(act.text)
        recalled = agent.said_before(words, act.target)
        if self._embed is not None:
            recalled = agent.meant_before(recalled, self._place, self._embed(act.text))
        found, gap, told = recalled.match, recalled.back, 1.0
        silent = found == NOTHING and not short(words)
        fresh = 0 if silent else self._vocabulary.fresh(words, agent.spoke(recalled.place))
        agent.said.append((self._place, act.target, words))
        if found == NOTHING:
            told = min(share(fresh, words), max(0.0, 0.75 - recalled.known))
            if not told:
                found = Match(Likeness.OPEN)
        self._vocabulary.add(words)
        trivial = words.below(4) or agent.moved > self._place - MOVING
        trivial = trivial or (gap > 1 and bool(agent.gaps) and gap not in agent.gaps)
        if gap:
            agent.gaps.append(gap)
        if found.moves:
            agent.moved = self._place
        weight = weight_of(found, "say", trivial=trivial) * min(1.0, 2 * told)
        if weight >= ALIKE and words.size >= AMPLE:
            weight += MORE
        return _Read(
            words.key, found, recalled.place, recalled.first, weight, len(words.terms), fresh
        )

    # -- scoring -----------------------------------------------------------------------------
    def _weigh(self, mark: Mark) -> None:
        if mark.weight < 0:
            self._lower(mark.weight)
        elif mark.recurs:
            self.score = min(CAP, self.score + mark.weight)
            self._streak.append(mark)

    def _lower(self, weight: float) -> None:
        self.score = max(0.0, self.score + weight)
        if not self.score:
            self._streak.clear()

    def _count(self, mark: Mark, agent: Memory) -> None:
        """Keep the agent's own rows of repetitions, for the signs beside the score."""
        if mark.kind == "say":
            if mark.recurs and agent.said[-1][2].draft:
                push(agent.drafts, mark)
            else:
                agent.drafts.clear()
            if mark.likeness == Likeness.NEW:
                self._news_for_others(mark.agent)
            return
        if mark.likeness == Likeness.NEW and not mark.fruitless:
            self._progress()
        if mark.handoff:
            return
        if mark.recurs:
            push(agent.repeats, mark)
            self._repeating[mark.agent] = agent
        elif mark.likeness == Likeness.NEW and (agent.works_again() or not agent.acknowledged()):
            self._moves_on(mark.agent)

    def _moves_on(self, name: str) -> None:
        """What the agent repeats was part of its work."""
        agent = self._repeating.pop(name, None)
        if agent is not None:
            agent.repeats.clear()

    def _news_for_others(self, speaker: str) -> None:
        """A short good answer to the same call is part of the work while others say new things."""
        for name, other in [*self._repeating.items()]:
            call = other.did[-1][1]
            if name != speaker and not (call.fruitless or call.informative):
                self._moves_on(name)

    def _progress(self) -> None:
        """A call had a new outcome: what was repeated without failing was part of the work."""
        self.score = 0.0
        self._streak.clear()
        for name, other in [*self._repeating.items()]:
            if not all(mark.failed for mark in other.repeats):
                self._moves_on(name)

    def _hand_over(self, mark: Mark) -> None:
        """Hand-offs in a row; another call, or new words that are more than a sentence, end it."""
        if mark.handoff:
            self._passes.add(hash((mark.agent, mark.target, mark.handoff)))
            self._passed.append(mark)
        elif self._passed and (mark.kind == "call" or works_on(mark)):
            self._worked()

    def _worked(self) -> None:
        self._passes = LagRuns(EDGES)
        self._passed.clear()

    # -- following an open loop --------------------------------------------------------------
    def _follow(self, loop: Loop, mark: Mark) -> None:
        if not loop.about(mark):
            return
        if mark.likeness > Likeness.NEW:
            self._misses.clear()
            loop.goes_on(mark)
            return
        self._misses.append(mark)
        if len(self._misses) >= 2 and (not self.score or loop.sign != "cycle"):
            loop.open = False
            if loop.deviation is None:
                loop.deviation = self._misses[0]
            self._past.append(loop)
            self._open = None
            self._misses = []

    # -- firing ------------------------------------------------------------------------------
    def _fire(self, mark: Mark, agent: Memory) -> Loop | None:
        if mark.kind == "say" and not (mark.recurs or mark.handoff) and self._runs.still:
            return None  # nothing that comes again ends here
        loop = (
            self._cycle(mark)
            or self._round(mark)
            or self._fruitless(mark, agent)
            or self._drafting(mark, agent)
        )
        if loop is None or one_cause(self._marks, mark):
            return None
        for earlier in self._past:
            if earlier.sign == loop.sign and set(earlier.agents) == set(loop.agents):
                earlier.again += 1
                earlier.open = True
                earlier.last = mark
                loop = earlier
        self._open = loop
        return loop

    def _cycle(self, mark: Mark) -> Loop | None:
        return self._exact(mark) or self._alike(mark) or self._amid(mark) or self._back(mark)

    def _back(self, mark: Mark) -> Loop | None:
        """All ways to say it are through, and begin anew."""
        row = certain.comes_back(self._marks)
        said = self._said_by(None) if row else {}
        if not row or heeds(self._marks, row, said):
            return None
        onset, agents = certain.since(self._marks, row, said)
        return self._loop("cycle", mark, onset, len(agents), agents=agents)

    def _exact(self, mark: Mark) -> Loop | None:
        """The same acts to the letter."""
        period = self._runs.period(ROUNDS)
        if period is None:
            return None
        run = self._runs.run(period)
        latest = list(self._marks)[-run:]
        if run < self._further(latest) * period * self._patience(latest, period):
            return None
        onset = mark.place - run - period + 1
        return self._loop("cycle", mark, onset, period, exact=True)

    def _further(self, latest: list[Mark]) -> float:
        """How many further rounds to the letter it takes: one and a half of several agents, two or
        three of one; more where states of a world may come back.
        """
        names = {m.agent for m in latest}
        if slight(latest) or any(m.moves and m.agent in names for m in self._marks):
            return 4
        world = heeds(self._marks, latest, self._said_by(names))
        if len(names) > 1:
            return 2 if world else ROUNDS - 1
        return 2 if ample(latest) and not world else 3

    def _round(self, mark: Mark) -> Loop | None:
        """The same hand-offs three times over, whatever was said along with them."""
        edges = self._passes.period(3) if mark.handoff else None
        if edges is None or edges < 2:
            return None
        row = list(self._passed)[-self._passes.run(edges) - edges :]
        acts = max(1, round((row[-1].place - row[0].place) * edges / (len(row) - 1)))
        return self._loop("cycle", mark, row[0].place, acts, agents=agents_of(row))

    def _alike(self, mark: Mark) -> Loop | None:
        """The score is high, and repetitions fill three periods."""
        if not mark.recurs or self.score < certain.SOON or len(self._streak) < 3:
            return None
        game = slight(self._streak) and not regular(self._streak)
        if game or not dense(self._marks, self._streak):
            return None
        lag = max(period_of(list(self._streak)), len(agents_of(self._streak)))
        period = len(agents_of(self._streak)) if said_again(self._marks) else lag
        soon = certain.nothing_new(self._marks, mark.place - period)
        if self.score < FIRE and not soon:
            return None
        onset = onset_of(self._marks, min(m.origin for m in self._streak), lag)
        times = self._patience(list(self._streak), period)
        rounds = ROUNDS if steady(self._marks, self._streak) and not small(self._streak) else 3
        again = 1 if soon and certain.all_again(self._marks, mark.place - period) else rounds - 1
        if len(self._streak) < max(3, again * period) * times:
            return None
        if mark.place - onset + 1 < rounds * period * times or has_news(
            self._marks, self._streak, period
        ):
            return None
        closed = certain.nothing_new(self._marks, mark.place - certain.CLOSED * period)
        if heeds(self._marks, self._streak, self._said_by(None), closed=closed):
            return None
        return self._loop("cycle", mark, onset, period)

    def _said_by(self, names: set[str] | None) -> dict[int, tuple[str, Wording]]:
        """What agents said lately, by place; None: whoever acted lately."""
        names = {mark.agent for mark in self._marks} if names is None else names
        known = ((name, self._agents[name]) for name in names if name in self._agents)
        return {at: (name, words) for name, agent in known for at, _, words in agent.said}

    def _amid(self, mark: Mark) -> Loop | None:
        """Two agents say the same to each other again and again while others go on with work."""
        own = insists(self._marks, mark.agent)
        if own is None:
            return None
        for other in self._agents:
            row = insists(self._marks, other) if other != mark.agent else None
            if row is not None and row[-1].place > own[-2].place:
                both = sorted((*own, *row), key=lambda each: each.place)
                names = agents_of(both)
                period = max(2, round((mark.place - own[0].place) / (len(own) - 1)))
                later = [m for m in self._marks if m.place > both[0].place]
                news = any(m.likeness == Likeness.NEW and m.agent not in names for m in later)
                if news and self._patience(both, period) == 1:
                    onset = min(own[0].origin, row[0].origin)
                    return self._loop("cycle", mark, onset, period, agents=names)
        return None

    def _patience(self, row: list[Mark], period: int) -> float:
        """Times the usual: the row waits for something, or the project says so."""
        first = row[0].match if row else -1
        begin = next((mark.turn_ns for mark in self._marks if mark.place == first), None)
        times = certain.spared(self._marks, row, patience(row, period, begin))
        if self._config is None or not row:
            return times
        tools = ((mark.agent, mark.target if mark.kind == "call" else "") for mark in row)
        return times * max(self._config.patience(plain_name(who), tool) for who, tool in tools)

    def _fruitless(self, mark: Mark, agent: Memory) -> Loop | None:
        row = row_of(self._marks, mark, agent.repeats) if mark.kind == "call" else []
        if len(row) < certain.TRIES:
            return None
        failed = sum(m.failed for m in row)
        needed = FAILURES if failed * 2 >= len(row) and not terse(row) else FRUITLESS
        if all(m.likeness == Likeness.SAME for m in row):
            # to the letter, whatever it came to: each of them, as different ones take turns
            needed = max(FAILURES, 2 * len({m.asks for m in row}))
        if len(row) < needed and len(row) == certain.TRIES and certain.in_vain(self._marks, row):
            needed = certain.TRIES
        if len(row) < needed * self._patience(row, 1):
            return None
        return self._row("fruitless", mark, row)

    def _drafting(self, mark: Mark, agent: Memory) -> Loop | None:
        row = agent.drafts
        if mark.kind != "say" or not row or len(row) < DRAFTS * self._patience(row, 1):
            return None
        if guided(self._marks, row, {at: words for at, _, words in agent.said}):
            return None
        return self._row("drafts", mark, row)

    def _row(self, sign: Sign, mark: Mark, row: list[Mark]) -> Loop:
        """A loop that one agent's row of acts shows; who takes part in every round is in it."""
        onset = failed_before(self._marks, row)
        agents = taking_part(self._marks, mark, onset, len(row))
        return self._loop(sign, mark, onset, period_of(row), agents=agents)

    def _loop(
        self,
        sign: Sign,
        mark: Mark,
        onset: int,
        period: int,
        *,
        exact: bool = False,
        agents: list[str] | None = None,
    ) -> Loop:
        opening = tuple(m for m in self._marks if m.place >= onset)
        before = [m for m in self._marks if m.place < onset]
        if agents is None:
            again = {m.agent for m in opening if m.recurs}
            asked = {m.asked_by for m in opening if m.asked_by and m.agent in again}
            agents = list(
                dict.fromkeys(
                    [*sorted(asked), *agents_of([m for m in opening if m.agent in again])]
                )
            )
        return Loop(
            sign=sign,
            conversation=self.name,
            agents=tuple(agents),
            period=period,
            exact=exact,
            opening=opening,
            detected=mark,
            last=mark,
            before=before[-1] if before else None,
            latest=list(opening[-period:]),
        )
