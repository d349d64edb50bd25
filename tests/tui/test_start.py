"""The way in: what is imported for the first screen is imported with the collector at rest."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from agentloupe.tui import app
from agentloupe.tui.start import view


def test_the_collector_rests_until_the_first_screen_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: None)

    def run(*told: object, settled: Callable[[], None] | None) -> int:
        assert settled is not None
        seen.append(gc.isenabled())
        settled()
        seen.append(gc.isenabled())
        return 3

    monkeypatch.setattr(app, "run", run)
    assert view([]) == 3
    assert seen == [False, True]
    monkeypatch.setattr(app, "run", lambda *told, settled: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        view([])
    assert gc.isenabled()


def test_a_program_without_a_collector_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "run", lambda *told, settled: 0 if settled is None else 1)
    gc.disable()
    try:
        assert view([]) == 0
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_only_no_color_filters_what_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.LoupeApp([]).get_line_filters() == []
    monkeypatch.setenv("NO_COLOR", "1")
    assert len(app.LoupeApp([]).get_line_filters()) == 1
