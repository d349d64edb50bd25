"""What grows between forced collections: containers by their length, caches, instances of a type.

The idea is LeakCanary's and MemLab's: the same scenario is repeated, the object graph looked at in
between, and what is larger at every look is the leak, with its place in the graph. Unlike a count
of blocks, a length has no noise: one entry a message is one entry a message. A look costs about as
much as the collection before it. What is remembered lies in arrays made at the start, so that the
census does not show in what it counts.
"""

from __future__ import annotations

import functools
import gc
import io
import weakref
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final, NamedTuple

PLACES: Final = 1 << 16  # containers and types that are remembered
LINES: Final = 1 << 10  # of these, with their course: the ones that grew
COLUMNS: Final = 48  # looks of a course; when it is full, every other one is forgotten
LEAST: Final = 2  # entries of a container, instances of a type
TEXT: Final = 64  # what is written to memory is counted in pieces of so many characters
MOST: Final = 1_500_000  # objects of a heap that is still looked at
RISES: Final = 4  # looks at which something was larger than at the one before

_CACHE: Final = type(functools.lru_cache(len))
#: What may hold much and is not tracked.
_UNTRACKED: Final[frozenset[type[Any]]] = frozenset((dict, bytearray, array))
_LISTS: Final = 1 << 25  # flags that a class has which derives from list or dict
_DICTS: Final = 1 << 29
#: What is plenty, and holds no dictionary that a program fills.
_BARREN: Final[frozenset[type[Any]]] = frozenset(
    {
        BuiltinFunctionType,
        CodeType,
        FunctionType,
        GetSetDescriptorType,
        MemberDescriptorType,
        MethodDescriptorType,
        # CPython 3.12's `_asyncio` shows what lies in its free list, and to take it is to free it
        # a second time: the next collection never ends. A module's dictionary is known by itself.
        ModuleType,
        WrapperDescriptorType,
        property,
        weakref.ref,
    }
)
_NONE: Final = 0xFFFF_FFFF  # no reading: it was not there yet

Course = tuple[tuple[int, int], ...]  # messages, size


class Grown(NamedTuple):
    """A container, a cache or a type (of which there are more and more instances)."""

    what: Any
    size: int
    grew: int  # since the first look that saw it
    course: Course
    bound: int | None = None  # entries that it may have
    instances: bool = False  # one of many of its type, and it is these that are more and more
    others: tuple[Any, ...] = ()  # of that type


class Census:
    """`look` after a collection; then `grown`, the most first."""

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * PLACES))
        self._last = array("L", bytes(array("L").itemsize * PLACES))
        self._line = array("h", bytes(2 * PLACES))  # from 1; 0: it did not grow yet
        self._born = array("H", bytes(2 * PLACES))  # the column of the first look
        self._used = 0
        self._courses = array("L", bytes(array("L").itemsize * LINES * COLUMNS))
        self._free = array("h", range(LINES - 1, 0, -1))
        self._at = array("Q", bytes(8 * COLUMNS))  # messages at each column
        self._column = 0
        self.looks = 0

    def look(self, messages: int = 0) -> bool:
        """Compare with the look before. False: the heap is too big for that."""
        objects = gc.get_objects()
        if len(objects) > MOST:
            return False
        sizes = _sizes(objects)
        del objects
        if self._column == COLUMNS:
            self._thin()
        self._at[self._column] = messages or self.looks
        self._keep(sizes)
        self._column += 1
        self.looks += 1
        return True

    def _thin(self) -> None:
        """Forget every other look but the first and the last."""
        kept = [*range(0, COLUMNS - 1, 2), COLUMNS - 1]
        for to, column in enumerate(kept):
            self._at[to] = self._at[column]
            for start in range(0, LINES * COLUMNS, COLUMNS):
                self._courses[start + to] = self._courses[start + column]
        for place in range(self._used):
            self._born[place] = (self._born[place] + 1) // 2
        self._column = len(kept)

    def _keep(self, sizes: dict[int, int]) -> None:
        place = 0
        for at in range(self._used):  # what is still there moves together
            key = self._keys[at]
            size = sizes.pop(key, None)
            if size is None:
                self._drop(at)
                continue
            self._keys[place], self._born[place] = key, self._born[at]
            last, self._last[place] = self._last[at], size
            line = self._line[at]
            if size < last:
                self._drop(at)
                line, self._born[place] = 0, self._column
            elif size > last and not line:
                line = self._begin(self._born[place], last)
            self._line[place] = line
            if line:
                self._courses[line * COLUMNS + self._column] = size
            place += 1
        for key, size in sizes.items():
            if place >= PLACES:
                break
            self._keys[place], self._last[place] = key, size
            self._line[place], self._born[place] = 0, self._column
            place += 1
        self._used = place

    def _drop(self, at: int) -> None:
        if self._line[at]:
            self._free.append(self._line[at])

    def _begin(self, born: int, size: int) -> int:
        """A course for what was of the same size since `born`; 0 when there is no room."""
        if not self._free:
            return 0
        line = self._free.pop()
        for column in range(self._column):
            self._courses[line * COLUMNS + column] = size if column >= born else _NONE
        return line

    def grown(self, most: int = 3) -> list[Grown]:
        """Containers that were larger at four looks and never smaller, then types of which that
        holds; of each those that grew most since they were seen first."""
        rising: dict[int, Course] = {}
        for at in range(self._used):
            if self._line[at]:
                course = tuple(self._course(self._line[at]))
                if sum(b > a for (_, a), (_, b) in pairwise(course)) >= RISES:
                    rising[self._keys[at]] = course
        if not rising:
            return []
        found: list[Grown] = []
        kinds: dict[int, list[Any]] = {}
        objects = gc.get_objects()
        for each in objects:
            key = id(each)
            if key in rising:
                found.append(_grown(each, rising[key]))
            kind: type[Any] = type(each)  # pyright: ignore[reportUnknownVariableType]  anything
            key = id(kind) | 1
            if key in rising:
                kinds.setdefault(key, []).append(each)
        found += [_grown(each, rising[id(each)]) for each in _untracked(objects, rising)]
        del objects
        found.sort(key=lambda grown: -grown.grew)
        of_types = sorted((_some(kinds[key], rising[key]) for key in kinds), key=_telling)
        return [*found[:most], *of_types[:most]]

    def _course(self, line: int) -> Iterator[tuple[int, int]]:
        for column in range(self._column):
            size = self._courses[line * COLUMNS + column]
            if size != _NONE:
                yield self._at[column], size


def _sizes(objects: list[Any]) -> dict[int, int]:
    """By identity, of containers; of types, at an odd address, how many there are of it."""
    types = Counter(map(type, objects))
    sized = {kind: size for kind in types if (size := _sizer(kind)) is not None}
    sizes: dict[int, int] = {}
    for each in objects:
        kind: type[Any] = type(each)  # pyright: ignore[reportUnknownVariableType]  anything
        if kind in sized:
            size = sized[kind](each)
            if size >= LEAST:
                sizes[id(each)] = size
    for each in _untracked(objects):
        size = size_of(each)
        if size >= LEAST:
            sizes[id(each)] = size
    for kind, count in types.items():
        if count >= LEAST:
            sizes[id(kind) | 1] = count
    return sizes


def _sizer(kind: type[Any]) -> Callable[[Any], int] | None:
    """What tells the entries of such a container or cache, never by code of the program's."""
    if kind.__flags__ & _DICTS:
        return dict.__len__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  of anything
    if kind.__flags__ & _LISTS:
        return list.__len__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  of anything
    if kind is set or kind is deque:
        return len
    if kind is io.StringIO or kind is io.BytesIO:
        return _pieces
    if kind is bytearray or kind is array:
        return _bytes
    return _entries if kind is _CACHE else None


def size_of(what: Any) -> int:
    """The entries of a container or cache that `grown` told of."""
    sizer = _sizer(type(what))  # pyright: ignore[reportUnknownArgumentType]  of anything
    return 0 if sizer is None else sizer(what)


def _entries(cache: Any) -> int:
    return int(cache.cache_info().currsize)


def _pieces(written: Any) -> int:
    return 0 if written.closed else int(written.tell()) // TEXT


def _bytes(buffer: Any) -> int:
    # not by a view of it: while there is one, the program cannot make it longer
    return len(buffer) * (buffer.itemsize if isinstance(buffer, array) else 1) // TEXT


def _untracked(objects: list[Any], among: dict[int, Any] | None = None) -> list[Any]:
    """What the collector need not know: dictionaries of strings and numbers, buffers."""
    tracked = gc.is_tracked
    holders = [each for each in objects if type(each) not in _BARREN]
    inner: list[Any] = gc.get_referents(*holders)
    kinds: Iterator[type[Any]] = map(type, inner)
    found = {id(each): each for each, kind in zip(inner, kinds, strict=True) if kind in _UNTRACKED}
    del holders, inner
    return [
        each for key, each in found.items() if not tracked(each) and (among is None or key in among)
    ]


def _grown(what: Any, course: Course) -> Grown:
    bound: int | None = None
    if isinstance(what, _CACHE):
        bound = what.cache_info().maxsize
    elif type(what) is deque:
        bound = what.maxlen
    return Grown(what, course[-1][1], course[-1][1] - course[0][1], course, bound)


def _some(instances: list[Any], course: Course) -> Grown:
    """Some of them, from both ends of the collector's list: what the work under way holds leads
    nowhere, and of a chain only the end is near to whoever holds it."""
    first, *others = [instances[at] for at in (0, -1, 2, -3, 7, -8) if len(instances) > abs(at)]
    return _grown(first, course)._replace(bound=None, instances=True, others=tuple(others))


def _telling(grown: Grown) -> tuple[bool, int]:
    """What a program or library names itself before tuples and cells."""
    return type(grown.what).__module__ == "builtins", -grown.grew
