"""Where AutoGen's runtime is wrong: each case holds on ours and fails on upstream's.

`compat="autogen"` is AutoGen's runtime by another name: each case must fail on it in the same way.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pytest
from autogen_core import (
    EVENT_LOGGER_NAME,
    AgentId,
    CancellationToken,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
)
from autogen_core._serialization import DataclassJsonMessageSerializer
from autogen_core.exceptions import CantHandleException, UndeliverableException

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.semantics import AUTOGEN, STRICT, Semantics
from agentloupe.runtime.topics import Route

from .agents import DROP, Ask, Echo, Plus, Says, Unasked, script, settled, ticks

ECHO = AgentId("echo", "default")
Make = Callable[..., Any]
Case = Callable[[Make], Awaitable[None]]
CASES: list[tuple[str, Case]] = []


def case(flag: str) -> Callable[[Case], Case]:
    """A case of one flag of `Semantics`."""

    def add(function: Case) -> Case:
        CASES.append((flag, function))
        return function

    return add


async def started(make: Make, *interventions: Any, **options: Any) -> Any:
    """A runtime with an Echo that is also subscribed to topic t."""
    runtime = make(intervention_handlers=list(interventions) or None, **options)
    await Echo.register(runtime, "echo", Echo)
    await runtime.add_subscription(TypeSubscription("t", "echo"))
    runtime.start()
    return runtime


async def raised(awaitable: Any) -> BaseException | None:
    """What it raises once it is done."""
    future = await settled(awaitable)
    return asyncio.CancelledError() if future.cancelled() else future.exception()


@case("chained_interventions")
async def changes_of_all_handlers_arrive(make: Make) -> None:
    runtime = await started(make, Plus(1), Plus(10))
    assert (await runtime.send_message(Ask(0), ECHO)).n == 11


@case("none_is_unchanged")
async def none_leaves_the_message(make: Make) -> None:
    got: list[Any] = []

    async def keep(agent: Any, message: Any, ctx: Any) -> None:
        got.append(message)

    runtime = await started(make, Says(None))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        await runtime.send_message(Ask(1), await script(runtime, "keep", keep))
    assert got == [Ask(1)]


@case("accounted_drops")
async def idle_after_a_drop(make: Make) -> None:
    runtime = await started(make, Says(DROP))
    await runtime.publish_message(Ask(1), TopicId("t", "default"))
    await settled(runtime.stop_when_idle())


@case("accounted_drops")
async def idle_after_an_intervention_raised(make: Make) -> None:
    runtime = await started(make, Says(ValueError("guard")))
    await runtime.publish_message(Ask(1), TopicId("t", "default"))
    await settled(runtime.stop_when_idle())


@case("resolved_on_stop")
async def stop_resolves_sends_that_wait(make: Make) -> None:
    runtime = make()
    await Echo.register(runtime, "echo", Echo)
    runtime.start()
    blocker = await script(runtime, "block", blocking)
    sends = [asyncio.ensure_future(runtime.send_message(Ask(n), blocker)) for n in range(5)]
    await asyncio.sleep(0)
    await runtime.stop()
    for send in sends:
        assert isinstance(await raised(send), UndeliverableException)


async def blocking(agent: Any, message: Any, ctx: Any) -> None:
    await asyncio.Event().wait()


@case("resolved_on_stop")
async def stop_resolves_sends_under_way(make: Make) -> None:
    runtime = await started(make)
    send = asyncio.ensure_future(
        runtime.send_message(Ask(1), await script(runtime, "block", blocking))
    )
    await ticks()
    await runtime.stop()
    assert isinstance(await raised(send), UndeliverableException)


async def failing(agent: Any, message: Any, ctx: Any) -> None:
    raise RuntimeError("broken")


@case("surfaced_failures")
async def event_failures_are_told(make: Make) -> None:
    runtime = await started(make)
    await script(runtime, "bad", failing)
    await runtime.add_subscription(TypeSubscription("t", "bad"))
    await runtime.publish_message(Ask(1), TopicId("t", "default"))
    assert isinstance(await raised(runtime.stop_when_idle()), RuntimeError)


@case("surfaced_failures")
async def event_failures_do_not_end_the_runtime(make: Make) -> None:
    runtime = await started(make, ignore_unhandled_exceptions=False)
    await script(runtime, "bad", failing)
    await runtime.add_subscription(TypeSubscription("t", "bad"))
    await runtime.publish_message(Ask(1), TopicId("t", "default"))
    await ticks()
    assert (await settled(runtime.send_message(Ask(2), ECHO))).result() == Ask(2)


@case("single_flight_factories")
async def first_messages_make_one_agent(make: Make) -> None:
    made: list[Echo] = []

    async def slowly() -> Echo:
        await ticks(3)
        made.append(Echo())
        return made[-1]

    runtime = make()
    await Echo.register(runtime, "echo", slowly)
    runtime.start()
    await asyncio.gather(*(runtime.send_message(Ask(n), ECHO) for n in range(5)))
    assert len(made) == 1
    assert made[0].got == [0, 1, 2, 3, 4]


@case("unlinked_tokens")
async def a_token_forgets_what_is_over(make: Make) -> None:
    runtime = await started(make)
    token = CancellationToken()
    for n in range(20):
        await runtime.send_message(Ask(n), ECHO, cancellation_token=token)
    assert len(token._callbacks) == 0


@case("documented_errors")
async def an_unknown_recipient_is_undeliverable(make: Make) -> None:
    runtime = await started(make)
    error = await raised(runtime.send_message(Ask(1), AgentId("nobody", "x")))
    assert isinstance(error, UndeliverableException)
    assert "nobody" in str(error)


@case("documented_errors")
async def a_type_without_handler_cannot_be_handled(make: Make) -> None:
    runtime = await started(make)
    error = await raised(runtime.send_message(Unasked(1), ECHO))
    assert isinstance(error, CantHandleException)
    assert "Unasked" in str(error)


@case("documented_errors")
async def removing_no_subscription_is_a_lookup_error(make: Make) -> None:
    runtime = await started(make)
    assert isinstance(await raised(runtime.remove_subscription("none")), LookupError)


@case("bounded_topics")
async def topics_are_not_remembered_for_ever(make: Make) -> None:
    runtime = await started(make)
    before = topics_alive()
    for n in range(1_500):
        await runtime.publish_message(Ask(n), TopicId("nobody", f"session-{n}"))
        await asyncio.sleep(0)
    await settled(runtime.stop_when_idle())
    assert topics_alive() - before < 1_100


def topics_alive() -> int:
    gc.collect()
    return sum(isinstance(each, TopicId | Route) for each in gc.get_objects())


request: ContextVar[str] = ContextVar("request", default="none")


@case("carried_context")
async def handlers_see_the_context_of_the_poster(make: Make) -> None:
    runtime = await started(make)
    seen: list[str] = []

    async def look(agent: Any, message: Any, ctx: Any) -> None:
        seen.append(request.get())

    looker = await script(runtime, "look", look)
    request.set("r1")
    await runtime.send_message(Ask(1), looker)
    assert seen == ["r1"]


@case("full_names")
async def log_records_are_made_by_the_right_class(make: Make) -> None:
    shop = dataclass(type("Order", (), {"__annotations__": {"n": int}, "__module__": "shop"}))
    kitchen = dataclass(type("Order", (), {"__annotations__": {"n": int}, "__module__": "kitchen"}))
    runtime = make()
    for cls in (shop, kitchen):
        runtime.add_message_serializer(Loud(cls))
    runtime.start()
    seen: list[str] = []
    handler = Keeps(seen)
    log = logging.getLogger(EVENT_LOGGER_NAME)
    log.addHandler(handler)
    level = log.level
    log.setLevel(logging.INFO)
    try:
        await runtime.publish_message(shop(1), TopicId("t", "default"))
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
    await settled(runtime.stop_when_idle())
    assert seen[0] == "Order of shop"


class Loud(DataclassJsonMessageSerializer[Any]):
    """Says which class it is for."""

    def serialize(self, message: Any) -> bytes:
        return f"Order of {self.cls.__module__}".encode()


class Keeps(logging.Handler):
    """Keeps the payloads of AutoGen's records of messages."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self.seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(str(record.msg.kwargs["payload"]))


def params() -> Any:
    return pytest.mark.parametrize("check", [pytest.param(f, id=f.__name__) for _, f in CASES])


@params()
async def test_right_on_ours(check: Case) -> None:
    await check(lambda **options: TracedRuntime(record=False, **options))


@params()
async def test_wrong_on_upstream(check: Case, quiet_loop: list[Any]) -> None:
    with pytest.raises(AssertionError):
        await check(SingleThreadedAgentRuntime)


@params()
async def test_as_wrong_under_compat(check: Case, quiet_loop: list[Any]) -> None:
    with pytest.raises(AssertionError):
        await check(
            lambda **options: TracedRuntime(compat="autogen", record=False, hangs="off", **options)
        )


def test_every_flag_has_a_case() -> None:
    assert {flag for flag, _ in CASES} == set(Semantics.__struct_fields__)
    assert all(getattr(STRICT, each) for each in Semantics.__struct_fields__)
    assert not any(getattr(AUTOGEN, each) for each in Semantics.__struct_fields__)


def test_an_unknown_compat_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'strict'.*'autogen'"):
        TracedRuntime(compat="none")  # type: ignore[arg-type]
