"""The public API is this table; everything else is private."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PUBLIC = {
    "agentloupe.tracer": {"Recording", "open_recording", "record"},
    "agentloupe.runtime": {"DockerExecutor", "LocalExecutor", "TracedRuntime"},
    "agentloupe.diagnose": {"Finding", "check"},
    "agentloupe.migrate": {"migrate_source"},
    "agentloupe.cli": set[str](),
    "agentloupe.tui": set[str](),
}


@pytest.mark.parametrize("package", PUBLIC)
def test_all_is_the_public_table(package: str) -> None:
    module = importlib.import_module(package)
    names = getattr(module, "__all__", [])
    assert len(names) == len(set(names))
    assert set(names) == PUBLIC[package]


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package in PUBLIC for name in sorted(PUBLIC[package])]
)
def test_public_names_exist_and_are_documented(package: str, name: str) -> None:
    public = getattr(importlib.import_module(package), name)
    assert (public.__doc__ or "").strip(), f"{package}.{name} has no docstring"


def test_each_error_has_a_code_of_its_own(root: Path, repository_files: list[Path]) -> None:
    codes = [
        code
        for each in repository_files
        if each.suffix == ".py" and each.parts[0] in ("cli", "diagnose", "runtime", "tracer", "tui")
        for code in re.findall(r'^    code = "(LP\d+)"', (root / each).read_text("utf-8"), re.M)
    ]
    assert sorted(code for code in set(codes) if codes.count(code) > 1) == []
    assert len(codes) > 20
