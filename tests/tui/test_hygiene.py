"""What is imported when: the first paint waits for nothing it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import agentloupe.tui as package
from agentloupe.tui.keymap import document

ROOT = Path(__file__).parents[2]
FOLDER = Path(package.__path__[0])
HEAVY = {
    "autogen_core",
    "click",
    "docker",
    "libcst",
    "opentelemetry",
    "psutil",
    "pydantic",
    "wrapt",
}


def loaded(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in result.stdout.split()}


def test_the_first_screen_loads_nothing_heavy() -> None:
    modules = loaded("import agentloupe.tui.app, agentloupe.tui.screens.replay")
    assert "textual" in modules
    assert not modules & HEAVY


def test_view_models_do_not_know_textual() -> None:
    names = [path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "app")]
    assert len(names) > 15
    modules = loaded("\n".join(f"import agentloupe.tui.{name}" for name in names))
    assert "textual" not in modules
    assert not modules & HEAVY


def test_the_keymap_is_documented() -> None:
    assert (ROOT / "docs" / "keymap.md").read_text(encoding="utf-8") == document()
