"""Between a posted message and its handler: where deliveries are held back.

By whoever controls the run (pause, step, breakpoints), and by mailboxes: an agent that may handle
so many messages at once, and have so many waiting. A runtime that needs none of it has no gate.
Held deliveries of one agent begin in the order in which they came.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

from msgspec import Struct, field

from ..tracer.recorder import now_ns
from .errors import MailboxFull
from .letters import Delivery, Letter, in_order
from .options import Limits
from .tokens import link, unlink

if TYPE_CHECKING:
    from autogen_core import AgentId

Start = Callable[[], None]


class Held(Struct):
    """A delivery that has not begun, and how to begin it."""

    delivery: Delivery
    start: Start
    since_ns: int = field(default_factory=now_ns)
    number: int = field(default_factory=count().__next__)  # a clock may stand still


class Box(Struct):
    """One agent's mailbox."""

    handling: set[Delivery] = field(default_factory=set[Delivery])
    waiting: deque[Held] = field(default_factory=deque[Held])
    room: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])
    granted: int = 0  # room that is kept for whoever waited for it and has not gone on yet

    @property
    def depth(self) -> int:
        return len(self.handling) + len(self.waiting) + self.granted

    def grant(self) -> None:
        """Room for whoever has waited for it longest."""
        while self.room:
            room = self.room.popleft()
            if not room.done():
                self.granted += 1
                room.set_result(None)
                return


class Gate:
    """Holds deliveries back. `dead` makes a delivery a dead letter: (delivery, reason, error)."""

    def __init__(
        self, limits: Limits, dead: Callable[[Delivery, str, BaseException], None]
    ) -> None:
        self.paused = False
        self.held: deque[Held] = deque()  # by a pause
        #: asked before each delivery begins; True pauses it
        self.stops: Callable[[Delivery], bool] | None = None
        #: asked while it is paused: True lets one pass all the same
        self.passes: Callable[[], bool] | None = None
        #: told of each delivery that a pause holds back
        self.holds: Callable[[Delivery], None] | None = None
        #: told whose handler ended
        self.ended: Callable[[AgentId], None] | None = None
        self._limits = limits
        self._dead = dead
        self._boxes: dict[AgentId, Box] = {}
        self._revocable: dict[object, Letter] = {}  # waits for room that a token may end
        self._bounded = limits.mailbox is not None or limits.at_once is not None

    @staticmethod
    def wanted(limits: Limits) -> bool:
        """Whether mailboxes are bounded. Whoever controls a run adds a gate where there is none."""
        given = (limits.mailbox, limits.at_once, limits.restart, limits.release)
        return any(each is not None for each in given)

    # -- deliveries ----------------------------------------------------------------------------
    def enter(self, delivery: Delivery, start: Start) -> None:
        """Begin a delivery, now or later."""
        held = Held(delivery, start)
        if not self.paused and self.stops is not None and self.stops(delivery):
            self.paused = True
        if self.paused and (self.held or self.passes is None or not self.passes()):
            self.held.append(held)
            if self.holds is not None:
                self.holds(delivery)
            return
        self._take(held)

    def _take(self, held: Held) -> None:
        """Begin it, or put it behind those that wait for the same agent."""
        box = self._boxes.get(held.delivery.recipient)
        if box is None or (not box.waiting and self._has_place(box)):
            self._begin(held)
        else:
            box.waiting.append(held)
            self._shed(box)

    def _has_place(self, box: Box) -> bool:
        """Whether its agent may handle one more."""
        limit = self._limits.at_once
        return limit is None or len(box.handling) < limit

    def _begin(self, held: Held) -> None:
        delivery = held.delivery
        future = delivery.letter.future
        if future is not None and future.done():
            error = asyncio.CancelledError("its sender gave up")
            self._dead(delivery, "timed out: its sender gave up before its turn came", error)
            return
        if self._bounded:
            self._boxes.setdefault(delivery.recipient, Box()).handling.add(delivery)
        held.start()

    def _shed(self, box: Box) -> None:
        """`drop oldest`: what has waited longest makes room."""
        size = self._limits.mailbox
        if size is None or self._limits.mailbox_policy != "drop oldest":
            return
        while box.depth > size and box.waiting:
            oldest = box.waiting.popleft()
            name = type(oldest.delivery.letter.message).__name__
            error = MailboxFull(f"{name} made room in the mailbox of {oldest.delivery.recipient}")
            self._dead(oldest.delivery, f"mailbox full: it holds {size}", error)

    def left(self, delivery: Delivery) -> None:
        """A handler ended: the agent's next one begins."""
        if self.ended is not None:
            self.ended(delivery.recipient)
        box = self._boxes.get(delivery.recipient)
        if box is None or delivery not in box.handling:
            return
        box.handling.discard(delivery)
        if not self.paused:
            self._fill(box)
        elif box.waiting and self.passes is not None and self.passes():
            self.release()
        self._serve(delivery.recipient)

    # -- room ----------------------------------------------------------------------------------
    def full(self, recipient: AgentId) -> Box | None:
        """The mailbox of an agent if it has no room, or others wait for it."""
        size = self._limits.mailbox
        box = self._boxes.get(recipient)
        if size is None or box is None or (box.depth < size and not (box.room or box.granted)):
            return None
        return box

    async def room(self, recipient: AgentId, letter: Letter) -> None:
        """Wait for room in an agent's mailbox, behind those who wait for it already.

        Raises:
            MailboxFull: by policy nobody waits for it.
            CancelledError: the letter's token was cancelled.
        """
        box = self.full(recipient)
        if box is None or self._limits.mailbox_policy == "drop oldest":
            return
        if self._limits.mailbox_policy == "fail":
            name = type(letter.message).__name__
            raise MailboxFull(
                f"{name} to {recipient}: its mailbox holds {self._limits.mailbox} messages"
            )
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        box.room.append(room)
        if letter.revocable:
            self._revocable[room] = letter
            link(letter.token, room)
        try:
            await room
        except BaseException:
            if room.done() and not room.cancelled() and room.exception() is None:
                box.granted -= 1  # it came too late: the next one's
                self._serve(recipient)
            raise
        finally:
            if letter.revocable:
                del self._revocable[room]
                unlink(letter.token, room)
        box.granted -= 1
        # whoever waited may wait for room elsewhere first, or not post after all
        asyncio.get_running_loop().call_soon(self._serve, recipient)

    def _serve(self, recipient: AgentId) -> None:
        """What room there is in a mailbox is for those who wait for it."""
        box, size = self._boxes.get(recipient), self._limits.mailbox
        if box is None:
            return
        while size is not None and box.room and box.depth < size:
            box.grant()
        if not box.depth and not box.room:
            del self._boxes[recipient]

    # -- control -------------------------------------------------------------------------------
    def resume(self) -> None:
        """Let the held deliveries begin, up to the next breakpoint.

        The first of them is what the last breakpoint stopped at, if it was one.
        """
        self.paused = False
        first = True
        while self.held:
            held = self.held.popleft()
            if not first and self.stops is not None and self.stops(held.delivery):
                self.paused = True
                self.held.appendleft(held)
                return
            first = False
            self._take(held)
        for recipient, box in list(self._boxes.items()):
            self._fill(box)
            self._serve(recipient)

    def release(self) -> bool:
        """Let the one begin that has waited longest, if its agent may handle one more and it is
        that one's first; else the next. False: there is none."""
        tried: set[AgentId] = set()
        for held in sorted(self.waiting(), key=lambda each: each.number):
            to = held.delivery.recipient
            box = self._boxes.get(to)
            if to not in tried and (box is None or self._has_place(box)):
                (self.held if box is None or held not in box.waiting else box.waiting).remove(held)
                self._begin(held)
                return True
            tried.add(to)
        return False

    def _fill(self, box: Box) -> None:
        while box.waiting and self._has_place(box):
            self._begin(box.waiting.popleft())

    def waiting(self) -> list[Held]:
        """Deliveries that have not begun: for the mailboxes' sake, then by a pause."""
        return [*(held for box in self._boxes.values() for held in box.waiting), *self.held]

    def boxed(self) -> dict[object, list[Delivery]]:
        """The handlers one of which must end for a wait at a mailbox to end, by the future that
        waits: for the reply to a message in it, or for room."""
        found: dict[object, list[Delivery]] = {}
        for box in self._boxes.values():
            for held in box.waiting:
                if held.delivery.letter.future is not None:
                    found[held.delivery.letter.future] = in_order(box.handling)
            for room in box.room:
                found[room] = in_order(box.handling)
        return found

    def revocable(self) -> dict[object, Letter]:
        """The futures among those of `boxed` that a token of the program's may cancel."""
        letters = (each.delivery.letter for each in self.waiting())
        return self._revocable | {each.future: each for each in letters if each.revocable}

    def take_out(self, letter: Letter) -> list[Held]:
        """Remove a letter's deliveries from wherever they wait."""
        found = [each for each in self.waiting() if each.delivery.letter is letter]
        for held in found:
            if held in self.held:
                self.held.remove(held)
            for recipient, box in list(self._boxes.items()):
                if held in box.waiting:
                    box.waiting.remove(held)
                    self._serve(recipient)
        return found

    def clear(self) -> list[Delivery]:
        """Nothing that waits will begin."""
        gone = [each.delivery for each in self.waiting()]
        self.held.clear()
        for box in self._boxes.values():
            box.waiting.clear()
            while box.room:
                box.grant()
        return gone
