"""Clocks of several processes that have a part in one run.

They differ, and then an answer is there before its question. What caused what is known without any
clock: a message is sent before it is received. So the clock of each process is put forward, or
back, by the least that lets no effect precede its cause; what its own records say of each other
stays as it was. Where that cannot be (a clock was set meanwhile), at least the order holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

NAMED: Final = 100  # processes whose clocks are told of one by one
WORK: Final = 50  # times that each edge is looked at, at the most
CLOCKS: Final = "agentloupe.clocks"  # of a run: whose clocks were corrected, by how much

K = TypeVar("K")


def shifts(count: int, edges: Iterable[tuple[int, int, int]]) -> list[int]:
    """Nanoseconds by which to put the clock of each of `count` processes forward, the first by 0.

    Args:
        edges: process of a cause, process of its effect, and by how much the effect seems later.
    """
    least: dict[tuple[int, int], int] = {}
    for cause, effect, later in edges:
        if cause != effect:
            pair = cause, effect
            least[pair] = min(later, least.get(pair, later))
    effects: dict[int, list[tuple[int, int]]] = {}
    for (cause, effect), later in least.items():
        effects.setdefault(cause, []).append((effect, later))
    found = [0] * count
    rising = dict.fromkeys(effects)  # whose effects are to be looked at
    left = WORK * len(least)
    for _ in range(count):  # longest paths; beyond that they contradict each other
        moved: dict[int, None] = {}
        for cause in rising if left > 0 else ():
            left -= len(effects.get(cause, ()))
            for effect, later in effects.get(cause, ()):
                if found[effect] < found[cause] - later:
                    found[effect] = found[cause] - later + 1  # else what came first is luck
                    moved[effect] = None
        if not moved:
            break
        rising = moved
    return [shift - found[0] for shift in found]


def told(names: Iterable[str], by: Iterable[int]) -> tuple[str, ...]:
    """What was done to whose clock, in words; of more than `NAMED` how many they are."""
    put = [(name, shift) for name, shift in zip(names, by, strict=True) if shift]
    words = [f"{name} {shift / 1e9:+.6f} s" for name, shift in put[:NAMED]]
    if len(put) > NAMED:
        words.append(f"and {len(put) - NAMED:,} others")
    return tuple(words)


def ordered(times: Mapping[K, int], causes: Mapping[K, K]) -> list[K]:
    """The keys by time, but none before its cause."""
    keys: dict[K, tuple[int, int]] = {}  # the time, and how long a chain of causes leads there
    for key in times:
        path: dict[K, None] = {}
        at = key
        while at not in keys and at in causes and at not in path and causes[at] in times:
            path[at] = None
            at = causes[at]
        keys.setdefault(at, (times[at], 0))
        for each in reversed(path):
            since, depth = keys[causes[each]]
            keys[each] = (max(times[each], since), depth + 1)
    return sorted(times, key=lambda key: keys[key])
