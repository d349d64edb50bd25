"""Screens are made and taken down part by part, while threads and sockets go on telling of news."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events, messages
from textual.message import Message

from agentloupe.tui.app import LoupeApp
from agentloupe.tui.screens.replay import ReplayScreen
from agentloupe.tui.screens.runs import RunsScreen

from .scenes import odd, sales

Record = Callable[..., Path]
pytestmark = pytest.mark.usefixtures("told_findings")

#: What a part of a screen gets when it comes and goes, or is shown again.
CHANGES = (
    events.Mount,
    events.ScreenResume,
    events.ScreenSuspend,
    events.Unmount,
    messages.Prune,
)
#: From the list to a replay, through all that can be opened over it, back, and to a comparison.
WAYS = [
    *("enter", "question_mark", "escape", "ctrl+p", "escape"),
    *("2", "5", "7", "question_mark", "escape", "3", "2"),
    *("1", "space", "j", "c", "enter", "2", "3", "escape", "escape"),
    *("enter", "5"),
]


class News:
    """All that calls a screen from elsewhere, at every change of any part of any screen."""

    def __init__(self, app: LoupeApp) -> None:
        self.app = app
        self.told = 0
        self.screens: dict[ReplayScreen | RunsScreen, None] = {}  # also those that are gone

    def __call__(self, message: Message) -> None:
        if isinstance(message, CHANGES):
            for stack in self.app._screen_stacks.values():
                kinds = (ReplayScreen, RunsScreen)
                self.screens |= dict.fromkeys(s for s in stack if isinstance(s, kinds))
            for screen in self.screens:
                self.tell(screen)
                self.told += 1

    @staticmethod
    def tell(screen: ReplayScreen | RunsScreen) -> None:
        if isinstance(screen, RunsScreen):
            screen._take([])
            return
        step = screen.session.cursor.step
        screen.session.cursor.go(step + 1)
        screen.session.cursor.go(step)
        screen.live._steered()
        screen.live._take()
        screen.aged()
        screen.tell("news")


async def test_news_at_any_moment_meets_whole_screens_or_none(recorded: Record) -> None:
    app = LoupeApp([recorded(sales, odd)], inline=True)
    news = News(app)
    async with app.run_test(size=(130, 38), message_hook=news) as pilot:
        await pilot.pause()
        for key in WAYS:
            await pilot.press(key)
            await pilot.pause()
        assert len(news.screens) == 4  # the list, a replay, one over the comparison, another
        before = news.told
        await pilot.press("q")
    assert app.return_code == 0
    assert news.told > before + 20  # while all of it was taken down
