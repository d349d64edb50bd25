"""Providers that are not the SDK's: what passes through OpenTelemetry's API is recorded.

Such a provider, its tracers and its spans stay what they are. On each of these objects, and on none
of their classes, the methods of the API are covered by ones that do the same and then tell a span
of ours. An object that takes no attributes, or is shared, is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, Final

from opentelemetry.trace import INVALID_SPAN, NonRecordingSpan, SpanKind, get_current_span

from ..interrupts import interrupts
from .tracers import ShadowSpan, recording, shadow

#: What a span is told.
TOLD: Final = (
    *("set_attribute", "set_attributes", "add_event", "add_link"),
    *("update_name", "set_status", "record_exception", "end"),
)


def listen(provider: Any) -> Callable[[], None]:
    """Have the spans of a provider's further tracers recorded; call what is returned to end that.

    Raises:
        AttributeError: it takes no attributes.
    """
    make: Callable[..., Any] = provider.get_tracer

    @wraps(make)
    def get_tracer(*args: Any, **kwargs: Any) -> Any:
        tracer = make(*args, **kwargs)
        scope = args[0] if args else kwargs.get("instrumenting_module_name", "")
        return _heard(tracer, str(scope))

    provider.get_tracer = get_tracer

    def leave() -> None:
        if provider.get_tracer is get_tracer:
            del provider.get_tracer

    return leave


def _heard(tracer: Any, scope: str) -> Any:
    if "agentloupe" in getattr(tracer, "__dict__", {"agentloupe": None}):
        return tracer
    start: Callable[..., Any] = tracer.start_span
    try:
        form = signature(start)
    except (TypeError, ValueError):
        return tracer

    @wraps(start)
    def start_span(*args: Any, **kwargs: Any) -> Any:
        span = start(*args, **kwargs)
        recorder = recording(scope)
        if recorder is not None and not _shared(span):
            try:
                told = form.bind(*args, **kwargs).arguments
                told = {**told, **told.get("kwargs", {})}
                ours = shadow(
                    recorder,
                    span,
                    scope,
                    told.get("name", args[0] if args else ""),
                    told.get("context"),
                    told.get("kind") or SpanKind.INTERNAL,
                    told.get("attributes"),
                    told.get("links"),
                    told.get("start_time"),
                )
                if isinstance(ours, ShadowSpan):
                    _cover(span, ours)
            except Exception as error:
                if interrupts(error):
                    raise
                recorder.notice(f"spans of {scope!r} cannot be recorded: {error!r}")
        return span

    tracer.agentloupe = scope
    tracer.start_span = start_span
    return tracer


def _shared(span: Any) -> bool:
    """One that stands for no span of its own, or holds nothing of ours."""
    if span is INVALID_SPAN or type(span) is NonRecordingSpan or span is get_current_span():
        return True
    return not hasattr(span, "__dict__")


def _cover(span: Any, ours: ShadowSpan) -> None:
    for name in TOLD:
        theirs: Any = getattr(span, name, None)
        if theirs is not None:
            setattr(span, name, _both(theirs, getattr(ours, name)))
    span.agentloupe = ours.agentloupe


def _both(theirs: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(theirs)
    def told(*args: Any, **kwargs: Any) -> Any:
        result = theirs(*args, **kwargs)
        ours(*args, **kwargs)  # which takes anything in silence
        return result

    return told
