"""What all screens have in common: keys in their order, help, a way back."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from typing import TypeVar, cast

from textual import events
from textual.app import App
from textual.message_pump import _MessagePumpMeta  # pyright: ignore[reportPrivateUsage] see below
from textual.screen import Screen

from ..keymap import Key
from ..widgets.lines import Bar

R = TypeVar("R")


class KeyedScreen(Screen[R]):
    """Runs its bindings the moment a key reaches it.

    Textual runs them only after the event has bubbled up to the app, by which time the next key
    of a burst may have been seen by the screen already; `:42` typed at once would lose its digits.
    """

    AUTO_FOCUS = ""

    @property
    def host(self) -> App[int]:
        """The app, by its type."""
        return cast("App[int]", self.app)  # pyright: ignore[reportUnknownMemberType] unparametrised

    @property
    def whole(self) -> bool:
        """Whether all of its parts are there: others may call while they come or go, one by one.

        Textual says of what is being taken down, before any part of it goes, that it is not
        displayed.
        """
        return self.is_mounted and self.display

    async def on_key(self, event: events.Key) -> None:
        if not self.whole:
            return
        top = self.host.screen
        if top is not self:  # an earlier key of the burst has opened or closed a screen
            event.stop()
            top.post_message(events.Key(event.key, event.character))
        elif await self.press(event):
            event.stop()
            event.prevent_default()

    async def press(self, event: events.Key) -> bool:
        """Do what the key is bound to; False when it is bound to nothing here."""
        bound = self._bindings.key_to_bindings.get(event.key, ())
        for binding in bound:
            await self.do(binding.action)
        return bool(bound)

    async def do(self, action: str) -> None:
        """Do an action; one that fails says so, and the rest stays usable."""
        try:
            await self.run_action(action)
        except Exception as error:
            self.stumble(error)

    def stumble(self, error: Exception) -> None:
        """Something failed that the user can do nothing about: a panel instead of an end."""
        from ..opening import crash
        from .trouble import TroubleScreen

        if getattr(self.host, "raising", False):
            raise error
        if self.host.is_running:
            self.host.push_screen(TroubleScreen(crash(error), back=True))


class _Abstract(_MessagePumpMeta, ABCMeta):
    """Textual's kind of class, of which there may be abstract ones."""


class LoupeScreen(KeyedScreen[None], metaclass=_Abstract):
    """A screen with help, a way back, and bars that can be painted anew by name."""

    has_back = False

    @abstractmethod
    def valid_keys(self) -> list[Key]:
        """The keys that do something now."""

    def refresh_bars(self, *names: str) -> None:
        """Paint bars anew, by id."""
        for name in names:
            for bar in self.query(f"#{name}").results(Bar):
                bar.renew()

    def action_back(self) -> None:
        if self.has_back:
            self.dismiss()

    def action_help(self) -> None:
        from .help import HelpScreen

        self.host.push_screen(HelpScreen(self.valid_keys()))

    def action_suspend(self) -> None:
        """Give the terminal back to the shell until `fg`."""
        self.host.action_suspend_process()

    def action_quit(self) -> None:
        self.host.exit(0)
