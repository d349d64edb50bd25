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
from collections.abc import Callable
from typing import Final

from autogen_core import AgentId
from autogen_core.exceptions import MessageDroppedException

from ..tracer.recorder import describe
from . import events
from .carrier import Carrier
from .gate import Gate
from .handling import Parts
from .hops import Hop
from .interventions import Dropped
from .letters import Delivery, Letter, Reply
from .line import Line, QueueShutDown
from .options import Limits
from .reasons import STOPPED
from .watch import Watch

IN_A_ROW: Final = 16  # sends that are handled at once, before the loop has its turn


class QueuedPost:
    """The queue and the loop that empties it."""

    def __init__(self, parts: Parts, *, ignore_failures: bool | None, limits: Limits) -> None:
        self._parts = parts
        self._carrier = Carrier(parts, ignore_failures=ignore_failures is not False)
        self.live: set[Delivery] = self._carrier.live
        self.end = self._carrier.end
        self.abandon = self._carrier.abandon
        self._limits = limits
        self.gate: Gate | None = None  # what deliveries pass, where somebody wants that
        if Gate.wanted(limits):
            self.add_gate()
        self.dead_letters = parts.tape.dead_letters
        self.watch = Watch(self, parts.roster, limits)
        self._held: Letter | Reply | None = None  # what the interventions have
        self._lost: list[Letter] = []  # dropped, and their senders wait
        self._ending: asyncio.Future[None] | None = None  # of the loop; there while it runs
        self._server: asyncio.Task[None] | None = None  # the loop as a task
        self._stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: contextvars.Context | None = None
        self._turning: Hop | None = None  # `_turn` on its way through the loop
        self._waker: Callable[[], object] = _asleep  # one object, to be known by identity
        self._in_a_row = 0  # sends that were handled at once

    def add_gate(self) -> Gate:
        """Deliveries pass a gate from now on."""
        if self.gate is None:
            self.gate = self._carrier.gate = Gate(self._limits, self._carrier.dead)
            releaser = self._parts.roster.releaser
            if releaser is not None:
                self.gate.ended = releaser.used
        return self.gate

    # -- posting ---------------------------------------------------------------------------------
    @property
    def waiting(self) -> int:
        """Envelopes in the queue, replies among them."""
        return len(self._carrier.line.items)

    def post(self, letter: Letter) -> None:
        """Put a letter at the end of the queue.

        Whoever sends waits for the reply and does nothing else meanwhile, so a pump that waits for
        work takes a send at once if nothing else is ready to run, and the handler begins.
        """
        if not self.watch.armed:
            self.watch.arm()
        carrier = self._carrier
        if (
            letter.future is None
            or carrier.ready
            or letter.token.is_cancelled()
            or not carrier.line.skip(self._waker)
        ):
            carrier.line.put(letter)
            return
        assert self._context is not None
        assert self._turning is not None
        self._in_a_row += 1
        if self._in_a_row < IN_A_ROW and carrier.may_begin(letter):
            if carrier.begin_at_once(letter, self._context.copy()):
                carrier.line.wait(self._waker)
            else:
                self._turning.first()
            return
        self._in_a_row = 0
        self._context.run(carrier.dispatch, letter)
        self._turning.soon()

    # -- life ------------------------------------------------------------------------------------
    @property
    def running(self) -> bool:
        return self._ending is not None

    def start(self) -> None:
        """Raises RuntimeError when it runs already, or without an event loop."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._carrier.begin(loop)
        self._ending = loop.create_future()
        self._stopped = False
        self._context = contextvars.copy_context()
        self._waker = Hop(loop, self._take, self._context).soon
        self._turning = Hop(loop, self._turn, self._context)
        if self._parts.interventions.handlers:
            self._serve_by_task()
        else:
            self._turning.soon()

    async def stop(self) -> None:
        """What is queued is dropped; what is being handled goes on."""
        await self._end()

    async def stop_when_idle(self) -> None:
        """Waits until everything that was put is done."""
        try:
            await self._carrier.line.join()
        except BaseException:
            self._ending = None
            self._carrier.line = Line()
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
        self.watch.rest()
        try:
            self._shutdown()
            if self._ending is not None:
                await self._ending
        finally:
            self._ending = None
            self._server = None
            self._carrier.line = Line()

    def _shutdown(self) -> None:
        for item in self._carrier.line.shutdown():
            letter = item if isinstance(item, Letter) else item.letter
            self._parts.tape.dead(letter, STOPPED)
            self._parts.tape.delivered(letter)
            self._parts.tape.over(letter)
            self._lose(letter)

    def _lose(self, letter: Letter) -> None:
        """Upstream forgets who waits for the reply."""
        if letter.future is not None:
            self._lost.append(letter)

    # -- the loop --------------------------------------------------------------------------------
    def _turn(self) -> None:
        """One turn of the loop, without interventions. The end of each turn asks for the next."""
        if self._ending is None or self._ending.done():
            return
        if self._stopped:
            self._ending.set_result(None)
        elif self._carrier.background is not None:
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
        line = self._carrier.line
        if line.items:
            item = line.items.popleft()
            if line.items or self._carrier.ready or not self._carrier.at_once(item):
                assert self._turning is not None
                self._carrier.dispatch(item)
                self._turning.soon()
            else:
                self._turn()
        elif not line.is_shut:
            line.wait(self._waker)
        elif self._carrier.background is not None:
            self._die()
        else:
            ending.set_result(None)

    def _die(self) -> None:
        assert self._ending is not None
        assert self._carrier.background is not None
        self._ending.set_exception(self._carrier.background)
        self._ending.exception()  # raised by whoever stops the runtime, if anybody does
        self._carrier.background = None

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
        if self._carrier.background is not None:
            error, self._carrier.background = self._carrier.background, None
            self._shutdown()
            raise error
        try:
            item = await self._carrier.line.get()
        except QueueShutDown:
            if self._carrier.background is not None:
                error, self._carrier.background = self._carrier.background, None
                raise error from None
            return
        if self._parts.interventions.handlers:
            self._held = item
            try:
                if not await self._intervene(item):
                    return
            finally:
                self._held = None
        if self._ending is None:
            self._carrier.begin(asyncio.get_running_loop())
        self._carrier.dispatch(item)
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

    # -- what the watch sees -----------------------------------------------------------------------
    @property
    def prepares(self) -> bool:
        """As `watch.Post`."""
        return self._carrier.prepares

    @property
    def last_failure(self) -> str:
        """What the last event handler that failed raised."""
        return self._carrier.last_failure

    def queued(self) -> list[Letter]:
        """Letters in the queue; none while it is about to be emptied."""
        return [each for each in self._carrier.line.items if isinstance(each, Letter)]

    def drop(self, letter: Letter, reason: str, error: BaseException) -> None:
        """Make a letter that is not handed out a dead one."""
        for each in [] if self.gate is None else self.gate.take_out(letter):
            self._carrier.dead(each.delivery, reason, error)
        if letter in self._carrier.line.items:
            self._carrier.line.items.remove(letter)
            letter.left = 1
            self._carrier.dead(Delivery(letter, AgentId("none", "none"), None, 0), reason, error)

    def busy(self) -> bool:
        """Whether a message is posted or handled, or an agent is being made for one."""
        at_work = self.live or self._carrier.line.items or self._held is not None
        held = self.gate is not None and self.gate.waiting()
        return bool(at_work or held) or self.prepares

    def lost(self) -> list[Letter]:
        """Letters whose reply is awaited and will not be given: forgotten by a stop, or answered
        after it, into a queue that nobody empties."""
        late: list[Letter] = []
        if self._ending is None:
            items = self._carrier.line.items
            late = [each.letter for each in items if isinstance(each, Reply)]
        self._lost = [each for each in self._lost if _awaited(each)]
        return [*self._lost, *(each for each in late if _awaited(each))]

    def idlers(self) -> list[asyncio.Future[None]]:
        """Futures of whoever waits for the runtime to be idle."""
        return self._carrier.line.joiners()

    def unfinished(self) -> int:
        """Envelopes that were put and are not done."""
        return self._carrier.line.unfinished

    def trouble(self) -> str:
        """Why nothing is delivered any more."""
        ending = self._ending
        if self._stopped or ending is None or not ending.done() or ending.cancelled():
            return ""
        error = ending.exception()
        if error is None:
            return ""
        return (
            f"an event handler raised {describe(error)}, and with ignore_unhandled_exceptions="
            "False that ended the runtime's loop: nothing is delivered until it is stopped"
        )


def _asleep() -> None:
    """What is woken of a pump that was never started."""


def _awaited(letter: Letter) -> bool:
    return letter.future is not None and not letter.future.done()
