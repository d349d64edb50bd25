"""Coexistence: every OpenTelemetry span of the program is recorded, and nothing else changes.

What makes spans is watched where all of them pass: the SDK's `Tracer` and `Span`, whichever
provider they are of, global or an argument, set before or after us, whatever processors it has or
drops; and the API's proxies, which answer while no provider is set. The global provider, the lists
of processors, ids, sampling and what exporters get stay the program's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from ..recorder import Recorder, look_among

API: Final = "opentelemetry.trace"
SDK: Final = "opentelemetry.sdk.trace"


class OpenTelemetryInstrumentor:
    """Watches OpenTelemetry's API, and its SDK where the program loads that."""

    name = "opentelemetry"
    targets = (API, SDK)
    wakes = False  # nearly everything imports it

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch one of the two modules."""
        return (
            _watch_api(recorder, module) if module.__name__ == API else _watch_sdk(recorder, module)
        )


instrumentor = OpenTelemetryInstrumentor()


class _Swaps:
    """Attributes of classes and modules that were replaced, to be put back."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []
        self._leave: list[Callable[[], None]] = []

    def put(self, place: Any, name: str, value: Any) -> None:
        self._before.append((place, name, cast("dict[str, Any]", vars(place))[name]))
        setattr(place, name, value)

    def after(self, leave: Callable[[], None]) -> None:
        """Something else that is to be undone."""
        self._leave.append(leave)

    def undo(self) -> None:
        look_among(None, None)
        while self._leave:
            self._leave.pop()()
        while self._before:
            setattr(*self._before.pop())


# -- the API ---------------------------------------------------------------------------------------
def _watch_api(recorder: Recorder, api: Any) -> Callable[[], None]:
    swaps = _Swaps()
    _answer(swaps, recorder, api)
    _look_at_providers(swaps, recorder, api)
    return swaps.undo


def _answer(swaps: _Swaps, recorder: Recorder, api: Any) -> None:
    """Proxies of tracers, those made before us too, give light spans while they have no other."""
    proxied: Callable[[Any], Any] = api.ProxyTracer._tracer.fget

    def _tracer(self: Any) -> Any:
        tracer = proxied(self)
        if tracer is not self._noop_tracer:
            return tracer
        ours: Any = getattr(self, "_agentloupe", None)
        if ours is None:
            ours = _shadowing(recorder, api, tracer, self._instrumenting_module_name)
            if ours is not tracer:
                self._agentloupe = ours
        return ours

    swaps.put(api.ProxyTracer, "_tracer", property(_tracer))
    make: Callable[..., Any] = api.NoOpTracerProvider.get_tracer

    def get_tracer(self: Any, instrumenting_module_name: str, *args: Any, **kwargs: Any) -> Any:
        tracer = make(self, instrumenting_module_name, *args, **kwargs)
        return _shadowing(recorder, api, tracer, instrumenting_module_name)

    swaps.put(api.NoOpTracerProvider, "get_tracer", get_tracer)


#: What AutoGen tells of itself: its messages, agents and tools are recorded from the inside.
OWN_SCOPES: Final = (
    "autogen SingleThreadedAgentRuntime",
    "autogen Worker Runtime",
    "autogen-core",
)


def _shadowing(recorder: Recorder, api: Any, tracer: Any, scope: str) -> Any:
    """A tracer that makes nothing, recorded."""
    if type(tracer) is not api.NoOpTracer or scope in OWN_SCOPES:
        return tracer
    try:
        from . import told, tracers
    except Exception as error:  # no file can be opened, perhaps: not the program's concern
        recorder.notice(f"spans of {scope!r} are not in the recording for now: {error!r}")
        return tracer
    look_among(told.among_others, told.yield_to)
    return tracers.ShadowTracer(scope)


def _look_at_providers(swaps: _Swaps, recorder: Recorder, api: Any) -> None:
    """Say so when the program's provider is one whose spans we see from outside only."""
    set_provider: Callable[..., None] = api._set_tracer_provider

    def _set_tracer_provider(tracer_provider: Any, *args: Any, **kwargs: Any) -> None:
        set_provider(tracer_provider, *args, **kwargs)
        _check(swaps, recorder, api._TRACER_PROVIDER)

    swaps.put(api, "_set_tracer_provider", _set_tracer_provider)
    _check(swaps, recorder, api._TRACER_PROVIDER)


def _check(swaps: _Swaps, recorder: Recorder, provider: Any) -> None:
    if provider is None or _visible(provider, 3):
        return
    kind = cast("type[object]", type(provider))
    who = f"the program's tracer provider is {kind.__module__}.{kind.__qualname__}, not the SDK's"
    from . import others, told

    look_among(told.among_others, told.yield_to)
    try:
        swaps.after(others.listen(provider))
    except Exception as error:
        recorder.notice(f"{who}: its spans are not in the recording ({error!r})")
        return
    recorder.notice(
        f"{who}: of its spans only what passes through OpenTelemetry's API is in the recording, "
        "from tracers that were asked for after this"
    )


def _visible(provider: Any, depth: int) -> bool:
    """Whether it is the SDK's or the API's own, or a wrapper around one of these."""
    if any(
        cls.__module__ == SDK or (cls.__module__ == API and cls.__name__ != "TracerProvider")
        for cls in type(provider).__mro__
    ):
        return True
    held = getattr(provider, "__dict__", {}).values()
    return depth > 0 and any(
        _visible(each, depth - 1) for each in held if hasattr(each, "get_tracer")
    )


# -- the SDK ---------------------------------------------------------------------------------------
def _watch_sdk(recorder: Recorder, sdk: Any) -> Callable[[], None]:
    from opentelemetry import trace as api

    from . import told, tracers, values

    look_among(told.among_others, told.yield_to)
    swaps = _Swaps()
    start: Callable[..., Any] = sdk.Tracer.start_span
    end: Callable[..., None] = sdk.Span.end
    make: Callable[..., Any] = sdk.TracerProvider.get_tracer

    def start_span(
        self: Any,
        name: str,
        context: Any = None,
        kind: Any = api.SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Any] | None = (),
        start_time: int | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        span = start(self, name, context, kind, attributes, links, start_time, *args, **kwargs)
        scope: str = self._instrumentation_scope.name
        active = tracers.recording(scope)
        if active is None:
            return span
        if isinstance(span, sdk.Span):
            tracers.join(active, span, scope, context, start_time)
            return span
        return tracers.shadow(
            active, span, scope, name, context, kind, attributes, links, start_time
        )

    def end_span(self: Any, end_time: int | None = None) -> None:
        over = self._end_time is not None
        end(self, end_time)
        joined: Any = getattr(self, "agentloupe", None)
        if joined is not None and not over:
            said, plain, _ = values.taken(self._attributes)
            joined.finish(
                self._name, said, self._events, self._links, self._status, end_time, plain
            )

    def get_tracer(self: Any, instrumenting_module_name: str, *args: Any, **kwargs: Any) -> Any:
        tracer = make(self, instrumenting_module_name, *args, **kwargs)
        return _shadowing(recorder, api, tracer, instrumenting_module_name)

    swaps.put(sdk.Tracer, "start_span", start_span)
    swaps.put(sdk.Span, "end", end_span)
    swaps.put(sdk.TracerProvider, "get_tracer", get_tracer)
    return swaps.undo
