"""Delivery as AutoGen's runtime does it: one queue for sends, publishes and replies.

A program under `compat="autogen"` must see the very order that `SingleThreadedAgentRuntime` gives
it, and that order is made of hops through the event loop: a loop that takes one envelope a turn, a
task an envelope, a gather over the recipients of a publish, a second queue hop for the reply. All
of these are kept, one for one, but where upstream starts a task only to hop, we hand the loop a
plain callback: it takes the same place in the loop's ready queue and costs a fraction. And where
nothing else is ready to run and nothing else is queued, a hop can be seen by nobody, and what it
leads to is done at once. The places where upstream drops a message or waits for ever are kept too;
the record says so.
"""

from __future__ import annotations

import asyncio
import contextvars
from asyncio import CancelledError, Future
from collections.abc import Callable, Sized
from contextlib import ExitStack, nullcontext
from typing import Any, Final

from autogen_core import AgentId
from autogen_core.exceptions import MessageDroppedException

from . import events
from .handling import (
    Parts,
    begin,
    fail,
    finish,
    handle_within_spans,
    log_failure,
    log_message,
    log_reply,
    spawn,
)
from .interventions import Dropped
from .letters import Delivery, Letter, Reply
from .line import Line, QueueShutDown
from .roster import Seat

_NOTHING: Final = nullcontext()
BUSY: Final = (None,)
NOT_MADE = "undeliverable: the agent could not be made"
STOPPED = "stopped: the runtime was stopped before the message's turn came"


class QueuedPost:
    """The queue, the loop that empties it, and what becomes of an envelope."""

    def __init__(self, parts: Parts, *, ignore_failures: bool | None) -> None:
        self._parts = parts
        self._ignore = ignore_failures is not False
        self._line = Line()
        self._live: set[Delivery] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._background: BaseException | None = None
        self._ending: asyncio.Future[None] | None = None  # of the loop; there while it runs
        self._server: asyncio.Task[None] | None = None  # the loop as a task
        self._stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: contextvars.Context | None = None
        self._ready: Sized = BUSY  # what the event loop will run next, where it shows that
        self._waker = self._wake  # one object, to be known by identity

    # -- posting ---------------------------------------------------------------------------------
    @property
    def waiting(self) -> int:
        """Envelopes in the queue, replies among them."""
        return len(self._line.items)

    def post(self, letter: Letter) -> None:
        """Put a letter at the end of the queue.

        Whoever sends waits for the reply and does nothing else meanwhile, so a pump that waits for
        work takes a send at once if nothing else is ready to run.
        """
        if (
            letter.future is not None
            and not self._ready
            and not letter.token.is_cancelled()
            and self._line.skip(self._waker)
        ):
            assert self._loop is not None
            assert self._context is not None
            self._context.run(self._dispatch, letter)
            self._loop.call_soon(self._turn, context=self._context)
            return
        self._line.put(letter)

    # -- life ------------------------------------------------------------------------------------
    @property
    def running(self) -> bool:
        return self._ending is not None

    def start(self) -> None:
        """Raises RuntimeError when it runs already, or without an event loop."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._ready = getattr(loop, "_ready", BUSY)
        self._ending = loop.create_future()
        self._stopped = False
        self._context = contextvars.copy_context()
        if self._parts.interventions.handlers:
            self._serve_by_task()
        else:
            loop.call_soon(self._turn, context=self._context)

    async def stop(self) -> None:
        """What is queued is dropped; what is being handled goes on."""
        await self._end()

    async def stop_when_idle(self) -> None:
        """Waits until everything that was put is done."""
        try:
            await self._line.join()
        except BaseException:
            self._ending = None
            self._line = Line()
            raise
        await self._end()

    async def stop_when(self, condition: Callable[[], bool], check_period: float = 1.0) -> None:
        """Stops once `condition` holds, asked once a period."""

        async def check() -> None:
            while not condition():  # noqa: ASYNC110 there is no event to wait for
                await asyncio.sleep(check_period)
            await self.stop()

        await asyncio.get_running_loop().create_task(check())

    async def _end(self) -> None:
        self._stopped = True
        try:
            self._shutdown()
            if self._ending is not None:
                await self._ending
        finally:
            self._ending = None
            self._server = None
            self._line = Line()

    def _shutdown(self) -> None:
        for item in self._line.shutdown():
            letter = item if isinstance(item, Letter) else item.letter
            self._parts.tape.dead(letter, STOPPED)
            self._parts.tape.delivered(letter)
            self._parts.tape.over(letter)

    # -- the loop --------------------------------------------------------------------------------
    def _wake(self) -> None:
        assert self._loop is not None
        self._loop.call_soon(self._take, context=self._context)

    def _turn(self) -> None:
        """One turn of the loop, without interventions. The end of each turn asks for the next."""
        if self._ending is None or self._ending.done():
            return
        if self._stopped:
            self._ending.set_result(None)
        elif self._background is not None:
            self._shutdown()
            self._die()
        elif self._parts.interventions.handlers:
            self._serve_by_task()
        else:
            self._take()

    def _take(self) -> None:
        ending = self._ending
        if ending is None or ending.done():
            return
        line = self._line
        if line.items:
            item = line.items.popleft()
            if line.items or self._ready or not self._at_once(item):
                assert self._loop is not None
                self._dispatch(item)
                self._loop.call_soon(self._turn)
            else:
                self._turn()
        elif not line.is_shut:
            line.wait(self._waker)
        elif self._background is not None:
            self._die()
        else:
            ending.set_result(None)

    def _at_once(self, item: Letter | Reply) -> bool:
        """Nothing else is ready or queued: the next hop would be to ourselves. A send has none."""
        if isinstance(item, Reply):
            self._resolve(item)
        elif item.future is None and item.metadata is None:
            self._publish(item)
        else:
            return False
        return True

    def _die(self) -> None:
        assert self._ending is not None
        assert self._background is not None
        self._ending.set_exception(self._background)
        self._ending.exception()  # raised by whoever stops the runtime, if anybody does
        self._background = None

    def _serve_by_task(self) -> None:
        """Intervention handlers may wait, and want a task to do it in."""
        assert self._loop is not None
        self._server = self._loop.create_task(self._serve(), context=self._context)
        self._server.add_done_callback(self._served)

    async def _serve(self) -> None:
        while not self._stopped:
            await self.process_next()

    def _served(self, server: asyncio.Task[None]) -> None:
        if self._ending is None or self._ending.done():
            return
        if server.cancelled():
            self._ending.cancel()
        elif (error := server.exception()) is not None:
            self._ending.set_exception(error)
            self._ending.exception()
        else:
            self._ending.set_result(None)

    async def process_next(self) -> None:
        """Take one envelope from the queue, waiting for it if need be.

        Raises:
            BaseException: what an event handler raised since, unless that is ignored.
        """
        if self._background is not None:
            error, self._background = self._background, None
            self._shutdown()
            raise error
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        try:
            item = await self._line.get()
        except QueueShutDown:
            if self._background is not None:
                error, self._background = self._background, None
                raise error from None
            return
        if self._parts.interventions.handlers and not await self._intervene(item):
            return
        self._loop = asyncio.get_running_loop()
        self._dispatch(item)
        await asyncio.sleep(0)

    async def _intervene(self, item: Letter | Reply) -> bool:
        """False: it goes no further, and, as upstream has it, is never counted as done."""
        letter = item if isinstance(item, Letter) else item.letter
        future = letter.future
        try:
            if isinstance(item, Reply):
                item.value = await self._parts.interventions.reply(letter, item.value)
            else:
                await self._parts.interventions.post(letter)
                self._parts.tape.changed(letter)
        except Dropped as drop:
            self._dropped(item, letter, str(drop))
            if future is not None:
                future.set_exception(MessageDroppedException())
            return False
        except BaseException as error:
            self._give_up(letter, f"an intervention handler raised {type(error).__name__}")
            if future is None:
                events.intervention_failed(error)
            else:
                future.set_exception(error)
            return False
        return True

    def _dropped(self, item: Letter | Reply, letter: Letter, reason: str) -> None:
        registry = self._parts.registry
        if isinstance(item, Reply):
            events.dropped(registry, item.value, letter.recipient, letter.sender, events.RESPOND)
        elif letter.future is not None:
            events.dropped(registry, letter.message, letter.sender, letter.recipient, events.DIRECT)
        else:
            events.dropped(registry, letter.message, letter.sender, letter.topic, events.PUBLISH)
        self._give_up(letter, reason)

    def _give_up(self, letter: Letter, reason: str) -> None:
        self._parts.tape.dead(letter, reason)
        self._parts.tape.delivered(letter)
        self._parts.tape.over(letter)

    def _dispatch(self, item: Letter | Reply) -> None:
        """Upstream starts a task here; the callbacks take that task's place in the loop."""
        loop = self._loop
        assert loop is not None
        if isinstance(item, Reply):
            loop.call_soon(self._resolve, item)
        elif item.future is not None:
            assert item.recipient is not None
            delivery = Delivery(item, item.recipient, None, 0)
            self._live.add(delivery)
            delivery.task = spawn(loop, self._process_send(delivery), item.recipient.type)
        elif item.metadata is not None or self._some_are_missing(item):
            self._in_task(self._process_publish(item))
        else:
            loop.call_soon(self._publish, item)

    def _in_task(self, coroutine: Any) -> None:
        assert self._loop is not None
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- a send ----------------------------------------------------------------------------------
    async def _process_send(self, delivery: Delivery) -> None:
        letter, parts = delivery.letter, self._parts
        future = letter.future
        assert future is not None
        carry = _NOTHING if letter.metadata is None else parts.spans.carry(letter)
        with carry:
            try:
                seat = letter.seat
                if seat is None or letter.logged or letter.sender is not None:
                    seat = await self._prepare(letter, delivery.recipient)
                if letter.metadata is None:
                    reply = await begin(parts, delivery, seat)
                else:
                    reply = await handle_within_spans(parts, delivery, seat)
            except GeneratorExit:
                raise  # the loop is gone
            except BaseException as error:
                self._send_failed(delivery, future, error)
                return
            finish(parts, delivery, reply)
            self._send_over(delivery)
            if not letter.handled:
                parts.tape.dead(letter, no_handler(letter, seat))
            if letter.logged:
                log_reply(parts, letter, reply, events.SEND)
            if letter.metadata is not None:
                parts.spans.answered(letter)
            self._line.put(Reply(letter, reply))
            self._line.done()

    async def _prepare(self, letter: Letter, recipient: AgentId) -> Seat:
        """What upstream does first: it logs, and makes both the recipient and the sender."""
        roster = self._parts.roster
        if letter.logged:
            log_message(self._parts, letter, events.DELIVER)
        seat = roster.seats.get(recipient) or await roster.seat(recipient)
        if letter.sender is not None and letter.sender not in roster.seats:
            await roster.seat(letter.sender)
        return seat

    def _send_failed(self, delivery: Delivery, future: Future[Any], error: BaseException) -> None:
        fail(delivery, error)
        self._send_over(delivery)
        if not isinstance(error, CancelledError) or not future.cancelled():
            future.set_exception(error)  # upstream's own error when a token cancelled it
        self._line.done()
        log_failure(self._parts, delivery.letter, delivery.recipient, error)

    def _send_over(self, delivery: Delivery) -> None:
        self._live.discard(delivery)
        if delivery.seat is None:
            self._parts.tape.dead(delivery.letter, NOT_MADE)
        self._parts.tape.over(delivery.letter)

    def _resolve(self, reply: Reply) -> None:
        letter, value = reply.letter, reply.value
        future = letter.future
        assert future is not None
        ack = _NOTHING if letter.metadata is None else self._parts.spans.ack(letter, value)
        with ack:
            if letter.logged:
                log_reply(self._parts, letter, value, events.DELIVER)
            if not future.cancelled():
                future.set_result(value)
            self._done()

    # -- a publish -------------------------------------------------------------------------------
    def _some_are_missing(self, letter: Letter) -> bool:
        """Agents must be made first, which waits: the letter needs a task."""
        assert letter.topic is not None
        there = self._parts.roster.seats
        try:
            ready = self._parts.topics.route(letter.topic).ready(there)
        except BaseException:
            return True
        if ready is None:
            return True
        return bool(ready) and letter.sender is not None and letter.sender not in there

    def _publish(self, letter: Letter) -> None:
        """Start the handlers, if all of the agents are there."""
        if self._some_are_missing(letter):
            self._in_task(self._process_publish(letter))
            return
        assert letter.topic is not None
        ready = self._parts.topics.route(letter.topic).seats
        assert ready is not None
        if not ready:
            self._parts.tape.dead(letter, no_subscriber(letter))
        self._fan_out(letter, others(ready, letter.sender))

    async def _process_publish(self, letter: Letter) -> None:
        parts = self._parts
        with ExitStack() as stack:
            if letter.metadata is not None:
                stack.enter_context(parts.spans.carry(letter))
            try:
                seats: list[Seat] = []
                for each in self._recipients(letter):
                    if letter.sender is not None:
                        await parts.roster.seat(letter.sender)
                    seats.append(await parts.roster.seat(each))
            except BaseException as error:
                parts.tape.dead(letter, NOT_MADE)
                self._publish_over(letter, error)
                return
            self._fan_out(letter, seats)
            if letter.metadata is not None and not letter.settled:  # its span lasts that long
                letter.waiter = asyncio.get_running_loop().create_future()
                await letter.waiter

    def _recipients(self, letter: Letter) -> list[AgentId]:
        assert letter.topic is not None
        found = self._parts.topics.route(letter.topic).recipients
        if not found:
            self._parts.tape.dead(letter, no_subscriber(letter))
        return [each for each in found if letter.sender is None or each != letter.sender]

    def _fan_out(self, letter: Letter, seats: list[Seat]) -> None:
        tape = self._parts.tape
        tape.spread(letter, len(seats))
        if seats and not any(seat.handles(letter.message) for seat in seats):
            tape.dead(letter, no_handler(letter, *seats))
        tape.delivered(letter)
        letter.left = len(seats)
        if not seats:
            self._publish_over(letter, None)
            return
        loop = self._loop
        assert loop is not None
        for seat in seats:
            if letter.logged:
                log_message(self._parts, letter, events.DELIVER)
            delivery = Delivery(letter, seat.id, seat, 0)
            self._live.add(delivery)
            delivery.task = spawn(loop, self._process_event(delivery, seat), seat.id.type)

    async def _process_event(self, delivery: Delivery, seat: Seat) -> None:
        letter, parts = delivery.letter, self._parts
        try:
            if letter.metadata is None:
                reply = await begin(parts, delivery, seat)
            else:
                reply = await handle_within_spans(parts, delivery, seat)
        except GeneratorExit:
            raise  # the loop is gone
        except BaseException as error:
            self._live.discard(delivery)
            fail(delivery, error)
            log_failure(parts, letter, seat.id, error)
            assert self._loop is not None
            self._loop.call_soon(self._event_over, letter, error)
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
        else:
            self._live.discard(delivery)
            finish(parts, delivery, reply)
            self._event_done(letter)

    def _event_done(self, letter: Letter) -> None:
        """Gather counts a hop later and ends another one later: only the last count is seen by
        anybody, and that only if it is the last thing that the queue waits for."""
        if letter.left > 1:
            letter.left -= 1
        elif self._line.unfinished > 1 or not self._ready:
            self._event_over(letter, None, at_once=True)
        else:
            assert self._loop is not None
            self._loop.call_soon(self._event_over, letter, None)

    def _event_over(
        self, letter: Letter, failure: BaseException | None, *, at_once: bool = False
    ) -> None:
        """The last handler or the first failure ends the wait."""
        letter.left -= 1
        if letter.left == 0:
            self._parts.tape.over(letter)
        elif failure is None:
            return
        if at_once:
            self._publish_over(letter, failure)
        else:
            assert self._loop is not None
            self._loop.call_soon(self._publish_over, letter, failure)

    def _publish_over(self, letter: Letter, failure: BaseException | None) -> None:
        if letter.settled:  # its first failure ended it before
            return
        letter.settled = True
        if letter.waiter is not None and not letter.waiter.done():
            letter.waiter.set_result(None)
        if letter.left == 0:
            self._parts.tape.delivered(letter)
            self._parts.tape.over(letter)
        if failure is not None and not self._ignore:
            self._background = failure
        self._done()

    def _done(self) -> None:
        """Upstream counts on the queue of now, which is a new one after a stop."""
        try:
            self._line.done()
        except ValueError as error:
            loop = self._loop
            if loop is not None:
                loop.call_exception_handler(
                    {"message": "Task exception was never retrieved", "exception": error}
                )


def others(seats: list[Seat], sender: AgentId | None) -> list[Seat]:
    """Without the sender, who does not get what it publishes."""
    if sender is None:
        return seats
    own = f"{sender.type}/{sender.key}"
    return [seat for seat in seats if seat.identity != own]


def no_subscriber(letter: Letter) -> str:
    """Why a publish went nowhere."""
    return f"no subscriber: no agent subscribes to topic {str(letter.topic)!r}"


def no_handler(letter: Letter, *seats: Seat) -> str:
    """Why nobody did anything with a message that was delivered."""
    name = type(letter.message).__name__
    if len(seats) == 1:
        agent = type(seats[0].agent).__name__
        return f"no handler: {seats[0].identity} ({agent}) has none for {name}"
    return f"no handler: none of {len(seats)} subscribers has one for {name}"
