"""Versions are those that Python's own library reads from the same packages."""

from __future__ import annotations

import sys
from importlib.metadata import distributions, version
from pathlib import Path

import pytest

from agentloupe.tracer.versions import version_of


def test_they_are_those_of_the_library() -> None:
    names = {each.name for each in distributions()}
    assert len(names) > 20
    assert {name: version_of(name) for name in names} == {name: version(name) for name in names}


def test_a_package_that_is_not_there_has_none() -> None:
    assert version_of("no-such-package-here") is None


def test_a_package_not_made_by_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "odd_one-1.2.dist-info"
    folder.mkdir()
    head = "Metadata-Version: 2.1\nName: odd-one\nversion: 3.4\n\nVersion: 9 in the text\n"
    (folder / "METADATA").write_text(head)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert version_of("odd-one") == "3.4"
