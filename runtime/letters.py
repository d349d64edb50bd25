"""A posted message on its way, and one handler's run of it."""

from __future__ import annotations

import itertools
import os
import random
from asyncio import Future, Task
from collections.abc import Coroutine, Iterable
from contextvars import Context, ContextVar
from inspect import CORO_CREATED, getcoroutinestate
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from autogen_core import CancellationToken
from msgspec import Struct

if TYPE_CHECKING:
    from autogen_core import AgentId, TopicId

    from ..tracer.bodies import Body
    from ..tracer.bodies import Context as RequestContext
    from ..tracer.recorder import LiveSpan
    from .roster import Seat

_prefix: str = ""
_count = itertools.count()


def _renew() -> None:
    """A forked child must not make its parent's ids."""
    global _prefix, _count
    digits = f"{random.SystemRandom().getrandbits(128):032x}"
    _prefix = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-"
    _count = itertools.count(random.SystemRandom().getrandbits(40))


_renew()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def fresh_id() -> str:
    """A message id in the form of a version 4 UUID: random a process, counted within it."""
    return f"{_prefix}{next(_count):012x}"


class OwnToken(CancellationToken):
    """A token of ours, which forgets what is over, and is as good as nothing until it is used.

    AutoGen's keeps a callback for each future that was ever linked to it, and so a team's run keeps
    the task and the message of each of its turns.
    """

    most = 16  # callbacks at which it looks for those of futures that are over
    _cancelled = False

    __init__ = object.__init__  # each message has a token, and hardly any is looked at

    def __getattr__(self, name: str) -> Any:
        if name == "_lock":
            return self.__dict__.setdefault(name, Lock())  # one, also for threads that race
        if name == "_callbacks":
            return self.__dict__.setdefault(name, [])
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def is_cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancelled

    def link_future(self, future: Future[Any]) -> Future[Any]:
        """Cancelling the token cancels the future."""
        if not isinstance(future, Future):  # pyright: ignore[reportUnnecessaryIsInstance]  a coroutine, by AutoGen's MCP tools
            return super().link_future(future)
        with self._lock:
            if self._cancelled:
                future.cancel()
                return future
            callbacks = self._callbacks
            while callbacks and _is_over(callbacks[-1]):  # mostly what was linked before: at once,
                callbacks.pop()  # as memory that comes and goes in heaps hides what grows
            if len(callbacks) >= self.most:
                callbacks[:] = [each for each in callbacks if not _is_over(each)]
                self.most = 2 * len(callbacks) + 16
            callbacks.append(future.cancel)  # pyright: ignore[reportArgumentType]  its result is not used
        return future


def _is_over(callback: Any) -> bool:
    future = getattr(callback, "__self__", None)
    return isinstance(future, Future) and future.done()


class SendToken(OwnToken):
    """The token of a send that was given none: only its handler can cancel it."""

    def __init__(self, future: Future[Any]) -> None:
        self.future = future

    def cancel(self) -> None:
        """Cancel the wait for the reply, and what the handler linked."""
        super().cancel()
        self.future.cancel()


class PublishToken(OwnToken):
    """The token of a publish that was given none: only its handlers can cancel it."""


class Letter(Struct, eq=False):
    """A message, who posted it and to whom. `future` is there when a reply is awaited."""

    message: Any
    sender: AgentId | None
    recipient: AgentId | None
    topic: TopicId | None
    token: CancellationToken
    id: str
    future: Future[Any] | None
    poster: Delivery | None = None
    context: Context | None = None  # of the poster, when it is delivered later
    span: LiveSpan | None = None  # of the send or publish; None when nothing is recorded
    bodies: dict[str, Body | RequestContext] | None = None  # one snapshot for all
    metadata: Any = None  # for the program's own OpenTelemetry spans
    left: int = 0  # deliveries that are not over
    unstarted: int = 0  # deliveries whose handler has not begun
    seat: Seat | None = None  # the recipient's, if it was there when it was posted
    logged: bool = False  # somebody reads AutoGen's log records
    handled: bool = False  # some recipient has a handler for it
    refused: int = 0  # recipients that have one which does not take it
    dead: bool = False  # nobody takes it, or what came back of it
    over: bool = False
    settled: bool = False  # counted as done
    who: str = ""  # the sender's identity, `type/key`
    home: Seat | None = None  # the sender, if it is the agent at work
    waiter: Future[None] | None = None  # for the end of a publish's own span

    @property
    def revocable(self) -> bool:
        """Whether the program has a token of its own to cancel it by."""
        return not isinstance(self.token, SendToken | PublishToken)


class Reply:
    """The answer to a send on its way back, where it passes the queue."""

    __slots__ = ("letter", "value")

    def __init__(self, letter: Letter, value: Any) -> None:
        self.letter = letter
        self.value = value


class Delivery(Struct, eq=False):
    """One handler's run of a letter, from when its task is made until it is over.

    `coroutine` is the handler's own, whether it is driven or not: what it waits for is found by
    walking from there.
    """

    letter: Letter
    recipient: AgentId
    seat: Seat | None  # None: the agent is still to be made
    era: int  # of the runtime: goes up with every stop
    task: Task[None] | None = None
    coroutine: Coroutine[Any, Any, Any] | None = None
    span: LiveSpan | None = None  # of the process; None before it starts

    @property
    def unbegun(self) -> bool:
        """Whether nothing of its task has run: cancelled then, it never will."""
        task = self.task
        return task is not None and (
            task.done() or getcoroutinestate(cast("Any", task.get_coro())) == CORO_CREATED
        )

    def leave(self, live: set[Delivery]) -> None:
        """It is over. The task's context knows the delivery: without this, both were a cycle.

        A message that leads to a message that leads to a message must not keep them all.
        """
        live.discard(self)
        self.task = None
        self.coroutine = None
        self.letter.poster = None


def in_order(live: Iterable[Delivery]) -> list[Delivery]:
    """Deliveries in the order of their posting: those under way are a set, whose own order is
    another one in each process. What ends several of them must do it the same way each time."""
    return sorted(live, key=lambda each: (each.letter.id, each.recipient.type, each.recipient.key))


current_delivery: ContextVar[Delivery | None] = ContextVar("agentloupe_delivery", default=None)
