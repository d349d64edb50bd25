from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentloupe.tui.copying import as_command, as_text
from agentloupe.tui.opening import Opened, open_run
from agentloupe.tui.player import LONGEST_PAUSE, Player
from agentloupe.tui.session import Session

from .scenes import EPOCH, Stage, sales

SECOND = 1_000_000_000
Record = Callable[..., Path]


def pauses(stage: Stage) -> None:
    """Four messages: at once, after half a second, after a minute, after a tenth."""
    stage.run("pauses")
    for at in (0, 500, 60_500, 60_600):
        stage.now = EPOCH + at * 1_000_000
        stage.message("a/default", "b/default", "Note", {"at": at}, ms=1)
    stage.end()


@pytest.fixture
def session(recorded: Record) -> Iterator[Session]:
    opened = open_run(recorded(pauses), 0, inline=True)
    assert isinstance(opened, Opened)
    yield opened.session
    opened.close()


def test_it_moves_by_recorded_time_with_silences_cut_short(session: Session) -> None:
    player = Player(session)
    player.toggle()
    places: list[int] = []
    for _ in range(20):
        player.beat(SECOND // 10)
        places.append(session.cursor.step)
    assert places[3:6] == [0, 1, 1]
    assert places.index(2) == 4 + LONGEST_PAUSE // (SECOND // 10)
    assert places.index(3) == places.index(2) + 1
    assert not player.playing


def test_speed(session: Session) -> None:
    player = Player(session)
    player.faster(1)
    assert player.speed == 8
    player.faster(1)
    player.faster(1)
    assert player.speed == 64
    player.toggle()
    player.beat(SECOND // 10)
    assert session.cursor.step == 3
    player.faster(-1)
    assert player.speed == 8


def test_it_starts_again_at_the_end_and_stands_still_when_paused(session: Session) -> None:
    player = Player(session)
    session.cursor.go(3)
    player.toggle()
    assert (player.playing, session.cursor.step) == (True, 0)
    player.toggle()
    player.beat(SECOND)
    assert (player.playing, session.cursor.step) == (False, 0)


def test_what_is_copied(recorded: Record) -> None:
    opened = open_run(recorded(sales), 0, step=9, inline=True)
    assert isinstance(opened, Opened)
    text = as_text(opened.session)
    assert text == "#9 coder → executor ToolCallRequest: read_csv('sales.csv')"
    command = as_command(opened.session)
    assert command.startswith("loupe view ")
    assert command.endswith(f"#{opened.session.info.trace_id[:8]}@9'")
    opened.close()
