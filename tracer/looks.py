"""Looks at the heap while the program runs: what grew, who holds it, who puts entries into it.

Between forced collections they are as even as these, so that a program is judged alike on any
machine: one look in three collections, half as much work again. Otherwise they wait for their time.

A container that no agent holds (a table of a module, a class or a library) tells its culprit all
the same: once it is known to grow, its length is read around every measured slice, and it is the
agent in whose slices it gets longer. A length has no noise, unlike what a slice leaves allocated.
"""

from __future__ import annotations

import time
from typing import Any, Final

from .census import Census, Course, Grown, size_of
from .holders import Held, held, shortly
from .names import INSTANCES

LOOK: Final = 3  # forced collections from one look at the heap to the next
RARELY: Final = 200  # times its own cost in CPU that the next look waits while nothing is forced
TELL: Final = 2  # looks from one account of who holds what grows to the next
TELLING: Final = 0.6  # seconds of CPU that an account may take
HOLDERS: Final = 4  # of an account
WATCHED: Final = 256  # agents that put entries into something
MOST_OF_IT: Final = 0.6  # of the entries, by the agent that is named for them

#: What, size, growth, the way to who holds it, its agent, (messages, size) at the looks, a bound.
Telling = tuple[str, int, int, tuple[str, ...], str, Course, int | None]


class Looks:
    """Looks from time to time, and tells now and then what it found.

    Args:
        forced: collections are forced, and the heap is looked at from the start.
    """

    def __init__(self, *, forced: bool) -> None:
        self._forced = forced
        self.census = Census() if forced else None
        self.held = False  # an agent holds something of what grew, by the last account
        self._collections = 0
        self._next = 0.0
        self._ways: dict[int, Held] = {}
        self._watched: dict[int, Watched] = {}

    def collected(self, messages: int) -> list[Telling] | None:
        """A collection ended: look if it is time, and tell if that is due as well."""
        self._collections += 1
        census = self.census
        if census is None or (self._forced and self._collections % LOOK):
            return None
        began = time.thread_time()
        if (not self._forced and began < self._next) or not census.look(messages):
            return None
        end = time.thread_time()
        self._next = end + RARELY * (end - began)
        return None if census.looks % TELL else self.account(census)

    def account(self, census: Census) -> list[Telling]:
        """What grew since the first looks, and who holds it or puts entries into it."""
        told: list[Telling] = []
        until = time.thread_time() + TELLING
        rising = census.grown()
        # an identity is used again once its object is gone, and then it does not rise
        keys = {id(grown.what) for grown in rising}
        self._ways = {key: way for key, way in self._ways.items() if key in keys}
        paths: set[tuple[str, ...]] = set()
        watched: dict[int, Watched] = {}
        self.held = False
        for grown in rising:
            if len(told) >= HOLDERS or time.thread_time() > until or (grown.instances and told):
                break
            way = self._way(grown, rising)
            if way is None or way.path in paths:  # a cache comes before what is in it
                continue
            paths.add(way.path)
            self.held = self.held or bool(way.agent)
            agent = way.agent
            if not agent and not grown.instances:
                key = id(grown.what)
                each = watched[key] = self._watched.get(key) or Watched(grown.what)
                agent = each.adder()
            what = shortly(grown.what) + (INSTANCES if grown.instances else "")
            course, bound = grown.course, grown.bound
            told.append((what, grown.size, grown.grew, way.path, agent, course, bound))
        self._watched = watched
        return told

    def _way(self, grown: Grown, rising: list[Grown]) -> Held | None:
        key = id(grown.what)
        way = self._ways.get(key)
        if way is None:
            way = _to_agent(grown, (rising, grown, grown.others, *self._watched.values()))
        if way is not None and not grown.instances:
            self._ways[key] = way  # what grows is still there at the next account
        return way

    # -- around slices -----------------------------------------------------------------------------
    def begin(self) -> None:
        """A measured slice begins."""
        for each in self._watched.values():
            each.begin()

    def end(self, agent: str) -> None:
        """The agent's measured slice ends."""
        for each in self._watched.values():
            each.end(agent)


class Watched:
    """A container that grows: which agent's slices make it longer."""

    def __init__(self, what: Any) -> None:
        self._what = what
        self._before = 0
        self._added: dict[str, int] = {}

    def begin(self) -> None:
        self._before = size_of(self._what)

    def end(self, agent: str) -> None:
        grew = size_of(self._what) - self._before
        if grew > 0 and (agent in self._added or len(self._added) < WATCHED):
            self._added[agent] = self._added.get(agent, 0) + grew

    def adder(self) -> str:
        """The agent that puts in most, "" when none does."""
        most = max(self._added, key=self._added.__getitem__, default="")
        if not most or self._added[most] < MOST_OF_IT * sum(self._added.values()):
            return ""
        return most


def _to_agent(grown: Grown, passed_over: tuple[Any, ...]) -> Held | None:
    """To whoever holds it, to an agent rather than to somebody else."""
    found: Held | None = None
    for each in (grown.what, *grown.others):
        way = held(each, passed_over=passed_over)
        if way is not None and way.agent:
            return way
        found = found or way
    return found
