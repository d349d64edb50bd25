"""What executed code leaves in a recording, on a real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.model import Span

from .engine import PYTHON, Engine

pytestmark = pytest.mark.docker
HERE = Path(__file__).parent
MIB = 1 << 20


def loupe(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("loupe")), *arguments],
        cwd=where,
        env={**os.environ, "AGENTLOUPE_DIR": str(where / "recordings")},
        capture_output=True,
        text=True,
        timeout=100,
    )


def spans_of(path: Path, *ops: str) -> list[Span]:
    with open_recording(path) as recording:
        return [
            span
            for info in recording.runs
            for _, spans in recording.run(info.number).iter_turns()
            for span in spans
            if span.op in ops
        ]


def test_a_program_that_eats_a_table_is_killed_reported_and_goes_on(
    engine: Engine, tmp_path: Path
) -> None:
    done = loupe("run", "--out", "eats.loupe", str(HERE / "csv_eater.py"), PYTHON, where=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Out of memory: a process was killed at the limit of 64 MiB" in done.stdout
    assert "sum 1800000" in done.stdout, done.stdout

    executions = spans_of(tmp_path / "eats.loupe", c.CODE)
    assert [span.attributes[c.EXIT_CODE] for span in executions] == [0, 137, 0]
    killed = executions[1]
    assert killed.attributes[c.OOM_KILLED] is True
    assert "counter" in str(killed.attributes[c.OOM_SIGNS])
    assert killed.attributes[c.MEMORY_LIMIT] == 64 * MIB
    assert int(str(killed.attributes[c.MEMORY_PEAK])) >= 60 * MIB
    assert killed.attributes[c.PEAK_SOURCE] == "counter"
    assert len(str(killed.attributes[c.CONTAINER_ID])) == 64
    curve = [
        int(str(span.attributes[c.CONTAINER_MEMORY]))
        for span in spans_of(tmp_path / "eats.loupe", c.SAMPLE)
        if span.parent == killed.id
    ]
    assert len(curve) >= 5
    assert max(curve) > 3 * curve[0]

    judged = loupe("check", "--format", "json", "eats.loupe", where=tmp_path)
    assert judged.returncode == 1
    findings = [f for run in json.loads(judged.stdout)["runs"] for f in run["findings"]]
    assert [f["slug"] for f in findings if f["slug"].startswith("code.")] == ["code.out-of-memory"]
    assert findings[0]["agents"][0] == "runner"

    shown = loupe("show", "eats.loupe", "--spans", where=tmp_path)
    assert shown.returncode == 0
    (line,) = [each for each in shown.stdout.splitlines() if "OutOfMemory" in each]
    assert "execute_code DockerExecutor" in line
    assert " to 64M" in line  # its memory, from the first reading to the greatest
    assert "sample_memory" not in shown.stdout
