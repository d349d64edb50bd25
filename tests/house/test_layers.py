"""The layers: the contracts hold, and each of them would notice a breach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

LINT = [
    sys.executable,
    "-c",
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))",
]

# One forbidden import for each contract of pyproject.toml.
BREACHES = {
    "tracer/model.py": "from ..tui import __doc__ as _house\nimport textual as _textual\n",
    "diagnose/__init__.py": "import libcst as _libcst\nimport autogen_core as _autogen\n",
    "migrate/__init__.py": "from ..tracer import model as _model\n",
    "cli/__init__.py": "import docker as _docker\n",
    "tui/cycles.py": "import textual as _textual\n",
}


def _lint(folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(LINT, cwd=folder, env=env, capture_output=True, text=True, timeout=100)


def test_every_contract_holds(root: Path) -> None:
    done = _lint(root, {**os.environ})
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_notices_a_breach(
    root: Path, folders: tuple[str, ...], project: dict[str, Any], tmp_path: Path
) -> None:
    shutil.copy(root / "pyproject.toml", tmp_path)
    for folder in folders:
        shutil.copytree(root / folder, tmp_path / "agentloupe" / folder)
    for name, breach in BREACHES.items():
        with (tmp_path / "agentloupe" / name).open("a", encoding="utf-8") as file:
            file.write(breach)
    done = _lint(tmp_path, {**os.environ, "PYTHONPATH": str(tmp_path)})
    contracts = project["tool"]["importlinter"]["contracts"]
    assert done.returncode == 1, done.stdout + done.stderr
    for contract in contracts:
        assert f"{contract['name']} BROKEN" in done.stdout, done.stdout
