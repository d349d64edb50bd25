"""Memory of the process is what psutil says it is."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from agentloupe.tracer import footprint
from agentloupe.tracer.footprint import c_heap, resident, unique

BIG = 64 << 20


def by_psutil() -> int:
    heap = psutil.heap_info()
    return heap.heap_used + heap.mmap_used


def test_the_c_heap() -> None:
    before = c_heap()
    assert before is not None
    assert before == pytest.approx(by_psutil(), abs=1 << 20)
    block = bytearray(BIG)
    after = c_heap()
    assert after is not None
    assert after - before == pytest.approx(len(block), abs=1 << 20)
    assert after == pytest.approx(by_psutil(), abs=1 << 20)


def test_unique_and_resident_memory() -> None:
    told = unique()
    assert told is not None
    assert told == pytest.approx(psutil.Process().memory_full_info().uss, rel=0.1)
    assert resident() == pytest.approx(psutil.Process().memory_info().rss, rel=0.1)


def test_where_the_c_library_does_not_tell_psutil_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footprint, "_mallinfo", lambda: None)
    assert c_heap() == pytest.approx(by_psutil(), abs=1 << 20)
    monkeypatch.delattr(psutil, "heap_info")
    assert c_heap() is None


def test_a_recorded_program_does_not_load_psutil(tmp_path) -> None:
    code = (
        "import sys\n"
        "from agentloupe.tracer import record\n"
        "from agentloupe.tracer.recorder import active\n"
        f"with record(path={str(tmp_path / 'r.loupe')!r}):\n"
        "    for _ in range(9):\n"
        "        with active().record('invoke_agent', 'somebody'):\n"
        "            pass\n"
        "print('psutil' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
