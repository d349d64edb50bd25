"""What becomes of an envelope once AutoGen's loop has taken it from its queue.

Upstream starts a task for each; we keep the task where a handler runs in it and hand the event loop
a plain callback where it only hops. See `queued.py` for what must be kept and why.
"""

from __future__ import annotations

import asyncio
import contextvars
from asyncio import CancelledError, Future
from collections.abc import Coroutine, Sized
from contextlib import ExitStack
from typing import Any, Final

from autogen_core import AgentId

from ..tracer.recorder import describe
from . import events
from .errors import Hang
from .gate import Gate
from .handling import (
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
from .letters import Delivery, Letter, Reply
from .line import Line
from .reasons import NOT_MADE, given_up, no_handler, no_subscriber
from .roster import Seat

_BUSY: Final = (None,)
_Heard = tuple[list[Seat], bool]


class Carrier:
    """Carries sends, publishes and replies to their ends, and counts them done on the line."""

    def __init__(self, parts: Parts, *, ignore_failures: bool) -> None:
        self.line = Line()
        self.background: BaseException | None = None  # an event handler's, not raised yet
        self.ready: Sized = _BUSY  # what the event loop runs next, where it shows that
        self._parts = parts
        self._topics = parts.topics
        self._ignore = ignore_failures
        self.live: set[Delivery] = set()
        self.doomed: dict[Delivery, BaseException] = {}  # cancelled by the watch, and why
        self.last_failure = ""
        self.gate: Gate | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = False  # whether places can be taken in what is ready
        self.awaited: Letter | None = None  # a send that is handled at once; None once answered

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Handlers run in `loop` from now on."""
        self._loop = loop
        ready = ready_of(loop)
        self.ready, self._open = ready.line, ready.open

    @property
    def prepares(self) -> bool:
        """Whether agents are being made for a message that is in no queue any more."""
        return bool(self._tasks)

    def dispatch(self, item: Letter | Reply) -> None:
        """Upstream starts a task here; the callbacks take that task's place in the loop."""
        loop = self._loop
        assert loop is not None
        if isinstance(item, Reply):
            loop.call_soon(self.resolve, item)
        elif item.future is not None:
            assert item.recipient is not None
            delivery = Delivery(item, item.recipient, None, 0)
            if self.gate is not None:
                self._enter(delivery)
                return
            self.live.add(delivery)
            delivery.task = spawn(loop, self._handling(delivery), item.recipient.type)
        elif item.metadata is not None or self._heard(item) is None:
            self._in_task(self._process_publish(item))
        else:
            loop.call_soon(self._publish, item)

    def may_begin(self, letter: Letter) -> bool:
        """Whether a send's handler can begin before this returns."""
        loop = self._loop
        assert loop is not None
        return self._open and (
            self.gate is None
            and letter.seat is not None
            and letter.metadata is None
            and loop.get_task_factory() is None
        )

    def begin_at_once(self, letter: Letter, context: contextvars.Context) -> bool:
        """Begin to handle a send that `may_begin`. True: it was answered, and nothing else came of
        it."""
        assert self._loop is not None
        assert letter.recipient is not None
        delivery = Delivery(letter, letter.recipient, None, 0)
        self.live.add(delivery)
        self.awaited = None if letter.logged else letter
        handling = self._handling(delivery)
        assert letter.seat is not None
        task = begun(self._loop, handling, letter.seat.kind, context, delivery)
        if delivery in self.live:
            delivery.task = task
        answered = self.awaited is None and not letter.logged
        self.awaited = None
        return answered

    def at_once(self, item: Letter | Reply) -> bool:
        """Nothing else is ready or queued: the next hop would be to ourselves. A send has none."""
        if isinstance(item, Reply):
            self.resolve(item)
        elif item.future is None and item.metadata is None:
            self._publish(item)
        else:
            return False
        return True

    def _in_task(self, coroutine: Any) -> None:
        assert self._loop is not None
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- a send ----------------------------------------------------------------------------------
    def _handling(self, delivery: Delivery) -> Coroutine[Any, Any, None]:
        """What runs the handler of a send."""
        plain = delivery.letter.metadata is None
        return self._process_send(delivery) if plain else self._process_within_spans(delivery)

    async def _process_within_spans(self, delivery: Delivery) -> None:
        with self._parts.spans.carry(delivery.letter):
            await self._process_send(delivery)

    async def _process_send(self, delivery: Delivery) -> None:
        letter, parts = delivery.letter, self._parts
        future = letter.future
        assert future is not None
        if delivery.task is None:  # it runs before whoever made the task has it
            delivery.task = asyncio.current_task()
        try:
            seat = letter.seat
            stranger = letter.home is None and letter.sender is not None
            if seat is None or letter.logged or stranger:
                seat = await self._prepare(letter, delivery.recipient)
            if letter.metadata is None:
                reply = await begin(parts, delivery, seat)
            else:
                reply = await handle_within_spans(parts, delivery, seat)
        except GeneratorExit:
            raise  # the loop is gone
        except BaseException as raised:
            self._send_failed(delivery, future, self.doomed.pop(delivery, raised))
            return
        finish(parts, delivery, reply)
        if delivery.task is None:
            return  # abandoned: somebody else has counted it as over
        self._send_over(delivery)
        if not letter.handled:
            parts.tape.dead(letter, no_handler(letter, seat))
        if letter.logged:
            events.replied(parts.registry, reply, letter.recipient, letter.sender)
        if letter.metadata is not None:
            parts.spans.answered(letter)
        elif self.awaited is not None and self.awaited is letter and self._unseen():
            self.awaited = None  # nobody sees the reply hop
            if not future.done():
                future.set_result(reply)
            self.line.done()
            return
        self.line.put(Reply(letter, reply))
        self.line.done()

    def _unseen(self) -> bool:
        """Whether nothing came of a send that was handled at once but its reply, which would find
        the pump next in line, with nothing to do."""
        line = self.line
        return not (self.ready or line.items or line.is_shut or self.background is not None)

    async def _prepare(self, letter: Letter, recipient: AgentId) -> Seat:
        """What upstream does first: it logs, and makes both the recipient and the sender."""
        roster = self._parts.roster
        if letter.logged:
            log_delivered(self._parts, letter, recipient)
        seat = roster.seats.get(recipient) or await roster.seat(recipient)
        if letter.sender is not None and letter.sender not in roster.seats:
            await roster.seat(letter.sender)
        return seat

    def _send_failed(self, delivery: Delivery, future: Future[Any], error: BaseException) -> None:
        fail(delivery, error)
        if delivery.task is None:
            return
        self._send_over(delivery)
        if not isinstance(error, CancelledError | Hang) or not future.cancelled():
            future.set_exception(error)  # upstream's own error when a token cancelled it
        self.line.done()
        log_failure(self._parts, delivery.letter, delivery.recipient, error)

    def _send_over(self, delivery: Delivery) -> None:
        self._leave(delivery)
        if delivery.seat is None:
            self._parts.tape.dead(delivery.letter, NOT_MADE)
        self._parts.tape.over(delivery.letter)

    def _leave(self, delivery: Delivery) -> None:
        delivery.leave(self.live)
        if self.gate is not None:
            self.gate.left(delivery)

    def resolve(self, reply: Reply) -> None:
        """Hand a reply to its sender."""
        letter, value = reply.letter, reply.value
        future = letter.future
        assert future is not None
        if letter.metadata is not None:
            with self._parts.spans.ack(letter, value):
                self._answer(letter, future, value)
        else:
            self._answer(letter, future, value)

    def _answer(self, letter: Letter, future: Future[Any], value: Any) -> None:
        if letter.logged:
            events.answered(self._parts.registry, value, letter.recipient, letter.sender)
        if not future.done():
            future.set_result(value)
        self._done()

    # -- a publish -------------------------------------------------------------------------------
    def _heard(self, letter: Letter) -> _Heard | None:
        """Who gets it, and whether any of them takes it; None when agents must be made first, which
        waits: the letter needs a task."""
        topic, sender = letter.topic, letter.sender
        assert topic is not None
        message: object = letter.message
        known = letter.home is not None or sender is None  # the agent at work is there
        route = self._topics.routes.get((topic.type, topic.source))
        if route is not None and known:
            found = route.heard_by.get((letter.who, type(message)))
            if found is not None:
                return found
        there = self._parts.roster.seats
        try:
            route = self._topics.route(topic)
            ready = route.ready(there)
        except BaseException:
            return None
        if ready is None or (ready and not known and sender not in there):
            return None
        return route.heard(letter.who, type(message))

    def _publish(self, letter: Letter) -> None:
        """Start the handlers, if all of the agents are there."""
        heard = self._heard(letter)
        if heard is None:
            self._in_task(self._process_publish(letter))
            return
        seats, taken = heard
        if not seats and self._unheard(letter):
            self._parts.tape.dead(letter, no_subscriber(letter))
        if letter.logged:
            for seat in seats:
                log_delivered(self._parts, letter, seat.id)
        self._fan_out(letter, seats, taken=taken)

    def _unheard(self, letter: Letter) -> bool:
        """Whether nobody subscribes, the sender neither."""
        assert letter.topic is not None
        return not self._parts.topics.route(letter.topic).recipients

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
                    if letter.logged:
                        log_delivered(parts, letter, each)
                    seats.append(await parts.roster.seat(each))
            except BaseException as error:
                parts.tape.dead(letter, NOT_MADE)
                self._publish_over(letter, error)
                return
            taken = any(seat.handles(letter.message) for seat in seats)
            self._fan_out(letter, seats, taken=taken)
            if letter.metadata is not None and not letter.settled:  # its span lasts that long
                letter.waiter = asyncio.get_running_loop().create_future()
                await letter.waiter

    def _recipients(self, letter: Letter) -> list[AgentId]:
        assert letter.topic is not None
        found = self._parts.topics.route(letter.topic).recipients
        if not found:
            self._parts.tape.dead(letter, no_subscriber(letter))
        return [each for each in found if letter.sender is None or each != letter.sender]

    def _fan_out(self, letter: Letter, seats: list[Seat], *, taken: bool) -> None:
        tape = self._parts.tape
        if seats and not taken:
            tape.dead(letter, no_handler(letter, *seats))
        tape.fanned_out(letter, len(seats))
        letter.left = len(seats)
        if not seats:
            self._publish_over(letter, None)
            return
        loop = self._loop
        assert loop is not None
        if self.gate is not None:
            for seat in seats:
                self._enter(Delivery(letter, seat.id, seat, 0))
            return
        own = loop.get_task_factory() is None  # as `spawn`, which each delivery would ask
        for seat in seats:
            delivery = Delivery(letter, seat.id, seat, 0)
            self.live.add(delivery)
            handling, name = self._process_event(delivery, seat), seat.kind
            task = asyncio.Task(handling, loop=loop, name=name) if own else None
            delivery.task = task or loop.create_task(handling, name=name)

    async def _process_event(self, delivery: Delivery, seat: Seat) -> None:
        letter, parts = delivery.letter, self._parts
        try:
            if letter.metadata is None:
                reply = await begin(parts, delivery, seat)
            else:
                reply = await handle_within_spans(parts, delivery, seat)
        except GeneratorExit:
            raise  # the loop is gone
        except BaseException as raised:
            error = self.doomed.pop(delivery, raised)
            self.last_failure = describe(error)
            fail(delivery, error)
            if delivery.task is None:
                return
            self._leave(delivery)
            log_failure(parts, letter, seat.id, error)
            assert self._loop is not None
            self._loop.call_soon(self._event_over, letter, error)
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
        else:
            if reply is not None:
                finish(parts, delivery, reply)
            elif delivery.span is not None:
                delivery.span.end()
            if delivery.task is None:
                return
            delivery.leave(self.live)
            if self.gate is not None:
                self.gate.left(delivery)
            # Gather counts a hop later and ends another one later: only the last count is seen by
            # anybody, and that only if it is the last thing that the queue waits for.
            if letter.left > 1:
                letter.left -= 1
            elif self.line.unfinished > 1 or not self.ready:
                letter.left -= 1
                if letter.left == 0:
                    self._publish_over(letter, None)
            else:
                assert self._loop is not None
                self._loop.call_soon(self._event_over, letter, None)

    def _event_over(self, letter: Letter, failure: BaseException | None) -> None:
        """The last handler or the first failure ends the wait."""
        letter.left -= 1
        if letter.left == 0:
            self._parts.tape.over(letter)
        elif failure is None:
            return
        assert self._loop is not None
        self._loop.call_soon(self._publish_over, letter, failure)

    def _publish_over(self, letter: Letter, failure: BaseException | None) -> None:
        if letter.left == 0 and not letter.over:
            self._parts.tape.done(letter)
        if letter.settled:  # its first failure ended it before
            return
        letter.settled = True
        if letter.waiter is not None and not letter.waiter.done():
            letter.waiter.set_result(None)
        if failure is not None and not self._ignore:
            self.background = failure
        if self.line.unfinished > 1:
            self.line.unfinished -= 1
        else:
            self._done()

    def _done(self) -> None:
        """Upstream counts on the queue of now, which is a new one after a stop."""
        try:
            self.line.done()
        except ValueError as error:
            loop = self._loop
            if loop is not None:
                loop.call_exception_handler(
                    {"message": "Task exception was never retrieved", "exception": error}
                )

    # -- held back -------------------------------------------------------------------------------
    def _enter(self, delivery: Delivery) -> None:
        context = contextvars.copy_context()
        if self._parts.roster.changes:
            delivery.letter.seat = None  # the agent may be another one by then

        def start() -> None:
            self.live.add(delivery)
            seat = delivery.seat
            handling = (
                self._handling(delivery) if seat is None else self._process_event(delivery, seat)
            )
            loop = asyncio.get_running_loop()
            delivery.task = spawn(loop, handling, delivery.recipient.type, context)

        assert self.gate is not None
        self.gate.enter(delivery, start)

    def dead(self, delivery: Delivery, reason: str, error: BaseException) -> None:
        """A delivery that never began will not."""
        letter = delivery.letter
        self._parts.tape.dead(letter, reason)
        if letter.future is None:
            self._event_over(letter, None)
            return
        self._parts.tape.over(letter)
        if not letter.future.done():
            letter.future.set_exception(error)
        self._done()

    # -- what the watch does, when it is not only to warn ----------------------------------------
    def end(self, delivery: Delivery, error: BaseException) -> None:
        """Cancel a handler; whoever waits for it gets `error`."""
        if delivery.task is None:
            return
        if not isinstance(error, CancelledError):
            self.doomed[delivery] = error
        delivery.task.cancel()
        if delivery.unbegun:
            self.abandon(delivery, error)

    def abandon(self, delivery: Delivery, error: BaseException) -> None:
        """The handler does not heed its cancellation, or does not begin for it: count it as over,
        it may go on."""
        letter = delivery.letter
        self._parts.tape.dead(letter, given_up(delivery, error))
        self.doomed.pop(delivery, None)
        if delivery.span is not None:
            delivery.span.error = describe(error)
        self._leave(delivery)
        if letter.future is None:
            self._event_over(letter, error)
            return
        self._parts.tape.over(letter)
        if not letter.future.done():
            letter.future.set_exception(error)
        self._done()
