"""Names found by some of their letters, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def score(wanted: str, text: str) -> int | None:
    """How badly the letters of `wanted` lie in `text`, 0 for its beginning; None if they do not.

    >>> score("mem", "memory"), score("ory", "memory"), score("mmy", "memory"), score("x", "memory")
    (0, 3, 12, None)
    """
    wanted, text = wanted.casefold().replace(" ", ""), text.casefold()
    at = text.find(wanted)
    if at >= 0:
        return at if at == 0 or text[at - 1] != " " else 1
    places: list[int] = []
    at = -1
    for letter in wanted:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
        places.append(at)
    return 10 + places[-1] - places[0] - len(wanted) + 1 + places[0] if places else 0


def ranked(wanted: str, things: Sequence[T], name: Callable[[T], str]) -> list[T]:
    """The things whose names fit, the best first, equals in their order."""
    if not wanted.strip():
        return list(things)
    scored = [(score(wanted, name(thing)), thing) for thing in things]
    fits = [(points, thing) for points, thing in scored if points is not None]
    return [thing for _, thing in sorted(fits, key=lambda pair: pair[0])]
