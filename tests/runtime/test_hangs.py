"""What hangs on AutoGen's runtime ends on ours, with an error that names it.

`TracedRuntime(hangs="warn")` under `compat="autogen"` is what `loupe run` puts under a program.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from autogen_core import (
    AgentId,
    CancellationToken,
    TopicId,
    TypeSubscription,
)

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.errors import (
    DeadlinePassed,
    Deadlock,
    Hang,
    Quiescent,
    RuntimeStopped,
)
from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Span
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.telling import listeners

from .agents import QUICK, Ask, ends, quick, script


async def asker(
    other: str, lock: asyncio.Lock | None, opens: asyncio.Event | None = None
) -> Callable[..., Any]:
    async def ask(agent: Any, message: Any, ctx: Any) -> Any:
        if message.n == 0:
            return message
        if opens is not None and message.n == 8:
            await opens.wait()
        after = Ask(message.n - 1)
        if lock is None:
            return await agent.send_message(after, AgentId(other, "default"))
        async with lock:
            return await agent.send_message(after, AgentId(other, "default"))

    return ask


async def pair(
    runtime: TracedRuntime, *, locked: bool, opens: asyncio.Event | None = None
) -> AgentId:
    a = await script(runtime, "a", await asker("b", asyncio.Lock() if locked else None))
    await script(runtime, "b", await asker("a", asyncio.Lock() if locked else None, opens))
    runtime.start()
    return a


# -- circles ---------------------------------------------------------------------------------------
async def test_agents_that_wait_for_each_other_behind_locks_are_a_deadlock() -> None:
    runtime = quick()
    error = await ends(runtime.send_message(Ask(9), await pair(runtime, locked=True)))
    assert isinstance(error, Deadlock)
    told = str(error)
    assert "a and b wait for each other in a circle" in told
    assert "a lock that a holds" in told
    assert "test_hangs.py" in told
    await ends(runtime.stop_when_idle())


async def test_agents_that_are_entered_again_are_none() -> None:
    runtime = quick()
    assert await ends(runtime.send_message(Ask(9), await pair(runtime, locked=False))) == Ask(0)
    await runtime.stop_when_idle()


async def test_an_agent_that_takes_one_message_at_a_time_and_asks_itself_is_a_deadlock() -> None:
    runtime = quick(at_once=1)
    error = await ends(runtime.send_message(Ask(2), await pair(runtime, locked=False)))
    assert isinstance(error, Deadlock)
    assert "mailbox" in str(error)
    await ends(runtime.stop())


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_a_handler_that_waits_for_its_runtime_to_be_idle_waits_for_itself(
    compat: str,
) -> None:
    """Whatever timers and tasks are at work besides: it is not idle while the handler is there."""
    runtime = quick(compat=compat, hangs="raise")
    errors: list[BaseException] = []

    async def handler(agent: Any, message: Any, ctx: Any) -> None:
        waiting = asyncio.ensure_future(runtime.stop_when_idle())
        if message.n:
            await asyncio.sleep(3 * QUICK)
            runtimes.append(waiting)  # who does not await it is none
            return
        try:
            await waiting
        except Deadlock as error:
            errors.append(error)

    runtimes: list[asyncio.Future[None]] = []
    to = await script(runtime, "idler", handler)
    runtime.start()
    timer = asyncio.ensure_future(asyncio.sleep(1_800))
    assert await ends(runtime.send_message(Ask(1), to)) is None
    assert await ends(runtimes[0]) is None
    runtime.start()
    await ends(runtime.send_message(Ask(0), to))
    assert "idler waits for itself" in str(errors[0])
    timer.cancel()


@pytest.mark.parametrize("late", [False, True])
async def test_a_deadlock_is_seen_while_others_work(late: bool) -> None:
    runtime = quick()
    stop, opens = asyncio.Event(), asyncio.Event()
    opens.set()

    async def works(agent: Any, message: Any, ctx: Any) -> None:
        while not stop.is_set():  # noqa: ASYNC110 it is to have work
            await asyncio.sleep(0.001)

    worker = await script(runtime, "worker", works)
    to = await pair(runtime, locked=True, opens=opens)
    other = asyncio.ensure_future(runtime.send_message(Ask(1), worker))
    if late:  # its handlers have been looked at before it closes
        opens.clear()
    send = asyncio.ensure_future(runtime.send_message(Ask(9), to))
    await asyncio.sleep(5 * QUICK)
    opens.set()
    assert isinstance(await ends(send), Deadlock)
    stop.set()
    await other
    await ends(runtime.stop_when_idle())


# -- nothing is left that could end it -------------------------------------------------------------
async def for_ever(agent: Any, message: Any, ctx: Any) -> None:
    await asyncio.Event().wait()


def in_a_loop_of_its_own(work: Callable[[], Any]) -> Any:
    try:
        return asyncio.run(work())
    except BaseException as error:
        return error


@pytest.mark.parametrize("waits", ["event", "queue", "future", "gathered"])
def test_a_handler_that_nothing_can_wake(waits: str) -> None:
    async def handler(agent: Any, message: Any, ctx: Any) -> None:
        if waits == "queue":
            await asyncio.Queue[int]().get()
        elif waits == "future":
            await asyncio.get_running_loop().create_future()
        elif waits == "gathered":
            await asyncio.gather(asyncio.Event().wait(), asyncio.sleep(0.01))
        else:
            await asyncio.Event().wait()

    async def main() -> None:
        runtime = quick()
        to = await script(runtime, "stuck", handler)
        runtime.start()
        await runtime.send_message(Ask(1), to)

    error = in_a_loop_of_its_own(main)
    assert isinstance(error, Quiescent)
    assert "stuck" in str(error)


def test_what_a_timer_a_thread_or_a_deadline_ends_is_no_hang() -> None:
    async def main() -> list[Any]:
        runtime = quick()
        event = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def timer(agent: Any, message: Any, ctx: Any) -> str:
            loop.call_later(0.2, event.set)
            await event.wait()
            return "timer"

        async def thread(agent: Any, message: Any, ctx: Any) -> str:
            done = asyncio.Event()
            pause = threading.Event()

            def work() -> None:
                pause.wait(0.2)
                loop.call_soon_threadsafe(done.set)

            threading.Thread(target=work).start()
            await done.wait()
            return "thread"

        async def deadline(agent: Any, message: Any, ctx: Any) -> str:
            try:
                async with asyncio.timeout(0.2):
                    await asyncio.Event().wait()
            except TimeoutError:
                return "deadline"
            return ""

        found: list[Any] = []
        for name, handler in (("timer", timer), ("thread", thread), ("deadline", deadline)):
            to = await script(runtime, name, handler)
            if not found:
                runtime.start()
            found.append(await runtime.send_message(Ask(1), to))
        await runtime.stop_when_idle()
        return found

    assert in_a_loop_of_its_own(main) == ["timer", "thread", "deadline"]


# -- deadlines -------------------------------------------------------------------------------------
async def sleeps(agent: Any, message: Any, ctx: Any) -> None:
    await asyncio.sleep(1_800)


async def heeds_nothing(agent: Any, message: Any, ctx: Any) -> None:
    while True:
        try:
            await asyncio.sleep(1_800)
        except asyncio.CancelledError:
            if message.n == 2:
                raise


@pytest.mark.parametrize("given", ["send_deadline", "handler_deadline", "run_deadline"])
@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_a_deadline_ends_a_send(given: str, compat: str, recorder: Recorder) -> None:
    runtime = quick(**{given: 0.1}, compat=compat, record=True)
    to = await script(runtime, "slow", sleeps)
    runtime.start()
    error = await ends(runtime.send_message(Ask(1), to))
    assert isinstance(error, DeadlinePassed)
    assert isinstance(error, TimeoutError)
    assert "slow" in str(error)
    await ends(runtime.stop_when_idle())


@pytest.mark.parametrize("compat", ["strict", "autogen"])
async def test_a_handler_that_does_not_heed_its_end_is_left_behind(compat: str) -> None:
    runtime = quick(handler_deadline=0.1, compat=compat)
    to = await script(runtime, "deaf", heeds_nothing)
    runtime.start()
    handlers = asyncio.all_tasks()
    error = await ends(runtime.send_message(Ask(1), to))
    assert isinstance(error, DeadlinePassed)
    await ends(runtime.stop_when_idle())
    [letter] = runtime.dead_letters("timed out")
    assert letter.to == "deaf/default"
    for task in asyncio.all_tasks() - handlers - {asyncio.current_task()}:
        task.get_coro().close()  # type: ignore[union-attr]


async def test_an_event_handler_with_a_deadline() -> None:
    runtime = quick(handler_deadline=0.1)
    await script(runtime, "slow", sleeps)
    await runtime.add_subscription(TypeSubscription("t", "slow"))
    runtime.start()
    await runtime.publish_message(Ask(1), TopicId("t", "default"))
    assert isinstance(await ends(runtime.stop_when_idle()), DeadlinePassed)


async def test_a_cancelled_token_reaches_a_handler_that_does_not_link_it() -> None:
    runtime = quick()
    ended: list[str] = []

    async def handler(agent: Any, message: Any, ctx: Any) -> None:
        try:
            await asyncio.sleep(1_800)
        finally:
            ended.append("cleaned up")

    to = await script(runtime, "unlinked", handler)
    runtime.start()
    token = CancellationToken()
    send = asyncio.ensure_future(runtime.send_message(Ask(1), to, cancellation_token=token))
    await asyncio.sleep(0.05)
    token.cancel()
    assert isinstance(await ends(send), asyncio.CancelledError)
    await ends(runtime.stop_when_idle())
    assert ended == ["cleaned up"]


# -- stop ------------------------------------------------------------------------------------------
async def test_stop_ends_what_runs_and_returns() -> None:
    runtime = quick()
    ended: list[str] = []

    async def handler(agent: Any, message: Any, ctx: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    to = await script(runtime, "stuck", handler)
    runtime.start()
    send = asyncio.ensure_future(runtime.send_message(Ask(1), to))
    await asyncio.sleep(0.05)
    await ends(runtime.stop())
    assert isinstance(await ends(send), RuntimeStopped)
    assert ended == ["cleaned up"]


async def test_a_handler_may_stop_the_runtime() -> None:
    runtime = quick()

    async def handler(agent: Any, message: Any, ctx: Any) -> None:
        await runtime.stop()

    to = await script(runtime, "stops", handler)
    runtime.start()
    assert isinstance(await ends(runtime.send_message(Ask(1), to)), RuntimeStopped)


# -- told, not ended -------------------------------------------------------------------------------
def findings(recording: Recording) -> list[Span]:
    found: list[Span] = []
    for info in recording.runs:
        run = recording.run(info.number)
        spans = [*run.spans(), *run.loose_spans()]
        found += [each for each in spans if each.op == c.FINDING]
    return list({each.id: each for each in found}.values())


async def test_with_warn_it_is_told_and_goes_on(
    recorder: Recorder, read: Callable[[], Recording], capsys: pytest.CaptureFixture[str]
) -> None:
    runtime = quick(hangs="warn", compat="autogen", record=True)
    to = await pair(runtime, locked=True)
    send = asyncio.ensure_future(runtime.send_message(Ask(9), to))
    told = ""
    while "deadlock" not in told:
        await asyncio.sleep(QUICK)
        told += capsys.readouterr().err
    assert not send.done()
    assert "a and b wait for each other in a circle" in told
    [finding] = findings(read())
    assert finding.events[0].attributes[c.FINDING_SLUG] == "hang.deadlock"
    assert finding.attributes[c.FINDING_ACTION] == "warned"
    assert len(finding.links) == 3
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.wait({send})


async def test_what_stands_still_has_a_span(
    recorder: Recorder, read: Callable[[], Recording]
) -> None:
    runtime = quick(record=True)
    gate = asyncio.Event()

    async def waits(agent: Any, message: Any, ctx: Any) -> None:
        await gate.wait()

    to = await script(runtime, "waiter", waits)
    runtime.start()
    send = asyncio.ensure_future(runtime.send_message(Ask(1), to))
    opened: list[Span] = []
    while not opened:
        await asyncio.sleep(0.1)  # the clock that lets it be no hang
        recording = read()
        opened = [each for each in recording.run(0).open_spans() if each.op == c.WAIT]
    [wait] = opened
    assert wait.attributes[c.WAIT_ON] == "event"
    assert wait.attributes[c.WAIT_WHERE].endswith(" in waits")
    [row, program] = runtime.waits()
    assert (row.agent, row.on, row.hopeless) == ("waiter/default", "event", False)
    assert (program.agent, program.on, program.awaits) == ("", "reply", ("waiter/default",))
    gate.set()
    await send
    await runtime.stop_when_idle()
    run = read().run(0)
    assert [each.end_ns is not None for each in run.spans() if each.op == c.WAIT] == [True]


def test_hangs_are_runtime_errors_that_tell_their_story() -> None:
    assert issubclass(Hang, RuntimeError)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(TypeError, match="hang_up"):
        TracedRuntime(hang_up=True)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="'raise', 'warn' or 'off'"):
        TracedRuntime(hangs="never")  # type: ignore[arg-type]
    for given in ({"at_once": 0}, {"mailbox": 0}, {"run_deadline": 1.0, "record": False}):
        with pytest.raises(ValueError, match=next(iter(given))):
            TracedRuntime(**given)  # type: ignore[arg-type]


async def test_a_deadline_of_no_seconds_is_over_at_the_first_look() -> None:
    runtime = quick(handler_deadline=0.0)
    to = await script(runtime, "slow", sleeps)
    runtime.start()
    assert isinstance(await ends(runtime.send_message(Ask(1), to)), DeadlinePassed)
    await ends(runtime.stop_when_idle())


def test_a_runtime_that_nobody_holds_is_not_kept_by_the_watch() -> None:
    import gc
    import weakref

    async def main() -> weakref.ref[TracedRuntime]:
        runtime = quick(beat=60.0)
        to = await script(runtime, "echo", reply)
        runtime.start()
        await runtime.send_message(Ask(1), to)
        await runtime.stop_when_idle()
        return weakref.ref(runtime)

    found = [asyncio.run(main()) for _ in range(5)]
    gc.collect()
    assert [each() for each in found] == [None] * 5


async def reply(agent: Any, message: Any, ctx: Any) -> Any:
    return message


async def test_a_handler_that_blocks_the_event_loop_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runtime = quick(blocked_after=0.1)
    goes_on = threading.Event()

    async def blocks(agent: Any, message: Any, ctx: Any) -> str:
        for _ in range(1_000):  # ended by the thread that tells it, at the latest after a minute
            if goes_on.wait(0.05):
                break
        return "went on"

    def told(what: Any, run: str, did: str) -> None:
        if what.slug == "hang.blocked" and "in blocks" in what.story:  # a busy machine blocks too
            titles.append(what.title)
            goes_on.set()

    titles: list[str] = []
    listeners.append(told)
    to = await script(runtime, "hog", blocks)
    runtime.start()
    try:
        assert await runtime.send_message(Ask(1), to) == "went on"
    finally:
        listeners.remove(told)
    await runtime.stop_when_idle()
    [title] = titles
    assert title.startswith("hog has blocked the event loop")
    assert "hang.blocked" in capsys.readouterr().err


async def test_who_waits_in_vain_again_is_ended_again() -> None:
    lock = asyncio.Lock()

    async def stubborn(agent: Any, message: Any, ctx: Any) -> int:
        if message.n == 0:
            async with lock:
                return await agent.send_message(Ask(1), agent.id)
        tries = 0
        while tries < 3:
            try:
                await lock.acquire()
            except Deadlock:
                tries += 1
        return tries

    runtime = quick()
    to = await script(runtime, "stubborn", stubborn)
    runtime.start()
    assert await ends(runtime.send_message(Ask(0), to)) == 3
    await runtime.stop_when_idle()
