"""Each recipe three times: as bad as told on AutoGen's runtime, ended by name on ours, and reported
of the program as it is under `loupe run`."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from autogen_core import SingleThreadedAgentRuntime

from agentloupe.diagnose import check
from agentloupe.diagnose.catalogue import rules
from agentloupe.diagnose.live import LoopBreaker, Policy
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, record
from agentloupe.tracer.observing import observe

from .agents import ends, quick
from .recipes import HANGS, recipes

ROOT = Path(__file__).resolve().parents[2]
RECIPES = recipes()
each_recipe = pytest.mark.parametrize("name", RECIPES)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def named(came: Any) -> str:
    """What came of a program: its own words, or the name of what it raised."""
    return type(came).__name__ if isinstance(came, BaseException) else str(came)


async def settled(awaitable: Any) -> Any:
    """What it comes to, or `HANGS` once nothing is left in the loop that could go on.

    When only timers are left, the loop's clock is put forward to the next of them.
    """
    loop: Any = asyncio.get_running_loop()
    clock, ahead = loop.time, 0.0
    loop.time = lambda: clock() + ahead
    task = asyncio.ensure_future(awaitable)
    silent = 0
    while not task.done() and silent < 20:
        await asyncio.sleep(0)
        silent = 0 if loop._ready or at_work(loop._default_executor) else silent + 1
        timers = [each.when() for each in loop._scheduled if not each.cancelled()]
        if silent == 10 and timers:
            ahead += max(0.0, min(timers) - loop.time())
            silent = 0
    if not task.done():
        return HANGS
    return asyncio.CancelledError() if task.cancelled() else task.exception() or task.result()


def at_work(pool: Any) -> bool:
    """Whether a thread of the loop's pool may call back."""
    return pool is not None and len(pool._threads) > pool._idle_semaphore._value


@dataclass(frozen=True, slots=True)
class Row:
    """A row of docs/failures.md."""

    number: int
    slugs: frozenset[str]
    ours: str
    shown_by: tuple[str, ...]


def rows() -> list[Row]:
    text = (ROOT / "docs" / "failures.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [line.strip("| ").split(" | ") for line in lines]
    return [
        Row(
            int(each[0]),
            frozenset(re.findall(r"`([a-z]+\.[a-z0-9-]+)`", each[3])),
            each[4],
            tuple(re.findall(r"`([^`]+)`", each[-1])),
        )
        for each in cells
        if each[0].isdecimal()
    ]


def test_every_row_has_its_tests_and_every_recipe_its_row() -> None:
    found = rows()
    assert [row.number for row in found] == list(range(1, 44))
    shown = [name for row in found for name in row.shown_by]
    assert {name for name in shown if "/" not in name} == set(RECIPES)
    for row in found:
        assert row.shown_by
        for name in row.shown_by:
            if name in RECIPES:
                assert row.number <= 27
                assert row.slugs == {RECIPES[name].found}
                error = re.match(r"`(\w+)`", row.ours)
                assert error is None or error[1] == RECIPES[name].ours
            else:
                file, _, function = name.partition("::")
                assert f"def {function}(" in (ROOT / file).read_text("utf-8"), name


def test_the_table_names_rules_and_what_is_told_of_a_run() -> None:
    known = {rule.slug for rule in rules()} | {each.found for each in RECIPES.values()}
    for row in rows():
        assert row.slugs <= known
        assert row.slugs or row.number == 35  # which ends by an exception of its own


@each_recipe
async def test_on_autogens_runtime(name: str, quiet_loop: list[Any]) -> None:
    recipe = RECIPES[name]
    assert named(await settled(recipe.program(SingleThreadedAgentRuntime))) == recipe.upstream


@each_recipe
async def test_on_ours(name: str, tmp_path: Path, quiet_loop: list[Any]) -> None:
    recipe = RECIPES[name]
    with record(path=tmp_path / "r.loupe") as recorder:
        if recipe.loops:
            observe(recorder, LoopBreaker(Policy.parse("stop")))
        came = await ends(recipe.program(partial(quick, record=True, **recipe.options)))
    assert named(came) == recipe.ours
    if recipe.ours == recipe.upstream:  # nothing for a runtime to do better, but to tell
        assert recipe.found in reported(tmp_path / "r.loupe")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """Their recordings and what came of them, all under one `loupe run`."""
    path = tmp_path_factory.mktemp("recipes") / "r.loupe"
    words = [sys.executable, "-m", "agentloupe.cli.main", "run", "--out", str(path), "--"]
    done = subprocess.run(
        [*words, "-m", "tests.runtime.recipes"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    return {name: (path.with_name(f"{path.name}.{pid}"), came) for name, pid, came in rows}


@each_recipe
def test_under_loupe_run(name: str, played: dict[str, tuple[Path, str]]) -> None:
    recipe = RECIPES[name]
    path, came = played[name]
    # one that hangs is given up once it was told of
    assert came in (recipe.ours if recipe.costs_only_theirs else recipe.upstream, HANGS)
    assert recipe.found in reported(path)


def reported(path: Path) -> set[str]:
    """What was told of a program while it ran, and what is found in its recording."""
    found: set[str] = set()
    if not path.exists():  # it came to no message
        return found
    with open_recording(path) as recording:
        for info in recording.runs:
            run = recording.run(info.number)
            for span in (*run.spans(), *run.loose_spans()):
                if span.op == c.FINDING:
                    found.add(str(span.events[0].attributes[c.FINDING_SLUG]))
        report = check(recording)
    hangs = {each for each in found if each.startswith("hang.")}  # of rules with other names
    return hangs | {each.slug for each in report.findings}
