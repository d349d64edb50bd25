"""The terminal UI as a program: which screen comes first, the theme, and an orderly end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from traceback import walk_tb

from textual.app import App
from textual.driver import Driver
from textual.filter import ANSIToTruecolor, LineFilter
from textual.theme import Theme

from .keymap import use
from .listing import local_time
from .opening import NOTHING, Choosing, Trouble, only_run, open_run
from .settings import BadSettings, background, read

_THEMES = (
    Theme(
        name="loupe-dark",
        primary="#ffb454",
        foreground="#d4d7dd",
        background="#12161d",
        surface="#1a2029",
        panel="#1a2029",
        dark=True,
        variables={
            "scrollbar": "#2d3542",
            "scrollbar-background": "#12161d",
            "scrollbar-hover": "#3d4552",
            "scrollbar-active": "#7d8592",
        },
    ),
    Theme(
        name="loupe-light",
        primary="#b35900",
        foreground="#1f2328",
        background="#fbfbfa",
        surface="#f0f1f2",
        panel="#f0f1f2",
        dark=False,
        variables={
            "scrollbar": "#c5cbd3",
            "scrollbar-background": "#fbfbfa",
            "scrollbar-hover": "#a9b1bd",
            "scrollbar-active": "#68707c",
        },
    ),
)


class LoupeApp(App[int]):
    """Shows recordings. `inline` and `when` are for tests: no threads, and a fixed clock."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "agentloupe"

    def __init__(
        self,
        recordings: Sequence[Path],
        selection: Choosing | None = None,
        *,
        follow: bool = False,
        inline: bool = False,
        theme: str = "loupe-dark",
        when: Callable[[int], str] = local_time,
        settled: Callable[[], None] | None = None,
        signals: bool = False,
    ) -> None:
        super().__init__()
        self._recordings = recordings
        self._selection = selection
        self._follow = follow
        self._inline = inline
        self.raising = inline  # tests want to see what fails
        self._when = when
        self._settled = settled
        self._signals = signals
        self._failed = False
        for known in _THEMES:
            self.register_theme(known)
        self.theme = theme

    def get_driver_class(self) -> type[Driver]:
        """Textual's own, but in a terminal one that writes less."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":  # a browser, Windows
            return usual
        from .widgets.terminal import Terminal

        return Terminal

    def on_mount(self) -> None:
        if self._signals:
            self._catch_signals()
        chosen = self._chosen()
        if chosen is None and self._recordings:
            from .screens.runs import RunsScreen

            screen = RunsScreen(
                self._recordings, inline=self._inline, follow=self._follow, when=self._when
            )
            self.push_screen(screen)
        else:
            self._show(chosen)
        if self._settled is not None:
            self.call_after_refresh(self._settled)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """NO_COLOR's, but not the one that replaces the terminal's own colours: there are none."""
        filters = super().get_line_filters()
        return [each for each in filters if not isinstance(each, ANSIToTruecolor)]

    def _handle_exception(self, error: Exception) -> None:
        """A defect of ours in a handler or a timer: a panel, and the terminal is restored on `q`.

        Textual would leave with a traceback. The part that failed may not answer any more, so
        there is no way back; of a defect in showing the panel Textual is told.
        """
        from .opening import crash
        from .screens.trouble import TroubleScreen

        frames = (frame.f_locals.get("self") for frame, _ in walk_tb(error.__traceback__))
        if self.raising or any(isinstance(each, TroubleScreen) for each in frames):
            super()._handle_exception(error)
        elif not self._failed:
            self._failed = True
            self.push_screen(TroubleScreen(crash(error), back=False))

    def _catch_signals(self) -> None:
        """Leave in order, with the terminal restored, when told to end."""
        loop = asyncio.get_running_loop()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                with suppress(NotImplementedError):  # there are none on Windows
                    loop.add_signal_handler(number, self.exit, None, 128 + number)

    def _chosen(self) -> tuple[Path, int | str] | None:
        named = self._selection
        if named is not None and (named.run is not None or named.step is not None or named.finding):
            return named.path, named.run if named.run is not None else 0
        return only_run(self._recordings)

    def _show(self, chosen: tuple[Path, int | str] | None) -> None:
        named = self._selection
        opened = NOTHING
        if chosen is not None:
            step = named.step if named is not None else None
            finding = named.finding if named is not None else None
            opened = open_run(
                chosen[0], chosen[1], step=step or 0, finding=finding or "", inline=self._inline
            )
        if isinstance(opened, Trouble):
            from .screens.trouble import TroubleScreen

            self.push_screen(TroubleScreen(opened, back=False))
            return
        from .screens.replay import ReplayScreen

        self.push_screen(ReplayScreen(opened, follow=self._follow, back=False))


def run(
    recordings: Sequence[Path],
    selection: Choosing | None,
    follow: bool,
    theme: str,
    settled: Callable[[], None] | None,
) -> int:
    """What `start.view` does; `settled` is called once the first screen stands.

    Raises:
        BadSettings: the user's own keys or colours cannot be used.
    """
    settings = read()
    use(settings.keys)
    if settings.colours:
        from .widgets.paint import repaint

        try:
            repaint(settings.colours)
        except ValueError as error:
            raise BadSettings(f"[colours] of view.toml: {error}") from error
    chosen = theme or settings.theme or background()
    app = LoupeApp(
        recordings,
        selection,
        follow=follow,
        settled=settled,
        signals=True,
        theme=f"loupe-{chosen}",
    )
    app.run()
    return app.return_value or app.return_code or 0
