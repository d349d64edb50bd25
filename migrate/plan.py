"""Edits of one text: replacements that may nest, lines put before statements, marks.

Nothing is printed from the tree: what no edit covers stays byte-identical.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

Render = Callable[[int, int], str]
Text = str | Callable[[Render], str]

MARK = "TODO(agentloupe)"
CONVERSATIONS = "conversations"  # for `ignore`: all that talks, as it goes on in files that stay
# A line that marks where something was taken out; the blank lines around it are joined at the end.
GAP = "# \ue000\n"
_GAPS = re.compile(
    r"(?:[ \t]*(?:\r\n|\n|\r))*(?:[ \t]*# \ue000(?:\r\n|\n|\r)(?:[ \t]*(?:\r\n|\n|\r))*)+"
)


@dataclass(slots=True)
class Edit:
    """Replace ``[start, end)``; ``text`` may ask for the edited text of spans inside."""

    start: int
    end: int
    text: Text
    rank: int
    order: int


@dataclass(slots=True)
class Plan:
    """Collects edits, then renders the whole text once."""

    text: str
    newline: str
    edits: list[Edit] = field(default_factory=list[Edit])

    def replace(self, start: int, end: int, text: Text) -> None:
        self.edits.append(Edit(start, end, text, 3, len(self.edits)))

    def wrap(self, start: int, end: int, text: Text) -> None:
        """A replacement around everything else that starts at the same place."""
        self.edits.append(Edit(start, end, text, 1, len(self.edits)))

    def insert(self, at: int, text: Text, *, outside: bool = False) -> None:
        """New text at a place; ``outside`` keeps it out of a wrap that starts there."""
        self.edits.append(Edit(at, at, text, 0 if outside else 2, len(self.edits)))

    def lines(self, text: str) -> str:
        """Text written with ``\\n`` in the line ends of the file."""
        if self.newline == "\n":
            return text
        return text.replace(self.newline, "\n").replace("\n", self.newline)

    def render(self, start: int = 0, end: int | None = None) -> str:
        """The edited text of a span; an edit that only overlaps the span is an error."""
        stop = len(self.text) if end is None else end
        return self._close_gaps(self._render(start, stop, self._ordered()))

    def _close_gaps(self, text: str) -> str:
        """Where lines were taken out, as many blank lines as the larger side had, at most two."""

        def close(match: re.Match[str]) -> str:
            lines = match.group().splitlines()
            # the first line end belongs to the statement before, unless the text starts here
            runs, run = [0], -1 if match.start() and not self._at_line_start(text, match) else 0
            for line in lines:
                run = 0 if "\ue000" in line else run + 1
                runs.append(run)
            blank = min(2, max(runs)) if match.start() else 0
            first = "" if self._at_line_start(text, match) else self.newline
            return first + self.newline * blank

        return _GAPS.sub(close, text) if "\ue000" in text else text

    @staticmethod
    def _at_line_start(text: str, match: re.Match[str]) -> bool:
        return match.start() == 0 or text[match.start() - 1] in "\r\n"

    def _ordered(self) -> list[Edit]:
        return sorted(self.edits, key=_by_place)

    def _render(self, start: int, end: int, edits: list[Edit]) -> str:
        parts: list[str] = []
        at = start
        inside = [edit for edit in edits if start <= edit.start and edit.end <= end]
        index = 0
        while index < len(inside):
            edit = inside[index]
            if edit.start < at:
                raise OverlapError(edit.start, edit.end)
            parts.append(self.text[at : edit.start])
            index += 1
            within: list[Edit] = []
            while index < len(inside) and inside[index].start < edit.end:
                within.append(inside[index])
                index += 1
            if callable(edit.text):
                seen = within if edit.end > edit.start else self._ordered()
                parts.append(edit.text(lambda a, b, e=seen: self._render(a, b, e)))
            else:
                parts.append(edit.text)
            at = edit.end
        parts.append(self.text[at:end])
        return "".join(parts)


class OverlapError(Exception):
    """Two edits cross; a defect of a rule, never of the program that is migrated."""


def _by_place(edit: Edit) -> tuple[int, int, int, int]:
    # of two wraps around the same text the later goes around the earlier
    order = -edit.order if edit.rank == 1 else edit.order
    return (edit.start, edit.rank, -edit.end if edit.rank in (1, 3) else 0, order)
