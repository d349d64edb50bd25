"""An agent that fails is made anew with its last state, or given up; the others do not notice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from autogen_core import AgentId, BaseAgent, MessageContext, TopicId, TypeSubscription

from agentloupe.runtime.errors import Abandoned
from agentloupe.runtime.options import Restart

from .agents import Ask, Echo, ends, quick, ticks

FRAIL = AgentId("frail", "default")


class Frail(BaseAgent):
    """Counts; breaks at a negative number, and its memory with it."""

    made = 0

    def __init__(self) -> None:
        super().__init__("frail")
        type(self).made += 1
        self.seen: list[int] = []

    async def on_message_impl(self, message: Any, ctx: MessageContext) -> Any:
        self.seen.append(message.n)
        if message.n < 0:
            raise ValueError(f"cannot count {message.n}")
        return list(self.seen)

    async def save_state(self) -> Mapping[str, Any]:
        return {"seen": list(self.seen)}

    async def load_state(self, state: Mapping[str, Any]) -> None:
        self.seen = list(state["seen"])


async def supervised(**options: Any) -> Any:
    Frail.made = 0
    runtime = quick(**options)
    await Frail.register(runtime, "frail", Frail)
    await Echo.register(runtime, "echo", Echo)
    await runtime.add_subscription(TypeSubscription("t", "frail"))
    await runtime.add_subscription(TypeSubscription("t", "echo"))
    runtime.start()
    return runtime


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_it_is_made_anew_with_its_last_state(compat: str) -> None:
    runtime = await supervised(restart={"frail": Restart(backoff=0.001)}, compat=compat)
    assert await runtime.send_message(Ask(1), FRAIL) == [1]
    error = await ends(runtime.send_message(Ask(-1), FRAIL))
    assert isinstance(error, ValueError)
    assert await runtime.send_message(Ask(2), FRAIL) == [1, 2]
    assert Frail.made == 2
    await ends(runtime.stop_when_idle())


async def test_what_an_agent_that_failed_goes_on_with_is_no_checkpoint() -> None:
    """Agents are re-entrant: the one that fails may be at another message, which ends later."""
    goes_on = asyncio.Event()

    class Slow(Frail):
        async def on_message_impl(self, message: Any, ctx: MessageContext) -> Any:
            seen = await super().on_message_impl(message, ctx)
            if message.n == 7:
                await goes_on.wait()
            return seen

    runtime = quick(restart=Restart(backoff=0.0))
    await Slow.register(runtime, "frail", Slow)
    runtime.start()
    assert await runtime.send_message(Ask(1), FRAIL) == [1]
    slow = asyncio.ensure_future(runtime.send_message(Ask(7), FRAIL))
    await ticks()
    assert isinstance(await ends(runtime.send_message(Ask(-1), FRAIL)), ValueError)
    goes_on.set()
    await slow
    assert isinstance(await ends(runtime.send_message(Ask(-2), FRAIL)), ValueError)
    assert await runtime.send_message(Ask(3), FRAIL) == [1, 3]
    await ends(runtime.stop_when_idle())


async def test_the_rest_of_a_fan_out_goes_on() -> None:
    runtime = await supervised(restart=Restart(backoff=0.001))
    await runtime.publish_message(Ask(-1), TopicId("t", "default"))
    await runtime.publish_message(Ask(3), TopicId("t", "default"))
    assert isinstance(await ends(runtime.stop_when_idle()), ValueError)
    echo = await runtime.try_get_underlying_agent_instance(AgentId("echo", "default"), Echo)
    frail = await runtime.try_get_underlying_agent_instance(FRAIL, Frail)
    assert echo.got == [-1, 3]
    assert frail.seen in ([3], [-1, 3])  # it may have begun before the other one failed


async def test_it_is_given_up_when_it_fails_too_often() -> None:
    runtime = await supervised(restart=Restart(limit=2, backoff=0.001))
    for _ in range(3):
        assert isinstance(await ends(runtime.send_message(Ask(-1), FRAIL)), ValueError)
    error = await ends(runtime.send_message(Ask(1), FRAIL))
    assert isinstance(error, Abandoned)
    assert "failed 3 times" in str(error)
    [letter] = runtime.dead_letters("undeliverable")
    assert letter.to == "frail/default"
    assert await runtime.send_message(Ask(1), AgentId("echo", "default")) == Ask(1)
    await ends(runtime.stop_when_idle())


async def test_without_supervision_nothing_is_made_anew() -> None:
    runtime = await supervised()
    await ends(runtime.send_message(Ask(-1), FRAIL))
    assert await runtime.send_message(Ask(2), FRAIL) == [-1, 2]
    assert Frail.made == 1
    await ends(runtime.stop_when_idle())


async def test_an_instance_of_the_programs_own_gets_its_state_back() -> None:
    runtime = quick(restart=Restart(backoff=0.001))
    agent = Frail()
    mine = await runtime.register_agent_instance(agent, AgentId("mine", "default"))
    runtime.start()
    assert await runtime.send_message(Ask(1), mine) == [1]
    await ends(runtime.send_message(Ask(-1), mine))
    assert await runtime.send_message(Ask(2), mine) == [1, 2]
    await ends(runtime.stop_when_idle())
