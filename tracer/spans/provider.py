"""The SDK's `TracerProvider` with light spans: same processors, samplers, limits and resources.

SDK spans exist only for processors that somebody attached: `on_start` gets the light span itself,
which reads like one, `on_end` a `ReadableSpan` of what it was at its end. What a sampler drops,
exporters do not get; it is recorded all the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Final, cast

from opentelemetry import context as contexts
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk import trace as sdk
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import sampling
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    get_current_span,
)
from opentelemetry.trace.propagation import _SPAN_KEY

from ..recorder import active
from . import reading
from .current import current_context
from .instrument import OWN_SCOPES
from .light import LightSpan, Limits
from .told import begin
from .tracers import recording, shadow

RANDOM: Final[int] = getattr(TraceFlags, "RANDOM_TRACE_ID", 0)  # since 1.40
SAMPLED: Final[int] = TraceFlags.SAMPLED
_RECORDED: Final = sampling.Decision.RECORD_AND_SAMPLE
_USUAL: Final = (sampling.DEFAULT_ON, sampling.ALWAYS_ON)
_new: Final = object.__new__


class ProviderSpan(LightSpan, sdk.Span):
    """A light span of a provider, readable as the SDK's."""

    __new__ = LightSpan.__new__  # the SDK's only refuses to make spans of its own class

    _tracer: LightTracer
    _parent: SpanContext | None  # pyright: ignore[reportIncompatibleVariableOverride]  a slot for it
    _ended: Callable[[], None] | None = None
    _resource: Resource  # pyright: ignore[reportIncompatibleVariableOverride]  a slot for it
    _span_processor: sdk.SpanProcessor  # pyright: ignore[reportIncompatibleVariableOverride]  as above

    @property
    def context(self) -> SpanContext:
        return self.get_span_context()

    @property
    def instrumentation_scope(self) -> InstrumentationScope:
        return self._tracer._instrumentation_scope

    @property
    def _instrumentation_info(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]  made when asked
        return self._tracer.instrumentation_info

    @property
    def attributes(self) -> Mapping[str, Any]:
        return self._readable_span().attributes or {}

    @property
    def dropped_attributes(self) -> int:
        return self._dropped

    @property
    def events(self) -> Sequence[sdk.Event]:
        return tuple(self._events)

    @property
    def dropped_events(self) -> int:
        return self._moments_dropped

    @property
    def links(self) -> Sequence[Link]:
        return tuple(self._links or ())

    @property
    def dropped_links(self) -> int:
        return self._links_dropped

    @property
    def _events(self) -> list[sdk.Event]:  # pyright: ignore[reportIncompatibleVariableOverride]  made when asked
        return [
            sdk.Event(each.name, _frozen(each.attributes, each.dropped), each.timestamp)
            for each in self._moments or ()
        ]

    def _readable_span(self) -> sdk.ReadableSpan:
        return Snapshot(self)

    def end(self, end_time: int | None = None) -> None:
        if not self._end(end_time):
            return
        if self._ended is not None:
            self._ended()
        processor = self._span_processor
        if getattr(processor, "_span_processors", True):
            getattr(processor, "_on_ending", _nothing)(self)  # since 1.35
            processor.on_end(self._readable_span())


class Snapshot(sdk.ReadableSpan):
    """What a light span was at one moment."""

    def __init__(self, span: ProviderSpan) -> None:
        super().__init__(
            name=span._name,
            context=span.get_span_context(),
            parent=span._parent,
            resource=span.resource,
            attributes=_frozen(span._attributes, span._dropped),
            events=span._events,
            links=list(span._links or ()),
            kind=span._kind,
            status=span._status,
            start_time=span._start_time,
            end_time=span._end_time,
            instrumentation_info=span._instrumentation_info,
            instrumentation_scope=span.instrumentation_scope,
        )
        self._lost = (span._moments_dropped, span._links_dropped)

    @property
    def dropped_events(self) -> int:
        return self._lost[0]

    @property
    def dropped_links(self) -> int:
        return self._lost[1]


def _frozen(attributes: dict[str, Any], dropped: int) -> BoundedAttributes:
    made = BoundedAttributes(None, None, True, None)
    made._dict = dict(attributes)  # clean already
    made.dropped = dropped
    return made


def _yes(_: object) -> bool:
    return True


def _no() -> bool:
    return False


class LightTracer(sdk.Tracer):
    """The SDK's tracer, its spans light ones."""

    scope: str
    heeded: bool  # the recording wants the spans of its scope
    shapes: dict[tuple[str, ...], bool]  # see `reading.shapes`
    counted: bool  # the SDK measures how many spans there are
    _known_limits: tuple[sdk.SpanLimits, Limits] | None = None
    _tracer_metrics: Any = None  # since 1.40
    _is_enabled: Callable[[Any], bool] = getattr(sdk.Tracer, "_is_enabled", _yes)

    def start_span(
        self,
        name: str,
        context: contexts.Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = (),
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        """As the SDK's.

        Raises:
            TypeError: the context's span has no span context.
        """
        outer = (current_context() if context is None else context).get(_SPAN_KEY)
        parent = None if outer is None else _context_of(outer)
        if not self._is_enabled():  # pyright: ignore[reportCallIssue]  a method of the SDK's
            around = get_current_span(context).get_span_context()
            return self._unmade(around, name, context, kind, attributes, links, start_time)
        made = self.id_generator
        if parent is None and made.__class__ is RandomIdGenerator:  # what it would do
            trace_id = random.getrandbits(128) or made.generate_trace_id()
            span_id, flags = random.getrandbits(64) or made.generate_span_id(), RANDOM
        else:
            trace_id, span_id, flags = self._ids(parent)
        if self.sampler in _USUAL and (parent is None or parent.trace_flags & SAMPLED):
            decision, state, flags = _RECORDED, parent and parent.trace_state, flags | SAMPLED
        else:
            asked = context, trace_id, name, kind, attributes, links or ()
            result: Any = self.sampler.should_sample(*asked)
            decision, state, attributes = result.decision, result.trace_state, result.attributes
            flags |= SAMPLED if decision.is_sampled() else 0
        span = _new(ProviderSpan)
        span.ids = ids = (trace_id, span_id, flags, state)
        if self.counted:
            span._ended = self._tracer_metrics.start_span(parent, decision)
        if decision is not _RECORDED and not decision.is_recording():
            own = span.get_span_context()
            return self._unmade(own, name, context, kind, attributes, links, start_time)
        span._tracer, span._parent, span._resource = self, parent, self.resource
        span._span_processor = processor = self.span_processor
        known = self._known_limits
        limits = known[1] if known and known[0] is self._span_limits else self._limits()
        speaks = span.begin(name, kind, attributes, limits, start_time, self.shapes)
        plain = span._plain
        if links:
            span.take_links(links)
        if not (record_exception and set_status_on_exception):
            span.on_exception(record=record_exception, set_status=set_status_on_exception)
        recorder = active()
        if recorder is not None and self.heeded:
            scope, given, said = self.scope, context is not None, span._attributes
            span.agentloupe = begin(
                recorder, outer, given, name, scope, said, ids, start_time, plain, kind, speaks
            )
        if getattr(processor, "_span_processors", True):  # every provider has an empty list of them
            processor.on_start(span, parent_context=context)
        return span

    def _unmade(
        self,
        own: SpanContext,
        name: str,
        context: contexts.Context | None,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        links: Sequence[Link] | None,
        start_time: int | None,
    ) -> Span:
        unmade = NonRecordingSpan(own)
        scope = self._instrumentation_scope.name
        recorder = recording(scope)
        if recorder is None:
            return unmade
        return shadow(recorder, unmade, scope, name, context, kind, attributes, links, start_time)

    def _ids(self, parent: SpanContext | None) -> tuple[int, int, int]:
        """Of the trace, of a span, and the flag of a random trace."""
        made = self.id_generator
        if parent is not None:
            trace_id, flag = parent.trace_id, parent.trace_flags & RANDOM
        else:
            of_chance = getattr(made, "is_trace_id_random", _no)()
            trace_id, flag = made.generate_trace_id(), RANDOM if of_chance else 0
        chosen = random.getrandbits(64) if made.__class__ is RandomIdGenerator else 0
        return trace_id, chosen or made.generate_span_id(), flag

    def _limits(self) -> Limits:
        limits = self._span_limits
        most = limits.max_span_attributes
        made = Limits(
            most,
            limits.max_events,
            limits.max_links,
            limits.max_event_attributes,
            limits.max_link_attributes,
            limits.max_span_attribute_length,
            limits.max_attribute_length,
            inf if most is None else most,
        )
        if limits.max_span_attribute_length is not None:
            made = made._replace(room=-1)
        self._known_limits = (limits, made)
        return made


def _context_of(span: object) -> SpanContext | None:
    """The context of the span around, None where it says nothing.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(span, Span):
        return None
    context = cast("SpanContext | None", span.get_span_context())
    if context is not None and not isinstance(context, SpanContext):  # pyright: ignore[reportUnnecessaryIsInstance]  programs have spans of their own
        raise TypeError("parent_span_context must be a SpanContext or None.")
    return context if context is not None and context.is_valid else None


def _nothing(span: sdk.Span) -> None:
    pass


class LightTracerProvider(sdk.TracerProvider):
    """A drop-in for the SDK's provider whose spans cost a fraction and are recorded."""

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Any:
        """The SDK's tracer for a scope, giving light spans."""
        tracer = super().get_tracer(
            instrumenting_module_name, instrumenting_library_version, schema_url, attributes
        )
        if type(tracer) is sdk.Tracer:  # the provider keeps it, and goes on configuring it
            tracer.__class__ = LightTracer
            light = cast("LightTracer", tracer)
            light.scope = scope = light._instrumentation_scope.name
            light.heeded = scope not in OWN_SCOPES
            light.shapes = reading.shapes(scope)
            meter = light._tracer_metrics
            light.counted = meter is not None and type(meter).__name__ != "NoOpTracerMetrics"
        return tracer
