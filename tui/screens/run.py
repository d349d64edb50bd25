"""What all screens of one run share: bars, the line that is typed, moving, going elsewhere."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events

from .. import bars, places
from ..commands import Command, understood
from ..copying import as_text, saved
from ..entry import Entry
from ..keymap import Key, Where, keys_of
from ..pieces import Line, fit
from ..session import Session
from ..widgets.lines import Bar
from .base import LoupeScreen

if TYPE_CHECKING:
    from .replay import ReplayScreen


class PlacesBar(Bar):
    """The bar of places; a click goes to one."""

    def on_click(self, event: events.Click) -> None:
        screen = self.screen
        if isinstance(screen, RunScreen):
            live = screen.replay.steered
            place = places.at(event.x, screen.place, self.size.width, live=live)
            if place:
                screen.action_place(place)


class RunScreen(LoupeScreen):
    """One run, seen from one place."""

    place = ""
    keys: Where = "replay"
    session: Session

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.notice = ""
        self.entry = Entry()

    @property
    @abstractmethod
    def replay(self) -> ReplayScreen:
        """The replay of the run, under all its other screens."""

    @abstractmethod
    def changed(self) -> None:
        """What is known of the run has changed: paint it anew."""

    # -- bars ---------------------------------------------------------------------------------

    def title_bar(self) -> Bar:
        return Bar(lambda width: [bars.title(self.session, width, self.place)], id="title")

    def places_bar(self) -> Bar:
        def line(width: int) -> Sequence[Line]:
            return [places.bar(self.place, width, live=self.replay.steered)]

        return PlacesBar(line, id="places")

    def status_bar(self) -> Bar:
        return Bar(self._status, id="status")

    def footer_bar(self) -> Bar:
        return Bar(lambda width: [bars.footer(self.valid_keys(), width)], id="footer")

    def going(self) -> str:
        """What goes on by itself, for the status bar."""
        return ""

    def tell(self, notice: str) -> None:
        """Say something in the status bar, until the next move."""
        self.notice = notice
        self.refresh_bars("status")

    def _status(self, width: int) -> Sequence[Line]:
        if self.entry.open:
            return [fit(self.entry.line(), width)]
        return [bars.status(self.session, width, self.notice, going=self.going())]

    # -- keys ---------------------------------------------------------------------------------

    def valid_keys(self) -> list[Key]:
        """The keys that do something now."""
        keys = [key for key in keys_of(self.keys) if self.valid(key)]
        if self.replay.live.steering.paused:
            keys = [replace(key, footer="go on") if key.action == "hold" else key for key in keys]
        return keys

    def valid(self, key: Key) -> bool:
        """Whether a key does something now."""
        action, session = key.action.partition("(")[0], self.session
        if action == "back":
            return self.has_back
        if action == "place":
            where = key.action[7:-2]
            return {"runs": self.replay.has_back, "live": self.replay.steered}.get(where, True)
        if action in ("hold", "let", "answer"):
            steering = self.replay.live.steering
            return self.replay.steered and (action != "answer" or bool(steering.asked))
        if action == "finding":
            return bool(session.findings.marks)
        if action in ("help", "suspend", "quit", "prompt", "place", "save", "palette"):
            return True
        return session.total > 0

    def go(self, move: Callable[[], object]) -> None:
        """Move by hand."""
        move()

    def action_step(self, by: int) -> None:
        self.go(lambda: self.session.cursor.move(by))

    def action_finding(self, by: int) -> None:
        session = self.session
        if not session.findings.marks:
            state = session.findings.state
            self.tell("still checking" if state in ("waiting", "checking") else "no findings")
        elif not (session.next_finding() if by > 0 else session.previous_finding()):
            self.tell("no finding after this step" if by > 0 else "no finding before this step")

    @abstractmethod
    def action_place(self, place: str) -> None:
        """Show another screen of the run."""

    # -- copying and saving ---------------------------------------------------------------------

    def row_text(self) -> str:
        """What is copied of the chosen row."""
        return as_text(self.session) if self.session.total else ""

    @abstractmethod
    def command(self) -> str:
        """A command that shows the same again."""

    def action_copy(self) -> None:
        self._copy(self.row_text())

    def action_copy_command(self) -> None:
        self._copy(self.command())

    def _copy(self, text: str) -> None:
        if text:
            self.host.copy_to_clipboard(text)
            self.tell(f"copied: {text.splitlines()[0]}")

    def action_save(self) -> None:
        """Save the screen as text and as a picture."""
        grid = "\n".join(
            "".join(segment.text for segment in strip).rstrip()
            for strip in self._compositor.render_strips()
        )
        title = f"loupe view {self.session.title}"
        try:
            paths = saved(self.place, grid, self.host.export_screenshot(title=title))
        except OSError as error:
            self.tell(f"not saved: {error.strerror}: {error.filename}")
        else:
            self.tell(f"saved {' and '.join(path.name for path in paths)}")

    # -- the line that is typed -----------------------------------------------------------------

    def action_prompt(self) -> None:
        self.entry.begin(":")
        self.refresh_bars("status")

    def action_palette(self) -> None:
        from .palette import PaletteScreen

        keys = [key for key in self.valid_keys() if key.action not in ("palette", "quit")]
        self.host.push_screen(PaletteScreen(keys), self._chosen)

    async def _chosen(self, action: str | None) -> None:
        if action:
            await self.do(action)

    async def press(self, event: events.Key) -> bool:
        """While something is typed, all keys belong there."""
        if not self.entry.open:
            return await super().press(event)
        begun = self.entry.begun
        entered = self.entry.key(event.key, event.character)
        if entered is not None:
            await self.typed(begun, entered)
        self.refresh_bars("status")
        return True

    # -- a program in progress ------------------------------------------------------------------

    async def action_hold(self) -> None:
        """Hold the program's deliveries back, or let them go on."""
        self.tell(await self.replay.live.steering.pause_or_resume())

    async def action_let(self) -> None:
        """Let one delivery of the program begin."""
        self.tell(await self.replay.live.steering.step())

    def action_answer(self) -> None:
        """Answer the person's question in their place."""
        self.entry.begin("answer ›")
        self.refresh_bars("status")

    async def typed(self, begun: str, text: str) -> None:
        """A line was typed after `:`; "" when it was given up."""
        if begun == "answer ›":
            self.tell(await self.replay.live.steering.answer(text) if text else "not answered")
        elif text:
            await self.obey(understood(self.session, text))

    async def obey(self, command: Command) -> None:
        """Do what was typed."""
        if command.kind == "step":
            self.go(lambda: self.session.cursor.go(command.step))
        elif command.kind == "place":
            self.action_place(command.text)
        elif command.kind == "action":
            await self.do(command.text)
        elif command.kind == "export":
            self.replay.export(command.text)
        elif command.kind in ("filter", "break"):
            self.replay.meant(command.kind, command.text)
        else:
            self.tell(command.text)
