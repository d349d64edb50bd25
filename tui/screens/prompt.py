"""The line after `:`."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class Prompt(Input):
    """An input line at the bottom that gives the keys back on Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.back", "close", show=False),
        Binding("ctrl+c", "screen.back", "close", show=False),
    ]

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(
            placeholder="go to: a step, t=83s, #1, LOOP001, runs, help, q", compact=True, id=id
        )
