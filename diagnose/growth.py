"""Counters of a process judged for leaks, and which agent is behind a growth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from ..tracer.model import INSTANCES, SUSPENDED, Holder, Sample, plain_name
from .segments import WARM_UP, Point, Trend, trend

ENOUGH: Final = 24  # collected samples for a verdict
SOME: Final = 12  # for a finding at lower confidence
LATELY: Final = 0.8  # of the run, after which the looks must have been accounted for
EVENTS: Final = 5  # entries that something gains in the tail, and looks at which it did

#: Modules whose tables fill up with what a program imports, compiles or asks for.
_LEARNING: Final = frozenset(
    "sys linecache re re._compiler typing abc _weakrefset encodings enum copyreg warnings "
    "tokenize zipimport importlib._bootstrap importlib._bootstrap_external inspect".split()
)


@dataclass(frozen=True, slots=True)
class Counter:
    """One thing that can pile up.

    `floor` is the least rate a message that counts, `creep` the least growth over the whole run:
    healthy programs creep by up to that much whatever their length.
    """

    name: str
    label: str
    unit: str
    read: Callable[[Sample], int | None]
    floor: float
    creep: float
    level: Callable[[Sequence[float]], float] = min

    def least(self, messages: float) -> float:
        """The smallest rate that counts in a run of so many messages."""
        return max(self.floor, self.creep / max(1.0, messages))


def _instances(sample: Sample) -> int | None:
    return None if sample.instances is None else sum(sample.instances.values())


def _temp_files(sample: Sample) -> int | None:
    return None if sample.temp_files is None else sum(sample.temp_files.values())


#: The most telling first: what piles up in kind is named before what it weighs.
COUNTERS: Final = (
    Counter("tasks", "asyncio tasks pile up", "tasks", lambda s: s.tasks, 0.0, 6, median),
    Counter("threads", "threads pile up", "threads", lambda s: s.threads, 0.0, 6, median),
    Counter("children", "processes pile up", "processes", lambda s: s.children, 0.0, 6, median),
    Counter("instances", "agents pile up", "agents", _instances, 0.0, 6, median),
    Counter("temp_files", "temporary files pile up", "files", _temp_files, 0.0, 6, median),
    Counter(
        "queued", "undelivered messages pile up", "messages", lambda s: s.queued, 0.0, 6, median
    ),
    Counter("fds", "open files pile up", "descriptors", lambda s: s.fds, 0.0, 6, median),
    Counter("blocks", "Python objects pile up", "allocated blocks", lambda s: s.blocks, 0.04, 120),
    Counter("c_heap", "the C heap grows", "bytes", lambda s: s.c_heap, 32, 60_000),
)
WEIGHED: Final = ("blocks", "c_heap")  # what a cache that fills up is seen in
RSS: Final = Counter("rss", "resident memory grows", "bytes", lambda s: s.rss, 0.0, 1 << 20)


@dataclass(frozen=True, slots=True)
class Growth:
    """A counter that leaks."""

    counter: Counter
    trend: Trend
    first: Sample  # where the tail begins
    last: Sample
    samples: int


def points(counter: Counter, samples: Sequence[Sample]) -> list[tuple[Point, Sample]]:
    """The counter's series, with the samples it was read from."""
    return [
        ((float(sample.messages), float(value)), sample)
        for sample in samples
        if (value := counter.read(sample)) is not None
    ]


def growth(counter: Counter, samples: Sequence[Sample]) -> Growth | None:
    """The counter's growth if it is a leak's."""
    read = points(counter, samples)
    if len(read) < SOME:
        return None
    found = trend([point for point, _ in read], counter.level)
    if found is None or not found.rises or found.fades:
        return None
    messages = read[-1][0][0] - read[0][0][0]
    least = counter.least(messages)
    if min(found.rate, found.typical, 2 * found.low) <= least:
        return None
    return Growth(counter, found, read[found.onset][1], read[-1][1], len(read))


def judged(samples: Sequence[Sample]) -> list[Sample]:
    """The samples that compare like with like: those taken right after a collection, and of them
    those at which no run was under way, if there are enough."""
    collected = [sample for sample in samples if sample.collected]
    rest = [sample for sample in collected if sample.rest]
    return rest if len(rest) >= ENOUGH or len(rest) * 2 >= len(collected) else collected


def growths(samples: Sequence[Sample]) -> list[Growth]:
    """All counters that leak, the most telling first."""
    return [found for counter in COUNTERS if (found := growth(counter, samples)) is not None]


def learns(found: Growth, samples: Sequence[Sample]) -> bool:
    """Whether a growth of memory is none without what came between two readings at which Python
    itself kept more modules, patterns or lines of source than before."""
    counter = found.counter
    if counter.name not in WEIGHED:
        return False
    read = points(counter, samples)
    added, without = 0.0, {id(read[0][1]): int(read[0][0][1])}
    for ((_, before), earlier), ((_, after), later) in pairwise(read):
        if (later.learned or 0) > (earlier.learned or 0):
            added += after - before
        without[id(later)] = int(after - added)
    if not added:
        return False
    rest = Counter(
        counter.name,
        counter.label,
        counter.unit,
        lambda sample: without.get(id(sample)),
        counter.floor,
        counter.creep,
        counter.level,
    )
    return growth(rest, samples) is None


# -- what has entries ------------------------------------------------------------------------------
def entries(samples: Sequence[Sample]) -> list[Growth]:
    """Containers that leak, of those that the looks at the heap told of, the most growth first.

    A length has no noise, so one that grows now and then only is seen too: at five looks of the
    tail, in each third of it.
    """
    every = [sample for sample in samples if sample.collected]
    last = next((sample for sample in reversed(every) if sample.looked or sample.holders), None)
    if last is None or last.messages < LATELY * every[-1].messages:
        return []
    found = [_filling(holder, every) for holder in _most(last.holders) if _may_leak(holder)]
    return [each for each in found if each is not None]


def filling_up(found: Growth, samples: Sequence[Sample]) -> Holder | None:
    """What grew most, if that should end: it is a cache or queue that has not reached its bound, or
    gets entries more and more seldom, while the memory that `found` tells of wanes as well."""
    told = [each for each in holding(samples) if not each.what.endswith(INSTANCES)]
    first = max(told, key=lambda each: each.grew, default=None)
    if first is None:
        return None
    if first.bound is not None:
        return first if first.size < first.bound else None
    read = points(_entries_of(first), [sample for sample in samples if sample.collected])
    course = trend([point for point, _ in read])
    if course is None or not course.wanes(read[0][0][1]):
        return None
    levels = found.trend.levels
    return first if levels[-1] - levels[-3] < 0.75 * (levels[2] - levels[0]) else None


def _may_leak(holder: Holder) -> bool:
    """Not what has a bound, a type's instances, a module's own names, or a table that learns."""
    path = [*holder.path]
    if holder.bound is not None or holder.what.endswith(INSTANCES) or not path:
        return False
    if len(path) == 1 and not path[0].endswith(SUSPENDED):
        return False
    if path[-1].endswith(": cycle"):  # of itertools: it grows in its first round only
        return False
    return path[0].partition(",")[0] not in _LEARNING


def _entries_of(holder: Holder) -> Counter:
    sizes = dict(holder.course)
    label = f"a {holder.what} grows"
    return Counter("entries", label, "entries", lambda s: sizes.get(s.messages), 0.0, EVENTS)


def _filling(holder: Holder, samples: Sequence[Sample]) -> Growth | None:
    counter = _entries_of(holder)
    read = points(counter, samples)
    if len(read) < SOME or read[0][0][0] > WARM_UP * samples[-1].messages:
        return None
    found = trend([point for point, _ in read])
    if found is None:
        return None
    tail = [value for (_, value), _ in read[found.onset :]]
    if found.wanes(read[0][0][1]) or tail[-1] - tail[0] < EVENTS:
        return None
    events = sum(low < high for low, high in pairwise(tail))
    levels = found.levels
    in_each_third = levels[0] < levels[2] < levels[4] < tail[-1]
    if not found.rises and (events < EVENTS or not in_each_third):
        return None
    return Growth(counter, found, read[found.onset][1], read[-1][1], len(read))


def ranking(
    found: Growth, samples: Sequence[Sample] = (), others: Sequence[Growth] = ()
) -> list[tuple[str, float]]:
    """Agents by what is theirs of the growth in the tail, as shares of the sum of them.

    Agents that pile up, tasks, and files that somebody left, are counted by agent; if not those of
    this counter, then of `others` that grow. Of memory it is what their handlers left allocated,
    but who holds what grew, or puts entries into it (`Sample.holders`, told in `samples`), comes
    first: what one agent makes may be kept by another.
    """
    for each in (found, *others):
        counted = _BY_AGENT.get(each.counter.name)
        if counted is not None:
            ranked = _ranked(_difference(counted(each.first), counted(each.last)))
            if ranked:
                return ranked
    ranked = _ranked(_net(found))
    holders = holding(samples)
    first = holders[0].agent if holders else ""
    if not first:
        return ranked
    shares = dict(ranked)
    return [(first, shares.pop(first, 0.0)), *shares.items()]


def _descriptors(sample: Sample) -> Mapping[str, float]:
    counts: dict[str, float] = {**(sample.agent_sockets or {})}
    for agent, count in (sample.agent_files or {}).items():
        counts[agent] = counts.get(agent, 0) + count
    return counts


_BY_AGENT: Final[dict[str, Callable[[Sample], Mapping[str, float]]]] = {
    "instances": lambda sample: sample.instances or {},
    "temp_files": lambda sample: sample.temp_files or {},
    "tasks": lambda sample: sample.agent_tasks or {},
    "threads": lambda sample: sample.agent_threads or {},
    "children": lambda sample: sample.agent_children or {},
    "fds": _descriptors,
}


def holding(samples: Sequence[Sample]) -> Sequence[Holder]:
    """Who holds what grew, as the last look that told it found it; the most growth first."""
    none: Sequence[Holder] = ()
    return _most(next((sample.holders for sample in reversed(samples) if sample.holders), none))


def _most(told: Sequence[Holder]) -> Sequence[Holder]:
    most = max((each.grew for each in told), default=0)
    return [each for each in told if each.grew * 20 >= most]


def allocated(samples: Sequence[Sample]) -> Sequence[tuple[str, int, int, int]]:
    """File, line, blocks and bytes of what stayed, as the last time that it was traced."""
    none: Sequence[tuple[str, int, int, int]] = ()
    return next((sample.lines for sample in reversed(samples) if sample.lines), none)


def _net(found: Growth) -> dict[str, float]:
    """What each agent's handlers left allocated, less what the recording of a message leaves:
    that is freed elsewhere, and the same for all."""
    heap = found.counter.name == "c_heap"
    first, last = (
        sample.agent_heap if heap else sample.agent_blocks for sample in (found.first, found.last)
    )
    net = _difference(first, last)
    deliveries = _difference(found.first.agent_deliveries, found.last.agent_deliveries)
    total = sum(deliveries.values())
    grown = found.trend.growth if found.counter.name in ("blocks", "c_heap") else 0.0
    over = max(0.0, sum(net.values()) - grown)
    if not total:
        return net
    return {name: value - over * deliveries.get(name, 0.0) / total for name, value in net.items()}


def _difference(first: Mapping[str, float], last: Mapping[str, float]) -> dict[str, float]:
    """By plain name."""
    grown: dict[str, float] = {}
    for identity, value in last.items():
        name = plain_name(identity)
        grown[name] = grown.get(name, 0.0) + value - first.get(identity, 0.0)
    return grown


def _ranked(grown: Mapping[str, float]) -> list[tuple[str, float]]:
    total = sum(value for value in grown.values() if value > 0)
    ranked = sorted(grown.items(), key=lambda item: (-item[1], item[0]))
    return [(name, value / total) for name, value in ranked if value > 0 and name]


def detected_at(found: Growth, samples: Sequence[Sample]) -> Sample:
    """The earliest sample at which the rule would have fired, to a sixteenth of the run."""
    size = len(samples)
    for part in range(1, 16):
        stop = max(SOME, size * part // 16)
        if growth(found.counter, samples[:stop]) is not None:
            return samples[stop - 1]
    return samples[-1]
