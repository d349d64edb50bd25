"""The palette: every key that does something now, found by typing a few letters of its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from ..fuzzy import ranked
from ..keymap import Key
from ..pieces import Line, pad
from ..widgets.lines import Bar
from ..widgets.rows import RowsView
from .base import KeyedScreen


class Choices:
    """The keys that fit what is typed, the best first."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = list(keys)
        self.found = self.keys
        self.chosen = 0

    def type(self, text: str) -> None:
        """Look for what is typed."""
        self.found = ranked(text, self.keys, lambda key: key.text)
        self.chosen = 0

    def count(self) -> int:
        return len(self.found)

    def line(self, at: int, width: int) -> Line:
        key = self.found[at]
        return [(pad(f" {key.shown}", 16), "key"), (key.text, "bold" if at == self.chosen else "")]


class PaletteScreen(ModalScreen[str], KeyedScreen[str]):
    """A box with what can be done; the action that was chosen is its result."""

    DEFAULT_CSS = """
    PaletteScreen { align: center top; background: $background 60%; }
    PaletteScreen #asked {
        width: 72; max-width: 96%; height: 1; margin-top: 2; background: $surface;
    }
    PaletteScreen #found {
        width: 72; max-width: 96%; height: 16; max-height: 70%; background: $surface;
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        super().__init__()
        self.choices = Choices(keys)
        self.text = ""

    def compose(self) -> ComposeResult:
        yield Bar(self._asked, id="asked")
        yield RowsView(self.choices, id="found")

    def _asked(self, width: int) -> Sequence[Line]:
        hint = "" if self.text else " what do you want to do?"
        return [[(" ▸ ", "brand"), (self.text, "strong"), (" ", "reverse"), (hint, "dim")]]

    async def press(self, event: events.Key) -> bool:
        choices, view = self.choices, self.query_one(RowsView)
        if event.key in ("escape", "ctrl+c", "ctrl+p"):
            self.dismiss("")
        elif event.key == "enter":
            found = choices.found
            self.dismiss(found[choices.chosen].action if found else "")
        elif event.key in ("down", "up", "tab"):
            before = choices.chosen
            step = -1 if event.key == "up" else 1
            choices.chosen = max(0, min(before + step, choices.count() - 1))
            view.moved(before)
        else:
            if event.key == "backspace":
                self.text = self.text[:-1]
            elif event.character is not None and event.character.isprintable():
                self.text += event.character
            choices.type(self.text)
            view.lay_out()
            self.query_one(Bar).renew()
        return True

    def on_rows_view_chosen(self, event: RowsView.Chosen) -> None:
        self.dismiss(self.choices.found[event.at].action)
