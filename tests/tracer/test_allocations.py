"""Lines whose allocations stay, as memray tells of them; `tests/services` has the real one."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agentloupe.tracer import allocations
from agentloupe.tracer.allocations import ByMemray, ByTracemalloc, begin, folded

STDLIB = sysconfig.get_paths()["stdlib"]
SITE = sysconfig.get_paths()["purelib"]
OURS = str(Path(allocations.__file__).parent / "writer.py")


def allocated(count: int, size: int, *frames: tuple[str, int]) -> Any:
    stack = [("function", *frame) for frame in frames]
    return SimpleNamespace(n_allocations=count, size=size, stack_trace=lambda most: stack[:most])


class Memray:
    """What we use of it."""

    running = False

    def __init__(self) -> None:
        self.FileReader = self.Tracker = self
        self.records: list[Any] = []

    def FileDestination(self, path: str, **options: Any) -> str:
        return path

    def __call__(self, path: str = "", *, destination: str = "", **options: Any) -> Memray:
        if Memray.running and destination:
            raise RuntimeError("another tracker is at work")
        if destination:
            Path(destination).touch()
        else:
            assert Path(path).exists()
        return self

    def __enter__(self) -> Memray:
        return self

    def __exit__(self, *error: object) -> None: ...

    def get_leaked_allocation_records(self, *, merge_threads: bool) -> list[Any]:
        return self.records


@pytest.fixture
def memray(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Memray:
    made = Memray()
    monkeypatch.setitem(sys.modules, "memray", made)
    monkeypatch.setattr(allocations, "native", lambda: True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return made


def test_the_programs_own_line_is_told_and_nothing_of_ours(memray: Memray, tmp_path: Path) -> None:
    memray.records = [
        allocated(7, 700, (f"{STDLIB}/csv.py", 3), ("/app/parser.py", 12)),
        allocated(2, 200, ("/app/parser.py", 12)),
        allocated(4, 90_000, (f"{SITE}/zip/fast.py", 3), (f"{STDLIB}/runpy.py", 80)),
        allocated(99, 99, (OURS, 1), ("/app/parser.py", 12)),
        allocated(1, 1),
    ]
    own, library = ("/app/parser.py", 12, 9, 900), (f"{SITE}/zip/fast.py", 3, 4, 90_000)
    for by_size, told in ((False, [own, library]), (True, [library, own])):
        tracing = begin()
        assert isinstance(tracing, ByMemray)
        assert tracing.end(by_size=by_size) == told
    assert [*tmp_path.iterdir()] == []


def test_nothing_is_left_when_nobody_asks(memray: Memray, tmp_path: Path) -> None:
    tracing = begin()
    assert tracing is not None
    assert len([*tmp_path.iterdir()]) == 1
    tracing.leave()
    assert [*tmp_path.iterdir()] == []


def test_a_program_that_memray_runs_is_left_alone(
    memray: Memray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Memray, "running", True)
    assert begin() is None


def test_without_memray_it_is_tracemalloc() -> None:
    assert allocations.native() is (importlib.util.find_spec("memray") is not None)
    tracing = ByTracemalloc()
    kept = [f"row {n}" for n in range(500)]
    [(file, _, blocks, size), *_] = tracing.end()
    assert (file, blocks >= len(kept), size > 500 * 40) == (__file__, True, True)


def test_the_lines_of_which_most_stays() -> None:
    made = [(f"/app/{n}.py", n, n, 100 - n) for n in range(1, 9)]
    assert [line for _, line, _, _ in folded(made)] == [8, 7, 6, 5, 4]
    assert [line for _, line, _, _ in folded(made, by_size=True)] == [1, 2, 3, 4, 5]
