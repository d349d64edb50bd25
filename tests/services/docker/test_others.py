"""AutoGen's own Docker executor under the recorder: seen from outside, and judged."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c

from ..mcp.test_servers import LOUPE, codes, recorded, spans_of
from .engine import PYTHON, Engine

pytestmark = pytest.mark.docker
PROGRAM = str(Path(__file__).with_name("autogens.py"))
MIB = 1 << 20


def test_what_it_does_is_seen(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "autogens.loupe"
    assert "went on" in recorded(path, PROGRAM, PYTHON, "stopped")
    spans = [span for span, _ in spans_of(path)]
    eats, leaves, slow = (span for span in spans if span.op == c.CODE)
    assert eats.attributes[c.MEMORY_LIMIT] == 0
    assert int(str(eats.attributes[c.MEMORY_PEAK])) > 100 * MIB
    assert len(str(eats.attributes[c.CONTAINER_ID])) == 64
    assert leaves.attributes[c.CHILDREN_LEFT] == 1
    assert slow.attributes[c.TIMEOUT] == 3
    curve = [span for span in spans if span.op == c.SAMPLE and span.parent == eats.id]
    assert len(curve) >= 2
    changes = [span.name for span in spans if span.op == c.EXECUTOR]
    assert changes[:2] == ["code_executor start", "code_executor stop"]  # and once more at exit
    found = codes(path)
    assert {"CODE001", "CODE003", "CODE004"} <= set(found)
    assert "CODE002" not in found


def test_a_kill_for_memory_is_seen_from_outside(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "limited.loupe"
    recorded(path, PROGRAM, PYTHON, "limited")
    eats = next(span for span, _ in spans_of(path) if span.op == c.CODE)
    assert eats.attributes[c.OOM_KILLED] is True
    assert eats.attributes[c.MEMORY_LIMIT] == 64 * MIB
    assert str(eats.error).startswith("OutOfMemory: killed at the limit of 64 MiB")
    assert "CODE006" in codes(path)
    assert "CODE001" not in codes(path)


def test_the_container_of_a_killed_program_is_named(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "killed.loupe"
    command = [*LOUPE, "run", "--out", str(path), PROGRAM, PYTHON, "killed"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode == 128 + signal.SIGKILL, done.stderr
    (left,) = engine.containers()
    finding = codes(path)["CODE002"]
    assert left[:12] in finding["title"]
    assert finding["severity"] == "error"
    engine.request("DELETE", f"/containers/{left}?force=1&v=1")
