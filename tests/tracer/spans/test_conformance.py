"""Whatever is done to a span, an exporter gets of our provider what it gets of the SDK's."""

from __future__ import annotations

import logging
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, DEFAULT_ON, Sampler
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from agentloupe.tracer.spans.provider import LightTracerProvider

ELSEWHERE = SpanContext(3 << 90, 5 << 40, is_remote=True, trace_flags=TraceFlags(1))
KEYS = st.sampled_from(["a", "b", "c", "d", "", 7])
VALUES = st.one_of(
    st.text(max_size=12),
    st.integers(-5, 5),
    st.booleans(),
    st.floats(allow_nan=False),
    st.none(),
    st.binary(max_size=4),
    st.lists(st.one_of(st.integers(0, 3), st.text(max_size=8)), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(0, 3), max_size=2),
    st.just(object),
)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=6)
STATUSES = st.sampled_from(
    [Status(StatusCode.OK), Status(StatusCode.ERROR, "why"), StatusCode.UNSET, StatusCode.OK]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set_attribute"), KEYS, VALUES),
        st.tuples(st.just("set_attributes"), ATTRIBUTES),
        st.tuples(st.just("add_event"), st.text(max_size=3), ATTRIBUTES, st.integers(1, 9)),
        st.tuples(st.just("add_link"), st.sampled_from([ELSEWHERE, trace.INVALID_SPAN_CONTEXT])),
        st.tuples(st.just("update_name"), st.text(max_size=3)),
        st.tuples(st.just("set_status"), STATUSES),
        st.tuples(st.just("record_exception"), st.just(ValueError("x")), ATTRIBUTES),
        st.tuples(st.just("end"), st.integers(1, 9)),
    ),
    max_size=8,
)
LIMITS = st.builds(
    SpanLimits,
    max_span_attributes=st.sampled_from([None, 0, 2]),
    max_events=st.sampled_from([None, 0, 1]),
    max_links=st.sampled_from([None, 0, 1]),
    max_event_attributes=st.sampled_from([None, 1]),
    max_span_attribute_length=st.sampled_from([None, 3]),
)
SAMPLERS = st.sampled_from([DEFAULT_ON, ALWAYS_ON, ALWAYS_OFF])


@pytest.fixture(autouse=True)
def quiet() -> Any:
    """Both warn, a lot, of the same."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


class Stamp(SpanProcessor):
    """Changes spans at their start, as baggage processors do."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        span.set_attribute("stamp", f"{span.name}/{span.kind}/{span.parent is None}")


def exported(
    kind: type[TracerProvider],
    steps: list[tuple[Any, ...]],
    attributes: dict[Any, Any],
    limits: SpanLimits,
    sampler: Sampler,
    remote: bool,
) -> list[dict[str, Any]]:
    """What an exporter gets of a span to which the steps were done."""
    exporter = InMemorySpanExporter()
    provider = kind(
        sampler, Resource({"service.name": "s"}), shutdown_on_exit=False, span_limits=limits
    )
    provider.add_span_processor(Stamp())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("scope", "1", "http://schema")
    context = trace.set_span_in_context(trace.NonRecordingSpan(ELSEWHERE)) if remote else None
    with tracer.start_as_current_span(
        "span",
        context,
        SpanKind.CLIENT,
        attributes,
        [Link(ELSEWHERE, {"k": 1})],
        1,
        end_on_exit=False,
    ) as span:
        with tracer.start_as_current_span("child", start_time=2):
            pass
        for name, *words in steps:
            getattr(span, name)(*words)
    if span.is_recording():
        span.end(9)
    return [told(each) for each in exporter.get_finished_spans()]


def told(span: ReadableSpan) -> dict[str, Any]:
    return {
        "name": span.name,
        "kind": span.kind,
        "status": (span.status.status_code, span.status.description),
        "resource": span.resource.attributes,
        "links": [(link.context, dict(link.attributes or {})) for link in span.links],
        "start": span.start_time,
        "attributes": dict(span.attributes or {}),
        "events": [
            (e.name, {k: v for k, v in dict(e.attributes or {}).items() if "stack" not in k})
            for e in span.events
        ],
        "dropped": (span.dropped_attributes, span.dropped_events, span.dropped_links),
        "dropped within": [getattr(e, "dropped_attributes", 0) for e in span.events],
        "parent": span.parent is not None and span.parent.is_remote,
        "traced": span.context.trace_id == ELSEWHERE.trace_id,
        "flags": span.context.trace_flags,
        "scope": str(span.instrumentation_scope),
        "end": span.end_time if span.name != "child" else None,
    }


@given(STEPS, ATTRIBUTES, LIMITS, SAMPLERS, st.booleans())
def test_exporters_get_what_the_sdk_gives(
    steps: list[tuple[Any, ...]],
    attributes: dict[Any, Any],
    limits: SpanLimits,
    sampler: Sampler,
    remote: bool,
) -> None:
    given_to = (steps, attributes, limits, sampler, remote)
    assert exported(LightTracerProvider, *given_to) == exported(TracerProvider, *given_to)


def test_a_span_keeps_the_resource_that_there_was_at_its_start() -> None:
    provider = LightTracerProvider(shutdown_on_exit=False)
    tracer: Any = provider.get_tracer("program")
    before = tracer.resource
    span: Any = tracer.start_span("span")
    tracer.resource = Resource({"name": "another"})
    assert span.resource is before
    assert tracer.start_span("next").resource is tracer.resource
