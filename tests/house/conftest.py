"""The repository as the tests of the house see it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("cli", "diagnose", "migrate", "runtime", "tracer", "tui")
# What builds, editors and tests leave behind; none of it is part of the tree.
LEFT_BEHIND = {"__pycache__", "build", "dist", "agentloupe.egg-info", "node_modules"}


def walk(folder: Path) -> Iterator[Path]:
    """The files below `folder` that belong to the repository, links not followed."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(
            each
            for each in folders
            if each not in LEFT_BEHIND and (not each.startswith(".") or each in {".ci", ".typing"})
        )
        for name in sorted(names):
            if not name.endswith((".pyc", ".so")):
                yield Path(where, name)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def project() -> dict[str, Any]:
    """pyproject.toml, parsed."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def folders() -> tuple[str, ...]:
    """The six folders that make the import package."""
    return FOLDERS


@pytest.fixture(scope="session")
def package_files() -> list[Path]:
    """Every file of the six folders, relative to the root."""
    return [path.relative_to(ROOT) for each in FOLDERS for path in walk(ROOT / each)]


@pytest.fixture(scope="session")
def repository_files() -> list[Path]:
    """Every file of the repository, relative to the root."""
    return [path.relative_to(ROOT) for path in walk(ROOT)]
