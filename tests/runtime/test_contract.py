"""The protocol, apart from what AutoGen's own tests (tests/upstream) say about it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import logging
import sys
import warnings
from typing import Any

import psutil
import pytest
from autogen_core import (
    EVENT_LOGGER_NAME,
    AgentId,
    AgentRuntime,
    CancellationToken,
    ClosureAgent,
    ClosureContext,
    MessageContext,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
)
from autogen_core.exceptions import CantHandleException, MessageDroppedException
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.errors import HandlerCancelled, RuntimeStopped
from agentloupe.runtime.letters import Letter

from .agents import DROP, Ask, Echo, Says, Unasked, script, ticks

ECHO = AgentId("echo", "default")
both = pytest.mark.parametrize("compat", ["strict", "autogen"])


async def started(compat: Any = "strict", *interventions: Any, **options: Any) -> TracedRuntime:
    runtime = TracedRuntime(
        compat=compat, intervention_handlers=list(interventions) or None, record=False, **options
    )
    await Echo.register(runtime, "echo", Echo)
    await runtime.add_subscription(TypeSubscription("t", "echo"))
    runtime.start()
    return runtime


def test_it_has_the_protocol_and_nothing_of_upstreams_class() -> None:
    assert isinstance(TracedRuntime(record=False), AgentRuntime)
    assert TracedRuntime.__mro__ == (TracedRuntime, object)


def test_its_constructor_takes_what_upstreams_takes_and_more() -> None:
    ours = inspect.signature(TracedRuntime).parameters
    theirs = inspect.signature(SingleThreadedAgentRuntime).parameters
    assert set(theirs) < set(ours)
    assert all(ours[name].kind is theirs[name].kind for name in theirs)
    assert set(ours) - set(theirs) == {"compat", "record", "options"}


def test_it_has_every_public_method_of_upstreams() -> None:
    def public(cls: type) -> set[str]:
        return {name for name in dir(cls) if not name.startswith("_")}

    assert public(SingleThreadedAgentRuntime) <= public(TracedRuntime)
    for name in public(SingleThreadedAgentRuntime):
        theirs = getattr(SingleThreadedAgentRuntime, name)
        if inspect.iscoroutinefunction(theirs):
            ours = inspect.signature(getattr(TracedRuntime, name)).parameters
            assert set(inspect.signature(theirs).parameters) <= set(ours), name


@both
async def test_state_is_saved_and_given_back(compat: Any) -> None:
    runtime = await started(compat)
    await runtime.send_message(Ask(7), ECHO)
    await runtime.send_message(Ask(8), AgentId("echo", "other"))
    state = await runtime.save_state()
    assert state == {"echo/default": {"got": [7]}, "echo/other": {"got": [8]}}
    again = await started(compat)
    await again.load_state({**state, "unknown/x": {}})
    assert await again.save_state() == state
    assert await again.agent_save_state(ECHO) == {"got": [7]}
    await again.agent_load_state(ECHO, {"got": [1]})
    echo = await again.try_get_underlying_agent_instance(ECHO, Echo)
    assert echo.got == [1]


@both
async def test_messages_posted_before_start_are_delivered_after_it(compat: Any) -> None:
    runtime = TracedRuntime(compat=compat, record=False)
    await Echo.register(runtime, "echo", Echo)
    send = asyncio.ensure_future(runtime.send_message(Ask(1), ECHO))
    await ticks(5)
    assert runtime.unprocessed_messages_count == 1
    runtime.start()
    assert await send == Ask(1)
    await runtime.stop_when_idle()


@both
async def test_start_and_stop_out_of_turn(compat: Any) -> None:
    runtime = await started(compat)
    with pytest.raises(RuntimeError, match="already started"):
        runtime.start()
    await runtime.stop()
    for stop in (runtime.stop, runtime.stop_when_idle):
        with pytest.raises(RuntimeError, match="not started"):
            await stop()
    runtime.start()
    assert await runtime.send_message(Ask(1), ECHO) == Ask(1)
    await runtime.stop_when(lambda: True)
    await runtime.close()


@both
async def test_processing_by_hand(compat: Any) -> None:
    runtime = TracedRuntime(compat=compat, record=False)
    await Echo.register(runtime, "echo", Echo)
    send = asyncio.ensure_future(runtime.send_message(Ask(1), ECHO))
    while not send.done():
        if runtime.unprocessed_messages_count == 0:
            await asyncio.sleep(0)
        else:
            await runtime.process_next()
    assert send.result() == Ask(1)


async def test_sends_to_a_stopped_runtime_are_refused() -> None:
    runtime = await started()
    await runtime.stop()
    with pytest.raises(RuntimeStopped, match="start"):
        await runtime.send_message(Ask(1), ECHO)
    with pytest.raises(RuntimeStopped):
        await runtime.publish_message(Ask(1), TopicId("t", "default"))


async def test_a_handler_that_outlives_a_stop_cannot_post() -> None:
    runtime = await started()
    gate = asyncio.Event()
    seen: list[BaseException] = []

    async def outlives(agent: Any, message: Any, ctx: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await gate.wait()
        try:
            await agent.send_message(message, ECHO)
        except RuntimeStopped as error:
            seen.append(error)

    to = await script(runtime, "outlives", outlives)
    send = asyncio.ensure_future(runtime.send_message(Ask(1), to))
    await ticks(3)
    await runtime.stop()
    runtime.start()
    gate.set()
    await ticks(10)
    assert len(seen) == 1
    assert isinstance(send.exception(), RuntimeStopped)
    await runtime.stop_when_idle()


async def test_drops_and_replies_that_are_dropped_are_told_to_the_sender() -> None:
    for replies in (False, True):
        runtime = await started("strict", Says(DROP, replies=replies))
        with pytest.raises(MessageDroppedException, match=r"Says\.on_"):
            await runtime.send_message(Ask(1), ECHO)
        await runtime.stop_when_idle()


async def test_a_cancelled_event_handler_is_a_failure_unless_its_token_was_cancelled() -> None:
    async def cancels(agent: Any, message: Any, ctx: Any) -> None:
        raise asyncio.CancelledError

    for cancelled in (False, True):
        runtime = await started()
        await script(runtime, "cancels", cancels)
        await runtime.add_subscription(TypeSubscription("c", "cancels"))
        token = CancellationToken()
        if cancelled:
            token.cancel()
        await runtime.publish_message(Ask(1), TopicId("c", "x"), cancellation_token=token)
        if cancelled:
            await runtime.stop_when_idle()
        else:
            with pytest.raises(HandlerCancelled, match="cancels/x"):
                await runtime.stop_when_idle()


async def test_further_failures_are_counted() -> None:
    async def broken(agent: Any, message: Any, ctx: Any) -> None:
        raise ValueError(message.n)

    runtime = await started()
    await script(runtime, "broken", broken)
    await runtime.add_subscription(TypeSubscription("b", "broken"))
    for n in range(3):
        await runtime.publish_message(Ask(n), TopicId("b", "default"))
    with pytest.raises(ValueError, match="0") as caught:
        await runtime.stop_when_idle()
    assert caught.value.__notes__ == ["2 more event handlers failed: see the log or the recording"]


@both
async def test_log_records_are_those_of_upstream(
    compat: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def events(runtime: Any) -> list[str]:
        caplog.clear()
        runtime.start()
        await runtime.send_message(Ask(1), ECHO)
        await runtime.publish_message(Ask(2), TopicId("t", "default"))
        await runtime.stop_when_idle()
        return [str(r.msg) for r in caplog.records if r.name == EVENT_LOGGER_NAME]

    caplog.set_level(logging.INFO, EVENT_LOGGER_NAME)
    runtimes = [SingleThreadedAgentRuntime(), TracedRuntime(compat=compat, record=False)]
    for runtime in runtimes:
        await Echo.register(runtime, "echo", Echo)
        await runtime.add_subscription(TypeSubscription("t", "echo"))
    theirs, ours = [await events(runtime) for runtime in runtimes]
    assert len(theirs) == 6
    assert ours == theirs


@both
async def test_the_programs_own_exporter_gets_upstreams_spans(compat: Any) -> None:
    async def spans(make: Any) -> list[tuple[Any, ...]]:
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        runtime = make(tracer_provider=provider)
        await Echo.register(runtime, "echo", Echo)
        await runtime.add_subscription(TypeSubscription("t", "echo"))
        runtime.start()
        await runtime.send_message(Ask(1), ECHO, message_id="m1")
        await runtime.publish_message(Ask(2), TopicId("t", "default"), message_id="m2")
        await runtime.stop_when_idle()
        finished = exporter.get_finished_spans()
        names = {span.context.span_id: span.name for span in finished if span.context}
        return sorted(
            (
                span.name,
                str(span.kind),
                names.get(span.parent.span_id) if span.parent else None,
                [names.get(link.context.span_id) for link in span.links],
                dict(span.attributes or {}),
            )
            for span in finished
        )

    theirs = await spans(SingleThreadedAgentRuntime)
    ours = await spans(lambda **options: TracedRuntime(compat=compat, record=False, **options))
    if compat == "autogen":
        assert ours == theirs
    else:
        assert [span[0] for span in ours] == [span[0] for span in theirs]


async def test_memory_stays_flat(
    recorder: Any, repetitions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50,000 messages, recorded, leave nothing behind in the process."""
    runtime = TracedRuntime()
    await Echo.register(runtime, "echo", Echo)
    runtime.start()
    echo = await runtime.try_get_underlying_agent_instance(ECHO, Echo)
    held: list[tuple[int, int]] = []  # blocks, bytes of C heap: fragmentation is not growth
    for _ in range(repetitions(5, 30)):
        for n in range(10_000):
            await runtime.send_message(Ask(n, "x" * 100), ECHO)
        echo.got.clear()
        assert recorder.flush()
        gc.collect()
        held.append((sys.getallocatedblocks(), psutil.heap_info().heap_used))
    await runtime.stop_when_idle()
    assert held[-1][0] - held[0][0] < 10_000
    assert held[-1][1] - held[0][1] < 4 << 20


async def test_a_chain_of_messages_keeps_none_of_them() -> None:
    runtime = TracedRuntime(record=False)
    alive: list[int] = []

    async def passes_on(agent: Any, message: Any, ctx: Any) -> None:
        if message.n % 100 == 0:
            gc.collect()
            alive.append(sum(type(each) is Letter for each in gc.get_objects()))
        if message.n:
            topic = "b" if agent.id.type == "a" else "a"
            await agent.publish_message(Ask(message.n - 1), TopicId(topic, "default"))

    for name in ("a", "b"):
        await script(runtime, name, passes_on)
        await runtime.add_subscription(TypeSubscription(name, name))
    runtime.start()
    await runtime.publish_message(Ask(500), TopicId("a", "default"))
    await runtime.stop_when_idle()
    assert max(alive) - min(alive) < 5


@pytest.mark.parametrize("policy", ["warn", "error", "ignore"])
@both
async def test_a_closure_that_does_not_take_a_type_leaves_a_dead_letter(
    compat: Any, policy: Any
) -> None:
    async def takes(agent: ClosureContext, message: Ask, ctx: MessageContext) -> None:
        took.append(message)

    took: list[Any] = []
    runtime = TracedRuntime(
        compat=compat, record=False, ignore_unhandled_exceptions=compat == "autogen" or None
    )
    await ClosureAgent.register_closure(
        runtime,
        "closure",
        takes,
        unknown_type_policy=policy,
        subscriptions=lambda: [TypeSubscription("t", "closure")],
    )
    runtime.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        await runtime.publish_message(Ask(1), TopicId("t", "default"))
        await runtime.publish_message(Unasked(2), TopicId("t", "default"))
        with contextlib.suppress(CantHandleException):
            await runtime.stop_when_idle()
    letters = [each.message for each in runtime.dead_letters("no handler")]
    assert letters == ([] if policy == "ignore" else ["Unasked"])
    assert len(took) == (2 if policy == "ignore" else 1)
