"""Agents that nobody writes to are released by policy, and come back with their state."""

from __future__ import annotations

import asyncio
import gc
import logging
import shelve
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import AgentId, TopicId, TypeSubscription
from autogen_ext.models.replay import ReplayChatCompletionClient

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.options import Release, in_their_place, set_guard

from .agents import QUICK, Ask, Echo, quick, script

ECHO = AgentId("echo", "s1")


class Closing(Echo):
    closed = 0

    async def close(self) -> None:
        Closing.closed += 1


async def echoing(**options: Any) -> TracedRuntime:
    runtime = quick(**options)
    await Closing.register(runtime, "echo", Closing)
    await runtime.add_subscription(TypeSubscription("t", "echo"))
    runtime.start()
    return runtime


def there(runtime: TracedRuntime) -> int:
    return len(runtime.holds()[0])


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 it is looked at by a clock
            await asyncio.sleep(QUICK)


async def got(runtime: TracedRuntime) -> list[int]:
    return (await runtime.try_get_underlying_agent_instance(ECHO, Echo)).got


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_it_comes_back_with_its_state(compat: Any) -> None:
    runtime = await echoing(release=Release(after=0.05), compat=compat)
    Closing.closed = 0
    await runtime.send_message(Ask(1), ECHO)
    first = weakref.ref(await runtime.try_get_underlying_agent_instance(ECHO, Echo))
    await until(lambda: there(runtime) == 0)
    gc.collect()
    assert first() is None
    assert Closing.closed == 1
    await runtime.send_message(Ask(2), ECHO)
    assert await got(runtime) == [1, 2]
    await until(lambda: there(runtime) == 0)
    await runtime.publish_message(Ask(3), TopicId("t", "s1"))
    await runtime.stop_when_idle()
    assert await got(runtime) == [1, 2, 3]


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_sessions_and_their_topics_are_forgotten(tmp_path: Path, compat: Any) -> None:
    with shelve.open(str(tmp_path / "states")) as states:
        runtime = await echoing(release={"echo": Release(after=0.05, states=states)}, compat=compat)
        for n in range(200):
            await runtime.publish_message(Ask(n), TopicId("t", f"session-{n}"))
        await until(lambda: len(states) == 200)
        assert runtime.holds()[1] == there(runtime) == 0
        assert states["echo/session-7"] == {"got": [7]}
        await runtime.stop_when_idle()


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_whoever_is_at_work_or_written_to_stays(compat: Any) -> None:
    runtime = await echoing(release=Release(after=0.05, forget=True), compat=compat)
    goes_on = asyncio.Event()
    handled: list[int] = []

    async def slow(agent: Any, message: Any, ctx: Any) -> None:
        handled.append(id(agent))
        await goes_on.wait()

    to = await script(runtime, "slow", slow)
    send = asyncio.ensure_future(runtime.send_message(Ask(1), to))
    await runtime.send_message(Ask(1), ECHO)
    await until(lambda: there(runtime) == 1)
    await asyncio.sleep(5 * QUICK)
    assert there(runtime) == 1
    again = asyncio.ensure_future(runtime.send_message(Ask(2), to))
    goes_on.set()
    await asyncio.gather(send, again)
    assert len(set(handled)) == 1
    await until(lambda: there(runtime) == 0)
    await runtime.stop_when_idle()


async def test_a_message_that_comes_while_its_state_is_saved_keeps_it() -> None:
    class SlowToSave(Echo):
        async def save_state(self) -> dict[str, Any]:
            saving.set()
            await goes_on.wait()
            return await super().save_state()

    saving, goes_on = asyncio.Event(), asyncio.Event()
    runtime = quick(release=Release(after=0.05))
    await SlowToSave.register(runtime, "echo", SlowToSave)
    runtime.start()
    await runtime.send_message(Ask(1), ECHO)
    agent = await runtime.try_get_underlying_agent_instance(ECHO, Echo)
    await saving.wait()
    await runtime.send_message(Ask(2), ECHO)
    goes_on.set()
    await asyncio.sleep(0)
    assert await runtime.try_get_underlying_agent_instance(ECHO, Echo) is agent
    assert agent.got == [1, 2]
    await runtime.stop_when_idle()


class Unsavable(Echo):
    async def save_state(self) -> dict[str, Any]:
        raise OSError("the database is away")


async def test_who_cannot_save_what_it_knows_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    async def answers(agent: Any, message: Any, ctx: Any) -> Any:
        return message

    runtime = quick(release=Release(after=0.05))
    to = [await script(runtime, "stateless", answers), AgentId("unsavable", "x")]
    await Unsavable.register(runtime, "unsavable", Unsavable)
    await Echo().register_instance(runtime, AgentId("instance", "x"))
    runtime.start()
    with caplog.at_level(logging.WARNING, "agentloupe"):
        for each in (*to, AgentId("instance", "x")):
            await runtime.send_message(Ask(1), each)
        await until(lambda: len(caplog.messages) == 3)
    assert there(runtime) == 3
    text = "\n".join(caplog.messages)
    assert "stateless/default is idle and is kept all the same: its class has no save_state" in text
    assert (
        "unsavable/x is idle and is kept all the same: its state cannot be saved: OSError" in text
    )
    assert "instance/x is idle and is kept all the same: it was made by the program" in text
    await runtime.stop_when_idle()


async def test_teams_stay_together() -> None:
    runtime = quick(release=Release(after=0.05))
    runtime.start()
    client = ReplayChatCompletionClient(["x"] * 9)
    team = RoundRobinGroupChat([AssistantAgent("a", client)], max_turns=2, runtime=runtime)
    await team.run(task="go")
    await asyncio.sleep(0.2)
    assert there(runtime) > 1
    assert len((await team.run(task="again")).messages) == 3
    await runtime.stop_when_idle()


def test_loupe_run_tells_it_in_seconds() -> None:
    set_guard({"release": 600.0})
    try:
        assert in_their_place() == {"hangs": "warn", "release": Release(after=600.0)}
    finally:
        set_guard({})


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_messages_that_come_together_find_one_agent_with_its_state(compat: Any) -> None:
    class SlowToLoad(Echo):
        async def load_state(self, state: Mapping[str, Any]) -> None:
            await asyncio.sleep(0)
            await super().load_state(state)

    runtime = quick(release=Release(after=0.05), compat=compat)
    await SlowToLoad.register(runtime, "echo", SlowToLoad)
    runtime.start()
    await runtime.send_message(Ask(1), ECHO)
    await until(lambda: there(runtime) == 0)
    await asyncio.gather(*(runtime.send_message(Ask(n), ECHO) for n in (2, 3, 4)))
    assert await got(runtime) == [1, 2, 3, 4]
    await runtime.stop_when_idle()


async def test_upstreams_way_of_gathering_subscribers_keeps_them_meanwhile() -> None:
    """It holds them while the last of them is being made: none may be released then."""
    made, others = asyncio.Event(), asyncio.Event()

    async def slowly() -> Echo:
        made.set()
        await others.wait()
        return Echo()

    runtime = quick(release={"echo": Release(after=0.0)}, compat="autogen")
    await Echo.register(runtime, "echo", Echo)
    await Echo.register(runtime, "slow", slowly)
    for kind in ("echo", "slow"):
        await runtime.add_subscription(TypeSubscription("t", kind))
    runtime.start()
    await runtime.send_message(Ask(1), ECHO)
    await runtime.publish_message(Ask(2), TopicId("t", "s1"))
    await made.wait()
    for _ in range(10):
        await asyncio.sleep(QUICK)
    others.set()
    await runtime.stop_when_idle()
    assert await got(runtime) == [1, 2]
