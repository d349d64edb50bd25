"""Scripted runs that are still going on are looked at a second after their last step."""

from __future__ import annotations

import sys

import pytest

from .scripts import START_NS


@pytest.fixture(autouse=True)
def just_after_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["agentloupe.diagnose.check"]  # the package's `check` is the function
    monkeypatch.setattr(module, "now", lambda: START_NS + 3_000_000_000)
