"""Step observers at work: every span of a step is collected, and at its end they are asked.

Nothing of this costs anything before the first observer comes: it then steps between the recorder
and its writer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary

from .bodies import Body, Context
from .interrupts import interrupts
from .names import BodyRef
from .packing import record_of, referred
from .telling import tell

if TYPE_CHECKING:
    from .observer import Action, LiveStep, StepObserver
    from .recorder import LiveRun, LiveSpan, Recorder

KEPT: Final = 64 << 20  # bytes of bodies that the writer has taken and rules may still ask for
SPANS: Final = 512  # of one step that observers see

#: Does what an action says about the run of a span that has just ended; False: it is not its run.
Actor = Callable[["Action", "LiveSpan"], bool]

#: Whoever can act on a run: runtimes and instrumentors add themselves.
actors: list[Actor] = []


class _Bodies:
    """Texts by where the writer has put them. Any thread may come with one."""

    def __init__(self) -> None:
        self._kept: OrderedDict[BodyRef, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.RLock()  # a signal's handler may record

    def keep(self, ref: BodyRef, data: bytes) -> None:
        if isinstance(ref, str):
            return
        with self._lock:
            before = self._kept.pop(ref, b"")
            self._kept[ref] = data
            self._size += len(data) - len(before)
            while self._size > KEPT:
                self._size -= len(self._kept.popitem(last=False)[1])

    def text(self, ref: BodyRef) -> str:
        if isinstance(ref, str):
            return ref
        return self._kept.get(ref, b"").decode("utf-8", "replace")


class Observing:
    """The observers of one recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self.observers: list[StepObserver] = []
        self._recorder = recorder
        self._steps: dict[tuple[int, int], list[LiveSpan]] = {}
        self._put, self._over, self._auto = recorder.put, recorder.over, recorder.auto_run
        self._listen()
        recorder.put = self.put
        recorder.over = self.over
        recorder.auto_run = self.auto_run  # pyright: ignore[reportAttributeAccessIssue]  this recorder's own

    def _listen(self) -> None:
        """Hear of the bodies that are stored from now on."""
        self._bodies = _Bodies()
        numbering: Any = self._recorder.writer.intake.numbering
        self._numbering = numbering
        self._store: Callable[[bytes], BodyRef] = numbering.store
        numbering.store = self.store

    def close(self) -> None:
        """Step aside."""
        recorder: Any = self._recorder
        recorder.put, recorder.over, recorder.auto_run = self._put, self._over, self._auto
        self._numbering.store = self._store

    # -- between the recorder and its writer -----------------------------------------------------
    def auto_run(self, name: str) -> LiveSpan:
        """A run whose spans come one by one."""
        run = cast("LiveRun", self._auto(name))
        run.early = None
        return run

    def put(self, span: LiveSpan) -> None:
        """A span starts, or ends where the writer has seen its start."""
        self._put(span)
        if self._recorder.writer.intake.numbering is not self._numbering:
            self._listen()  # a forked child, whose texts are numbered anew
        step = span.step
        if step is None:
            return
        key = span.run.number, step
        spans = self._steps.setdefault(key, []) if span.boundary else self._steps.get(key)
        if spans is None:
            return  # the step is over: what it left behind is nobody's to look at
        if len(spans) < SPANS and span not in spans[-8:]:
            spans.append(span)

    def store(self, data: bytes) -> BodyRef:
        """The writer takes a body."""
        ref = self._store(data)
        self._bodies.keep(ref, data)
        return ref

    def over(self, span: LiveSpan) -> None:
        """A span ended; when it was a step, that is looked at."""
        self._over(span)
        if not span.boundary or span.step is None:
            return
        spans = self._steps.pop((span.run.number, span.step), [span])
        for observer in list(self.observers):
            try:
                action = observer.on_step(self._live(span, spans))
            except Exception as error:
                if interrupts(error):
                    raise
                self.observers.remove(observer)
                name = type(observer).__name__
                self._recorder.notice(f"{name} failed and observes no more: {error!r}")
                continue
            if action is not None:
                self._do(action, span)

    def _do(self, action: Action, span: LiveSpan) -> None:
        try:
            if any(actor(action, span) for actor in list(actors)):
                return
        except Exception as error:
            if interrupts(error):
                raise
            self._recorder.notice(f"{type(action).__name__} could not be done: {error!r}")
        tell(action.told, "warned", span)

    # -- what observers see ----------------------------------------------------------------------
    def _live(self, span: LiveSpan, spans: list[LiveSpan]) -> LiveStep:
        from .observer import LiveStep  # the reader's types, which most programs never need
        from .unpacking import span_of, step_of

        contexts: list[Context] = []

        def refer(body: Body | Context) -> BodyRef:
            if isinstance(body, Context):
                contexts.append(body)
                return ("context", len(contexts) - 1)
            return _inline(body)

        def own(each: Body) -> str:
            return self._bodies.text(each.ref) if each.ref is not None else _inline(each)

        def text(ref: BodyRef) -> str:
            if isinstance(ref, tuple):
                return "\n".join(own(each) for each in contexts[ref[1]].bodies)
            return self._bodies.text(ref)

        def last(ref: BodyRef) -> str:
            if isinstance(ref, tuple):
                bodies = contexts[ref[1]].bodies
                return own(bodies[-1]) if bodies else ""
            return self._bodies.text(ref)

        others = sorted((e for e in spans if e is not span), key=lambda each: each.start_ns)
        records = [_record(each, refer) for each in (span, *others)]
        found = [span_of(record) for record in records]
        return LiveStep(f"{span.run.trace_id:032x}", step_of(records[0]), found, text, last)


def _inline(body: Body) -> str:
    return body.data.decode("utf-8", "replace")


def _record(span: LiveSpan, refer: Callable[[Body | Context], BodyRef]) -> tuple[Any, ...]:
    """A span's record as it comes out of a store; the program may go on with the span meanwhile."""
    refs = referred(span.bodies, refer) if span.bodies else {}
    plain = {key: [*ref] if isinstance(ref, tuple) else ref for key, ref in refs.items()}
    record = record_of(span, plain or None)  # pyright: ignore[reportArgumentType]  decoded ones
    attributes, events = span.attributes, span.events
    return (
        *record[:11],
        attributes and attributes.copy(),
        *record[12:14],
        events and events.copy(),
    )


_of: WeakKeyDictionary[Recorder, Observing] = WeakKeyDictionary()


def observe(recorder: Recorder, observer: StepObserver) -> Callable[[], None]:
    """Have `observer` asked at the end of every step of `recorder`; returns what ends that.

    Raises nothing: an observer that fails is put aside with a notice.
    """
    observing = _of.get(recorder)
    if observing is None:
        observing = _of[recorder] = Observing(recorder)
    observing.observers.append(observer)

    def leave() -> None:
        if observer in observing.observers:
            observing.observers.remove(observer)
        if not observing.observers and _of.get(recorder) is observing:
            observing.close()
            del _of[recorder]

    return leave
