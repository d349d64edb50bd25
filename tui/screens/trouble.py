"""A panel instead of a screen: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from ..bars import footer
from ..keymap import Key, keys_of
from ..opening import Trouble
from ..pieces import Line, fit
from ..widgets.lines import Bar, Text
from .base import LoupeScreen
from .bindings import bindings


class TroubleScreen(LoupeScreen):
    """Says what cannot be shown and why."""

    BINDINGS = bindings("everywhere")
    DEFAULT_CSS = """
    TroubleScreen { layout: vertical; }
    TroubleScreen Bar { width: 1fr; height: 1; }
    TroubleScreen Text { height: 1fr; padding: 1 2; overflow-x: hidden; overflow-y: auto; }
    """

    def __init__(self, trouble: Trouble, *, back: bool) -> None:
        super().__init__()
        self.trouble = trouble
        self.has_back = back

    def compose(self) -> ComposeResult:
        yield Bar(lambda width: [fit([(" loupe", "brand")], width)], id="title")
        yield Text(id="panel")
        yield Bar(self._footer, id="footer")

    def on_mount(self) -> None:
        self.query_one(Text).show(trouble_lines(self.trouble))

    def valid_keys(self) -> list[Key]:
        """The keys that do something now."""
        return [key for key in keys_of("everywhere") if key.action != "back" or self.has_back]

    def _footer(self, width: int) -> Sequence[Line]:
        return [footer(self.valid_keys(), width)]


def trouble_lines(trouble: Trouble) -> list[Line]:
    """The panel's text."""
    lines: list[Line] = [[(trouble.what, "bold")], []]
    if trouble.path is not None:
        lines += [[("file  ", "dim"), (str(trouble.path), "")], []]
    lines += [[(part, "key")] for part in trouble.advice.splitlines()]
    return lines
