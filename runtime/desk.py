"""Controlling the runs of this process: pause, step, breakpoints, queue, agents, a person's answer.

The desk does what requests say; `listening.py` brings them from a socket, in threads of its own.
What touches a runtime is done in the runtime's event loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future as ThreadFuture
from concurrent.futures import TimeoutError as NotInTime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..tracer import control as t
from ..tracer.filter import Filter, parse
from ..tracer.names import plain_name
from ..tracer.observer import Told
from ..tracer.recorder import active
from ..tracer.telling import Did, listeners
from . import editing
from .facts import DeliveryFacts, hits
from .gate import Held
from .letters import Delivery
from .registry import newcomers, pausers, runtimes
from .states import keep, stopped_before

if TYPE_CHECKING:
    from .traced import TracedRuntime

log = logging.getLogger(__name__)

PATIENCE: Final = 5.0  # seconds for an event loop to do what is asked

R = TypeVar("R")


class Desk:
    """All runtimes of the process, as one thing that can be controlled.

    `say` sends an event to whoever listens, `pause_at` are filters to stop at from the start.
    """

    def __init__(self, say: Callable[[Any], None], pause_at: list[str]) -> None:
        self.paused = False
        self.stopped: t.Stopped | None = None  # the last one, while it is paused
        self._say = say
        self._credit = 0  # deliveries that a step lets pass
        self._why = ""  # the next one that is held is told, and why it was
        self._numbers = 0
        self._points: dict[int, tuple[t.Breakpoint, Filter | None, list[int]]] = {}
        self._people: dict[str, tuple[t.WaitingHuman, Callable[[str], None]]] = {}
        self._lock = threading.RLock()
        for where in pause_at:
            self._add(t.AddBreak(where=where))
        newcomers.append(self._welcome)
        pausers.append(self._pause_for_finding)
        listeners.append(self._found)
        for runtime in list(runtimes):
            self._welcome(runtime)

    def _welcome(self, runtime: TracedRuntime) -> None:
        runtime.account()
        gate = runtime._post.add_gate()
        gate.stops, gate.passes, gate.holds = self._stops, self._passes, self._holds
        gate.paused = runtime._post.watch.held = self.paused

    # -- what gates ask ------------------------------------------------------------------------
    def _stops(self, delivery: Delivery) -> bool:
        """Before a delivery begins: is there a breakpoint for it?"""
        if not self._points:
            return False
        facts = DeliveryFacts(delivery)
        for point, where, count in self._points.values():
            if hits(point, where, facts):
                count[0] += 1
                self._pause()
                self._tell("breakpoint", delivery, point.id)
                return True
        return False

    def _passes(self) -> bool:
        """Whether a step is under way that lets one more pass."""
        return self._take_credit()

    def _holds(self, delivery: Delivery) -> None:
        """A delivery is held back."""
        if self._why:
            why, self._why = self._why, ""
            self._tell(why, delivery, None)

    def _tell(self, why: Any, delivery: Delivery | None, point: int | None) -> None:
        if delivery is not None:
            self._remember(delivery)
        letter = None if delivery is None else delivery.letter
        run = "" if letter is None or letter.span is None else f"{letter.span.run.trace_id:032x}"
        then = None if delivery is None else editing.queued(delivery)
        self.stopped = t.Stopped(why=why, breakpoint=point, next=then, run=run)
        self._say(self.stopped)

    def _remember(self, delivery: Delivery) -> None:
        """What the agent keeps that the program stands before."""
        if delivery.seat is not None and active() is not None:
            try:
                stopped_before(delivery.seat.identity, delivery.seat.agent, delivery.letter.span)
            except Exception as error:
                log.debug("no state of %s: %s", delivery.seat.identity, error)

    def _found(self, told: Told, run: str, did: Did) -> None:
        self._say(
            t.Found(
                slug=told.slug,
                code=told.code,
                title=told.title,
                story=told.story,
                severity=told.severity,
                agents=told.agents,
                run=run,
                action=did,
            )
        )

    # -- requests ------------------------------------------------------------------------------
    def answer(self, request: t.Request) -> Any:
        """Do what is asked, in any thread; returns a document of `request.answer`.

        Raises:
            LoupeError: it cannot be done, with what and why.
        """
        return getattr(self, f"_do_{request.named.replace('.', '_')}")(request)

    def _do_hello(self, request: t.SayHello) -> t.Hello:
        recorder = active()
        return t.Hello(
            version=t.VERSION,
            pid=os.getpid(),
            program=recorder.program if recorder else "",
            recording=str(recorder.path) if recorder else "",
            paused=self.paused,
            runs=tuple(dict.fromkeys(row.run for row in self._waits() if row.run)),
            guard=any(each._limits.hangs == "raise" for each in list(runtimes)),
            asked=tuple(asks for asks, _ in list(self._people.values())),
        )

    def _done(self) -> t.Done:
        return t.Done(paused=self.paused)

    def _do_pause(self, request: t.DoPause) -> t.Done:
        self._pause()
        self._tell("pause", next(iter(self._held_deliveries()), None), None)
        return self._done()

    def _pause(self) -> None:
        self.paused = True
        self._credit = 0
        for runtime in list(runtimes):
            runtime._post.add_gate().paused = runtime._post.watch.held = True

    def _pause_for_finding(self) -> None:
        self._pause()
        self._tell("finding", None, None)

    def _do_resume(self, request: t.DoResume) -> t.Done:
        self.paused = False
        self.stopped = None
        self._why = ""

        def resume(runtime: TracedRuntime) -> None:
            gate = runtime._post.gate
            if gate is not None:
                gate.resume()
                runtime._post.watch.held = gate.paused

        for runtime in list(runtimes):  # where no message was posted yet, none is held
            if runtime._post.watch.loop is None and runtime._post.gate is not None:
                runtime._post.gate.paused = runtime._post.watch.held = False
        self._each(resume)
        if not self.paused:
            self._say(t.Resumed())
        return self._done()

    def _do_step(self, request: t.DoStep) -> t.Done:
        if not self.paused:
            self._pause()
        self._why = "step"
        self._credit = request.n

        def release(runtime: TracedRuntime) -> None:
            gate = runtime._post.gate
            while gate is not None and self._take_credit():
                if not gate.release():
                    self._give_back()
                    break

        self._each(release)
        left = self._held_deliveries()
        if left and not self._credit:
            self._holds(left[0])
        return self._done()

    def _take_credit(self) -> bool:
        with self._lock:
            if self._credit <= 0:
                return False
            self._credit -= 1
            return True

    def _give_back(self) -> None:
        with self._lock:
            self._credit += 1

    def _do_break_add(self, request: t.AddBreak) -> t.Breakpoint:
        return self._add(request)

    def _add(self, request: t.AddBreak) -> t.Breakpoint:
        where = parse(request.where) if request.where else None
        self._numbers += 1
        point = t.Breakpoint(
            id=self._numbers,
            sender=request.sender,
            recipient=request.recipient,
            type=request.type,
            where=request.where,
        )
        self._points[point.id] = (point, where, [0])
        return point

    def _do_break_remove(self, request: t.RemoveBreak) -> t.Done:
        if self._points.pop(request.id, None) is None:
            known = ", ".join(map(str, self._points)) or "none"
            raise t.Refused(f"there is no breakpoint {request.id}", f"there are: {known}")
        return self._done()

    def _do_break_list(self, request: t.ListBreaks) -> t.Breakpoints:
        rows = [point.model_copy(update={"hits": n[0]}) for point, _, n in self._points.values()]
        return t.Breakpoints(breakpoints=tuple(rows))

    def _do_waits(self, request: t.AskWaits) -> t.Waits:
        return t.Waits(waits=tuple(self._waits()))

    def _waits(self) -> list[Any]:
        return [row for rows in self._each(lambda runtime: runtime.waits()) for row in rows]

    def _do_agents(self, request: t.AskAgents) -> t.Agents:
        rows = self._each(editing.agents)
        return t.Agents(agents=tuple(row for each in rows for row in each))

    def _do_state(self, request: t.AskState) -> t.State:
        for runtime in list(runtimes):
            for seat in list(runtime._roster.seats.values()):
                if request.agent in (seat.identity, plain_name(seat.identity)):
                    state = self._await(runtime, seat.agent.save_state)
                    keep(seat.identity, state, "asked")
                    return t.State(agent=seat.identity, state=editing.plain(state))
        raise t.Refused(f"there is no agent {request.agent!r}", "see: agents")

    # -- the queue -----------------------------------------------------------------------------
    def _held(self) -> list[tuple[TracedRuntime, Held]]:
        found = [
            (runtime, held)
            for runtime in list(runtimes)
            if runtime._post.gate is not None
            for held in runtime._post.gate.waiting()
        ]
        return sorted(found, key=lambda pair: pair[1].number)

    def _held_deliveries(self) -> list[Delivery]:
        return [held.delivery for _, held in self._held()]

    def _do_queue_list(self, request: t.ListQueue) -> t.Queue:
        return t.Queue(queue=tuple(editing.queued(each) for each in self._held_deliveries()))

    def _one(self, number: str) -> tuple[TracedRuntime, Held]:
        for runtime, held in self._held():
            if editing.queue_id(held.delivery) == number:
                return runtime, held
        raise t.Refused(f"no message {number!r} waits any more", "see: queue.list")

    def _do_queue_edit(self, request: t.EditQueued) -> t.Queued:
        runtime, held = self._one(request.id)
        self._in_loop(runtime, lambda: editing.edit(runtime, held.delivery, request.body))
        return editing.queued(held.delivery)

    def _do_queue_drop(self, request: t.DropQueued) -> t.Done:
        runtime, held = self._one(request.id)
        self._in_loop(runtime, lambda: editing.drop(runtime, held))
        return self._done()

    # -- people --------------------------------------------------------------------------------
    def ask(self, wait_id: str, agent: str, question: str, take: Callable[[str], None]) -> None:
        """A person is asked; `take` gets the answer of whoever gives it here."""
        asks = t.WaitingHuman(wait_id=wait_id, agent=agent, question=question)
        self._people[wait_id] = (asks, take)
        self._say(asks)

    def asked(self, wait_id: str) -> None:
        """It was answered."""
        if self._people.pop(wait_id, None) is not None:
            self._say(t.Answered(wait_id=wait_id))

    def _do_answer(self, request: t.Answer) -> t.Done:
        person = self._people.get(request.wait_id)
        if person is None:
            asked = ", ".join(self._people) or "none"
            raise t.Refused(f"nobody is asked {request.wait_id!r}", f"open questions: {asked}")
        person[1](request.text)
        return self._done()

    # -- in the loops --------------------------------------------------------------------------
    def _each(self, do: Callable[[TracedRuntime], R]) -> list[R]:
        """Do something for every runtime whose loop runs."""
        found: list[R] = []
        for runtime in list(runtimes):
            loop = runtime._post.watch.loop
            if loop is not None and loop.is_running():
                found.append(self._in_loop(runtime, lambda r=runtime: do(r)))
        return found

    def _in_loop(self, runtime: TracedRuntime, do: Callable[[], R]) -> R:
        loop = runtime._post.watch.loop
        if loop is None or not loop.is_running():
            raise t.ControlError("the event loop of that runtime does not run any more")
        if _running() is loop:
            return do()
        done: ThreadFuture[R] = ThreadFuture()

        def call() -> None:
            try:
                done.set_result(do())
            except BaseException as error:
                done.set_exception(error)

        loop.call_soon_threadsafe(call)
        return _result(done)

    def _await(self, runtime: TracedRuntime, make: Callable[[], Any]) -> Any:
        loop = runtime._post.watch.loop
        if loop is None or not loop.is_running():
            raise t.ControlError("the event loop of that runtime does not run any more")
        return _result(asyncio.run_coroutine_threadsafe(make(), loop))


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _result(done: ThreadFuture[R]) -> R:
    try:
        return done.result(PATIENCE)
    except NotInTime as error:
        raise t.ControlError(
            f"the program's event loop did not answer for {PATIENCE:.0f} s: something blocks it"
        ) from error
