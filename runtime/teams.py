"""AgentChat teams on a runtime: what a team's run waits for besides messages.

A team's `run` takes what it yields from a queue that only its manager fills, in handlers of this
runtime. On a runtime of the program's own AgentChat looks at nothing else: if the message that
would have led to the next one is lost, `run` waits for ever. The manager is one of our agents, so
its queue, and whether somebody waits there, can be seen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from ..tracer.recorder import LiveSpan, current_span
from .letters import Delivery, Letter, current_delivery
from .standing import Standing, context_of

if TYPE_CHECKING:
    from .roster import Roster, Seat
    from .scene import Scene
    from .watch import Post


class Stalled(Struct, frozen=True):
    """A team whose run waits for its next message."""

    key: str  # the team's id
    name: str
    manager: Any
    getters: tuple[asyncio.Future[Any], ...]

    def end(self, error: BaseException) -> None:
        """Raise in the team's `run`."""
        for getter in self.getters:
            if not getter.done():
                getter.set_exception(error)


def waiting(roster: Roster) -> list[Stalled]:
    """The teams whose run waits at an empty queue."""
    found: list[Stalled] = []
    for seat in roster.managers:
        queue: Any = getattr(seat.agent, "_output_message_queue", None)
        getters = tuple(
            cast("asyncio.Future[Any]", each)
            for each in getattr(queue, "_getters", ())
            if not each.done()
        )
        if getters and queue.empty():
            found.append(Stalled(seat.id.key, _name(seat), seat.agent, getters))
    return found


def unfinished(roster: Roster) -> bool:
    """Whether some team's run may come back to wait: it has messages to read, or its manager
    expects somebody to answer. Meanwhile whoever reads them may be at something else."""
    for seat in roster.managers:
        queue: Any = getattr(seat.agent, "_output_message_queue", None)
        if not queue.empty() or getattr(seat.agent, "_active_speakers", ()):
            return True
    return False


def is_manager(agent: object) -> bool:
    """Whether an agent is what a team's run waits for."""
    return hasattr(agent, "_output_message_queue")


def _name(seat: Seat) -> str:
    return str(getattr(seat.agent, "_name", seat.id.type))


def on_its_way(team: Stalled, post: Post, scene: Scene) -> bool:
    """Whether a message of the team is posted or handled, or a task that a handler of it started
    still goes on."""
    if any(_of(team, each.letter) for each in post.live):
        return True
    if any(_of(team, each) for each in post.queued()):
        return True
    for task in scene.tasks:
        delivery = _begun_by(task)
        if delivery is not None and _of(team, delivery.letter) and task not in scene.stuck:
            return True
    return False


def run_of(team: Stalled, scene: Scene) -> LiveSpan | None:
    """The span of the team's run: that of whoever waits at its queue."""
    for task in scene.tasks:
        if any(each.leaf in team.getters for each in scene.of(task)):
            context = context_of(task)
            found = None if context is None else context.run(current_span)
            if found is not None:
                return found
    return None


def _begun_by(task: asyncio.Task[Any]) -> Delivery | None:
    context = context_of(task)
    return None if context is None else context.get(current_delivery)


def _of(team: Stalled, letter: Letter) -> bool:
    if letter.recipient is not None:
        return letter.recipient.key == team.key
    return letter.topic is not None and letter.topic.source == team.key


def leave_line(standing: Standing) -> None:
    """Whoever is taken out of the line for an AgentChat agent's turn must leave it: the lock
    hands on to the event it has noted, whether somebody waits there or not."""
    if standing.on != "turn":
        return
    lines: Any = getattr(standing.of, "_queue", None)
    inner: Any = getattr(lines, "_queue", None)
    for event in list(inner or ()):
        if any(waiter is standing.leaf for waiter in getattr(event, "_waiters", ())):
            inner.remove(event)
