"""The help: only the keys that do something on the screen it was called from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from ..keymap import Key
from ..pieces import Line, pad
from ..widgets.lines import Bar, Text
from .base import KeyedScreen

WIDTH = 64
_CLOSE = ("escape", "question_mark", "q", "enter", "ctrl+c")


class HelpScreen(ModalScreen[None], KeyedScreen[None]):
    """A box with keys; any of Esc, ?, q closes it."""

    BINDINGS: Sequence[BindingType] = [
        Binding(",".join(_CLOSE), "dismiss", "close", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("up,k", "move(-1)", "up", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen #box-head { height: 1; background: $surface; }
    HelpScreen #box {
        max-height: 80%; background: $surface;
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        super().__init__()
        self._keys = list(keys)

    def compose(self) -> ComposeResult:
        yield Bar(lambda width: [[(" Keys that do something here", "bold")]], id="box-head")
        yield Text(id="box")

    def on_mount(self) -> None:
        box = self.query_one(Text)
        lines = list(help_lines(self._keys))
        box.styles.height = len(lines)
        box.show(lines)

    def on_resize(self) -> None:
        """On a narrow terminal the box takes all of it: nothing of what is below looks out."""
        whole = self.host.size.width < WIDTH + 4
        for name in ("#box-head", "#box"):
            box = self.query_one(name)
            box.styles.width = "100%" if whole else WIDTH
            box.styles.max_width = "100%"

    def action_move(self, by: int) -> None:
        box = self.query_one(Text)
        box.scroll_to(y=box.scroll_offset.y + by, animate=False, immediate=True)


def help_lines(keys: Iterable[Key]) -> Iterable[Line]:
    """A line for each key."""
    for key in keys:
        yield [(pad(f" {key.shown}", 16), "key"), (key.text, "")]
    yield []
    yield [(pad(" ?", 16), "key"), ("closes this help", "dim")]
