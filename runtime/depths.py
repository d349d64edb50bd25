"""How full the mailboxes of agents are: what waits for an agent or is handled by it, how old it is.

A runtime that bounds nothing has no mailboxes of its own; what is under way counts there too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ..tracer.recorder import now_ns

if TYPE_CHECKING:
    from .letters import Letter
    from .watch import Post


class Mailbox(Struct):
    """One agent's. Both count messages; `oldest_ns` is 0 when nothing is recorded."""

    waiting: int = 0
    handling: int = 0
    oldest_ns: int = 0  # since the one that was posted first

    @property
    def depth(self) -> int:
        return self.waiting + self.handling


def mailboxes(post: Post) -> dict[str, Mailbox]:
    """Those of a runtime that hold something, by identity."""
    found: dict[str, Mailbox] = {}
    now = now_ns()

    def box(kind: str, key: str, letter: Letter) -> Mailbox:
        mine = found.setdefault(f"{kind}/{key}", Mailbox())
        if letter.span is not None:
            mine.oldest_ns = max(mine.oldest_ns, now - letter.span.start_ns)
        return mine

    for delivery in post.live:
        box(delivery.recipient.type, delivery.recipient.key, delivery.letter).handling += 1
    for held in [] if post.gate is None else post.gate.waiting():
        to = held.delivery.recipient
        box(to.type, to.key, held.delivery.letter).waiting += 1
    for letter in post.queued():
        if letter.recipient is not None:
            box(letter.recipient.type, letter.recipient.key, letter).waiting += 1
    return found
