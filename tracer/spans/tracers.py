"""Tracers for where the program's own OpenTelemetry makes no span: what they give is recorded only.

While the program has set no provider, its tracers are the API's, which make nothing; and where its
provider is switched off or its sampler says no, exporters get nothing. The recording wants the
spans nevertheless, and the ids that the program sees and passes on must be the same as without us.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from opentelemetry import context as contexts
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    get_current_span,
    use_span,
)
from opentelemetry.util._decorator import _agnosticcontextmanager

from ..interrupts import interrupts
from ..recorder import Recorder, active
from . import reading
from .instrument import OWN_SCOPES
from .light import UNLIMITED, LightSpan
from .told import begin, outer_of, remember
from .values import keep, keep_all, taken


def recording(scope: str) -> Recorder | None:
    """The recorder that wants the spans of a scope, None when nobody does."""
    recorder = active()
    return None if recorder is None or scope in OWN_SCOPES else recorder


def _ignore(*_: object) -> None:
    pass


NO_IDS: Final = (0, 0, 0, None)  # its context is given


def _unheard(method: Callable[..., None]) -> Callable[..., None]:
    """The API takes anything here, and says nothing: a mistake of the program's stays its own."""

    @functools.wraps(method)
    def heard_by_nobody(self: ShadowSpan, *args: Any, **kwargs: Any) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            if interrupts(error):
                raise

    return heard_by_nobody


class ShadowSpan(LightSpan, NonRecordingSpan):
    """One that exporters do not get, and that takes what it is told for the recording."""

    _put = staticmethod(keep)
    _put_all = staticmethod(keep_all)
    _warn = staticmethod(_ignore)

    set_attribute = _unheard(LightSpan.set_attribute)
    set_attributes = _unheard(LightSpan.set_attributes)
    add_event = _unheard(LightSpan.add_event)
    add_link = _unheard(LightSpan.add_link)
    take_links = _unheard(LightSpan.take_links)
    update_name = _unheard(LightSpan.update_name)
    set_status = _unheard(LightSpan.set_status)
    record_exception = _unheard(LightSpan.record_exception)
    end = _unheard(LightSpan.end)

    def _link(self, link: Link) -> None:
        attributes: dict[str, Any] = {}
        keep_all(attributes, link.attributes or {}, None, None)
        self._links = [*(self._links or ()), Link(link.context, attributes)]
        self._plain = False


def shadow(
    recorder: Recorder,
    unmade: Span,
    scope: str,
    name: str,
    context: contexts.Context | None,
    kind: SpanKind,
    attributes: Mapping[str, Any] | None,
    links: Sequence[Link] | None,
    start_time: int | None,
) -> Span:
    """A span that is recorded in the place of one that exporters do not get, with its context.

    Never raises; the other span, when it cannot be recorded.
    """
    try:
        known = unmade.get_span_context()
        around = get_current_span(context).get_span_context()
        span = object.__new__(ShadowSpan)
        span.ids, span._context = NO_IDS, known
        speaks = span.begin(name, kind, attributes, UNLIMITED, start_time, reading.shapes(scope))
        said, plain = span._attributes, span._plain
        if links:
            span.take_links(links)
        # An id that is its own is that of its record; else it stands for the span around it.
        ids = (known.trace_id, known.span_id if known.span_id != around.span_id else 0)
        where = recorder, outer_of(context), context is not None
        told = begin(*where, name, scope, said, ids, start_time, plain, kind, speaks)
        if told is not None:
            remember(told)
            span.agentloupe = told
    except Exception as error:
        if interrupts(error):
            raise
        recorder.notice(f"spans of {scope!r} cannot be recorded: {error!r}")
        return NonRecordingSpan(unmade.get_span_context())  # whose end is nobody's
    return span


def join(
    recorder: Recorder,
    span: Any,  # of the SDK
    scope: str,
    context: contexts.Context | None,
    start_time: int | None,
) -> None:
    """Record a span that the program's own provider has made."""
    known: SpanContext = span.get_span_context()
    ids = (known.trace_id, known.span_id)
    said, plain, speaks = taken(span._attributes, reading.shapes(scope))
    told = begin(
        *(recorder, outer_of(context), context is not None, span._name, scope),
        *(said, ids, start_time, plain, span.kind, speaks),
    )
    if told is not None:
        remember(told)
        span.agentloupe = told


class ShadowTracer(NoOpTracer):
    """Of a program that has no provider, or one that makes no spans.

    The context of its spans is the one around them, as the API has it: ids of ours would show in
    what the program passes on and logs, and as parents that its exporters never hear of.
    """

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def start_span(
        self,
        name: str,
        context: contexts.Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        """A span for the recording; without one, what the API gives."""
        unmade = super().start_span(name, context, kind, attributes, links, start_time)
        span = self._shadow(unmade, name, context, kind, attributes, links, start_time)
        if isinstance(span, ShadowSpan):
            span.on_exception(record=record_exception, set_status=set_status_on_exception)
        return span

    @_agnosticcontextmanager
    def start_as_current_span(
        self,
        name: str,
        context: contexts.Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Iterator[Span]:
        """The same, current for a block. Until 1.38 or so the API's own left the span around it."""
        around = get_current_span(context)
        with use_span(
            self._shadow(around, name, context, kind, attributes, links, start_time),
            end_on_exit,
            record_exception,
            set_status_on_exception,
        ) as span:
            yield span

    def _shadow(
        self,
        unmade: Span,
        name: str,
        context: contexts.Context | None,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        links: Sequence[Link] | None,
        start_time: int | None,
    ) -> Span:
        recorder = recording(self._scope)
        if recorder is None:
            if not isinstance(unmade, NonRecordingSpan):
                return NonRecordingSpan(unmade.get_span_context())  # not ours to end
            return unmade
        scope = self._scope
        return shadow(recorder, unmade, scope, name, context, kind, attributes, links, start_time)
