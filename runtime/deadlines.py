"""Deadlines: what takes longer than it was given, found at a look and not by a timer a message.

So they hold to about half a second, or to a quarter of the shortest of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tracer.observer import Told
from ..tracer.recorder import LiveSpan
from ..tracer.telling import tell
from . import stories
from .errors import DeadlinePassed
from .letters import Delivery, Letter, in_order
from .options import Limits

if TYPE_CHECKING:
    from .watch import Post


class Deadlines:
    """Those of one runtime."""

    def __init__(self, limits: Limits) -> None:
        self._run = limits.run_deadline
        self._send = limits.send_deadline
        self._handler = limits.handler_deadline
        self.any = any_of(limits)
        self._began: dict[Delivery, int] = {}  # when nothing is recorded

    def begun(self, delivery: Delivery, now: int) -> None:
        """A handler was seen for the first time."""
        if self.any and delivery.span is None:
            self._began[delivery] = now

    def passed(self, post: Post, now: int) -> list[tuple[Delivery, DeadlinePassed]]:
        """Handlers that must end, with the error for whoever waits for them."""
        if not self.any:
            return []
        found: list[tuple[Delivery, DeadlinePassed]] = []
        for delivery in in_order(post.live):
            told = self._over(delivery, now)
            if told is not None:
                tell(told, "ended", delivery.span or delivery.letter.span)
                found.append((delivery, DeadlinePassed(told)))
        for delivery in [each for each in self._began if each not in post.live]:
            del self._began[delivery]
        return found

    def _over(self, delivery: Delivery, now: int) -> Told | None:
        letter = delivery.letter
        begun = self._began.get(delivery, now) if delivery.span is None else delivery.span.start_ns
        if _late(now - begun, self._handler):
            return stories.deadline("handler", delivery, letter, now - begun)
        posted = begun if letter.span is None else letter.span.start_ns
        if letter.future is not None and _late(now - posted, self._send):
            return stories.deadline("send", delivery, letter, now - posted)
        root = _run_of(letter)
        since = posted if root is None else root.start_ns
        if _late(now - since, self._run):
            return stories.deadline("run", delivery, letter, now - since)
        return None


def any_of(limits: Limits) -> bool:
    """Whether there is one. A deadline of no seconds is over at the first look."""
    given = (limits.run_deadline, limits.send_deadline, limits.handler_deadline)
    return any(each is not None for each in given)


def _late(took: int, given: float | None) -> bool:
    return given is not None and took >= given * 1e9


def _run_of(letter: Letter) -> LiveSpan | None:
    return None if letter.span is None else letter.span.run.root
