"""Bodies as lines for reading: JSON opened up, blobs named, long values cut.

Every text of a body goes through `visible` here, once, on its way to a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from ..tracer.text import visible
from .gist import VOLATILE, blob, parsed
from .pieces import Line
from .units import many

MOST_LINES = 200  # of one value
MOST_ITEMS = 100
_LONGEST = 20_000  # characters of one value
_DEEPEST = 12


def lines(text: str, *, volatile: bool = True) -> list[Line]:
    """A body opened up; `volatile=False` leaves out ids, times and token counts."""
    return list(_value(parsed(text), 0, volatile)) or [[("(empty)", "dim")]]


def flat(text: str) -> list[str]:
    """The body's lines as plain text, without what differs in any two messages."""
    return ["".join(piece for piece, _ in line) for line in lines(text, volatile=False)]


def prose(text: str, role: str = "") -> list[Line]:
    """Text that people wrote, line by line."""
    named = blob(text)
    if named:
        return [[(named, "blob")]]
    shown = text[:_LONGEST].split("\n")
    out: list[Line] = [
        [(visible(part.rstrip("\r")).expandtabs(4), role)] for part in shown[:MOST_LINES]
    ]
    missing = max(0, text.count("\n") + 1 - len(out))
    if missing:
        out.append([(f"… {many(missing, 'more line')}", "dim")])
    elif len(text) > _LONGEST:
        out.append([(f"… {many(len(text) - _LONGEST, 'more character')}", "dim")])
    return out


def _value(value: object, depth: int, volatile: bool) -> Iterator[Line]:
    if isinstance(value, str):
        yield from prose(value)
    elif depth > _DEEPEST:
        yield [("…", "dim")]
    elif isinstance(value, Mapping):
        yield from _mapping(cast("Mapping[str, object]", value), depth, volatile)
    elif isinstance(value, Sequence):
        yield from _items(cast("Sequence[object]", value), depth, volatile)
    else:
        yield [(json.dumps(value), "value")]


def _mapping(value: Mapping[str, object], depth: int, volatile: bool) -> Iterator[Line]:
    if not value:
        yield [("{}", "dim")]
    for place, (name, inner) in enumerate(value.items()):
        if not volatile and name in VOLATILE:
            continue
        if place >= MOST_ITEMS:
            yield [(f"… {many(len(value) - place, 'more field')}", "dim")]
            return
        yield from _entry(visible(name, newlines=False), inner, depth, volatile)


def _items(values: Sequence[object], depth: int, volatile: bool) -> Iterator[Line]:
    if not values:
        yield [("[]", "dim")]
    for place, inner in enumerate(values):
        if place >= MOST_ITEMS:
            yield [(f"… {many(len(values) - place, 'more item')}", "dim")]
            return
        yield from _entry(f"[{place}]", inner, depth, volatile)


def _entry(name: str, value: object, depth: int, volatile: bool) -> Iterator[Line]:
    inner = list(_value(value, depth + 1, volatile))
    simple = len(inner) == 1 and (
        not isinstance(value, Mapping | Sequence) or isinstance(value, str)
    )
    if simple or value in ({}, []):
        yield [(f"{name}: ", "key"), *(inner[0] if inner else [])]
        return
    yield [(f"{name}:", "key")]
    for line in inner:
        yield [("  ", ""), *line]
