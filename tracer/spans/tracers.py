"""Tracers for where the program's own OpenTelemetry makes no span: what they give is recorded only.

While the program has set no provider, its tracers are the API's, which make nothing. Where its
provider is switched off or its sampler says no, exporters must get nothing, and the ids that are
passed on must be the same as without us; the recording wants the span nevertheless.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry import context as contexts
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    get_current_span,
)

from ..recorder import Recorder, active, current_span
from .instrument import OWN_SCOPES
from .light import UNLIMITED, LightSpan
from .told import among_others, begin, outside, place

_random: Final = random.Random()  # the program may have seeded the module's
fresh: Final = _random.getrandbits
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)


def recording(scope: str) -> Recorder | None:
    """The recorder that wants the spans of a scope, None when nobody does."""
    recorder = active()
    return None if recorder is None or scope in OWN_SCOPES else recorder


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
    span = ShadowSpan(name, kind, (0, 0, 0, None), attributes, UNLIMITED, start_time)
    span._context = known
    if links:
        span.take_links(links)
    ids = (known.trace_id, own)
    span.agentloupe = begin(recorder, around, name, scope, span._attributes, ids, start_time)
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
    span.agentloupe = begin(
        recorder, place(context), span._name, scope, span._attributes, ids, start_time
    )


class ShadowTracer(NoOpTracer):
    """Of a provider that makes no spans."""

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
        """The API's own span, and a recorded one in its place while something is recorded."""
        unmade = super().start_span(name, context, kind, attributes, links, start_time)
        recorder = recording(self._scope)
        if recorder is None:
            return unmade
        span = shadow(
            recorder, unmade, self._scope, name, context, kind, attributes, links, start_time
        )
        span.on_exception(record=record_exception, set_status=set_status_on_exception)
        return span


class AnsweringTracer(NoOpTracer):
    """Of a program that has set no provider: our spans are in its traces, and its in our runs."""

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
        """A light span in the recording; without one, what the API gives."""
        recorder = recording(self._scope)
        if recorder is None:
            return super().start_span(name, context, kind, attributes, links, start_time)
        outer = get_current_span(context)
        around = among_others(current_span()) if context is None else place(context)
        if outer is not INVALID_SPAN and (known := outer.get_span_context()).is_valid:
            trace_id, state = known.trace_id, known.trace_state
        elif around is None or outside(recorder, around):
            trace_id, state = fresh(128), None
        else:
            trace_id, state = around.run.trace_id, None
        ids = (trace_id, fresh(64), TraceFlags.SAMPLED, state)
        span = LightSpan(name, kind, ids, attributes, UNLIMITED, start_time)
        if links:
            span.take_links(links)
        span.agentloupe = begin(
            recorder,
            around,
            name,
            self._scope,
            span._attributes,
            ids,
            start_time,
            span._plain,
        )
        if not (record_exception and set_status_on_exception):
            span.on_exception(record=record_exception, set_status=set_status_on_exception)
        return span
