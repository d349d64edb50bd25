"""Tracers for where the program's own OpenTelemetry makes no span: what they give is recorded only.

While the program has set no provider, its tracers are the API's, which make nothing; and where its
provider is switched off or its sampler says no, exporters get nothing. The recording wants the
spans nevertheless, and the ids that the program sees and passes on must be the same as without us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
)

from ..recorder import Recorder, active
from .instrument import OWN_SCOPES
from .light import UNLIMITED, LightSpan
from .told import begin, place
from .values import taken


def recording(scope: str) -> Recorder | None:
    """The recorder that wants the spans of a scope, None when nobody does."""
    recorder = active()
    return None if recorder is None or scope in OWN_SCOPES else recorder


NO_IDS: Final = (0, 0, 0, None)  # its context is given


class ShadowSpan(LightSpan, NonRecordingSpan):
    """One that exporters do not get, and that takes what it is told for the recording."""


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
) -> LightSpan:
    """A span that is recorded in the place of one that exporters do not get, with its context."""
    known = unmade.get_span_context()
    around = place(context)
    before = get_current_span(context).get_span_context()
    own = known.span_id if known.span_id != before.span_id else 0  # else it stands for its parent
    span = ShadowSpan(name, kind, NO_IDS, attributes, UNLIMITED, start_time)
    span._context = known
    if links:
        span.take_links(links)
    ids = (known.trace_id, own)
    span.agentloupe = begin(
        recorder, around, name, scope, span._attributes, ids, start_time, span._plain
    )
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
    said, plain = taken(span._attributes, None)
    span.agentloupe = begin(
        recorder, place(context), span._name, scope, said, ids, start_time, plain
    )


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
        recorder = recording(self._scope)
        if recorder is None:
            return super().start_span(name, context, kind, attributes, links, start_time)
        known = get_current_span(context).get_span_context()
        span = ShadowSpan(name, kind, NO_IDS, attributes, UNLIMITED, start_time)
        span._context = known
        if links:
            span.take_links(links)
        if not (record_exception and set_status_on_exception):
            span.on_exception(record=record_exception, set_status=set_status_on_exception)
        span.agentloupe = begin(
            recorder,
            place(context),
            name,
            self._scope,
            span._attributes,
            (known.trace_id, 0),
            start_time,
            span._plain,
        )
        return span
