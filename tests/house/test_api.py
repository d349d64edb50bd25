"""The public API is this table; everything else is private."""

from __future__ import annotations

import importlib

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
