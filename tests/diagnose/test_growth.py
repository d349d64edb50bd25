"""Which growth is a leak, of what, and whose: on series that stand for programs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from agentloupe.diagnose.growth import Growth, entries, filling_up, growths, judged, learns, ranking
from agentloupe.diagnose.rules.leak_growth import _silence
from agentloupe.tracer.model import INSTANCES, Holder, Sample

STRIDE = 50
RUN = 50  # samples


def sample(messages: int, **values: Any) -> Sample:
    plain: dict[str, Any] = dict.fromkeys(
        ("blocks", "c_heap", "uss", "tasks", "threads", "fds", "children", "children_rss")
    )
    return Sample(
        time_ns=messages * 1_000_000,
        step=messages,
        messages=messages,
        rss=1 << 26,
        **{"collected": True, "rest": True, "gc_enabled": True, **plain, **values},
    )


def series(counter: str, of: Callable[[int], float], noise: int = 8) -> list[Sample]:
    chance = random.Random(counter)
    return [
        sample(n * STRIDE, **{counter: int(of(n * STRIDE)) + chance.randrange(noise + 1)})
        for n in range(1, RUN + 1)
    ]


def told(samples: Sequence[Sample]) -> list[str]:
    return [found.counter.name for found in growths(samples)]


@pytest.mark.parametrize(
    ("shape", "leaks"),
    [
        (lambda n: 100_000 + n * 0.2, True),  # a block for one of five agents' messages
        (lambda n: 100_000 + n * 0.02, False),  # healthy programs creep
        (lambda n: 100_000 + (n % 400) * 3, False),  # a batch that is flushed
        (lambda n: 100_000 + min(n, 900) * 4, False),  # a cache that is full
        (lambda n: 100_000 + 5_000 * (1 - 0.998**n), False),  # one that fills up
        (lambda n: 100_000 + 5_000 * sum(n > at for at in (500, 1_300, 2_000)), False),  # steps
        (lambda n: 100_000 + n * 0.4 + 30_000 * (n > 1_100), True),  # a leak with a jump
        (lambda n: 100_000 + 42 * (n // 250), True),  # forty blocks, one message in 250
    ],
)
def test_allocated_blocks(shape: Callable[[int], float], leaks: bool) -> None:
    assert told(series("blocks", shape)) == (["blocks"] if leaks else [])


def test_two_jumps_of_the_heap_are_no_leak() -> None:
    steps = series("c_heap", lambda n: 10**7 + 40_000 * sum(n > at for at in (1_300, 2_000)), 9_000)
    assert told(steps) == []
    assert told(series("c_heap", lambda n: 10**7 + n * 180, 9_000)) == ["c_heap"]


def test_things_are_counted_by_their_median() -> None:
    """A burst of tasks in every segment, and one that ends them, leave the median alone."""
    bursts = series("tasks", lambda n: 5 + 40 * (n // STRIDE % 4 == 0), 0)
    assert told(bursts) == []
    dips = series("tasks", lambda n: 5 + n // 100 - (n // STRIDE % 5 == 0) * 20, 0)
    assert told(dips) == ["tasks"]


def test_only_readings_at_rest_are_compared_where_there_are_enough() -> None:
    rest = series("blocks", lambda n: 100_000)
    busy = [replace(each, rest=False, blocks=100_000 + each.messages * 9) for each in rest]
    assert judged([*rest, *busy]) == rest
    assert judged([*rest[:5], *busy]) == [*rest[:5], *busy]
    assert judged([replace(each, collected=False) for each in rest]) == []


# -- who holds it ----------------------------------------------------------------------------------
def holder(
    size: Callable[[int], int],
    *,
    what: str = "list",
    path: Sequence[str] = ("agent 'reader'", "rows: list"),
    agent: str = "reader",
    bound: int | None = None,
    looks: int = 24,
) -> Holder:
    every = RUN // looks
    course = [(n * STRIDE, size(n * STRIDE)) for n in range(every, RUN + 1, every)]
    grew = course[-1][1] - course[0][1]
    return Holder(what, course[-1][1], grew, tuple(path), agent, tuple(course), bound)


def holding(*holders: Holder, **values: Any) -> list[Sample]:
    flat = series("blocks", lambda n: 100_000)
    return [*flat[:-1], replace(flat[-1], holders=holders, looked=True, **values)]


def chance(probability: float) -> Callable[[int], int]:
    """Entries of a list that gets one with such a probability at every fifth message."""
    dice = random.Random(11)
    at = [5 * turn for turn in range(RUN * STRIDE // 5) if dice.random() < probability]
    return lambda n: 2 + sum(1 for each in at if each < n)


@pytest.mark.parametrize(
    ("grown", "leaks"),
    [
        (holder(lambda n: n // 5), True),
        (holder(lambda n: n // 250), True),  # one message in 250
        (holder(chance(0.04)), True),
        (holder(lambda n: min(n // 5, 200)), False),  # full
        (holder(lambda n: int(300 * (1 - 0.9993**n))), False),  # it gets less and less
        (holder(lambda n: n // 5, bound=2_000), False),
        (holder(lambda n: n // 5, what="Note" + INSTANCES), False),  # the blocks tell
        (holder(lambda n: n // 5, path=("sys, a module", "modules: dict")), False),
        (holder(lambda n: n // 5, path=("app, a module",)), False),  # names of its own
        (holder(lambda n: n // 5, path=("main(), suspended",)), True),  # a variable of its own
        (holder(lambda n: n // 5, looks=6), False),
        (holder(lambda n: 2 * (n > 1_100) + 3), False),
    ],
)
def test_entries(grown: Holder, leaks: bool) -> None:
    found = entries(holding(grown))
    assert [each.counter.name for each in found] == (["entries"] if leaks else [])
    if leaks:
        assert found[0].counter.label == "a list grows"


def test_the_holder_comes_before_the_maker() -> None:
    """The reader makes what the writer keeps."""
    made: Mapping[str, float] = {"reader": 0.0, "writer": 0.0}
    leak = series("blocks", lambda n: 100_000 + n)
    leak = [
        replace(
            each,
            agent_blocks={"reader": each.messages * 1.0, "writer": each.messages * 0.1},
            agent_deliveries=dict.fromkeys(made, each.messages / 2),
        )
        for each in leak
    ]
    found = growths(leak)[0]
    assert ranking(found, leak)[0][0] == "reader"
    kept = holder(lambda n: n // 5, agent="writer", path=("agent 'writer'", "table: list"))
    assert ranking(found, [*leak, replace(leak[-1], holders=(kept,))])[0][0] == "writer"


def test_threads_belong_to_who_started_them() -> None:
    leak = series("threads", lambda n: 4 + n // 100, 0)
    leak = [
        replace(
            each,
            agent_threads={"clerk": each.messages // 100, "poet": 2},
            agent_blocks={"poet": each.messages * 9.0},
            agent_deliveries={"poet": each.messages * 1.0},
        )
        for each in leak
    ]
    assert ranking(growths(leak)[0], leak) == [("clerk", 1.0)]


def test_another_counter_names_whom_the_first_does_not() -> None:
    """The tasks that serve connections are nobody's, the sockets belong to who opened them."""
    leak = [
        replace(
            each,
            fds=9 + each.messages // 50,
            agent_tasks={},
            agent_files={"clerk": 2},
            agent_sockets={"fetcher": each.messages // 100, "clerk": 1},
        )
        for each in series("tasks", lambda n: 4 + n // 100, 0)
    ]
    found = growths(leak)
    assert [each.counter.name for each in found] == ["tasks", "fds"]
    assert ranking(found[0], leak) == []
    assert ranking(found[0], leak, found[1:]) == [("fetcher", 1.0)]


def rising(shape: Callable[[int], float], *holders: Holder) -> tuple[Growth, list[Sample]]:
    """Allocated blocks that are found to leak, and what the looks told."""
    leak = series("blocks", shape, 0)
    leak[-1] = replace(leak[-1], holders=holders)
    return growths(leak)[0], leak


def test_a_cache_with_a_bound_is_known_until_it_is_full() -> None:
    cache = holder(lambda n: n // 5, what="cache", bound=600)
    assert filling_up(*rising(lambda n: 100_000 + n, cache)) == cache
    full = replace(cache, bound=cache.size)
    assert filling_up(*rising(lambda n: 100_000 + n, full)) is None
    assert filling_up(*rising(lambda n: 100_000 + n, replace(cache, bound=None))) is None
    assert filling_up(*rising(lambda n: 100_000 + n)) is None


def collected(n: int) -> int:
    """Of 120 cards, one drawn at every fifth message: the different ones."""
    return int(120 * (1 - (119 / 120) ** (n / 5)))


def test_what_gets_entries_more_and_more_seldom_fills_up() -> None:
    """Unless the memory grows as fast as before: it is something else then."""
    cards = holder(collected, path=("functools cache of app.card",), what="cache", agent="")
    assert filling_up(*rising(lambda n: 100_000 + 8 * collected(n) + n * 0.05, cards)) == cards
    assert filling_up(*rising(lambda n: 100_000 + 8 * collected(n) + n * 3, cards)) is None


def test_a_container_that_a_later_look_does_not_tell_of_is_none() -> None:
    log = holder(lambda n: n // 5)
    told = holding(log)
    assert entries(told)
    assert not entries(
        [*told[:-14], replace(told[-14], holders=(log,), looked=True), *told[-13:-1]]
    )
    again = replace(told[-1], holders=(), looked=True)
    assert not entries([*told[:-2], replace(told[-2], holders=(log,), looked=True), again])


def test_what_python_keeps_of_modules_is_none_of_the_program() -> None:
    """Unless memory grows between the imports too."""

    def importing(rate: float) -> list[Sample]:
        found: list[Sample] = []
        for n in range(1, RUN + 1):
            at, modules = n * STRIDE, n // 6
            blocks = 100_000 + 900 * modules + round(at * rate)
            found.append(sample(at, blocks=blocks, learned=500 + modules))
        return found

    for rate, learned in ((0.01, True), (0.5, False)):
        samples = importing(rate)
        [found] = growths(samples)
        assert learns(found, samples) is learned
    [found] = growths([replace(each, learned=None) for each in importing(0.01)])
    assert not learns(found, importing(0.0)[:1])


@pytest.mark.parametrize(
    ("shape", "even"),
    [
        (lambda n: 100_000 + n, True),
        (lambda n: 100_000 + n + 9_000 * (n > 1_700), True),  # with a jump
        (lambda n: 100_000 + 8 * collected(n) + n * 0.05, False),
        (lambda n: 100_000 + 400 * sum(n > at for at in (1_200, 1_600, 2_100)) + n * 0.1, False),
    ],
)
def test_whether_it_rises_as_much_in_every_segment(
    shape: Callable[[int], float], even: bool
) -> None:
    [found] = growths(series("blocks", shape, 0))
    assert found.trend.even is even


def test_a_run_that_is_too_short_says_what_a_longer_one_could_show() -> None:
    every = [sample(n * 20) for n in range(1, 8)]
    recording = SimpleNamespace(forced=True)
    short: Any = SimpleNamespace(samples=every, runs=70, recording=recording)
    said = _silence(every, short).undecided
    assert said is not None
    assert "7 samples after collections (of 24) and 70 repetitions (of 250)" in said
    assert said.endswith("this one could show none, 250 one of 0.24 blocks a message")
    recording.forced = False
    said = _silence(every, short).undecided
    assert said is not None
    assert "loupe run --ci" in said
