"""Messages that an agent has handlers for, all of which refuse them.

A handler may have a `match`, an `event` handler takes no request and an `rpc` handler nothing that
was published. AutoGen then falls through to `on_unhandled_message`, which logs it at INFO: by the
type alone the agent could have taken the message. It is a dead letter when no other subscriber that
has handlers for the type takes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..tracer import conventions as c
from .letters import current_delivery
from .roster import Seat

if TYPE_CHECKING:
    from .letters import Letter
    from .traced import TracedRuntime


def refused(agent: Any, message: object) -> None:
    """Note that the agent does nothing with the message that is being delivered to it."""
    delivery = current_delivery.get()
    seat = None if delivery is None else delivery.seat
    if delivery is None or seat is None or seat.agent is not agent:
        return
    letter = delivery.letter
    if seat.catches or seat.refuses(message) or letter.message is not message:
        return  # by code of its own; or the type says so already; or it is another message
    runtime: TracedRuntime = agent.runtime
    letter.refused += 1
    if letter.future is None and letter.refused < _able(runtime, letter):
        return
    reason = _reason(letter, seat)
    runtime._tape.dead_letters.note(letter, reason)
    if delivery.span is not None:  # on the delivery: a publish itself is over by now
        delivery.span.set(c.DEAD_LETTER, reason)


def _able(runtime: TracedRuntime, letter: Letter) -> int:
    """Subscribers that have a handler for the type, or may have: they are not made yet."""
    assert letter.topic is not None
    there = runtime._roster.seats
    route = runtime._parts.topics.route(letter.topic)
    seats = (there.get(each) for each in route.recipients if each != letter.sender)
    return sum(seat is None or seat.handles(letter.message) for seat in seats)


def _reason(letter: Letter, seat: Seat) -> str:
    other = (
        "an `rpc` handler takes nothing that is published"
        if letter.future is None
        else "an `event` handler takes no request"
    )
    name, agent = type(letter.message).__name__, type(seat.agent).__name__
    return (
        f"no handler: those that {seat.identity} ({agent}) has for {name} refuse it: "
        f"their `match` does, or {other}"
    )
