"""Allocations of C code, traced by memray where it is installed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from .cache import environment

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "fixtures" / "apps" / "native.py"
NEEDED = (
    "memray==1.20.0",
    "autogen-core==0.7.5",
    *("click", "msgspec", "opentelemetry-sdk", "psutil>=7.2", "pydantic>=2", "wrapt"),
    "setuptools>=77",
)


def test_the_line_that_leaks_outside_of_python_is_told(tmp_path: Path) -> None:
    python = str(environment("memray", *NEEDED))
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*install, "--editable", str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

    def loupe(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-m", "agentloupe.cli.main", *words],
            cwd=tmp_path,
            env={**os.environ, "AGENTLOUPE_DIR": str(tmp_path), "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    ran = loupe("run", "--ci", "--out", "native.loupe", str(PROGRAM))
    assert ran.returncode == 0, ran.stderr
    checked = loupe("check", "--select", "leak", "--format", "json", "native.loupe")
    runs: list[dict[str, Any]] = json.loads(checked.stdout)["runs"]
    [found] = [each for run in runs for each in run["findings"]]
    assert found["agents"][0] == "packer"
    line = next(n for n, text in enumerate(PROGRAM.read_text().splitlines(), 1) if "KEPT" in text)
    assert f"{PROGRAM}:{line}" in found["evidence"]["facts"]["allocated_at"]
    assert [*tmp_path.glob("*.memray")] == []
