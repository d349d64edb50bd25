"""What is under way on a runtime with the documented semantics, and how all of it can end.

Every letter that was posted is over at some moment: answered, handled by all its recipients, or a
dead letter with a reason. Whoever waits for it is told, and so is whoever waits for the runtime to
be idle.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from autogen_core import AgentId

from ..tracer.recorder import describe
from .errors import RuntimeStopped
from .failures import Failures
from .gate import Gate
from .handling import Parts
from .letters import Delivery, Letter, current_delivery, in_order
from .options import Limits
from .reasons import STOPPED, STOPPED_HANDLER, given_up
from .watch import Watch


class UnderWay:
    """Letters and deliveries that are not over. Implements `watch.Post`."""

    def __init__(self, parts: Parts, failures: Failures, limits: Limits) -> None:
        self.live: set[Delivery] = set()
        self.dead_letters = parts.tape.dead_letters
        self.gate: Gate | None = None
        self.watch = Watch(self, parts.roster, limits)
        self._parts = parts
        if Gate.wanted(limits):
            self.add_gate()
        self._limits = limits
        self._failures = failures
        self._doomed: dict[Delivery, BaseException] = {}  # cancelled by us, and why
        self._queue: deque[Letter] = deque()
        self._held: Letter | None = None  # the one that the interventions have
        self._active = 0  # letters that are not over
        self._era = 0
        self._running = False
        self._stopped = False  # and not started again
        self._server: asyncio.Task[None] | None = None  # runs the interventions
        self._idlers: list[asyncio.Future[None]] = []

    @property
    def running(self) -> bool:
        """Whether it was started, and not stopped since."""
        return self._running

    def add_gate(self) -> Gate:
        """Deliveries pass a gate from now on."""
        if self.gate is None:
            self.gate = Gate(self.watch.limits, self._dead)
            releaser = self._parts.roster.releaser
            if releaser is not None:
                self.gate.ended = releaser.used
        return self.gate

    @property
    def prepares(self) -> bool:
        """As `watch.Post`: a delivery is under way from when it is posted."""
        return False

    # -- ends --------------------------------------------------------------------------------------
    def _over(self, letter: Letter) -> None:
        if letter.settled:
            return
        letter.settled = True
        self._parts.tape.over(letter)
        self._active -= 1
        if self._active == 0:
            idlers, self._idlers = self._idlers, []
            for idler in idlers:
                if not idler.done():
                    idler.set_result(None)

    def _give_up(self, letter: Letter, reason: str) -> None:
        self._parts.tape.dead(letter, reason)
        self._parts.tape.delivered(letter)
        self._parts.tape.over(letter)

    def _dead(self, delivery: Delivery, reason: str, error: BaseException) -> None:
        """A delivery that never began will not."""
        letter = delivery.letter
        self._parts.tape.dead(letter, reason)
        if letter.future is not None and not letter.future.done():
            letter.future.set_exception(error)
        letter.unstarted -= 1
        self._one_less(letter)

    def _ended(self, delivery: Delivery) -> None:
        """A delivery is over: once, also where its handler goes on and ends after that."""
        if delivery not in self.live:
            return
        delivery.leave(self.live)
        if self.gate is not None:
            self.gate.left(delivery)
        self._one_less(delivery.letter)

    def _one_less(self, letter: Letter) -> None:
        letter.left -= 1
        if letter.left <= 0:
            self._parts.tape.delivered(letter)
            self._over(letter)

    def _halt(self) -> None:
        self.watch.rest()
        self._running = False
        self._stopped = True
        self._era += 1
        if self._server is not None and self._server is not asyncio.current_task():
            self._server.cancel()
        self._server = None
        unsent = self.queued()
        self._queue.clear()
        for delivery in self.gate.clear() if self.gate is not None else ():
            self._dead(delivery, STOPPED, RuntimeStopped(STOPPED))
        for letter in unsent:
            self._give_up(letter, STOPPED)
            self._over(letter)
            self._refuse(letter, "before its turn came")
        for delivery in in_order(self.live):
            self._refuse(delivery.letter, "while its handler was running")

    def _refuse(self, letter: Letter, when: str) -> None:
        future = letter.future
        if future is not None and not future.done():
            name = type(letter.message).__name__
            future.set_exception(
                RuntimeStopped(f"{name} to {letter.recipient}: the runtime was stopped {when}")
            )

    def _cancel_handlers(self) -> set[asyncio.Task[Any]]:
        """Cancel what runs, but not whoever asks for it, nor who awaits the one that asks."""
        spared: set[asyncio.Task[Any] | None] = {asyncio.current_task()}
        asking = current_delivery.get()
        while asking is not None:
            spared.add(asking.task)
            asking = asking.letter.poster
        tasks: set[asyncio.Task[Any]] = set()
        for delivery in in_order(self.live):
            if delivery.task is not None and delivery.task not in spared:
                tasks.add(delivery.task)
                self.end(delivery, RuntimeStopped(STOPPED_HANDLER))
        return tasks

    async def _end_handlers(self) -> None:
        tasks = self._cancel_handlers()
        if not tasks:
            return
        await asyncio.wait(tasks, timeout=self._limits.grace)
        for delivery in in_order(each for each in self.live if each.task in tasks):
            self.abandon(delivery, RuntimeStopped(STOPPED_HANDLER))
        self.watch.rest()

    # -- what the watch sees and does --------------------------------------------------------------
    def queued(self) -> list[Letter]:
        """Letters that are not handed out."""
        return [*self._queue] if self._held is None else [self._held, *self._queue]

    def drop(self, letter: Letter, reason: str, error: BaseException) -> None:
        """Make a letter that is not handed out a dead one."""
        held = [] if self.gate is None else self.gate.take_out(letter)
        for each in held:
            self._dead(each.delivery, reason, error)
        if letter in self._queue:
            self._queue.remove(letter)
            self._dead(Delivery(letter, AgentId("none", "none"), None, self._era), reason, error)

    def busy(self) -> bool:
        """Whether a message is posted or handled."""
        if self.gate is not None and self.gate.waiting():
            return True
        return bool(self.live or self._queue or self._held is not None)

    def lost(self) -> list[Letter]:
        """Letters whose reply nobody will give: every one is answered, or refused."""
        return []

    def idlers(self) -> list[asyncio.Future[None]]:
        """Futures of whoever waits for the runtime to be idle."""
        return [each for each in self._idlers if not each.done()]

    @property
    def last_failure(self) -> str:
        """What the last event handler that failed raised."""
        return self._failures.last

    def unfinished(self) -> int:
        """Letters that are not over."""
        return self._active

    def trouble(self) -> str:
        """Why nothing is delivered."""
        return ""

    def end(self, delivery: Delivery, error: BaseException) -> None:
        """Cancel a handler; whoever waits for it gets `error`."""
        if delivery.task is None:
            return
        if not isinstance(error, asyncio.CancelledError):
            self._doomed[delivery] = error
        delivery.task.cancel()
        if delivery.unbegun:
            self.abandon(delivery, error)

    def abandon(self, delivery: Delivery, error: BaseException) -> None:
        """The handler does not heed its cancellation, or does not begin for it: count it as over,
        it may go on."""
        letter = delivery.letter
        self._parts.tape.dead(letter, given_up(delivery, error))
        self._doomed.pop(delivery, None)
        if delivery.span is not None:
            delivery.span.error = describe(error)
        if delivery.unbegun:
            letter.unstarted -= 1
        future = letter.future
        if future is not None and not future.done():
            future.set_exception(error)
        self._ended(delivery)
