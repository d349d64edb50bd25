"""The record of an OpenTelemetry span in the recording: where it belongs, what it says at its end.

A span belongs to the innermost span that its code is in, whoever recorded that: ours by the
recorder's context, others' by OpenTelemetry's. Both contexts nest in time, so the one that started
later is the inner one. Outside of any run a span belongs to the program's run; the top span of an
agent framework that tells its runs itself begins a run. A call that two instrumentations tell is
counted once: the inner span is kept, as `span`, and linked to the one that counts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from time import perf_counter_ns, time_ns
from typing import Any, ClassVar, Final, cast

from msgspec import Struct
from opentelemetry import context as contexts
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation import _SPAN_KEY

from .. import conventions as c
from ..interrupts import interrupts
from ..names import plain_name
from ..plain import TRACE, PlainSpan, take_apart
from ..recorder import LiveSpan, Recorder, active, current_span, epoch, now_ns, set_off, span_bits
from ..totals import COUNTED
from ..wire.draft import Draft
from . import reading, turns
from .current import current_context

OPEN: Final = 10_000  # spans under way that are found by their ids
FEW: Final = 64  # attributes that are taken over as they are
SAME_CALL: Final = "same_call"  # link of a span that tells again what the one around it tells

#: What the inner of two spans of one call may know better.
_LIFTED: Final = (
    c.INPUT_TOKENS,
    c.OUTPUT_TOKENS,
    c.RESPONSE_MODEL,
    c.RESPONSE_ID,
    c.FINISH_REASONS,
)
_LATE: Final = frozenset((c.AGENT, c.CHAT, c.TOOL))  # operations that a span may tell at its end

_open: dict[int, Record] = {}  # by span id, for spans that a wrapper hides


class ToldPlainly(PlainSpan, gc=False, eq=False):
    """The record of one that says nothing of agents, as most do."""

    scope: str = ""
    opened_ns: int = 0  # by the recorder's clock, whatever start it was given
    process: int = 0
    size: int = 0  # attributes at its start
    offset_ns: int = 0  # from the program's clock to the recorder's, where times were given
    named: bool = False  # it is found by its id
    made: LiveSpan | None = None
    plainly: bool = True  # packed with others
    same: ClassVar[LiveSpan | None] = None

    @property
    def live(self) -> LiveSpan:
        """As of a `Told`: made when somebody needs one."""
        made = self.made
        if made is None:
            self.made = made = LiveSpan(
                *(self.run.recorder, reading.SPAN, self.name, self.agent, self.parent, self.step),
                *(self.run, self.id, self.start_ns, False, None, self.attributes),
            )
            made.state, made.end_ns = COUNTED, self.end_ns
        return made

    @property
    def recorder(self) -> Recorder:
        """Whose it is."""
        return self.run.recorder

    def begin_at(self, time_ns: int) -> None:
        """It started then."""
        self.start_ns = time_ns
        if self.made is not None:
            self.made.start_ns = time_ns

    def finish(
        self,
        name: str,
        attributes: dict[str, Any],
        events: Sequence[Any] | None,
        links: Sequence[Link] | None,
        status: Status | None,  # None: nobody set one
        end_time: int | None,
        plain: bool = False,
    ) -> None:
        """As that of a `Told`; its attributes may be `plain`, scalars and texts."""
        size = len(attributes)
        intake = self.run.recorder.plain
        if (
            not plain
            or events
            or links
            or end_time is not None
            or (status is not None and status.status_code is StatusCode.ERROR)
            or size > FEW
            or (size != self.size and reading.speaks(self.scope, self.name, attributes))
            or name.__class__ is not str
        ):
            intake.leave(self, self.live)
            told = Told(self.live, self.scope, self.trace_id, self.opened_ns, self.process)
            told.offset_ns = self.offset_ns
            told.kind = self.kind
            told.finish(name, attributes, events, links, status, end_time)
            return
        if self.named:
            _open.pop(self.id, None)
        if set_off:
            set_off.pop(self.id, None)
        if self.process != _process:
            return
        if name is not self.name:  # setting takes longer than looking
            self.name = name
        if attributes is not self.attributes:
            self.attributes = attributes
        self.end_ns = epoch + perf_counter_ns()
        if not self.plainly or not intake.end(self):
            live = self.live
            intake.leave(self, live)
            take_apart(live, self)  # a disk that does not answer has its texts cut
            live.end_at(self.end_ns)


class Told(Struct, gc=False, eq=False):
    """One span's record. Made by `begin`; nothing that it refers to refers to it."""

    live: LiveSpan
    scope: str
    trace_id: int
    opened_ns: int  # by the recorder's clock, whatever start it was given
    process: int
    offset_ns: int = 0  # from the program's clock to the recorder's, where times were given
    kind: str = ""  # "client" and so on, where it is not internal
    speaks: bool = False  # of agents, models or tools
    began: LiveSpan | None = None  # the run that it began and ends
    same: LiveSpan | None = None  # the span that tells the same call already
    named: bool = False  # it is found by its id

    @property
    def id(self) -> int:
        """Of the span."""
        return self.live.id

    @property
    def recorder(self) -> Recorder:
        """Whose it is."""
        return self.live.recorder

    def begin_at(self, time_ns: int) -> None:
        """It started then."""
        self.live.start_ns = time_ns

    def finish(
        self,
        name: str,
        attributes: Mapping[str, Any],
        events: Sequence[Any] | None,
        links: Sequence[Link] | None,
        status: Status | None,
        end_time: int | None,
        plain: bool = False,
    ) -> None:
        """The span has ended; what it said is final. Raises nothing of its own."""
        live = self.live
        _open.pop(live.id, None)
        if set_off:
            set_off.pop(live.id, None)
        if self.speaks:
            turns.end(live)
        if not is_current(self, active()):
            return
        try:
            self._read(str(name), attributes, events or (), links or (), status)
        except Exception as error:
            if interrupts(error):
                live.end()
                raise
            live.recorder.notice(f"spans of {self.scope!r} cannot be read: {error!r}")
        if self.kind and live.op == reading.SPAN:
            live.attributes = {**(live.attributes or {}), c.SPAN_KIND: self.kind}
        if not isinstance(end_time, int):
            live.end()
        else:
            live.end_at(end_time + (self.offset_ns or now_ns() - time_ns()))
        if self.began is not None and self.began is not live:
            self.began.error = live.error
            self.began.end()

    def _read(
        self,
        name: str,
        attributes: Mapping[str, Any],
        events: Sequence[Any],
        links: Sequence[Link],
        status: Status | None,
    ) -> None:
        self._take(
            reading.draft(
                (self.trace_id, self.live.id),
                name,
                self.scope,
                attributes,
                events=events,
                links=links,
                status=status,
                offset_ns=self.offset_ns or now_ns() - time_ns(),
            )
        )

    def _take(self, made: Draft) -> None:
        live, before = self.live, self.live.attributes or {}
        for key in _LIFTED:
            if key in before:
                made.attributes.setdefault(key, before[key])
        if self.same is not None:
            self._yield(made, self.same)
        elif live.op == reading.SPAN and made.op in _LATE:
            live.op = made.op
        live.name = made.name
        if made.agent and made.agent != plain_name(live.agent):
            live.agent = made.agent
        live.attributes = made.attributes
        live.bodies = made.bodies or None
        live.events = made.events or None
        live.error = made.error
        live.links += tuple(made.links)
        self._trace(live)

    def _yield(self, made: Draft, same: LiveSpan) -> None:
        """Say nothing twice: the other span has the bodies, and gets what it did not know."""
        for key in same.bodies or ():
            made.bodies.pop(key, None)
        if same.end_ns is None:
            known = same.attributes or {}
            for key in _LIFTED:
                if key in made.attributes and key not in known:
                    same.set(key, made.attributes[key])

    def _trace(self, live: LiveSpan) -> None:
        """Where the program's exporters know the trace by another name, say which."""
        trace_id, run = self.trace_id, live.run
        if live.parent == run.id and trace_id and trace_id != run.trace_id:
            live.attributes = {**(live.attributes or {}), TRACE: f"{trace_id:032x}"}


# -- where a span belongs --------------------------------------------------------------------------
Record = Told | ToldPlainly


def is_current(told: Record, recorder: Recorder | None) -> bool:
    """Whether it is of the recording that is under way, and of this process."""
    return told.recorder is recorder and told.process == _process


def told_of(span: Span) -> Record | None:
    """The record of a span of OpenTelemetry's context, None when there is none."""
    try:
        told = getattr(span, "agentloupe", None)
        if told.__class__ is not ToldPlainly and told.__class__ is not Told:
            told = _open.get(span.get_span_context().span_id)
        return cast("Record | None", told)
    except Exception:  # programs have spans of their own make
        return None


def remember(told: Record) -> None:
    """Have it found by its id, which others may get to know."""
    told.named = True
    _open[told.id] = told
    if len(_open) > OPEN:  # spans that nobody ends
        del _open[next(iter(_open))]


def outer_of(context: contexts.Context | None) -> object:
    """What stands in a context, the current one if none is given, as the span around."""
    return (current_context() if context is None else context).get(_SPAN_KEY)


def among_others(current: LiveSpan | None) -> LiveSpan | None:
    """The inner one of our current span and OpenTelemetry's."""
    span = outer_of(None)
    told = None if span is None else told_of(cast(Span, span))
    if told is None or not is_current(told, active()):
        return current
    return told.live if current is None or told.opened_ns >= current.start_ns else current


# -- its start -------------------------------------------------------------------------------------
def begin(
    recorder: Recorder,
    outer: object,
    given: bool,  # the context that it is of: this says where the span belongs
    name: str,
    scope: str,
    attributes: dict[str, Any],
    ids: Sequence[Any],  # the trace's; the span's own, 0: it has none
    start_time: int | None,
    plain: bool,
    kind: SpanKind,
    speaks: bool | None = None,  # as its `reading.shapes` tell
) -> Record | None:
    """Record the start of a span within `outer`, in the program's run if nothing is around it.

    Raises nothing of its own; None: it could not be recorded, which a notice says.
    """
    try:
        around = current_span()
        known = None if outer is None else told_of(cast(Span, outer))
        if (
            known is not None
            and is_current(known, recorder)
            and (around is None or given or known.opened_ns >= around.start_ns)
        ):
            around = known.live
        if name.__class__ is not str:
            name = str(name)
        if speaks is None:
            speaks = reading.speaks(scope, name, attributes)
        if speaks or name.startswith(reading.NAMED):
            made = reading.draft(ids, name, scope, attributes)
            told = _begin_speaking(recorder, around, made, scope)
            if kind is not SpanKind.INTERNAL:
                told.kind = kind.name.lower()
        else:
            told = _begin_plain(recorder, around, name, scope, attributes, ids, plain, kind)
        if set_off or (outer is not None and known is None):
            _note_remote(told.id, around, outer)
        if start_time is not None and isinstance(start_time, int):  # pyright: ignore[reportUnnecessaryIsInstance]  whatever a program gives
            told.offset_ns = now_ns() - time_ns()
            told.begin_at(start_time + told.offset_ns)
    except Exception as error:
        if interrupts(error):
            raise
        recorder.notice(f"spans of {scope!r} cannot be recorded: {error!r}")
        return None
    return told


def _begin_plain(
    recorder: Recorder,
    around: LiveSpan | None,
    name: str,
    scope: str,
    attributes: dict[str, Any],
    ids: Sequence[Any],
    plain: bool,
    kind: SpanKind,
) -> ToldPlainly:
    parent = around or recorder.program_run()
    now = epoch + perf_counter_ns()
    span = ToldPlainly(
        parent.run,
        parent.step,
        parent.id,
        parent.agent,
        ids[1] or span_bits(64),
        name,
        now,
        attributes if plain else None,
        ids[0],
        "" if kind is SpanKind.INTERNAL else kind.name.lower(),
        None,
        scope,
        now,
        _process,
        len(attributes),
    )
    if not recorder.plain.begin(span):
        span.plainly = False
        take_apart(span.live, span)
        span.live.state = 0
        span.run.put(span.live)
    return span


def _begin_speaking(recorder: Recorder, around: LiveSpan | None, made: Draft, scope: str) -> Told:
    op, agent, run = made.op, made.agent, None
    if around is None and op in (c.RUN, c.AGENT):
        around = run = _run(recorder, made)
    parent = around or recorder.program_run()
    same = _same(parent, made)
    if run is not None and op == c.RUN:
        live = run
        live.attributes = made.attributes
    else:
        if not agent or agent == plain_name(parent.agent):
            agent = parent.agent
        live = recorder.span(
            op if same is None else reading.SPAN,
            made.name,
            agent=agent,
            parent=parent,
            attributes=made.attributes,
            links=() if same is None else ((same.id, SAME_CALL),),
            span_id=made.id or None,
        )
    if same is None:
        live.bodies = made.bodies or None
    told = Told(live, scope, made.trace_id, live.start_ns, _process)
    told.began, told.same, told.speaks = run, same, True
    remember(told)
    # within a delivery it is the handler that is measured
    if op == c.AGENT and same is None and (parent.op == c.RUN or parent.id in _open):
        turns.begin(live, _parent_of)
    return told


def _parent_of(span: int) -> int:
    told = _open.get(span)
    return 0 if told is None else told.live.parent


def _note_remote(span: int, around: LiveSpan | None, outer: object) -> None:
    """Whether another process's span set it off, so that the runs inside it belong to that."""
    known = outer.get_span_context() if isinstance(outer, Span) else None
    if known is not None and known.is_remote and known.is_valid:
        set_off[span] = (known.trace_id, known.span_id)
    elif around is not None and around.id in set_off:
        set_off[span] = set_off[around.id]
    if len(set_off) > OPEN:
        del set_off[next(iter(set_off))]


def _run(recorder: Recorder, made: Draft) -> LiveSpan:
    """A run of its own, under the trace's id."""
    root = recorder.start_run(made.name.removeprefix(f"{made.op} "))
    root.run.trace_id = made.trace_id or root.run.trace_id
    if made.op == c.RUN and made.id:
        root.id = made.id
    return root


def _same(parent: LiveSpan, made: Draft) -> LiveSpan | None:
    """The span that tells the call already: the one directly around, or what that one repeats."""
    outer = _open.get(parent.id)
    if outer is not None and outer.same is not None:
        parent = outer.same
    return parent if _repeats(parent, made.op, made.agent, made.attributes) else None


def _repeats(outer: LiveSpan, op: str, agent: str, said: Mapping[str, Any]) -> bool:
    """Whether what is directly inside `outer` is the same call."""
    if outer.op != op or op not in _LATE:
        return False
    if op == c.CHAT:
        return True
    if op == c.AGENT:
        return agent == plain_name(outer.agent)
    return (outer.attributes or {}).get(c.TOOL_NAME) == said.get(c.TOOL_NAME)


def yield_to(outer: LiveSpan, inner: LiveSpan) -> None:
    """A call of ours begins within the span of another instrumentation that tells the same one:
    ours counts, which sees more of it."""
    told = _open.get(outer.id)
    if not isinstance(told, Told) or told.live is not outer or told.same is not None:
        return
    if _repeats(outer, inner.op, plain_name(inner.agent), inner.attributes or {}):
        told.same = inner
        outer.links += ((inner.id, SAME_CALL),)
        outer.op = reading.SPAN


# -- forks -----------------------------------------------------------------------------------------
_process = 0


def _forked() -> None:
    """Spans under way are the parent's, which records them."""
    global _process
    _process += 1
    _open.clear()
    turns.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
