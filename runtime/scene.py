"""One look at an event loop: which of its tasks can go on, and which cannot any more.

A task is stuck when what it awaits can only be ended by stuck tasks: the reply of a handler, a lock
that another task holds, the turn of an agent that takes one message at a time, a task. What may be
ended from outside (a clock, a socket, a thread, a person, a library's own future) is never stuck. A
plain event, queue or future may be ended by any task that can still go on; when none can, and no
timer, no socket, no thread and no signal handler is left that could call back, nothing will ever
end it. That is the whole test; it is right at the moment of the look, since all of the loop's
tasks are suspended then.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import CellType
from typing import Any, Final

from autogen_core import MessageContext

from .letters import Delivery, Letter
from .standing import Standing, by_age, holds, stand

#: Waits that only another task, or nothing, can end.
_PLAIN: Final = frozenset({"event", "queue", "future", "lock", "turn", "task", "mailbox"})

#: What has a message's token and cancels nothing by it.
_CARRIES: Final = (Letter, MessageContext)

#: Threads that never call back into an event loop.
_IDLE_THREADS: Final = ("agentloupe", "Otel", "tqdm", "pytest_timeout", "IPythonHistory")

#: Protocols that hand data to whoever reads, and do nothing of their own.
_PASSIVE: Final = frozenset({"StreamReaderProtocol", "StreamProtocol", "SubprocessStreamProtocol"})

Task = asyncio.Task[Any]


class Scene:
    """What the tasks of `loop` wait for, now. Make it in the loop's own thread.

    `live` are the deliveries under way on any runtime of the loop, `lost` the letters whose reply
    nobody will give; `boxed` says one of which handlers must end for a wait at a mailbox to end,
    `needs` all of which tasks for a wait for an agent to be made, or a runtime to be idle;
    `revocable` are waits at a mailbox that a token may end.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        live: Iterable[Delivery],
        lost: Iterable[Letter] = (),
        boxed: Mapping[object, list[Delivery]] | None = None,
        needs: Mapping[object, list[Task]] | None = None,
        revocable: Mapping[object, Letter] | None = None,
    ) -> None:
        self._loop = loop
        self._current = asyncio.current_task(loop)
        self._standings: dict[Task, list[Standing]] = {}
        self._revocable = dict(revocable or {})
        self.carriers: dict[asyncio.Future[Any], Delivery] = {}
        self.deliveries: dict[Task, Delivery] = {}
        for delivery in live:
            if delivery.task is not None:
                self.deliveries[delivery.task] = delivery
            if delivery.letter.future is not None:
                self.carriers[delivery.letter.future] = delivery
                if delivery.letter.revocable:
                    self._revocable[delivery.letter.future] = delivery.letter
        self._boxed = boxed or {}
        self._needs = needs or {}
        self._lost = {each.future for each in lost if each.future is not None}

    def of(self, task: Task | None) -> list[Standing]:
        """What a task waits for."""
        if task is None or task is self._current:
            return [Standing("nothing")]
        found = self._standings.get(task)
        if found is None:
            found = self._standings[task] = stand(task)
            for each in found:
                if each.leaf in self.carriers or each.leaf in self._lost:
                    each.on = "reply"
                elif each.leaf in self._boxed:
                    each.on = "mailbox"
        return found

    @cached_property
    def tasks(self) -> list[Task]:
        """All tasks of the loop but the one that looks."""
        return by_age(each for each in asyncio.all_tasks(self._loop) if each is not self._current)

    # -- who could end it ----------------------------------------------------------------------
    def enders(self, standing: Standing) -> list[Task] | None:
        """The tasks one of which must go on for the wait to end (all of them, where it `needs`
        them); None when anybody could end it."""
        if standing.leaf in self._lost:
            return []
        if standing.leaf in self._needs:
            return self._needs[standing.leaf]
        ahead = self._boxed.get(standing.leaf)
        if ahead is not None:
            return [each.task for each in ahead if each.task is not None]
        carrier = None if standing.leaf is None else self.carriers.get(standing.leaf)
        if carrier is not None:
            return [] if carrier.task is None else [carrier.task]
        if standing.on == "lock":
            return self._holders(standing) or None
        if standing.on == "turn":
            return self._at_work(standing) or None
        return None

    def _holders(self, standing: Standing) -> list[Task]:
        lock = standing.of
        found: list[Task] = []
        for task in self.tasks:
            mine = self.of(task)
            if any(each.of is lock for each in mine):
                continue
            if any(holds(each.coroutines, lock) for each in mine):
                found.append(task)
        return found

    def _at_work(self, standing: Standing) -> list[Task]:
        """Handlers of the agent whose turn it is: inside of what its lock guards."""
        found: list[Task] = []
        for task, delivery in self.deliveries.items():
            agent = None if delivery.seat is None else delivery.seat.agent
            if getattr(agent, "_fifo_lock", None) is standing.of and not any(
                each.of is standing.of for each in self.of(task)
            ):
                sequential: Any = getattr(agent, "_sequential_message_types", ())
                if isinstance(delivery.letter.message, tuple(sequential)):
                    found.append(task)
        return found

    # -- what is stuck -------------------------------------------------------------------------
    @cached_property
    def stuck(self) -> frozenset[Task]:
        """Tasks that nothing can wake any more."""
        stuck = {each for each in self.tasks if not self._moves(each)}
        asleep = self._asleep(stuck)
        self._settle(stuck, asleep=asleep)
        while stuck and not asleep:
            freed = self._cancellable(stuck)
            if not freed:
                break
            stuck -= freed
            self._settle(stuck, asleep=asleep)
        return frozenset(stuck)

    def _settle(self, stuck: set[Task], *, asleep: bool) -> None:
        """Leave those that can only be ended by each other."""
        changed = True
        while changed and stuck:
            changed = False
            for task in list(stuck):
                if self._alive(task, stuck, asleep=asleep):
                    stuck.discard(task)
                    changed = True

    def _cancellable(self, stuck: set[Task]) -> set[Task]:
        """Those whose reply is awaited with a token that others have too: a timer or a task that
        can still go on may cancel it. AutoGen's agents make a token for each send; nobody has it.
        """
        waits = {
            task: letter
            for task in stuck
            for each in self.of(task)
            if (letter := self._revocable.get(each.leaf)) is not None
        }
        if not waits:
            return set()
        own = {id(each) for task in stuck for at in self.of(task) for each in at.coroutines}
        tokens = tuple(each.token for each in waits.values())
        holders = gc.get_referrers(*tokens)
        ours = {*own, id(tokens), id(holders)}
        held: set[int] = set()
        for holder in holders:
            within = gc.get_referrers(holder) if isinstance(holder, CellType) else [holder]
            if not all(id(each) in ours or isinstance(each, _CARRIES) for each in within):
                held.update(map(id, gc.get_referents(holder)))
        return {task for task, letter in waits.items() if id(letter.token) in held}

    def _moves(self, task: Task) -> bool:
        """Whether it is about to go on, or something outside will end each of its waits."""
        return all(each.on == "nothing" or each.external for each in self.of(task))

    def _alive(self, task: Task, stuck: set[Task], *, asleep: bool) -> bool:
        verdicts = [self._ends(each, stuck, asleep=asleep) for each in self.of(task)]
        if self.of(task) and self.of(task)[0].any_of:
            return any(verdicts)
        return all(verdicts)

    def _ends(self, standing: Standing, stuck: set[Task], *, asleep: bool) -> bool:
        if standing.on == "nothing" or standing.external:
            return True
        enders = self.enders(standing)
        if enders is None:
            return standing.on not in _PLAIN or not asleep
        if standing.leaf in self._needs:
            return not stuck.intersection(enders)
        return any(each not in stuck for each in enders)

    # -- the loop ------------------------------------------------------------------------------
    def _asleep(self, stuck: set[Task]) -> bool:
        """Whether nothing at all is left that could set an event: every task waits for another."""
        if self._current is not None or any(task not in stuck for task in self.tasks):
            return False
        loop: Any = self._loop
        ready, scheduled = getattr(loop, "_ready", None), getattr(loop, "_scheduled", None)
        if ready is None or scheduled is None or getattr(loop, "_signal_handlers", None):
            return False  # an event loop that does not show it cannot be known to sleep
        awake = getattr(loop, "_read_from_self", None)  # called because somebody had us look
        if any(getattr(handle, "_callback", None) != awake for handle in ready):
            return False
        if any(not handle.cancelled() for handle in scheduled):
            return False
        return not _listens(loop) and not _threads()


def _listens(loop: Any) -> bool:
    selector = getattr(loop, "_selector", None)
    if selector is None:
        return True
    own = getattr(loop, "_ssock", None)
    for key in list(selector.get_map().values()):
        if key.fileobj is own or (own is not None and key.fd == own.fileno()):
            continue
        if not _passive(key.data):
            return True
    return False


def _passive(data: Any) -> bool:
    reader, writer = data  # as asyncio keeps them
    if writer is not None:
        return False
    transport = getattr(getattr(reader, "_callback", None), "__self__", None)
    return type(getattr(transport, "_protocol", None)).__name__ in _PASSIVE


def _threads() -> bool:
    """Whether a thread is at work that might call back."""
    frames: Mapping[int, Any] = sys._current_frames()
    for thread in threading.enumerate():
        if thread is threading.current_thread() or thread.name.startswith(_IDLE_THREADS):
            continue
        top = frames.get(thread.ident or 0)
        code = None if top is None else top.f_code
        if code is None or (code.co_name == "_worker" and "concurrent" in code.co_filename):
            continue  # a pool's worker with nothing to do
        return True
    return False


def circle(scene: Scene, stuck: Iterable[Task]) -> list[Task]:
    """Tasks that wait for each other in a circle, in order; [] when none do."""
    members = set(stuck)
    for start in by_age(each for each in scene.deliveries if each in members):
        path, at = [start], start
        while True:
            after = _next(scene, at, members)
            if after is None:
                break
            if after in path:
                return path[path.index(after) :]
            path.append(after)
            at = after
    return []


def _next(scene: Scene, task: Task, members: set[Task]) -> Task | None:
    for standing in scene.of(task):
        enders = [each for each in scene.enders(standing) or () if each in members]
        if enders:
            return task if task in enders else enders[0]
    return None
