"""Running one handler: its context, its span, its slices; the same for both ways of delivery."""

from __future__ import annotations

from asyncio import iscoroutine
from typing import Any

from autogen_core import MessageContext
from autogen_core._message_handler_context import MessageHandlerContext
from autogen_core._serialization import SerializationRegistry

from ..tracer.recorder import LiveSpan
from . import events
from .driver import Slices
from .interventions import Interventions
from .letters import Delivery, Letter, current_delivery
from .otel import ProgramSpans
from .roster import Roster, Seat
from .semantics import Semantics
from .tape import Tape
from .topics import Topics

# Set without a reset: a delivery has a task and so a context of its own.
_set_handler = MessageHandlerContext._MESSAGE_HANDLER_CONTEXT.set
_set_delivery = current_delivery.set


class Parts:
    """What deliveries need of a runtime."""

    __slots__ = ("interventions", "registry", "roster", "semantics", "spans", "tape", "topics")

    def __init__(
        self,
        semantics: Semantics,
        roster: Roster,
        topics: Topics,
        tape: Tape,
        spans: ProgramSpans,
        registry: SerializationRegistry,
        interventions: Interventions,
    ) -> None:
        self.semantics = semantics
        self.roster = roster
        self.topics = topics
        self.tape = tape
        self.spans = spans
        self.registry = registry
        self.interventions = interventions


async def handle(parts: Parts, delivery: Delivery, seat: Seat) -> Any:
    """Run the recipient's handler and return its reply, or raise what it raises."""
    letter = delivery.letter
    _set_delivery(delivery)
    _set_handler(seat.id)
    context = MessageContext(
        letter.sender, letter.topic, letter.future is not None, letter.token, letter.id
    )
    if letter.metadata is None:
        return await _recorded(parts, delivery, seat, context)
    with parts.spans.process(letter, seat):
        return await _recorded(parts, delivery, seat, context)


async def _recorded(parts: Parts, delivery: Delivery, seat: Seat, context: MessageContext) -> Any:
    letter = delivery.letter
    if seat.handles(letter.message):
        letter.handled = True
    if letter.span is None:
        delivery.coroutine = coroutine = seat.agent.on_message(letter.message, ctx=context)
        return await coroutine
    span = parts.tape.begin(delivery, seat)
    sampler = span.recorder.sampler
    tally = sampler.measures(seat.identity)
    try:
        delivery.coroutine = coroutine = seat.agent.on_message(letter.message, ctx=context)
        if tally is None or not iscoroutine(coroutine):
            reply = await coroutine
        else:
            reply = await Slices(coroutine, sampler, tally)
    except GeneratorExit:
        raise  # the loop is gone and the handler never ended: its span says so by staying open
    except BaseException as error:
        _failed(span, error)
        raise
    parts.tape.end(span, letter, reply)
    return reply


def _failed(span: LiveSpan, error: BaseException) -> None:
    span.fail(error)
    span.end()


def log_message(
    parts: Parts, letter: Letter, stage: events.DeliveryStage, content: Any = None
) -> None:
    """AutoGen's log record of a letter being posted or delivered."""
    if not events.wanted():
        return
    if letter.future is not None:
        events.message(
            parts.registry,
            letter.message,
            letter.sender,
            letter.recipient,
            events.DIRECT,
            stage,
        )
        return
    receiver = letter.topic if stage is events.SEND else None
    events.message(parts.registry, letter.message, letter.sender, receiver, events.PUBLISH, stage)


def log_reply(parts: Parts, letter: Letter, value: Any, stage: events.DeliveryStage) -> None:
    """AutoGen's log record of a reply."""
    if events.wanted():
        events.message(
            parts.registry, value, letter.recipient, letter.sender, events.RESPOND, stage
        )


def log_failure(parts: Parts, letter: Letter, seat_id: Any, error: BaseException) -> None:
    """AutoGen's log records of a handler that raised."""
    if letter.future is None:
        events.event_failed(seat_id, error)
    events.handler_failed(parts.registry, letter.message, seat_id, error)
