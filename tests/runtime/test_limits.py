"""Step observers, budgets and mailboxes: what may interfere with a run, and how it ends then."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import AgentId, TopicId, TypeSubscription
from autogen_ext.models.replay import ReplayChatCompletionClient

from agentloupe.runtime import gauges
from agentloupe.runtime.errors import Abandoned, MailboxFull, RunStopped
from agentloupe.runtime.options import Restart
from agentloupe.tracer import conventions as c
from agentloupe.tracer import observing, record
from agentloupe.tracer.observer import Action, Inject, LiveStep, Pause, Stop, Told, Warn
from agentloupe.tracer.observing import observe
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.telling import listeners

from .agents import Ask, ends, quick, script

TOLD = Told("loop.test", "it goes round", "the story", code="LOOP999", agents=("a/default",))


class Observer:
    """Keeps what it sees, as text, and answers as a function says."""

    def __init__(self, answer: Callable[[LiveStep], Action | None] = lambda step: None) -> None:
        self.answer = answer
        self.seen: list[tuple[Any, ...]] = []

    def on_step(self, step: LiveStep) -> Action | None:
        body = "" if step.step.body is None else step.text(step.step.body)
        self.seen.append(
            (step.step.index, step.step.recipient, body, [each.op for each in step.spans])
        )
        return self.answer(step)


@pytest.fixture
def observed(recorder: Recorder) -> Iterator[Callable[..., Observer]]:
    leave: list[Callable[[], None]] = []

    def start(answer: Callable[[LiveStep], Action | None] = lambda step: None) -> Observer:
        observer = Observer(answer)
        leave.append(observe(recorder, observer))
        return observer

    yield start
    for each in leave:
        each()


async def chain(runtime: Any, length: int) -> AgentId:
    """An agent that asks another one so many times, one after the other."""

    async def asks(agent: Any, message: Any, ctx: Any) -> int:
        for n in range(length):
            await agent.send_message(Ask(n), AgentId("b", "default"))
        return length

    async def answers(agent: Any, message: Any, ctx: Any) -> Any:
        return message

    a = await script(runtime, "a", asks)
    await script(runtime, "b", answers)
    runtime.start()
    return a


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_an_observer_sees_every_step_as_a_reader_would(
    compat: str, observed: Callable[..., Observer], read: Callable[[], Recording]
) -> None:
    observer = observed()
    runtime = quick(record=True, compat=compat)
    await runtime.send_message(Ask(7, "hello"), await chain(runtime, 2))
    await runtime.stop_when_idle()
    assert [(index, who) for index, who, *_ in observer.seen] == [
        (1, "b/default"),
        (2, "b/default"),
        (0, "a/default"),
    ]
    assert observer.seen[-1][2] == '{"n":7,"text":"hello"}'
    assert observer.seen[-1][3] == [c.PROCESS, c.SEND, c.SEND]
    assert len(read().run(0).steps()) == 3


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_stop_ends_the_run_with_the_finding(
    compat: str, observed: Callable[..., Observer], read: Callable[[], Recording]
) -> None:
    observed(lambda step: Stop(TOLD) if step.step.index == 3 else None)
    runtime = quick(record=True, compat=compat)
    to = await chain(runtime, 100)
    error = await ends(runtime.send_message(Ask(0), to))
    assert isinstance(error, RunStopped)
    assert error.told is TOLD
    other = await ends(runtime.send_message(Ask(1), AgentId("b", "default")))
    assert other == Ask(1)  # another run goes on
    run = read().run(0)
    assert run.info.steps < 8
    [finding] = [each for each in run.spans() if each.op == c.FINDING]
    assert finding.attributes[c.FINDING_CODE] == "LOOP999"
    assert finding.attributes[c.FINDING_ACTION] == "ended"
    await ends(runtime.stop())


async def test_warn_and_a_pause_that_nobody_could_end_only_tell(
    observed: Callable[..., Observer], capsys: pytest.CaptureFixture[str]
) -> None:
    observed(lambda step: [Warn(TOLD), Pause(TOLD), None, None][step.step.index])
    runtime = quick(record=True)
    assert await runtime.send_message(Ask(0), await chain(runtime, 3)) == 3
    assert capsys.readouterr().err.count("it goes round") == 1  # the same words once
    await runtime.stop_when_idle()


async def test_inject_sends_publishes_and_talks_to_a_team(
    observed: Callable[..., Observer],
) -> None:
    got: list[Any] = []

    async def keeps(agent: Any, message: Any, ctx: Any) -> None:
        got.append(message.n)

    def answer(step: LiveStep) -> Action | None:
        if step.step.message_type == "Ask" and step.step.recipient == "b/default" and not got:
            got.append("seen")
            return Inject(TOLD, Ask(41), recipient="keeper/default")
        return Inject(TOLD, Ask(42), topic="t/default") if got == ["seen", 41] else None

    observed(answer)
    runtime = quick(record=True)
    await script(runtime, "keeper", keeps)
    await runtime.add_subscription(TypeSubscription("t", "keeper"))
    await runtime.send_message(Ask(0), await chain(runtime, 3))
    for _ in range(50):
        await asyncio.sleep(0.01)
        if 42 in got:
            break
    assert got[:3] == ["seen", 41, 42]
    await runtime.stop_when_idle()


async def test_a_text_reaches_every_participant_of_a_team(
    observed: Callable[..., Observer],
) -> None:
    said: list[bool] = []

    def answer(step: LiveStep) -> Action | None:
        if step.step.message_type == "GroupChatAgentResponse" and not said:
            said.append(True)
            return Inject(TOLD, "Stop repeating yourselves.")
        return None

    observed(answer)
    runtime = quick(record=True)
    runtime.start()
    clients = [ReplayChatCompletionClient(["x"] * 9), ReplayChatCompletionClient(["y"] * 9)]
    agents = [AssistantAgent(name, client) for name, client in zip("ab", clients, strict=True)]
    team = RoundRobinGroupChat([*agents], max_turns=4, runtime=runtime)
    result = await team.run(task="go")
    texts = [str(getattr(each, "content", "")) for each in result.messages]
    assert "Stop repeating yourselves." in texts
    asked = [str(each.content) for each in clients[0].create_calls[-1]["messages"]]
    assert any("Stop repeating" in text for text in asked)
    await runtime.stop_when_idle()


async def test_an_observer_that_fails_is_put_aside(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    class Bad:
        def on_step(self, step: LiveStep) -> Action | None:
            raise ValueError("oops")

    leave = observe(recorder, Bad())
    runtime = quick(record=True)
    assert await runtime.send_message(Ask(0), await chain(runtime, 3)) == 3
    assert capsys.readouterr().err.count("oops") == 1
    leave()
    await runtime.stop_when_idle()


async def test_a_budget_of_steps(recorder: Recorder) -> None:
    runtime = quick(record=True, max_steps=5)
    to = await chain(runtime, 100)
    error = await ends(runtime.send_message(Ask(0), to))
    assert isinstance(error, RunStopped)
    assert error.told.slug == "budget.steps"
    assert error.told.facts == {"used": 5, "given": 5}
    await ends(runtime.stop())


@pytest.mark.parametrize("hangs", ["raise", "off"])
async def test_a_run_that_is_stopped_while_its_reader_is_away(hangs: str, tmp_path: Path) -> None:
    """There is something to read yet, so nobody waits who could be told: that comes later."""
    stopped = asyncio.Event()

    def told(what: Any, run: str, did: str) -> None:
        if what.slug == "budget.steps":
            stopped.set()

    async def reads() -> None:
        async for _ in team.run_stream(task="go"):
            await stopped.wait()

    listeners.append(told)
    try:
        with record(path=tmp_path / "r.loupe"):
            runtime = quick(record=True, max_steps=8, hangs=hangs)
            runtime.start()
            speaker = AssistantAgent("a", ReplayChatCompletionClient(["x"] * 99))
            team = RoundRobinGroupChat([speaker], max_turns=90, runtime=runtime)
            error = await ends(reads())
            await ends(runtime.stop())
    finally:
        listeners.remove(told)
    assert isinstance(error, RunStopped)


async def test_observers_of_a_runtime_go_with_it(recorder: Recorder) -> None:
    """A team makes a runtime of its own, and a program teams by the thousand."""
    for _ in range(3):
        runtime = quick(record=True, max_steps=99, accounting=True)
        await runtime.send_message(Ask(0), await chain(runtime, 1))
        await runtime.stop_when_idle()
        gone = ref(runtime)
        del runtime
        await asyncio.sleep(0)
        gc.collect()
        assert gone() is None
        assert recorder not in observing._of


async def test_a_budget_needs_a_recording() -> None:
    runtime = quick(max_steps=5)
    with pytest.raises(RuntimeError, match="nothing is recorded"):
        runtime.start()


@pytest.mark.parametrize(
    ("policy", "answered"),
    [
        ("block", [0, 1, 2, 3, 4, 5]),
        ("fail", [0, 1]),
        ("drop oldest", [0, 5]),
    ],
)
async def test_a_mailbox_is_bounded(policy: str, answered: list[int]) -> None:
    runtime = quick(at_once=1, mailbox=2, mailbox_policy=policy)
    handled: list[int] = []

    async def slow(agent: Any, message: Any, ctx: Any) -> int:
        await asyncio.sleep(0.005)
        handled.append(message.n)
        return message.n

    to = await script(runtime, "slow", slow)
    runtime.start()
    sends = [runtime.send_message(Ask(n), to) for n in range(6)]
    found = await asyncio.gather(*sends, return_exceptions=True)
    assert [each for each in found if isinstance(each, int)] == answered == handled
    refused = [each for each in found if isinstance(each, MailboxFull)]
    assert len(refused) == len(runtime.dead_letters("mailbox full")) == 6 - len(answered)
    await runtime.stop_when_idle()


async def test_room_that_somebody_does_not_use_is_the_next_ones() -> None:
    """Four wait for room at an agent that is given up meanwhile: none can post, each is told so."""
    runtime = quick(at_once=1, mailbox=1, restart=Restart(limit=0))
    goes_on = asyncio.Event()

    async def fails(agent: Any, message: Any, ctx: Any) -> None:
        await goes_on.wait()
        raise ValueError("no")

    to = await script(runtime, "frail", fails)
    runtime.start()
    sends = [asyncio.ensure_future(runtime.send_message(Ask(n), to)) for n in range(5)]
    await asyncio.sleep(0)
    goes_on.set()
    found = [type(await ends(each)) for each in sends]
    assert found == [ValueError, *[Abandoned] * 4]
    await ends(runtime.stop_when_idle())


async def test_mailboxes_tell_how_full_and_how_old_they_are(recorder: Recorder) -> None:
    runtime = quick(at_once=1, record=True)
    goes_on = asyncio.Event()

    async def slow(agent: Any, message: Any, ctx: Any) -> None:
        await goes_on.wait()

    to = await script(runtime, "slow", slow)
    runtime.start()
    assert runtime.mailboxes() == {}
    sends = [asyncio.ensure_future(runtime.send_message(Ask(n), to)) for n in range(4)]
    await asyncio.sleep(0.02)
    [(name, box)] = runtime.mailboxes().items()
    assert (name, box.waiting, box.handling, box.depth) == ("slow/default", 3, 1, 4)
    assert box.oldest_ns > 0
    read: dict[str, Any] = {}
    gauges.read(read)
    assert read["mailboxes"] == {"slow": 4}
    assert read["mailbox_ages"]["slow"] >= box.oldest_ns
    assert read["agent_in_flight"] == {"slow": 1}
    goes_on.set()
    await asyncio.gather(*sends)
    assert runtime.mailboxes() == {}
    await runtime.stop_when_idle()


async def test_one_at_a_time_keeps_the_order_and_lets_others_by() -> None:
    runtime = quick(at_once=1)
    log: list[Any] = []

    async def slow(agent: Any, message: Any, ctx: Any) -> None:
        log.append((agent.id.type, "begin", message.n))
        await asyncio.sleep(0)
        log.append((agent.id.type, "end", message.n))

    for name in ("x", "y"):
        await script(runtime, name, slow)
        await runtime.add_subscription(TypeSubscription("t", name))
    runtime.start()
    for n in range(3):
        await runtime.publish_message(Ask(n), TopicId("t", "default"))
    await runtime.stop_when_idle()
    for name in ("x", "y"):
        mine = [entry[1:] for entry in log if entry[0] == name]
        assert mine == [(what, n) for n in range(3) for what in ("begin", "end")]


async def test_stop_with_a_full_mailbox_tells_everybody() -> None:
    runtime = quick(at_once=1)

    async def stuck(agent: Any, message: Any, ctx: Any) -> None:
        await asyncio.sleep(1_800)

    to = await script(runtime, "stuck", stuck)
    runtime.start()
    sends = [asyncio.ensure_future(runtime.send_message(Ask(n), to)) for n in range(4)]
    await asyncio.sleep(0.05)
    await ends(runtime.stop())
    found = await asyncio.gather(*sends, return_exceptions=True)
    assert {type(each).__name__ for each in found} == {"RuntimeStopped"}
    assert not runtime.waits()


async def test_accounts_say_what_each_agent_did(recorder: Recorder) -> None:
    runtime = quick(record=True, accounting=True)

    async def works(agent: Any, message: Any, ctx: Any) -> None:
        sum(range(20_000))
        await asyncio.sleep(0.02)

    to = await script(runtime, "worker", works)
    runtime.start()
    await runtime.send_message(Ask(1, "x" * 50), to)
    accounts = runtime.account()
    assert accounts is not None
    mine = accounts.of("worker/default")
    assert (mine.handled, mine.failed) == (1, 0)
    assert mine.cpu_ns > 0
    assert mine.waited_ns > 19_000_000  # it slept longer than that
    assert mine.bytes_in > 50
    await runtime.stop_when_idle()
