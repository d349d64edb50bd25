from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agentloupe.tui.opening import Opened, open_run
from agentloupe.tui.session import Session

from .scenes import Scene, play, tell
from .settling import pause, press


@pytest.fixture(autouse=True)
def pilots_wait_for_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """See `settling`."""
    monkeypatch.setattr(Pilot, "press", press)
    monkeypatch.setattr(Pilot, "pause", pause)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A recording of some scenes, played once a session; the file's name is fixed."""
    known: dict[tuple[str, ...], Path] = {}

    def record(*scenes: Scene) -> Path:
        names = tuple(scene.__name__ for scene in scenes)
        if names not in known:
            path = tmp_path_factory.mktemp("scenes") / f"{'-'.join(names)}.loupe"
            known[names] = play(path, *scenes)
        return known[names]

    return record


@pytest.fixture
def opened(recorded: Callable[..., Path]) -> Iterator[Callable[[Scene], Session]]:
    """Sessions of scenes; closed at the end."""
    every: list[Opened] = []

    def of(scene: Scene) -> Session:
        found = open_run(recorded(scene), 0, inline=True)
        assert isinstance(found, Opened)
        every.append(found)
        return found.session

    yield of
    for item in every:
        item.close()


@pytest.fixture
def update_goldens(request: pytest.FixtureRequest) -> bool:
    """Whether goldens are written instead of compared (`LOUPE_UPDATE_GOLDENS=1`)."""
    return bool(os.environ.get("LOUPE_UPDATE_GOLDENS"))


@pytest.fixture
def told_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings by the book instead of by the rules, whose words are not the screens' affair."""
    for module in ("agentloupe.tui.opening", "agentloupe.tui.screens.runs"):
        monkeypatch.setattr(f"{module}.judge", tell)
