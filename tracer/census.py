"""What grows between forced collections: containers by their length, caches, instances of a type.

The idea is LeakCanary's and MemLab's: the same scenario is repeated, the object graph looked at in
between, and what is larger at every look is the leak, with its place in the graph. A look costs
about as much as the collection before it. What is remembered lies in arrays made at the start, so
that the census does not show in what it counts.
"""

from __future__ import annotations

import functools
import gc
from array import array
from collections import deque
from typing import Any, Final, NamedTuple

PLACES: Final = 1 << 14  # containers and types that are remembered
LEAST: Final = 12  # entries of a container, instances of a type
MOST: Final = 1_500_000  # objects of a heap that is still looked at
RISES: Final = 4  # looks in a row at which something was larger

_CACHE: Final = type(functools.lru_cache(len))
_LISTS: Final = 1 << 25  # flags that a class has which derives from list or dict
_DICTS: Final = 1 << 29


class Grown(NamedTuple):
    """A container, a cache or a type (of which there are more and more instances)."""

    what: Any
    size: int
    grew: int  # since the first look that saw it


class Census:
    """`look` after a collection; then `grown`, the most first."""

    def __init__(self) -> None:
        self._keys = array("Q", bytes(8 * PLACES))
        self._first = array("Q", bytes(8 * PLACES))
        self._last = array("Q", bytes(8 * PLACES))
        self._rises = bytearray(PLACES)
        self._used = 0
        self.looks = 0

    def look(self) -> bool:
        """Compare with the look before. False: the heap is too big for that."""
        objects = gc.get_objects()
        if len(objects) > MOST:
            return False
        sizes: dict[int, int] = {}
        types: dict[type[Any], int] = {}
        for each in objects:
            kind: type[Any] = type(each)  # pyright: ignore[reportUnknownVariableType]  anything
            types[kind] = types.get(kind, 0) + 1
            size = _size(each, kind)
            if size >= LEAST:
                sizes[id(each)] = size
        for kind, count in types.items():
            if count >= LEAST:
                sizes[id(kind) | 1] = count  # no object has an odd address
        del objects, types
        self._keep(sizes)
        self.looks += 1
        return True

    def _keep(self, sizes: dict[int, int]) -> None:
        place = 0
        for at in range(self._used):  # what is still there moves together
            key = self._keys[at]
            size = sizes.pop(key, None)
            if size is None:
                continue
            last = self._last[at]
            rises = self._rises[at]
            self._keys[place], self._first[place] = key, self._first[at]
            self._last[place] = size
            grown = min(rises + 1, 255) if size > last else rises
            self._rises[place] = 0 if size < last else grown
            if size < last:
                self._first[place] = size
            place += 1
        for key, size in sizes.items():
            if place >= PLACES:
                break
            self._keys[place], self._first[place], self._last[place] = key, size, size
            self._rises[place] = 0
            place += 1
        self._used = place

    def grown(self, most: int = 3) -> list[Grown]:
        """Containers that grew at four looks and never shrank, then types of which that holds."""
        rising = {
            self._keys[at]: (self._last[at], self._last[at] - self._first[at])
            for at in range(self._used)
            if self._rises[at] >= RISES
        }
        if not rising:
            return []
        found: list[Grown] = []
        kinds: dict[int, Grown] = {}
        for each in gc.get_objects():
            key = id(each)
            if key in rising:
                found.append(Grown(each, *rising[key]))
            kind: type[Any] = type(each)  # pyright: ignore[reportUnknownVariableType]  anything
            key = id(kind) | 1
            if key in rising:
                kinds[key] = Grown(each, *rising[key])  # the last one of its type
        found.sort(key=lambda grown: -grown.grew)
        of_types = sorted(kinds.values(), key=_telling)
        return [*found[:most], *of_types[:most]]


def _telling(grown: Grown) -> tuple[bool, int]:
    """What a program or library names itself before tuples and cells."""
    return type(grown.what).__module__ == "builtins", -grown.grew


def _size(each: Any, kind: type[Any]) -> int:
    """Entries of a container or cache, 0 for anything else; never by code of the program's."""
    flags = kind.__flags__
    if flags & _DICTS:
        return int(dict.__len__(each))  # pyright: ignore[reportUnknownMemberType]  of anything
    if flags & _LISTS:
        return int(list.__len__(each))  # pyright: ignore[reportUnknownMemberType]  of anything
    if kind is set or kind is deque:
        return len(each)
    return int(each.cache_info().currsize) if kind is _CACHE else 0
