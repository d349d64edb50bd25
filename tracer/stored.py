"""From the cells of a recording's file to values of ours: the form of records, rows, pages.

What is in a file may be damaged or hostile. Whatever it does to code that takes it for ours is one
of `HURT`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Struct, msgpack

from .brief import expanded
from .model import BodyRef, GaveUp
from .packing import unpack
from .text import visible
from .texts import span_of

REUSED: Final = 5.0  # seconds by which a process may seem younger than its recording

Row = tuple[Any, ...]
#: first, count, size, hash, ends, data
Texts = tuple[int, int, int, bytes, bytes | None, bytes]
#: what damaged or hostile values do to code that takes them for ours
HURT: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

#: what a record must be, see `docs/store.md`
Natural = Annotated[int, msgspec.Meta(ge=0)]
Form = tuple[
    Natural,
    Natural,
    int,
    str,
    str,
    str,
    Natural,
    Natural | None,
    str | None,
    int | None,
    list[Any] | None,
    dict[str, Any] | None,
    dict[str, Any] | None,
    list[Any] | None,
    list[Any] | None,
]
_decode: Final = msgpack.Decoder(list[Form]).decode


class PageHead(Struct, frozen=True):
    """What is known of a page without unpacking it."""

    id: int
    run: int | None
    low: int | None
    high: int | None


def refs_of(added: bytes) -> list[BodyRef]:
    return [*msgpack.decode(added, type=list[str | int])]


def records_of(data: bytes) -> Sequence[Row]:
    """A page's records, each of the form that `docs/store.md` says."""
    try:
        return _decode(data)
    except msgspec.ValidationError:  # brief ones among them, or junk
        return msgspec.convert(expanded(unpack(data)), list[Form])


def head_of(row: Row) -> PageHead:
    if not all(each is None or isinstance(each, int) for each in row):
        raise TypeError("its steps are no numbers")
    return PageHead(*row)


def withheld(number: int, size: int, digest: bytes) -> str:
    """What stands for a text that was not kept: two that were equal are shown by the same words."""
    which = f"hash {digest.hex()}" if digest else f"text {number}"
    return f"(not recorded: {size:,} bytes, {which})"


def texts_of(row: Row) -> Texts:
    """A row of `bodies`."""
    first, count, size, digest, ends, data = row
    if isinstance(data, str):
        data = data.encode("utf-8", "replace")
    return (int(first), int(count), int(size), bytes(digest), ends and bytes(ends), bytes(data))


def holding(
    words: list[bytes], first: int, count: int, ends: bytes | None, data: bytes | None
) -> set[int]:
    """Which of a row's texts hold all the words. Without `data` it is one text, and does."""
    if ends is None or data is None:
        return {first}
    low = data.lower()
    found: set[int] = set()
    for place in range(count) if data else ():
        start, end = span_of(place, count, ends, len(data))
        if all(low.find(word, start, end) >= 0 for word in words):
            found.add(first + place)
    return found


def gave_up(rows: list[Any]) -> Iterator[GaveUp]:
    for row in rows:
        match row:
            case [int(at), str(what), str(where), int(times)]:
                yield GaveUp(
                    at, visible(what, newlines=False), visible(where, newlines=False), times
                )
            case _:
                continue


def is_alive(meta: dict[str, Any]) -> bool:
    """Whether the process that wrote this may still be at work."""
    if any(meta.get(key) is not None for key in ("ended_ns", "signal", "exit_code")):
        return False
    pid, created = meta.get("pid"), meta.get("created_ns")
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    import psutil  # only here: most recordings that are read have ended

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return not isinstance(created, int) or process.create_time() <= created / 1e9 + REUSED
    except (psutil.Error, ValueError, OverflowError):
        return False
