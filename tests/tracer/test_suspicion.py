"""When readings look like a leak, and what a window of tracing tells of it."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable

import pytest

from agentloupe.tracer.suspicion import READINGS, WINDOW, WINDOWS, Suspicion, Window


@pytest.mark.parametrize(
    ("blocks", "suspected"),
    [
        (lambda n: 1_000 + n * 40, True),
        (lambda n: 1_000 + n % 3, False),
        (lambda n: 1_000 + min(n, 6) * 40, False),
        (lambda n: 1_000 + n, False),  # too little in all
        (lambda n: 9_000 - n * 40, False),
    ],
)
def test_each_quarter_lies_above_the_one_before(
    blocks: Callable[[int], int], suspected: bool
) -> None:
    subject = Suspicion(floor=0.04, least=64)
    said = [subject.note(n * 50, blocks(n)) for n in range(2 * READINGS)]
    assert said[-1] is suspected
    assert not any(said[: READINGS - 1])


def test_a_window_tells_the_lines_whose_blocks_stay() -> None:
    window, kept = Window(), []
    window.begin()
    assert window.open
    assert tracemalloc.is_tracing()
    lines: list[tuple[str, int, int, int]] = []
    for turn in range(WINDOW):
        kept += [f"stays {turn} {n}" for n in range(100)]
        [f"goes {turn} {n}" for n in range(1_000)]
        lines = window.reading()
    assert not window.open
    assert not tracemalloc.is_tracing()
    assert lines[0][0] == __file__
    assert lines[0][2] >= WINDOW * 100
    assert len(kept) == WINDOW * 100


def test_a_program_that_traces_itself_is_left_alone_and_so_is_one_that_was_traced() -> None:
    window = Window()
    tracemalloc.start()
    try:
        window.begin()
        assert not window.open
    finally:
        tracemalloc.stop()
    for _ in range(WINDOWS):
        window.begin()
        assert window.open
        window.close()
    window.begin()
    assert not window.open


A_SHELF = """
import gc, json
from agentloupe.tracer.sampler import Sampler
from agentloupe.tracer.suspicion import READINGS

SHELF, taken = [], []
subject = Sampler(taken.append)
for step in range(8 * READINGS):
    SHELF += [f"row {step} {n}" for n in range(50)]
    gc.collect()
    subject._looks._next = 0.0
    subject._next_blocks = 0
    subject.tick(0, step, 1)
    if any(reading.data.get("holders") for reading in taken):
        break
subject.close()
told = [each[3][-1] for each in taken[-1].data.get("holders", ())]
print(json.dumps([told[:1], len(SHELF), bool(taken[READINGS - 2].data.get("holders"))]))
"""


def test_what_grows_is_looked_for_in_the_heap_once_it_is_suspected() -> None:
    """Without forced collections: the program's own ones are what is compared.

    In a process of its own: a look at all that tests leave in theirs takes long.
    """
    done = subprocess.run([sys.executable, "-c", A_SHELF], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told, rows, early = json.loads(done.stdout)
    assert told == ["SHELF: list"]
    assert rows > READINGS * 50
    assert not early


A_FREE_LIST = """
import asyncio, gc
from agentloupe.tracer.census import Census

async def rest():
    for _ in range(50):
        await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, int), 5)

census = Census()
for turn in range(6):
    asyncio.run(rest())
    gc.collect()
    census.look(turn)
gc.collect()
print("collected")
"""


def test_a_look_leaves_the_free_list_of_asyncio_alone() -> None:
    """In CPython 3.12 the collection after it never ended."""
    command = [sys.executable, "-c", A_FREE_LIST]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "collected\n", done.stderr
