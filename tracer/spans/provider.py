"""The SDK's `TracerProvider` with light spans: same processors, samplers, limits and resources.

SDK spans exist only for processors that somebody attached: `on_start` gets the light span itself,
which reads like one, `on_end` a `ReadableSpan` of what it was at its end. What a sampler drops,
exporters do not get; it is recorded all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from opentelemetry import context as contexts
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk import trace as sdk
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import sampling
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

from .light import LightSpan, Limits
from .told import begin
from .tracers import recording, shadow

RANDOM: Final[int] = getattr(TraceFlags, "RANDOM_TRACE_ID", 0)  # since 1.40
_USUAL: Final = (sampling.DEFAULT_ON, sampling.ALWAYS_ON)


class ProviderSpan(LightSpan, sdk.Span):
    """A light span of a provider, readable as the SDK's."""

    __slots__ = ("_ended", "_parent", "_resource", "_span_processor", "_tracer")
    __new__ = LightSpan.__new__  # the SDK's only refuses to make spans of its own class

    _tracer: LightTracer
    _parent: SpanContext | None  # pyright: ignore[reportIncompatibleVariableOverride]  a slot for it
    _ended: Callable[[], None] | None
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
        open_before = self._end_time is None
        super().end(end_time)
        if not open_before or self._end_time is None:
            return
        if self._ended is not None:
            self._ended()
        processor = self._span_processor
        if heard(processor):
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


def heard(processor: sdk.SpanProcessor) -> bool:
    """Whether somebody listens: an empty list of processors is what every provider has."""
    attached: Any = getattr(processor, "_span_processors", None)
    return attached is None or bool(attached)


class LightTracer(sdk.Tracer):
    """The SDK's tracer, its spans light ones."""

    _known_limits: tuple[sdk.SpanLimits, Limits]

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
        parent = cast("SpanContext | None", get_current_span(context).get_span_context())
        if parent is not None and not isinstance(parent, SpanContext):  # pyright: ignore[reportUnnecessaryIsInstance]  programs have spans of their own
            raise TypeError("parent_span_context must be a SpanContext or None.")
        if not getattr(self, "_is_enabled", _yes)():
            unmade = NonRecordingSpan(cast(SpanContext, parent))
            return self._unmade(unmade, name, context, kind, attributes, links, start_time)
        if parent is not None and not parent.is_valid:
            parent = None
        ids, recorded, attributes, ended = self._sample(
            parent, name, context, kind, attributes, links or ()
        )
        if not recorded:
            trace_id, span_id, flags, state = ids
            unmade = NonRecordingSpan(
                SpanContext(trace_id, span_id, False, TraceFlags(flags), state)
            )
            return self._unmade(unmade, name, context, kind, attributes, links, start_time)
        span = ProviderSpan(name, kind, ids, attributes, self._limits(), start_time)
        span._tracer = self
        span._resource = self.resource
        span._span_processor = self.span_processor
        span._ended = ended
        span._parent = parent
        if links:
            span.take_links(links)
        if not (record_exception and set_status_on_exception):
            span.on_exception(record=record_exception, set_status=set_status_on_exception)
        scope = self._instrumentation_scope.name
        recorder = recording(scope)
        if recorder is not None:
            span.agentloupe = begin(
                recorder,
                context,
                name,
                scope,
                span._attributes,
                ids,
                start_time,
                span._plain,
                kind,
            )
        if heard(self.span_processor):
            self.span_processor.on_start(span, parent_context=context)
        return span

    def _unmade(
        self,
        unmade: NonRecordingSpan,
        name: str,
        context: contexts.Context | None,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        links: Sequence[Link] | None,
        start_time: int | None,
    ) -> Span:
        scope = self._instrumentation_scope.name
        recorder = recording(scope)
        if recorder is None:
            return unmade
        return shadow(recorder, unmade, scope, name, context, kind, attributes, links, start_time)

    def _sample(
        self,
        parent: SpanContext | None,
        name: str,
        context: contexts.Context | None,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        links: Sequence[Link],
    ) -> tuple[Any, bool, Mapping[str, Any] | None, Callable[[], None] | None]:
        """Ids, flags and state; whether exporters get it; attributes; what to call at its end."""
        made = self.id_generator
        if parent is None:
            trace_id, state = made.generate_trace_id(), None
            random = getattr(made, "is_trace_id_random", _no)()
            sampled = True
        else:
            trace_id, state = parent.trace_id, parent.trace_state
            random = parent.trace_flags & RANDOM
            sampled = parent.trace_flags & TraceFlags.SAMPLED
        decision, flags, recorded = sampling.Decision.RECORD_AND_SAMPLE, TraceFlags.SAMPLED, True
        if not sampled or self.sampler not in _USUAL:
            result = self.sampler.should_sample(context, trace_id, name, kind, attributes, links)
            decision, state = result.decision, result.trace_state
            flags = TraceFlags.SAMPLED if decision.is_sampled() else TraceFlags.DEFAULT
            recorded = decision.is_recording()
            attributes = cast("Mapping[str, Any] | None", result.attributes)
        metrics = getattr(self, "_tracer_metrics", None)
        ended = None if metrics is None else metrics.start_span(parent, decision)
        ids = (trace_id, made.generate_span_id(), flags | RANDOM if random else flags, state)
        return ids, recorded, attributes, ended

    def _limits(self) -> Limits:
        limits = self._span_limits
        known: tuple[sdk.SpanLimits, Limits] | None = getattr(self, "_known_limits", None)
        if known is None or known[0] is not limits:
            made = Limits(
                limits.max_span_attributes,
                limits.max_events,
                limits.max_links,
                limits.max_event_attributes,
                limits.max_link_attributes,
                limits.max_span_attribute_length,
                limits.max_attribute_length,
            )
            known = (limits, made)
            self._known_limits = known
        return known[1]


def _nothing(span: sdk.Span) -> None:
    pass


def _yes() -> bool:
    return True


def _no() -> bool:
    return False


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
        return tracer
