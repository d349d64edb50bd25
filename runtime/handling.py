"""Running one handler: its context, its span, its slices; the same for both ways of delivery.

`begin`, the handler's coroutine and then `finish` or `fail` are the path that every message takes.
They are functions and not one coroutine around the handler's, since each coroutine in between costs
every message its resumption.
"""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop, Handle, Task, current_task, iscoroutine
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Awaitable, Coroutine
from contextvars import Context
from typing import Any, Final, cast

from autogen_core import AgentId, MessageContext
from autogen_core._message_handler_context import MessageHandlerContext
from autogen_core._serialization import SerializationRegistry

from . import events
from .accounting import Accounts, Timed
from .driver import Slices, measured
from .interventions import Interventions
from .letters import Delivery, Letter, current_delivery
from .otel import ProgramSpans
from .roster import Roster, Seat
from .semantics import Semantics
from .tape import Tape
from .topics import Topics
from .unread import unread

EAGER: Final = sys.version_info >= (3, 12)  # tasks can begin at once

# Set without a reset: a delivery has a task and so a context of its own.
_set_handler = MessageHandlerContext._MESSAGE_HANDLER_CONTEXT.set
_set_delivery = current_delivery.set


class Parts:
    """What deliveries need of a runtime."""

    __slots__ = (
        "accounts",
        "interventions",
        "registry",
        "roster",
        "semantics",
        "spans",
        "tape",
        "topics",
    )

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
        self.accounts: Accounts | None = None  # where somebody wants to know


def spawn(
    loop: AbstractEventLoop,
    coroutine: Coroutine[Any, Any, None],
    name: str,
    context: Context | None = None,
) -> Task[None]:
    """A task, called after its agent, by the loop's task factory if it has one."""
    if loop.get_task_factory() is None:
        return Task(coroutine, loop=loop, name=name, context=context)
    return loop.create_task(coroutine, name=name, context=context)


def begun(
    loop: AbstractEventLoop,
    coroutine: Coroutine[Any, Any, None],
    name: str,
    context: Context | None = None,
    delivery: Delivery | None = None,
) -> Task[None]:
    """The same with the task's first slice run at once. Before Python 3.12, which does it itself,
    the loop must show what is ready and have no task factory; the delivery has its task then."""
    if EAGER:
        return Task(coroutine, loop=loop, name=name, context=context, eager_start=True)  # pyright: ignore[reportCallIssue, reportUnknownVariableType]  not on 3.11
    task = Task(coroutine, loop=loop, name=name, context=context)
    if delivery is not None:
        delivery.task = task
    shown: Any = loop
    first: Handle = shown._ready.pop()
    around = current_task(loop)
    if around is None:
        first._run()
        return task
    _leave_task(loop, around)
    try:
        first._run()
    finally:
        _enter_task(loop, around)
    return task


def begin(parts: Parts, delivery: Delivery, seat: Seat) -> Awaitable[Any]:
    """The handler's coroutine, not started, in the delivery's context and span.

    Call it in the task that awaits the result: `current_delivery`, the handler context and the
    current span are that task's from now on.
    """
    letter = delivery.letter
    message = letter.message
    delivery.seat = seat
    _set_delivery(delivery)
    _set_handler(seat.id)
    if seat.catches or type(message) in seat.types:
        letter.handled = True
    context = MessageContext(
        letter.sender, letter.topic, letter.future is not None, letter.token, letter.id
    )
    if letter.span is None:
        delivery.coroutine = coroutine = seat.agent.on_message(message, ctx=context)
        if parts.roster.supervisor is not None:
            return parts.roster.supervisor.drive(coroutine, seat)
        return coroutine
    sampler = parts.tape.begin(delivery, seat)
    tally = seat.tally
    if tally is None or tally.of is not sampler.tallies:
        tally = seat.tally = sampler.tallies.tally(seat.identity)
    tally.deliveries += 1
    began = delivery.span.start_ns  # pyright: ignore[reportOptionalMemberAccess]  it begins
    tally = tally.of.picked(tally, began) if began >= tally.of.next_ns else None
    if tally is not None:
        measured.set((sampler, tally))
    elif measured.get() is not None:  # the poster's
        measured.set(None)
    delivery.coroutine = coroutine = seat.agent.on_message(message, ctx=context)
    driven = coroutine
    if parts.accounts is not None and iscoroutine(coroutine):
        account = parts.accounts.of(seat.identity)
        driven = cast("Coroutine[Any, Any, Any]", Timed(coroutine, account, delivery.span))
    if parts.roster.supervisor is not None and iscoroutine(coroutine):
        driven = parts.roster.supervisor.drive(driven, seat)
    if tally is None or not iscoroutine(coroutine):
        return driven
    return Slices(driven, sampler, tally)


def finish(parts: Parts, delivery: Delivery, reply: Any) -> None:
    """The handler returned."""
    if delivery.span is not None:
        if reply is not None and delivery.letter.future is None:
            unread(parts.roster, delivery, reply)
        parts.tape.end(delivery.span, delivery.letter, reply)


def fail(delivery: Delivery, error: BaseException) -> None:
    """The handler raised."""
    span = delivery.span
    if span is not None:
        span.fail(error)
        span.end()


async def handle_within_spans(parts: Parts, delivery: Delivery, seat: Seat) -> Any:
    """The same within the program's own OpenTelemetry span."""
    with parts.spans.process(delivery.letter, seat):
        return await begin(parts, delivery, seat)


def log_posted(parts: Parts, letter: Letter) -> None:
    """AutoGen's log records of a letter being posted."""
    if letter.topic is not None:
        events.published(parts.registry, letter.message, letter.sender, letter.topic)
    elif letter.recipient is not None:
        events.sent(parts.registry, letter.message, letter.sender, letter.recipient)
        if letter.recipient.type in parts.roster.kinds:
            events.sent_to(letter.recipient, letter.message)


def log_delivered(parts: Parts, letter: Letter, to: AgentId) -> None:
    """AutoGen's log records of a letter being delivered."""
    send = letter.future is not None
    events.delivered(parts.registry, letter.message, letter.sender, to, send=send)


def log_failure(parts: Parts, letter: Letter, agent: AgentId, error: BaseException) -> None:
    """AutoGen's log records of a handler that raised."""
    if letter.future is None:
        events.event_failed(agent, error)
    events.handler_failed(parts.registry, letter.message, agent, error)
