"""What the runtime records: who sent what to whom, in which run, and what became of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from autogen_core import (
    AgentId,
    CancellationToken,
    DefaultInterventionHandler,
    TopicId,
    TypeSubscription,
)

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.errors import RuntimeStopped
from agentloupe.runtime.line import QueueShutDown
from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Span
from agentloupe.tracer.reader import Recording, Run
from agentloupe.tracer.recorder import Recorder, active

from .agents import DROP, Ask, Echo, Says, Unasked, script, ticks

ECHO = AgentId("echo", "default")
Read = Callable[[], Recording]
both = pytest.mark.parametrize("compat", ["strict", "autogen"])


async def started(compat: Any, *interventions: Any) -> Any:
    runtime = TracedRuntime(compat=compat, intervention_handlers=list(interventions) or None)
    await Echo.register(runtime, "echo", Echo)
    await runtime.add_subscription(TypeSubscription("t", "echo"))
    runtime.start()
    return runtime


def only(recording: Recording) -> Run:
    assert len(recording.runs) == 1, [info.name for info in recording.runs]
    return recording.run(0)


@both
async def test_who_sent_what_to_whom(compat: Any, recorder: Recorder, read: Read) -> None:
    runtime = await started(compat)

    async def relay(agent: Any, message: Any, ctx: Any) -> Any:
        await agent.publish_message(Ask(2, "all"), TopicId("t", "other"))
        return await agent.send_message(Ask(1, "you"), ECHO)

    relay_id = await script(runtime, "relay", relay)
    assert await runtime.send_message(Ask(0, "go"), relay_id) == Ask(1, "you")
    await runtime.stop_when_idle()
    run = only(read())
    seen = {
        (s.kind, s.sender, s.recipient, s.topic, run.text(s.body or ""), s.reply_type)
        for s in run.steps()
    }
    assert seen == {
        ("send", "", "relay/default", "", '{"n":0,"text":"go"}', "Ask"),
        ("publish", "relay/default", "echo/other", "t/other", '{"n":2,"text":"all"}', None),
        ("send", "relay/default", "echo/default", "", '{"n":1,"text":"you"}', "Ask"),
    }
    assert [s.index for s in run.steps()] == [0, 1, 2]
    assert {s.message_type for s in run.steps()} == {"Ask"}
    assert run.info.status == "ok"
    assert not run.open_spans()
    reply = next(s.reply for s in run.steps() if s.recipient == "echo/default")
    assert json.loads(run.text(reply or "")) == {"n": 1, "text": "you"}


@both
async def test_the_tree_of_spans(compat: Any, recorder: Recorder, read: Read) -> None:
    runtime = await started(compat)

    async def asks(agent: Any, message: Any, ctx: Any) -> Any:
        return await agent.send_message(Ask(1), ECHO)

    await runtime.send_message(Ask(0), await script(runtime, "asks", asks))
    await runtime.stop_when_idle()
    run = only(read())
    spans = {(span.op, span.agent): span for span in run.spans()}
    outer = spans[c.SEND, ""]
    asked = spans[c.PROCESS, "asks/default"]
    inner = spans[c.SEND, "asks/default"]
    echoed = spans[c.PROCESS, "echo/default"]
    assert outer.parent == run.root.id
    assert asked.parent == echoed.parent == run.root.id
    assert inner.parent == asked.id
    assert inner.step == asked.step
    assert [link.span_id for link in asked.links] == [outer.id]
    assert [link.span_id for link in echoed.links] == [inner.id]
    assert outer.start_ns <= asked.start_ns <= inner.start_ns <= echoed.start_ns
    for span in (asked, inner, echoed, outer):
        assert span.end_ns is not None
        assert span.end_ns <= (run.root.end_ns or 0)


@both
async def test_a_top_level_message_is_a_run_that_ends_with_its_last_handler(
    compat: Any, recorder: Recorder, read: Read
) -> None:
    runtime = await started(compat)
    gate = asyncio.Event()

    async def later(agent: Any, message: Any, ctx: Any) -> None:
        await gate.wait()

    async def first(agent: Any, message: Any, ctx: Any) -> None:
        await agent.publish_message(message, TopicId("later", "x"))

    await script(runtime, "later", later)
    await runtime.add_subscription(TypeSubscription("later", "later"))
    to = await script(runtime, "first", first)
    await runtime.send_message(Ask(1), to)
    await runtime.send_message(Ask(2), ECHO)
    assert [info.status for info in read().runs] == ["running", "ok"]
    gate.set()
    await runtime.stop_when_idle()
    assert [(i.name, i.status, i.steps) for i in read().runs] == [
        ("send Ask", "ok", 2),
        ("send Ask", "ok", 1),
    ]


@both
async def test_fifty_runs_on_one_runtime_that_was_started_before(
    compat: Any, recorder: Recorder, read: Read
) -> None:
    runtime = await started(compat)

    async def passes_on(agent: Any, message: Any, ctx: Any) -> Any:
        await asyncio.sleep(0)
        await agent.publish_message(message, TopicId("t", message.text))
        return await agent.send_message(message, ECHO)

    to = await script(runtime, "relay", passes_on)

    async def one(n: int) -> None:
        root = recorder.start_run(f"run {n}")
        with recorder.use(root):
            for k in range(3):
                await runtime.send_message(Ask(k, f"r{n}"), to)
        root.end()

    await asyncio.gather(*(one(n) for n in range(50)))
    await runtime.stop_when_idle()
    recording = read()
    assert [info.name for info in recording.runs] == [f"run {n}" for n in range(50)]
    for info in recording.runs:
        run = recording.run(info.number)
        tag = f"r{info.name[4:]}"
        assert len(run.steps()) == 9
        assert {json.loads(run.text(s.body or ""))["text"] for s in run.steps()} == {tag}
        ids = {span.id for span in run.spans()} | {run.root.id}
        assert {span.parent for span in run.spans()} <= ids
        assert {link.span_id for span in run.spans() for link in span.links} <= ids


@both
async def test_a_body_is_what_was_said_and_shared_over_a_fan_out(
    compat: Any, recorder: Recorder, read: Read
) -> None:
    runtime = await started(compat)
    await runtime.add_subscription(TypeSubscription("t", "again"))

    async def again(agent: Any, message: Any, ctx: Any) -> None:
        message.text = "spoilt"

    await script(runtime, "again", again)
    message = Ask(1, "x" * 1_000)
    await runtime.publish_message(message, TopicId("t", "default"))
    message.text = "mutated after it was posted"
    await runtime.stop_when_idle()
    run = only(read())
    bodies = [step.body for step in run.steps()]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert isinstance(bodies[0], int)
    assert json.loads(run.text(bodies[0]))["text"] == "x" * 1_000


@both
async def test_what_a_handler_raises(compat: Any, recorder: Recorder, read: Read) -> None:
    runtime = await started(compat)

    async def broken(agent: Any, message: Any, ctx: Any) -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError):
        await runtime.send_message(Ask(1), await script(runtime, "broken", broken))
    run = only(read())
    processed = next(span for span in run.spans() if span.op == c.PROCESS)
    assert processed.error == "KeyError: 'lost'"
    assert [event.name for event in processed.events] == ["exception"]
    assert run.info.errors == 1


async def no_subscriber(runtime: Any) -> None:
    await runtime.publish_message(Ask(1), TopicId("nobody", "x"))


async def no_handler(runtime: Any) -> None:
    await _ignoring_errors(runtime.send_message(Unasked(1), ECHO))


async def no_handler_of_any(runtime: Any) -> None:
    await runtime.publish_message(Unasked(1), TopicId("t", "default"))


async def unknown(runtime: Any) -> None:
    await _ignoring_errors(runtime.send_message(Ask(1), AgentId("nobody", "x")))


async def not_made(runtime: Any) -> None:
    def factory() -> Any:
        raise ValueError("no key")

    await runtime.register_factory("unmade", factory)
    await _ignoring_errors(runtime.send_message(Ask(1), AgentId("unmade", "x")))


async def _ignoring_errors(awaitable: Any) -> None:
    await asyncio.gather(awaitable, return_exceptions=True)


REASONS = {
    no_subscriber: "no subscriber: no agent subscribes to topic 'nobody/x'",
    no_handler: "no handler: echo/default (Echo) has none for Unasked",
    no_handler_of_any: "no handler: echo/default (Echo) has none for Unasked",
    unknown: "unknown recipient: no agent type 'nobody'",
    not_made: "undeliverable: the agent could not be made",
}


@both
@pytest.mark.parametrize("lose", REASONS, ids=lambda f: f.__name__)
async def test_dead_letters(compat: Any, lose: Any, recorder: Recorder, read: Read) -> None:
    runtime = await started(compat)
    await lose(runtime)
    await ticks()
    (letter,) = only(read()).dead_letters()
    assert letter.attributes[c.DEAD_LETTER] == REASONS[lose]
    assert letter.op in (c.SEND, c.PUBLISH)
    assert c.MESSAGE_BODY in letter.bodies


@both
@pytest.mark.parametrize(
    ("answer", "replies", "reason"),
    [
        (DROP, False, "dropped by Says.on_send"),
        (ValueError("guard"), False, "an intervention handler raised ValueError"),
        (DROP, True, "dropped by Says.on_response"),
    ],
)
async def test_dead_letters_of_interventions(
    compat: Any, answer: Any, replies: bool, reason: str, recorder: Recorder, read: Read
) -> None:
    runtime = await started(compat, Says(answer, replies=replies))
    await _ignoring_errors(runtime.send_message(Ask(1), ECHO))
    (letter,) = only(read()).dead_letters()
    assert str(letter.attributes[c.DEAD_LETTER]).startswith(reason)


class Blocks(DefaultInterventionHandler):
    """Keeps the first message for ever."""

    async def on_publish(self, message: Any, *, message_context: Any) -> Any:
        await asyncio.Event().wait()


@both
async def test_messages_that_stop_drops_are_dead_letters(
    compat: Any, recorder: Recorder, read: Read
) -> None:
    """Upstream's queue is emptied turns later; ours has one only where interventions wait."""
    runtime = await started(compat, *([Blocks()] if compat == "strict" else []))
    await runtime.publish_message(Ask(1), TopicId("t", "default"))
    await runtime.publish_message(Ask(2), TopicId("t", "default"))
    if compat == "strict":
        await ticks(5)
        assert runtime.unprocessed_messages_count == 1  # the other one is being intercepted
    await runtime.stop()
    recording = read()
    letters = [each for info in recording.runs for each in lost(recording, info.number)]
    assert [each.attributes[c.DEAD_LETTER] for each in letters] == [
        "stopped: the runtime was stopped before the message's turn came"
    ] * 2


@both
async def test_what_a_runtime_at_its_end_refuses_is_a_dead_letter(
    compat: Any, recorder: Recorder, read: Read
) -> None:
    """Upstream's queue is shut for the moments that stopping it takes, ours until it is started."""
    runtime = await started(compat)
    await ticks(3)
    stopping = asyncio.ensure_future(runtime.stop())
    await asyncio.sleep(0)
    with pytest.raises((RuntimeStopped, QueueShutDown)):
        await runtime.publish_message(Ask(1), TopicId("t", "default"))
    await stopping
    run = only(read())
    (letter,) = run.dead_letters()
    assert str(letter.attributes[c.DEAD_LETTER]).startswith(("stopped", "refused: QueueShutDown"))
    assert letter.error is not None
    assert run.info.status == "ok"
    assert not run.open_spans()


def lost(recording: Recording, run: int) -> list[Span]:
    return recording.run(run).dead_letters()


@both
async def test_a_hang_is_an_open_span(compat: Any, recorder: Recorder, read: Read) -> None:
    runtime = await started(compat)

    async def hang(agent: Any, message: Any, ctx: Any) -> None:
        await asyncio.Event().wait()

    send = asyncio.ensure_future(runtime.send_message(Ask(1), await script(runtime, "hang", hang)))
    await ticks(20)
    run = only(read())
    assert {span.op for span in run.open_spans()} == {c.SEND, c.PROCESS}
    assert run.info.status == "running"
    send.cancel()
    await asyncio.gather(send, return_exceptions=True)


async def test_a_cancelled_send(recorder: Recorder, read: Read) -> None:
    runtime = await started("strict")
    token = CancellationToken()

    async def wait(agent: Any, message: Any, ctx: Any) -> None:
        await asyncio.sleep(0)

    to = await script(runtime, "wait", wait)
    send = asyncio.ensure_future(runtime.send_message(Ask(1), to, cancellation_token=token))
    await asyncio.sleep(0)
    token.cancel()
    await asyncio.gather(send, return_exceptions=True)
    await runtime.stop_when_idle()
    assert only(read()).info.status == "cancelled"


def exists(path: Path) -> bool:
    return path.exists()


async def test_record_false_records_nothing(private_recordings_dir: Path) -> None:
    runtime = TracedRuntime(record=False)
    await Echo.register(runtime, "echo", Echo)
    runtime.start()
    await runtime.send_message(Ask(1), ECHO)
    assert active() is None
    assert not exists(private_recordings_dir)


async def test_after_a_recording_of_somebody_else_none_is_begun(
    recorder: Recorder, private_recordings_dir: Path
) -> None:
    from agentloupe.tracer.recorder import activate

    runtime = await started("strict")
    await runtime.send_message(Ask(1), ECHO)
    activate(None)
    await runtime.send_message(Ask(2), ECHO)
    assert active() is None
    assert not exists(private_recordings_dir)


@both
async def test_a_send_that_fails_is_a_run_that_failed(
    compat: Any, recorder: Recorder, read: Read
) -> None:
    runtime = await started(compat)

    async def fail(agent: Any, message: Any, ctx: Any) -> None:
        raise ValueError("no such table")

    to = await script(runtime, "fails", fail)
    with pytest.raises(ValueError, match="no such table"):
        await runtime.send_message(Ask(1), to)
    await ticks()
    info = only(read()).info
    assert (info.status, info.error) == ("error", "ValueError: no such table")
