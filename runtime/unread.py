"""What a handler returns to a published message goes to nobody.

AutoGen gives it to no one and says nothing. Where an agent of another class has a handler for its
type, it was most likely meant for that one, and published nowhere. Handlers that answer requests
and take what is published, too, return their answers to both: an agent of the same class is no
such other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autogen_core import RoutedAgent

from ..tracer import conventions as c

if TYPE_CHECKING:
    from .letters import Delivery
    from .roster import Kind, Roster


def unread(roster: Roster, delivery: Delivery, reply: object) -> None:
    """Note what a handler of a publish returned, if somebody would have taken it."""
    kind, span = type(reply), delivery.span
    own = None if delivery.seat is None else type(delivery.seat.agent)
    others = (row for row in roster.kinds.items() if _class(row[1]) is not own)
    taker = next((name for name, each in others if kind in _handled(each)), None)
    if taker is not None and span is not None:
        span.set(
            c.DEAD_LETTER,
            f"no reader: {kind.__name__} was returned to a published message, which gives it to "
            f"nobody; {taker} has a handler for it",
        )


def _handled(kind: Kind) -> frozenset[type]:
    """The types that agents of a kind have handlers for, as their class says; asked once."""
    if kind.handled is None:
        kind.handled = frozenset(_discovered(_class(kind)))
    return kind.handled


def _class(kind: Kind) -> type | None:
    return kind.expected or kind.instances_of


def _discovered(cls: type | None) -> Iterator[type]:
    if cls is None or not issubclass(cls, RoutedAgent):
        return
    try:
        for handler in cls._discover_handlers():
            yield from handler.target_types
    except Exception:  # a property of the program's own class that cannot be read so
        return
