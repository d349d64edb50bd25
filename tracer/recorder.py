"""The recorder: spans as they happen, handed to the writer thread.

The hot path builds one slotted object a span and packs it when it ends; masking, pages and SQLite
are the writer's. A span that starts and ends between two flushes is written once.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, cast

from msgspec import Struct, field

from . import bodies as bodies_of
from . import conventions as c
from .bodies import Body, Context, snapshot
from .bodies import text as text_body
from .brief import BRIEF
from .names import Value, plain_type
from .plain import Plain
from .policy import patterns, policy
from .sampler import Sampler
from .secrets import use_patterns
from .totals import EARLY
from .writer import Writer

#: kind ("send", "publish"), sender, recipient, type, topic, message id, posted_ns[, reply type]
Message = tuple[str, str, str, str, str, str, int] | tuple[str, str, str, str, str, str, int, str]

SETTLE: Final = 10.0  # seconds that a forced collection waits for the writer

_current: ContextVar[LiveSpan | None] = ContextVar("agentloupe_span", default=None)
#: Finds the innermost span there is, given our own current one, while other instrumentations have
#: spans open too.
_among_others: Callable[[LiveSpan | None], LiveSpan | None] | None = None
#: Is told of a span of ours directly inside another that may tell the same call.
_told_again: Callable[[LiveSpan, LiveSpan], None] | None = None
#: Spans of other instrumentations that a span of another process set off, directly or not: its
#: trace and its id.
set_off: dict[int, tuple[int, int]] = {}
_random = random.Random()
span_bits: Final = _random.getrandbits  #: for ids
#: Nanoseconds since the Unix epoch at 0 of the clock that never goes back.
epoch: Final[int] = time.time_ns() - time.perf_counter_ns()


def now_ns() -> int:
    """Nanoseconds since the Unix epoch, by a clock that never goes back."""
    return epoch + time.perf_counter_ns()


def describe(error: BaseException) -> str:
    """An exception on one line, for a span's `error`."""
    return f"{type(error).__name__}: {error}"[:500]


class LiveSpan(Struct, gc=False, eq=False):
    """A span while it is open. Ending it twice is harmless; the first end counts.

    Spans are not tracked by the garbage collector, which would walk through all that wait for the
    writer again and again. So nothing that refers to a span may be referred to by it: a run is its
    own root span, and values are scalars.
    """

    recorder: Recorder
    op: str
    name: str
    agent: str
    parent: int
    step: int | None
    run: LiveRun = cast("LiveRun", None)  # set by whoever makes the span
    id: int = field(default_factory=partial(span_bits, 64))
    start_ns: int = field(default_factory=now_ns)
    boundary: bool = False  # its end is the end of a step
    message: Message | None = None
    attributes: dict[str, Value] | None = None
    bodies: dict[str, Body | Context] | None = None
    links: tuple[tuple[int, str], ...] = ()
    events: list[tuple[str, int, dict[str, Value]]] | None = None
    error: str | None = None
    state: int = 0  # see `totals`
    end_ns: int | None = None

    def set(self, key: str, value: Value) -> None:
        """Set an attribute."""
        if self.attributes is None:
            self.attributes = {}
        self.attributes[key] = value

    def body(self, key: str, content: object) -> None:
        """Attach a body: a `Body`, a `Context`, text, or anything that `snapshot` takes."""
        if self.bodies is None:
            self.bodies = {}
        if isinstance(content, str):
            content = text_body(content)
        elif not isinstance(content, Body | Context):
            content = snapshot(content)
        self.bodies[key] = content

    def event(self, name: str, attributes: Mapping[str, Value]) -> None:
        """Note something that happens at this moment."""
        if self.events is None:
            self.events = []
        self.events.append((name, now_ns(), dict(attributes)))

    def fail(self, error: BaseException) -> None:
        """Record an exception. The span stays open."""
        self.error = describe(error)
        trace = "".join(traceback.format_exception(error))
        self.event(
            "exception",
            {
                c.EXCEPTION_TYPE: type(error).__qualname__,
                c.EXCEPTION_MESSAGE: str(error)[:2000],
                c.EXCEPTION_STACKTRACE: trace[-4000:],
            },
        )

    def end(self) -> None:
        """The operation is over."""
        now = epoch + time.perf_counter_ns()  # a call between look and set would let others end it
        if self.end_ns is None:
            self.end_ns = now
            recorder = self.recorder
            if self.boundary:
                recorder.tick(self.run.number, self.step, now)
            recorder.over(self)

    def end_at(self, time_ns: int) -> None:
        """The operation was over at that time."""
        if self.end_ns is None:
            self.end_ns = time_ns
            recorder = self.recorder
            if self.boundary:
                recorder.tick(self.run.number, self.step, time_ns)
            recorder.over(self)


class LiveRun(LiveSpan, gc=False, eq=False):
    """A run while it is recorded: its `invoke_workflow` span, and what counts for all of it."""

    number: int = 0
    auto: bool = False  # ends by itself when nothing holds it
    trace_id: int = field(default_factory=partial(span_bits, 128))
    next_step: int = 0
    held: int = 0
    totals: object | None = None  # the writer's roll-up
    #: The spans so far of a run that the writer has not looked at: it takes the list away, and may
    #: write a run that is over by then as one record.
    early: list[LiveSpan] | None = None

    def end(self) -> None:
        """The run is over."""
        now = epoch + time.perf_counter_ns()  # as of spans
        if self.end_ns is None:
            self.end_ns = now
            self.recorder.left(self)

    def end_at(self, time_ns: int) -> None:
        """The run was over at that time."""
        if self.end_ns is None:
            self.end_ns = time_ns
            self.recorder.left(self)

    @property
    def run(self) -> LiveRun:  # pyright: ignore[reportIncompatibleVariableOverride]  set by nobody
        """Itself, without a reference that nothing would ever let go."""
        return self

    @property
    def root(self) -> LiveSpan:
        """The run's span: itself."""
        return self

    def put(self, span: LiveSpan) -> None:
        """Hand a span of the run to the writer."""
        early = self.early
        if early is not None and len(early) >= BRIEF:
            self.recorder.writer.intake.not_brief(self)
            early = None
        if early is None:
            self.recorder.put(span)
            return
        span.state = EARLY
        early.append(span)
        if self.early is None and not self.recorder.writer.intake.early(span):
            self.recorder.put(span)

    def hold(self) -> None:
        """Something of the run is under way: a message posted and not yet handled."""
        self.held += 1

    def release(self) -> None:
        """The counterpart of `hold`; the last one ends a run that nobody else ends."""
        self.held -= 1
        if self.held == 0 and self.auto:
            self.end()


class Recorder:
    """Records one process into one file. There is at most one active recorder a process.

    Args:
        path: the recording; a child process writes its own segment beside its parent's.
        program: what is recorded, for listings.
        argv: the program's arguments.
        collect: force garbage collections at evenly spaced steps, so that memory is compared
            like with like (`loupe run --ci`).
        bodies: what is kept of texts: "full", "capped", "capped:64K", "hash" or "none"; by default
            what the environment and the project say, see `policy`.
        mask: regular expressions of what is masked besides secrets; by default likewise.

    Raises:
        PolicyError: `bodies` or a pattern cannot be understood.
        StoreError: the recording cannot be created there.
    """

    def __init__(
        self,
        path: Path,
        *,
        program: str = "",
        argv: tuple[str, ...] = (),
        collect: bool = False,
        bodies: str | None = None,
        mask: Sequence[str] | None = None,
    ) -> None:
        self.path: Path = path
        kept = policy(bodies)
        use_patterns(patterns() if mask is None else mask)
        self.writer: Writer = Writer(path, program=program, argv=argv, policy=kept)
        if collect:
            self.writer.meta("forced", 1)
            self.writer.screen.prepare()  # before anything is put
        self.sampler: Sampler = Sampler(
            self.writer.samples.append,
            collect=collect,
            settle=partial(self.writer.settle, SETTLE),
            agent=_agent_at_work,
            notice=self.notice,
            turns=lambda: self.writer.turns,
        )
        self.program: str = program or "program"
        self._numbers = itertools.count()
        self._program_run: LiveSpan | None = None
        self._under_way = 0  # runs, but for the program's
        self._last = (0, 0)  # run that ended: its number and steps
        self._notices: set[str] = set()
        intake = self.writer.intake
        self.put, self.over = intake.begin, intake.end
        self.plain: Plain = self.writer.plain
        bodies_of.brake = intake.brake
        self.tick = self.sampler.tick

    # -- runs ------------------------------------------------------------------------------------
    def start_run(self, name: str, *, auto: bool = False) -> LiveSpan:
        """The root span of a new run, or a span of the run that is going on around it.

        With `auto` the run ends when the last `hold` on it is released.
        """
        around = self.around()
        if around is not None:
            return self.span(c.RUN, name, parent=around)
        self._set_out()
        root = LiveRun(self, c.RUN, name, "", 0, None, number=next(self._numbers), auto=auto)
        outside = innermost()
        if outside is not None:
            root.links = ((outside.id, "caller"),)
            if outside.id in set_off:
                root.trace_id, far = set_off[outside.id]
                root.attributes = {c.REMOTE_PARENT: f"{far:016x}"}
        self.writer.intake.begin_run(root)
        return root

    def auto_run(self, name: str) -> LiveSpan:
        """The root of a new run, whatever is current; the last `release` ends it."""
        self._set_out()
        number = next(self._numbers)
        run = LiveRun(self, c.RUN, name, "", 0, None, number=number, auto=True, early=[])
        self.writer.intake.begin_run(run)
        return run

    def around(self) -> LiveSpan | None:
        """The span that a run or message which starts now is part of, None when it is a run's own.

        Another instrumentation's span outside of any run lies in the program's run, which must not
        swallow the runs that begin under it.
        """
        found = innermost()
        outside = self._program_run
        if found is not None and outside is not None and found.run is outside.run:
            return _current.get()
        return found

    def program_run(self) -> LiveSpan:
        """The root of the run for what happens outside of any other: the whole program's."""
        if self._program_run is None:
            token = _current.set(None)
            try:
                self._program_run = self.start_run(self.program)
                self._under_way -= 1
            finally:
                _current.reset(token)
        return self._program_run

    # -- spans -----------------------------------------------------------------------------------
    def span(
        self,
        op: str,
        name: str,
        *,
        agent: str = "",
        parent: LiveSpan | None = None,
        attributes: dict[str, Value] | None = None,
        links: tuple[tuple[int, str], ...] = (),
        span_id: int | None = None,
    ) -> LiveSpan:
        """Start a span under `parent`, else the current span, else the program's run.

        An agent's turn, a model call or a tool call outside of any delivery is a step itself. A
        span that others made keeps its `span_id`.
        """
        parent = parent or innermost() or self.program_run()
        run = parent.run
        span = LiveSpan(self, op, name, agent or parent.agent, parent.id, parent.step, run)
        span.attributes = attributes
        span.links = links
        if span_id is not None:
            span.id = span_id
        if parent.step is None and op in (c.AGENT, c.CHAT, c.TOOL):
            span.step = run.next_step
            run.next_step += 1
            span.boundary = True
            span.message = ("call", "", agent, op, "", "", span.start_ns)
        run.put(span)
        if parent.op == op and _told_again is not None:
            _told_again(parent, span)
        return span

    def left(self, run: LiveRun) -> None:
        """Called by `LiveRun.end`."""
        self.writer.intake.end_run(run)
        if run is not self._program_run:
            self._under_way -= 1
            self._last = (run.number, run.next_step)

    def _set_out(self) -> None:
        """A run begins. If no other is under way, memory can be compared: also what the one before
        came to is in the program's hands by now."""
        if self._under_way <= 0:
            self.sampler.listen()
            if self.sampler.due:
                number, steps = self._last
                self.sampler.rest(number, max(0, steps - 1), now_ns())
        self._under_way += 1

    @contextmanager
    def use(self, span: LiveSpan) -> Generator[LiveSpan]:
        """Make `span` the one that further spans of this context start under."""
        token = _current.set(span)
        try:
            yield span
        finally:
            _current.reset(token)

    @contextmanager
    def record(
        self,
        op: str,
        name: str,
        *,
        agent: str = "",
        attributes: dict[str, Value] | None = None,
    ) -> Generator[LiveSpan]:
        """A span around a block; what the block raises is recorded and goes on."""
        span = self.span(op, name, agent=agent, attributes=attributes)
        token = _current.set(span)
        try:
            yield span
        except BaseException as error:
            span.fail(error)
            raise
        finally:
            _current.reset(token)
            span.end()

    # -- life ------------------------------------------------------------------------------------
    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until everything recorded before this call is on disk. False: not in time."""
        return self.writer.flush(timeout)

    def before_fork(self) -> None:
        """In the parent, before it forks."""
        self.writer.before_fork()

    def after_fork_in_parent(self) -> None:
        """In the parent, once it has forked."""
        self.writer.after_fork_in_parent()

    def after_fork(self) -> None:
        """In a forked child: record into a segment of its own."""
        self.writer.after_fork()
        self.sampler.after_fork()
        self._program_run = None
        self._under_way = 0
        _current.set(None)  # what is under way around the fork is the parent's

    def notice(self, text: str) -> None:
        """Tell the user, once, on stderr."""
        if text not in self._notices:
            self._notices.add(text)
            print(f"agentloupe: {text}", file=sys.stderr)  # noqa: T201 the one place that prints

    def close(self) -> None:
        """End the program's own run and the recording. The file is complete afterwards."""
        if self._program_run is not None:
            self._program_run.end()
        self.sampler.close()
        self.writer.close()
        if bodies_of.brake == self.writer.intake.brake:
            bodies_of.brake = None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_active: Recorder | None = None


def active() -> Recorder | None:
    """The process's recorder, None when nothing is recorded."""
    return _active


def activate(recorder: Recorder | None) -> Recorder | None:
    """Make `recorder` the process's own; returns the one before."""
    global _active
    before, _active = _active, recorder
    return before


#: The span that further spans of this context start under.
current_span: Callable[[], LiveSpan | None] = _current.get


def _agent_at_work() -> str:
    span = innermost()
    return "" if span is None else plain_type(span.agent)


def innermost() -> LiveSpan | None:
    """The span that the calling code is in, whoever recorded it."""
    current = _current.get()
    return current if _among_others is None else _among_others(current)


def look_among(
    others: Callable[[LiveSpan | None], LiveSpan | None] | None,
    again: Callable[[LiveSpan, LiveSpan], None] | None,
) -> None:
    """Have `innermost` ask `others`, which gets our own current span, and `again` told of a span
    that is directly inside another of its kind, the outer one first."""
    global _among_others, _told_again
    _among_others, _told_again = others, again


#: The contextvar's own, for paths where a context manager costs too much.
set_current: Callable[[LiveSpan | None], Token[LiveSpan | None]] = _current.set
#: The counterpart of `set_current`.
reset_current: Callable[[Token[LiveSpan | None]], None] = _current.reset
