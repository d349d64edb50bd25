"""Delivery with the documented semantics: a task for each, made when the message is posted.

There is no queue between a message and its handler unless the runtime is not started or a program's
intervention handlers must see one message after the other. Handlers of one agent start in the order
in which their messages were posted: tasks start in the order they are made, and whoever has to wait
for the agent to be made waits in line. A send's handler begins at once, before its sender lets go
of the loop, where nobody is overtaken by that; before Python 3.12 on asyncio's own loops only.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final

from autogen_core import AgentId
from autogen_core.exceptions import MessageDroppedException

from . import events
from .ends import UnderWay
from .errors import HandlerCancelled, NoHandler, RuntimeStopped
from .failures import Failures
from .handling import (
    EAGER,
    Parts,
    begin,
    begun,
    fail,
    finish,
    handle_within_spans,
    log_delivered,
    log_failure,
    spawn,
)
from .hops import ready_of
from .interventions import Dropped
from .letters import Delivery, Letter
from .options import Limits
from .reasons import NOT_MADE, no_handler, no_subscriber
from .roster import Seat

DEPTH: Final = 16  # of handlers that begin at once within each other
IN_A_ROW: Final = 64  # sends whose handlers began at once, before the loop has its turn

_NOTHING: Final = nullcontext()


class DirectPost(UnderWay):
    """Delivers at once; counts what is not over; keeps the first failure of an event handler."""

    def __init__(self, parts: Parts, *, ignore_failures: bool | None, limits: Limits) -> None:
        super().__init__(parts, Failures(ignore=ignore_failures), limits)
        self._arrived: asyncio.Future[None] | None = None
        self._depth = 0  # of handlers that began at once within each other
        self._in_a_row = 0
        self._eager = False  # whether tasks of this loop can begin at once

    # -- posting ---------------------------------------------------------------------------------
    @property
    def waiting(self) -> int:
        """Messages whose delivery has not begun."""
        return len(self._queue)

    def post(self, letter: Letter) -> None:
        """Deliver a letter, or put it in line until the runtime is started.

        Raises:
            RuntimeStopped: the runtime was stopped and not started again, or the poster is a
                handler that began before it was stopped.
        """
        poster = letter.poster
        if self._stopped or (
            poster is not None and poster.era != self._era and poster in self.live
        ):
            self._parts.tape.dead(letter, "stopped: it was posted after the runtime was stopped")
            name = type(letter.message).__name__
            raise RuntimeStopped(
                f"{name} to {letter.recipient or letter.topic}: the runtime was stopped before. "
                "Call start() first, or wait for the handlers with stop_when_idle()"
            )
        self._active += 1
        if not self.watch.armed:
            self.watch.arm()
        if self._running and not self._queue and not self._parts.interventions.handlers:
            self._dispatch(letter)
            return
        letter.context = contextvars.copy_context()
        self._queue.append(letter)
        self._ring()

    def _ring(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def _dispatch(self, letter: Letter) -> None:
        loop = asyncio.get_running_loop()
        if letter.recipient is not None:
            delivery = Delivery(letter, letter.recipient, letter.seat, self._era)
            if self.gate is not None:
                self._enter(delivery)
                return
            name = letter.recipient.type
            if self._eager and letter.seat is not None and self._may_begin(loop):
                self._begin_now(loop, delivery, name)
                return
            self.live.add(delivery)
            delivery.task = spawn(loop, self._send(delivery), name, letter.context)
            return
        tape = self._parts.tape
        recipients = self._recipients(letter)
        tape.spread(letter, len(recipients))
        letter.left = letter.unstarted = len(recipients)
        if not recipients:
            tape.delivered(letter)
            self._over(letter)
        for agent_id, seat in recipients:
            delivery = Delivery(letter, agent_id, seat, self._era)
            if self.gate is not None:
                self._enter(delivery)
                continue
            self.live.add(delivery)
            context = None if letter.context is None else letter.context.copy()
            delivery.task = spawn(loop, self._event(delivery), agent_id.type, context)

    # -- at once ---------------------------------------------------------------------------------
    def _may_begin(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether a send's handler may run before its sender lets go of the loop.

        Not if a handler of another message has not begun yet, since they begin in the order in
        which they were posted; not too deep; and not time after time, since a sender that gets all
        its replies at once never lets others run.
        """
        self._in_a_row += 1
        if self._in_a_row > IN_A_ROW:
            self._in_a_row = 0
            return False
        if self._depth >= DEPTH or len(self.live) > DEPTH or loop.get_task_factory() is not None:
            return False
        return all(each.coroutine is not None for each in self.live)

    def _begin_now(self, loop: asyncio.AbstractEventLoop, delivery: Delivery, name: str) -> None:
        self.live.add(delivery)
        self._depth += 1
        try:
            task = begun(loop, self._send(delivery), name, delivery.letter.context, delivery)
        finally:
            self._depth -= 1
        if delivery in self.live:
            delivery.task = task

    def _enter(self, delivery: Delivery) -> None:
        """By the gate, now or later, but in the context that it was posted in."""
        letter = delivery.letter
        if self._parts.roster.changes:
            delivery.seat = None  # the agent may be another one by then
        context = contextvars.copy_context() if letter.context is None else letter.context.copy()
        handle = self._event if letter.future is None else self._send

        def start() -> None:
            self.live.add(delivery)
            loop = asyncio.get_running_loop()
            delivery.task = spawn(loop, handle(delivery), delivery.recipient.type, context)

        assert self.gate is not None
        self.gate.enter(delivery, start)

    def _recipients(self, letter: Letter) -> list[tuple[AgentId, Seat | None]]:
        """Whom a publish goes to, with the agents that are there."""
        assert letter.topic is not None
        there = self._parts.roster.seats
        try:
            route = self._parts.topics.route(letter.topic)
        except Exception as error:
            self._parts.tape.dead(letter, f"undeliverable: {type(error).__name__}: {error}")
            self._failures.note(error)
            return []
        if not route.recipients:
            self._parts.tape.dead(letter, no_subscriber(letter))
        if route.ready(there) is not None:
            message: object = letter.message
            return [(seat.id, seat) for seat in route.heard(letter.who, type(message))[0]]
        return [(each, there.get(each)) for each in route.recipients if each != letter.sender]

    # -- one delivery ----------------------------------------------------------------------------
    async def _send(self, delivery: Delivery) -> None:
        letter = delivery.letter
        if delivery.task is None:  # it runs before whoever made the task has it
            delivery.task = asyncio.current_task()
        if letter.metadata is not None:
            with self._parts.spans.carry(letter):
                await self._answer(delivery)
            return
        value: Any = None
        failure: BaseException | None = None
        try:
            seat = delivery.seat or await self._seat(delivery)
            if letter.logged:
                log_delivered(self._parts, letter, delivery.recipient)
            value = await begin(self._parts, delivery, seat)
        except GeneratorExit:
            raise  # the loop is gone
        except BaseException as error:
            failure = self._doomed.pop(delivery, error)
        if failure is None and letter.handled and not self._parts.interventions.handlers:
            finish(self._parts, delivery, value)
            self._answered(delivery, value, None)
        else:
            await self._reply(delivery, value, failure)

    async def _answer(self, delivery: Delivery) -> None:
        """The same within the program's own OpenTelemetry spans."""
        value: Any = None
        failure: BaseException | None = None
        try:
            seat = delivery.seat or await self._seat(delivery)
            if delivery.letter.logged:
                log_delivered(self._parts, delivery.letter, delivery.recipient)
            value = await handle_within_spans(self._parts, delivery, seat)
        except GeneratorExit:
            raise
        except BaseException as error:
            failure = self._doomed.pop(delivery, error)
        await self._reply(delivery, value, failure)

    async def _reply(self, delivery: Delivery, value: Any, failure: BaseException | None) -> None:
        """The less common ends: a failure, no handler, interventions to see the reply."""
        letter, parts = delivery.letter, self._parts
        if failure is not None:
            fail(delivery, failure)
            log_failure(parts, letter, delivery.recipient, failure)
        else:
            finish(parts, delivery, value)
            assert delivery.seat is not None
            if not letter.handled:
                reason = no_handler(letter, delivery.seat)
                parts.tape.dead(letter, reason)
                failure = NoHandler(reason)
            else:
                try:
                    value = await parts.interventions.reply(letter, value)
                except Dropped as drop:
                    parts.tape.dead(letter, str(drop))
                    failure = MessageDroppedException(str(drop))
                except BaseException as error:
                    failure = error
        self._answered(delivery, value, failure)

    def _answered(self, delivery: Delivery, value: Any, failure: BaseException | None) -> None:
        letter, parts = delivery.letter, self._parts
        delivery.leave(self.live)
        if self.gate is not None:
            self.gate.left(delivery)
        self._over(letter)
        future = letter.future
        if future is None or future.done():
            return
        if failure is not None:
            future.set_exception(failure)
            return
        if letter.logged:
            events.replied(parts.registry, value, letter.recipient, letter.sender)
            events.answered(parts.registry, value, letter.recipient, letter.sender)
        if letter.metadata is None:
            future.set_result(value)
            return
        with parts.spans.ack(letter, value):
            future.set_result(value)

    async def _seat(self, delivery: Delivery) -> Seat:
        try:
            return await self._parts.roster.seat(delivery.recipient)
        except BaseException:
            self._parts.tape.dead(delivery.letter, NOT_MADE)
            raise

    async def _event(self, delivery: Delivery) -> None:
        letter, parts = delivery.letter, self._parts
        with _NOTHING if letter.metadata is None else parts.spans.carry(letter):
            try:
                try:
                    seat = delivery.seat or await self._seat(delivery)
                finally:
                    letter.unstarted -= 1
                if letter.logged:
                    log_delivered(parts, letter, delivery.recipient)
                if letter.metadata is None:
                    handling = begin(parts, delivery, seat)
                else:
                    handling = handle_within_spans(parts, delivery, seat)
                if letter.unstarted == 0:
                    self._all_started(letter, seat)
                reply = await handling
            except GeneratorExit:
                raise  # the loop is gone
            except BaseException as raised:
                error = self._doomed.pop(delivery, raised)
                fail(delivery, error)
                self._event_failed(delivery, error)
                if isinstance(error, KeyboardInterrupt | SystemExit):
                    raise
            else:
                finish(parts, delivery, reply)
            self._ended(delivery)

    def _all_started(self, letter: Letter, last: Seat) -> None:
        if not letter.handled and not last.handles(letter.message):
            self._parts.tape.dead(letter, no_handler(letter, *[last] * letter.left))
        self._parts.tape.delivered(letter)

    # -- failures of event handlers ----------------------------------------------------------------
    def _event_failed(self, delivery: Delivery, error: BaseException) -> None:
        """Not a failure: the token was cancelled, or a subscriber refuses what it has no handler
        for, as AgentChat's containers do by raising."""
        letter, seat = delivery.letter, delivery.seat
        log_failure(self._parts, letter, delivery.recipient, error)
        if seat is not None and seat.refuses(letter.message):
            return
        if isinstance(error, asyncio.CancelledError):
            if letter.token.is_cancelled():
                return
            cancelled = HandlerCancelled(f"{delivery.recipient} raised CancelledError: {error}")
            cancelled.__cause__ = error
            error = cancelled
        self._failures.note(error)

    # -- interventions -----------------------------------------------------------------------------
    async def _serve(self) -> None:
        while self._running:
            while not self._queue:
                self._arrived = asyncio.get_running_loop().create_future()
                await self._arrived
                if not self._running:
                    return
            await self._next()

    async def _next(self) -> None:
        letter = self._held = self._queue.popleft()
        try:
            if await self._passes(letter):
                self._dispatch(letter)
        finally:
            self._held = None

    async def _passes(self, letter: Letter) -> bool:
        if not self._parts.interventions.handlers:
            return True
        refusal = await self._parts.interventions.admit(letter, self._parts.registry)
        if refusal is None:
            self._parts.tape.changed(letter)
            return not letter.settled
        reason, failure, future = *refusal, letter.future
        if future is None and not isinstance(failure, MessageDroppedException):
            self._failures.note(failure)
        self._parts.tape.dead(letter, reason)
        self._parts.tape.delivered(letter)
        self._over(letter)
        if future is not None and not future.done():
            future.set_exception(failure)
        return False

    # -- life --------------------------------------------------------------------------------------
    def start(self) -> None:
        """Deliver what waits, and from now on whatever is posted."""
        loop = asyncio.get_running_loop()
        self._running = True
        self._stopped = False
        self._arrived = None
        self._eager = EAGER or ready_of(loop).open
        if self._parts.interventions.handlers:
            self._server = loop.create_task(self._serve())
            return
        while self._queue:
            self._dispatch(self._queue.popleft())

    async def process_next(self) -> None:
        """Deliver the next message, waiting for one if need be."""
        self._failures.tell()
        while not self._queue:
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        await self._next()
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Every sender that still waits gets a RuntimeStopped, every handler is cancelled.

        It returns when they have ended, or after the grace that they have for it. A stop is often
        the end of a `finally`: unless the program asked for them, failures are left to the log
        here, so that they do not cover up what it is told otherwise.
        """
        self._halt()
        await self._end_handlers()
        self._failures.leave()
        self._failures.tell()

    async def stop_when_idle(self) -> None:
        """Waits until no message waits and no handler runs."""
        try:
            while self._active:
                idler: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._idlers.append(idler)
                await idler
        except BaseException:
            self._halt()
            self._cancel_handlers()
            raise
        self._halt()
        self._failures.tell()

    async def stop_when(self, condition: Callable[[], bool], check_period: float = 1.0) -> None:
        """Stops once `condition` holds, asked once a period."""
        while not condition():  # noqa: ASYNC110 there is no event to wait for
            await asyncio.sleep(check_period)
        self._halt()
        await self._end_handlers()
        self._failures.tell()
