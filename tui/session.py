"""One run on the screen: its rows, its cursor, its memory and its findings in one place.

A session is plain Python. Short runs are indexed when it is made; long ones by `work`, which the
app runs in a thread of its own on a second reader, while the screen already shows what is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..tracer import conventions
from ..tracer.errors import LoupeError
from ..tracer.glance import Glance, Kept
from ..tracer.model import BodyRef, Sample, Span, Step, plain_type
from .brief import BriefStep
from .cast import Cast
from .cursor import Cursor
from .facts import Facts
from .findings import Findings
from .folding import Folding, Row
from .gist import headline, inner_type, key
from .inner import ENVELOPE, Inner
from .matches import Matches
from .nesting import NO_STEP
from .rows import RowIndex
from .selection import Selection
from .series import Series, memory
from .source import Pages, Recent, Source
from .talks import Talks
from .units import span

AT_ONCE = 1000  # steps that are indexed before the first paint
CHUNK = 2048
MOST_ASKED = 5_000  # spans of a run without steps that are looked through for states
KNOWN = 50_000  # stored texts whose likeness is remembered
NEIGHBOURS = 32  # steps whose spans are read together
SEARCHED = 5000  # steps looked at for the next one of an agent


@dataclass(frozen=True, slots=True)
class Asked:
    """A state of an agent that was asked for outside of all runs."""

    agent: str
    time_ns: int
    why: str
    text: str


class Session:
    """Everything the screens of one run share."""

    def __init__(self, source: Source, *, title: str = "", path: str = "", step: int = 0) -> None:
        self.source = source
        self.title = title
        self.path = path
        self.info = source.info
        self.damage = source.recording.damage
        self.pages = Pages(source.steps)
        self._kinds = Recent(2000)
        self._inner = Inner()
        self.inner = self._inner.of
        self.index = RowIndex(content_key(source), self.kind, self.inner)
        self.findings = Findings()
        self.memory: Series = Series()
        self.version = 0  # rises whenever rows, findings or memory have changed
        self.matches: Matches | None = None
        self.now = time.time_ns  # the clock of a run that goes on
        self.wanted: int | None = None  # a step to go to at the next sync
        self._working = False  # a thread is indexing
        self.kept: list[Kept] = []  # states of agents that are on record
        self._headlines = Recent(2000)
        self._spans = Recent(24)
        self._samples = Recent(3)
        total = self.info.steps
        first = self.pages.range(0, min(total, Pages.SIZE))
        for step_ in first:
            self.inner(step_)  # whose team the run's own is
        if total <= AT_ONCE:
            glances = source.glances()
            steps = [step for found in glances for step in found]
            self.index.extend(steps, ended=self.ended)
            self.kept = glances.kept
            self.memory = memory(source.resident())
        self.cursor = Cursor(total, step)
        self.selection = Selection(self.cursor)
        self.folding = Folding(self.index, total)
        self.cast = Cast(self.info.agents, self._inner)
        self.cast.meet(first)
        self.talks = Talks(self, first)

    @property
    def total(self) -> int:
        return self.cursor.total

    @property
    def ended(self) -> bool:
        """Whether nothing will be added to the run."""
        return self.info.status != "running"

    @property
    def indexed(self) -> bool:
        return self.index.steps >= self.total

    def step(self, index: int) -> Step:
        return self.pages.get(index)

    def spans(self, step: int) -> list[Span]:
        """The spans of one step; its neighbours' are read along with them."""
        first = step - step % NEIGHBOURS
        return self._spans.get(first, lambda: self._span_page(first)).get(step, [])

    def _span_page(self, first: int) -> dict[int, list[Span]]:
        page: dict[int, list[Span]] = {}
        for item in self.source.spans(first, first + NEIGHBOURS):
            if item.step is not None:
                page.setdefault(item.step, []).append(item)
        return page

    def headline(self, ref: BodyRef | None) -> str:
        """One line of what a body says, "" when there is no body."""
        if ref is None:
            return ""
        return self._headlines.get(ref, lambda: headline(self.text(ref)))

    def said(self, step: Step) -> str:
        """One line of what a step says: its message, or for a call what came of it."""
        if step.body is not None:
            return self.headline(step.body)
        own = [span for span in self.spans(step.index) if span.bodies]
        own.sort(key=lambda span: (span.id == step.span_id, span.start_ns))
        for each in reversed(own):
            for name in (conventions.OUTPUT_MESSAGES, conventions.TOOL_RESULT):
                if name in each.bodies:
                    return self.headline(each.bodies[name])
        return ""

    def kind(self, step: BriefStep) -> str:
        """The type of a step's message; an envelope is named by what it carries."""
        if not step.message_type.endswith(ENVELOPE):
            return step.message_type
        return self._kinds.get(step.body, lambda: kind_of(self.source, step))

    def text(self, ref: BodyRef) -> str:
        """A body as recorded; what cannot be read says so."""
        try:
            return self.source.text(ref)
        except LoupeError as error:
            return f"(not readable: {error.what})"

    def rss_at(self, step: int) -> int | None:
        return self.memory.at(step)

    def grown_over(self, start: int, stop: int) -> int | None:
        """By how much resident memory grew from before step `start` to the last before `stop`."""
        before, after = self.rss_at(max(0, start - 1)), self.rss_at(stop - 1)
        return None if before is None or after is None else after - before

    def samples(self) -> list[Sample]:
        """The run's memory samples."""
        return self._samples.get(("run", self.info.steps), self.source.samples)

    def program_samples(self) -> list[Sample]:
        """Those of the whole program: all runs of its first process."""
        return self._samples.get(("all", self.info.steps), self.source.recording.samples)

    def program_states(self, identity: str) -> list[Asked]:
        """States of an agent that were asked for outside of all runs, by time."""
        every = self._samples.get(("states", self.info.steps), self._program_states)
        return [asked for asked in every if asked.agent == identity]

    def _program_states(self) -> list[Asked]:
        found: list[Asked] = []
        program = self.source.recording
        for info in program.runs:
            if info.steps == 0 and 0 < info.spans <= MOST_ASKED:
                run = program.run(info.number)
                for item in run.loose_spans():
                    ref = item.bodies.get(conventions.AGENT_STATE)
                    if item.op == conventions.STATE and ref is not None:
                        why = str(item.attributes.get(conventions.STATE_WHY, ""))
                        found.append(Asked(item.agent, item.start_ns, why, run.text(ref)))
        return found

    def agent_blocks(self) -> Mapping[str, float]:
        """Memory blocks that each agent's handlers had allocated on balance by the end."""
        samples = self.samples()
        return samples[-1].agent_blocks if samples else {}

    def fullest_inboxes(self) -> Mapping[str, int]:
        """The most messages that were seen in each agent's inbox, by plain type, where told."""
        most: dict[str, int] = {}
        for sample in self.samples():
            for name, count in (sample.mailboxes or {}).items():
                most[name] = max(most.get(name, 0), count)
        return most

    def role_of(self, name: str) -> str:
        """The role that colours an agent that is known by its type alone."""
        for identity in (*self.cast.lanes, *self.cast.within):
            if name in (plain_type(identity), self.cast.name(identity)):
                return self.cast.role(identity)
        return ""

    def elapsed_ns(self, step: Step) -> int:
        """When a step began, from the start of the run."""
        return step.start_ns - self.info.start_ns

    def unfinished(self, step: Step) -> str:
        """What is said of a delivery that has no end."""
        info = self.info
        if info.end_ns is not None:
            return f"never finished, {span(info.end_ns - step.start_ns)}"
        if info.status != "running":
            return "never finished"
        return f"in progress, {span(max(0, self.now() - step.start_ns))}"

    # -- being brought up to date -----------------------------------------------------------

    def work(self, source: Source, publish: Callable[[], None], stop: Callable[[], bool]) -> None:
        """Index what is not indexed yet, reading from `source`; for a thread of its own.

        `publish` is called after every chunk, `stop` is asked before each.
        """
        self._working = True
        try:
            self._work(source, publish, stop)
        finally:
            self.index.use(content_key(self.source), self.kind)
            self._working = False

    def _work(self, source: Source, publish: Callable[[], None], stop: Callable[[], bool]) -> None:
        self.index.use(content_key(source), lambda item: kind_of(source, item))
        if not len(self.memory):
            self.memory = memory(source.resident())
            publish()
        glances = source.glances(self.index.steps)
        total, over = source.info.steps, source.info.status != "running"
        batch: list[Glance] = []
        for found in glances:
            batch += found
            last = self.index.steps + len(batch) >= total
            if len(batch) >= CHUNK or (batch and last):
                self.index.extend(batch, ended=last and over)
                batch = []
                self.kept = glances.kept
                publish()
            if stop():
                return
        self.index.extend(batch, ended=over)
        self.kept = glances.kept

    def sync(self) -> bool:
        """Take over what has been indexed since; True if rows may have moved."""
        changed = self.folding.sync(self.total)
        if changed:
            self.talks.nesting.lay_out()
        wanted, self.wanted = self.wanted, None
        if wanted is not None:
            self.cursor.go(wanted)
        return changed

    def reread(self, source: Source) -> None:
        """Read from a fresh look at the same run from now on."""
        self.source = source
        self.pages = Pages(source.steps)
        self.index.use(content_key(source), self.kind)

    def catch_up(self) -> None:
        """Index the steps that have come in since, on this thread, if few enough are missing."""
        missing = self.total - self.index.steps
        if self._working or missing > 20 * CHUNK:
            return
        if missing > 0 or self.ended:
            steps = self.pages.range(self.index.steps, self.total)
            self.index.extend(steps, ended=self.ended)
        self.memory = memory(self.source.resident())
        self.version += 1
        self.sync()

    def grown(self) -> None:
        """The recording has grown: take the new steps over. The cursor stays where it is."""
        self.info = self.source.info
        known = self.cursor.total
        self.cursor.total = self.info.steps
        self.pages.forget()
        self._spans.clear()
        self.talks.forget()
        self.cast.know(self.info.agents)
        if self.info.steps > known:
            self.cast.meet(self.pages.range(known, min(self.info.steps, known + Pages.SIZE)))
        self.version += 1

    # -- moving -------------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        """How many rows are shown: all as they are folded, or those a filter means."""
        return self.talks.nesting.rows if self.matches is None else self.matches.rows

    @property
    def at(self) -> int:
        """The place of the row the cursor is on; with a filter, of the last one up to it."""
        return self.place(self.cursor.step)

    def place(self, step: int) -> int:
        """The place of the row of a step, -1 when it comes before all that a filter means."""
        return (self.talks.nesting if self.matches is None else self.matches).at(step)

    def row(self, at: int) -> Row:
        return (self.talks.nesting if self.matches is None else self.matches).row(at)

    def on_row(self, at: int) -> bool:
        """Whether the cursor's step is shown by that row (not its neighbour, under a filter)."""
        row = self.row(at)
        return row.start <= self.cursor.step < row.stop

    def show_only(self, matches: Matches | None) -> None:
        """Show only what a filter means, or all again."""
        if self.matches is not None:
            self.matches.stopped = True
        self.matches = matches
        self.version += 1

    def facts(self) -> Facts:
        """The run for filters to ask about, on this thread."""
        return Facts(self.source, self.memory)

    def move_rows(self, by: int) -> bool:
        """Move by rows: a closed fold is one row, a broadcast too."""
        if not self.total or not self.rows:
            return False
        at = self.at
        if by < 0 and at >= 0 and not self.on_row(at):
            at += 1  # from between two rows, the one above is the first one up
        place = max(0, min(at + by, self.rows - 1))
        way = 1 if by > 0 else -1
        while (row := self.row(place)).kind in NO_STEP:
            if not 0 <= place + way < self.rows:
                return False
            place += way
        return self.cursor.go(row.start)

    def next_finding(self) -> bool:
        return self._jump(self.findings.after(self.cursor.step))

    def previous_finding(self) -> bool:
        return self._jump(self.findings.before(self.cursor.step))

    def next_deviation(self) -> bool:
        """Go to the next step that broke a cycle."""
        steps = (self.folding.deviation(fold) for fold in self.folding.folds)
        later = [step for step in steps if step is not None and step > self.cursor.step]
        return self._jump(min(later, default=None))

    def previous_deviation(self) -> bool:
        steps = (self.folding.deviation(fold) for fold in self.folding.folds)
        earlier = [step for step in steps if step is not None and step < self.cursor.step]
        return self._jump(max(earlier, default=None))

    def move_agent(self, by: int) -> bool:
        """Go to the next (or, with -1, the previous) step the current recipient takes part in."""
        if not self.total:
            return False
        agent = self.step(self.cursor.step).recipient
        at = self.cursor.step + by
        for _ in range(SEARCHED):
            if not 0 <= at < self.total:
                return False
            step = self.step(at)
            if agent in (step.sender, step.recipient):
                return self.cursor.go(at)
            at += by
        return False

    def toggle_fold(self) -> bool:
        """Open or close the fold at the cursor; False when it is in none."""
        fold = self.folding.fold_of(self.cursor.step) if self.total else None
        if fold is None:
            return False
        self.folding.toggle(fold)
        self.talks.nesting.lay_out()
        self.version += 1
        return True

    def toggle_all_folds(self) -> bool:
        """Close all folds, or open all when none is open."""
        if not self.folding.folds:
            return False
        self.folding.set_all(closed=bool(self.folding.open))
        self.talks.nesting.lay_out()
        self.version += 1
        return True

    def at_time(self, elapsed_ns: int) -> int:
        """The last step that began by then."""
        low, high = 0, self.total
        while low < high:
            middle = (low + high) // 2
            if self.elapsed_ns(self.step(middle)) <= elapsed_ns:
                low = middle + 1
            else:
                high = middle
        return max(0, low - 1)

    def _jump(self, step: int | None) -> bool:
        return step is not None and self.cursor.go(step)


def content_key(source: Source) -> Callable[[BriefStep], int]:
    """Gives a number that is equal for steps whose messages say the same."""
    text, known = source.text, dict[BodyRef, int]()

    def of(step: BriefStep) -> int:
        ref = step.body
        if isinstance(ref, str):
            return key(ref)
        if ref is None:
            return 0
        found = known.get(ref)
        if found is None:  # one text, stored once: reading it again is what costs
            if len(known) > KNOWN:
                known.clear()
            found = known[ref] = read(ref)
        return found

    def read(ref: BodyRef) -> int:
        try:
            return key(text(ref))
        except LoupeError:
            return 0

    return of


def kind_of(source: Source, step: BriefStep) -> str:
    """The type of a step's message, or of the message that an envelope carries."""
    if step.body is None or not step.message_type.endswith(ENVELOPE):
        return step.message_type
    try:
        return inner_type(source.text(step.body)) or step.message_type
    except LoupeError:
        return step.message_type


def calls(spans: list[Span]) -> tuple[list[Span], list[Span]]:
    """The model calls and the tool calls (code executions too) among spans."""
    chats = [span for span in spans if span.op == conventions.CHAT]
    tools = [span for span in spans if span.op in (conventions.TOOL, conventions.CODE)]
    return chats, tools
