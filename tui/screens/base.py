"""What all screens have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import cast

from textual.app import App
from textual.screen import Screen

from ..keymap import Key
from ..widgets.lines import Bar


class LoupeScreen(Screen[None]):
    """A screen with help, a way back, and bars that can be painted anew by name."""

    AUTO_FOCUS = ""
    has_back = False

    @property
    def host(self) -> App[int]:
        """The app, by its type."""
        return cast("App[int]", self.app)  # pyright: ignore[reportUnknownMemberType] unparametrised

    @abstractmethod
    def valid_keys(self) -> list[Key]:
        """The keys that do something now."""

    def refresh_bars(self, *names: str) -> None:
        """Paint bars anew, by id."""
        for name in names:
            self.query_one(f"#{name}", Bar).refresh()

    def action_back(self) -> None:
        if self.has_back:
            self.dismiss()

    def action_help(self) -> None:
        from .help import HelpScreen

        self.host.push_screen(HelpScreen(self.valid_keys()))

    def action_quit(self) -> None:
        self.host.exit(0)
