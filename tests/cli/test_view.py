"""`loupe view` hands over to the terminal UI, or says why not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer.locate import Selection

TRACES = Path(__file__).parents[2] / "fixtures" / "wire" / "dialects"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the terminal UI was called with; there is a terminal."""
    calls: list[Any] = []

    def view(
        recordings: list[Path],
        selection: Selection | None,
        follow: bool,
        theme: str,
        originals: dict[Path, Path] | None = None,
    ) -> int:
        assert all(path.exists() for path in recordings)
        if originals is not None:
            calls.append(originals)
        calls.append((recordings, selection, follow))
        return 0

    monkeypatch.setattr("agentloupe.tui.start.view", view)
    monkeypatch.setattr("agentloupe.cli.view.interactive", lambda: True)
    return calls


def test_without_a_terminal_it_points_to_text(loupe, record) -> None:
    path = record("desk")
    done = loupe("view", "desk#1")
    assert (done.code, done.out) == (2, "")
    assert "needs a terminal" in done.err
    assert f"loupe show --plain {path}" in done.err


def test_what_is_not_there_is_said_first(loupe) -> None:
    assert "LP103" in loupe("view", "nothing").err


def test_all_recordings(loupe, record, seen: list[Any], private_recordings_dir: Path) -> None:
    record("desk")
    record("loop")
    assert loupe("view").code == 0
    [(paths, selection, follow)] = seen
    assert {path.name for path in paths} == {"desk.loupe", "loop.loupe"}
    assert (selection, follow) == (None, False)


def test_one_run_and_step(loupe, record, seen: list[Any]) -> None:
    path = record("desk")
    assert loupe("view", "desk#1@1", "--follow").code == 0
    assert seen == [([path], Selection(path, "1", 1, None), True)]


def test_several_runs(loupe, record, seen: list[Any]) -> None:
    desk, loop = record("desk"), record("loop")
    loupe("view", "desk#1", "loop", "desk#0")
    assert seen == [([desk, loop], None, False)]


def test_traces_of_others_are_shown_too(loupe, record, seen: list[Any], tmp_path: Path) -> None:
    loop, trace, junk = record("loop"), TRACES / "openinference.json", tmp_path / "junk.json"
    junk.write_text("{}{")
    assert loupe("view", str(trace)).code == 0
    assert loupe("view", str(trace), "loop", str(junk)).code == 0
    for originals, (paths, selection, _) in (seen[:2], seen[2:]):
        [(ours, path)] = originals.items()
        assert (path, ours.name) == (trace, "openinference.loupe")
        assert paths[0] == ours
        assert not ours.exists()  # any more
        assert selection is None or selection.path == ours
    assert seen[3][0][1:] == [loop, junk]
    done = loupe("view", str(junk))
    assert done.code == 2
    assert "junk.json" in done.err


def test_the_exit_code_is_the_uis(loupe, record, monkeypatch, seen: list[Any]) -> None:
    record("desk")
    monkeypatch.setattr("agentloupe.tui.start.view", lambda *_: 3)
    assert loupe("view").code == 3


def test_settings_that_cannot_be_used_are_said(
    loupe, record, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record("desk")
    (tmp_path / "view.toml").write_text("keys = 3", encoding="utf-8")
    monkeypatch.setenv("AGENTLOUPE_CONFIG", str(tmp_path))
    monkeypatch.setattr("agentloupe.cli.view.interactive", lambda: True)
    done = loupe("view")
    assert done.code == 2
    assert "LP603" in done.err


def test_without_the_extra_the_browser_is_refused(
    loupe, record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record("desk")
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    monkeypatch.delitem(sys.modules, "agentloupe.tui.serving", raising=False)
    done = loupe("view", "--web")
    assert done.code == 2
    assert "pip install 'agentloupe[web]'" in done.err
