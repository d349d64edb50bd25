"""Many executions leave nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .checks import temporary
from .engine import Engine
from .many import Left, one_after_another, side_by_side
from .subjects import OURS

pytestmark = pytest.mark.docker


def nothing_left(left: Left) -> bool:
    return (left.containers, left.folders, left.zombies, left.threads) == (0, 0, 0, 0)


async def test_twenty_side_by_side(engine: Engine, tmp_path: Path) -> None:
    with temporary(str(tmp_path)):
        left = await side_by_side(OURS, engine, 20)
    assert left.right == 20
    assert nothing_left(left), left


async def test_two_hundred_one_after_another(
    engine: Engine, tmp_path: Path, repetitions: Callable[[int, int], int]
) -> None:
    count = repetitions(60, 200)  # the benchmark has all two hundred of them
    with temporary(str(tmp_path)):
        left = await one_after_another(OURS, engine, count)
    assert left.right == count
    assert nothing_left(left), left
