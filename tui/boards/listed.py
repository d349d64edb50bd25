"""A board as a list with one chosen row; headings are passed over."""

from __future__ import annotations

from ..pieces import Line
from .base import Board


class BoardList:
    """The rows of a board for the widget that lists them."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.chosen = -1
        self.renew()

    def count(self) -> int:
        return len(self.board.rows)

    def line(self, at: int, width: int) -> Line:
        cursor = "▸" if at == self.chosen else " "
        return [(cursor, "cursor"), *self.board.rows[at].line(max(1, width - 1))]

    def renew(self) -> None:
        """Make the board anew; the same row stays chosen as far as there is one."""
        self.board.renew()
        at = max(0, min(self.chosen, self.count() - 1))
        found = self._next(at - 1, 1)
        found = self._next(at, -1) if found is None else found
        self.chosen = -1 if found is None else found

    def move(self, by: int) -> int:
        """Choose another row, as many further; the row that was chosen before."""
        before = self.chosen
        for _ in range(abs(by)):
            found = self._next(self.chosen, 1 if by > 0 else -1)
            if found is None:
                break
            self.chosen = found
        return before

    def go(self, at: int) -> int:
        """Choose a row, or the next one that can be; the row that was chosen before."""
        before = self.chosen
        found = self._next(at - 1, 1)
        self.chosen = self.chosen if found is None else found
        return before

    def _next(self, at: int, by: int) -> int | None:
        rows, at = self.board.rows, at + by
        while 0 <= at < len(rows):
            if rows[at].kind == "item":
                return at
            at += by
        return None
