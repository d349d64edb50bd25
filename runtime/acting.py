"""Doing what a step observer says about a run of one of this process's runtimes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from autogen_core import AgentId, TopicId

from ..tracer import observing
from ..tracer.observer import Action, Inject, Pause, Stop
from ..tracer.recorder import LiveRun, LiveSpan
from ..tracer.telling import tell
from . import teams
from .errors import RunStopped
from .letters import Letter, current_delivery, in_order
from .reasons import run_stopped
from .registry import pausers, runtimes
from .scene import Scene

if TYPE_CHECKING:
    from .roster import Seat
    from .traced import TracedRuntime

_started: set[asyncio.Task[None]] = set()  # a task that nobody holds may be collected


def act(action: Action, span: LiveSpan) -> bool:
    """Act on the run of a span that has just ended; False when no runtime of ours is at it."""
    runtime = _runtime_of(span)
    if runtime is None:
        return False
    if isinstance(action, Stop):
        tell(action.told, "ended", span)
        stop_run(span.run, RunStopped(action.told))
    elif isinstance(action, Inject):
        tell(action.told, "injected", span)
        task = asyncio.get_running_loop().create_task(_inject(runtime, action))
        _started.add(task)
        task.add_done_callback(_started.discard)
    elif isinstance(action, Pause) and pausers:
        pausers[-1]()
        tell(action.told, "paused", span)
    else:
        tell(action.told, "warned", span)
    return True


def ready() -> None:
    """Be among those who are asked to act."""
    if act not in observing.actors:
        observing.actors.append(act)


def _runtime_of(span: LiveSpan) -> TracedRuntime | None:
    delivery = current_delivery.get()
    for runtime in runtimes:
        live = runtime._post.live
        if delivery in live or any(each.span is span for each in live):
            return runtime
    for runtime in runtimes:
        if any(_of(span.run, each.letter) for each in runtime._post.live):
            return runtime
    return None


# -- stop ------------------------------------------------------------------------------------------
def stop_run(run: LiveRun, error: RunStopped) -> None:
    """End everything of a run: what waits becomes a dead letter, what is handled is cancelled,
    whoever awaits a reply or a team's next message gets the error."""
    here = asyncio.get_running_loop()
    for other in list(runtimes):
        loop = other._post.watch.loop
        if loop is None or loop is here:
            _stop_on(other, run, error)
        elif loop.is_running():
            loop.call_soon_threadsafe(_stop_on, other, run, error)
    current = current_delivery.get()
    if current is not None and _of(run, current.letter):
        _fail(current.letter, error)


def _stop_on(runtime: TracedRuntime, run: LiveRun, error: RunStopped) -> None:
    current = asyncio.current_task()
    post = runtime._post
    held = [] if post.gate is None else [each.delivery.letter for each in post.gate.waiting()]
    for letter in [each for each in (*post.queued(), *held) if _of(run, each)]:
        post.drop(letter, run_stopped(error), error)
    for delivery in in_order(each for each in post.live if _of(run, each.letter)):
        if delivery.task is not current:
            post.watch.finish(delivery, error)
    ended: set[str] = set()
    for team in teams.waiting(runtime._roster):
        span = teams.run_of(team, Scene(asyncio.get_running_loop(), ()))
        if span is None or span.run is run:
            team.end(error)
            ended.add(team.key)
    for seat in runtime._roster.managers:
        if seat.id.key not in ended:  # it has something to read first, and will wait then
            post.watch.stop(seat.id.key, run, error)


def _of(run: LiveRun, letter: Letter) -> bool:
    return letter.span is not None and letter.span.run is run


def _fail(letter: Letter, error: BaseException) -> None:
    if letter.future is not None and not letter.future.done():
        letter.future.set_exception(error)


# -- inject ----------------------------------------------------------------------------------------
async def _inject(runtime: TracedRuntime, action: Inject) -> None:
    if isinstance(action.message, str) and not (action.recipient or action.topic):
        for seat in list(runtime._roster.managers):
            await _tell_team(runtime, seat, action.message)
        return
    if action.recipient:
        kind, _, key = action.recipient.rpartition("/")
        await runtime.send_message(action.message, AgentId(kind, key))
        return
    kind, _, source = action.topic.rpartition("/")
    await runtime.publish_message(action.message, TopicId(kind, source))


async def _tell_team(runtime: TracedRuntime, seat: Seat, text: str) -> None:
    """Every participant of a team gets a message of a user's, and so does its manager."""
    from autogen_agentchat.messages import TextMessage
    from autogen_agentchat.teams._group_chat._events import GroupChatStart

    manager: Any = seat.agent
    message = TextMessage(content=text, source="user")
    await manager.update_message_thread([message])
    manager._output_message_queue.put_nowait(message)
    topic = TopicId(manager._group_topic_type, seat.id.key)
    await runtime.publish_message(GroupChatStart(messages=[message]), topic, sender=seat.id)
