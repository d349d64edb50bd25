"""What the screens beside the replay have in common: something above a list of rows.

A board is made from a session and a survey of its run, knows no Textual, and is made anew when
either has changed. `loupe show` prints the same facts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ...tracer.model import Step
from ...tracer.text import visible
from ..findings import Mark
from ..pieces import Line, cut, pad, right
from ..session import Session
from ..survey import Survey
from ..told import price, reach, told


def nothing() -> list[Line]:
    """No detail."""
    return []


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a line for a width, the step it leads to, and what more there is to say."""

    line: Callable[[int], Line]
    step: int | None = None
    detail: Callable[[], list[Line]] = nothing
    kind: Literal["item", "heading", "blank"] = "item"


class Board(ABC):
    """A screen's content; a subclass fills `rows` in `renew`."""

    name = ""
    twin = ""  # the options of `loupe show` that print the same
    at_cursor = False  # whether it shows the moment of the cursor
    surveyed = False  # whether it needs the survey
    scopes = False  # whether less or more of it can be shown
    detail: Literal["beside", "below", "asked"] = "beside"  # where more is said about a row

    def __init__(self, session: Session, survey: Survey) -> None:
        self.session = session
        self.survey = survey
        self.rows: Sequence[Row] = ()
        self.messages: dict[int, str] = {}  # queued messages of a program in progress, by row

    @abstractmethod
    def renew(self) -> None:
        """Make the rows from what is known now."""

    @abstractmethod
    def head(self, width: int, height: int) -> list[Line]:
        """What stands above the list, in at most `height` lines."""

    def scope(self) -> None:
        """Show less or more of it, where it `scopes`."""
        self.renew()

    def at_step(self, step: int) -> int | None:
        """The row that begins with a step, on a board that has such."""
        return None

    def progress(self) -> str:
        """How far the survey is, "" when there is nothing to wait for."""
        survey = self.survey
        if not self.surveyed or survey.complete:
            return ""
        if not survey.total:
            return "reading…"
        return f"read {100 * survey.steps // survey.total} %"


def heading(text: str, note: str = "") -> Row:
    """A row between parts of the list."""
    return Row(lambda width: [(" ", ""), (text, "heading"), (f"  {note}", "dim")], kind="heading")


def blank() -> Row:
    """An empty row."""
    return Row(lambda width: [], kind="blank")


def sentence(text: str, role: str = "dim") -> Row:
    """A row that only says something."""
    return Row(lambda width: [("  ", ""), (text, role)], kind="heading")


def finding_row(mark: Mark) -> Row:
    """A finding on one line, with its evidence as the detail."""
    found, role = mark.finding, mark.finding.severity
    line: Line = [
        (f" {mark.glyph} {mark.number} ", f"{role} bold"),
        (f"{found.code:8} ", role),
        (visible(found.title, newlines=False), "bold"),
        (f"  {reach(mark)} · {price(mark)}", "dim"),
    ]
    first = mark.first if found.first_step is not None else None
    return Row(lambda width: line, first, lambda: told(mark))


def delivery_line(session: Session, step: Step) -> Line:
    """Who sent what to whom."""
    cast = session.cast
    return [
        (cast.name(step.sender), cast.role(step.sender)),
        (" → ", "dim"),
        (cast.name(step.recipient), cast.role(step.recipient)),
        (f"  {cut(session.kind(step).rpartition('.')[2], 24)}", "type"),
        (f"  {session.said(step)}", "said"),
    ]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name, its cells, and whether it is set to the right.

    `least` is the width of the table from which on it is shown.
    """

    name: str
    width: int
    number: bool = True
    least: int = 0

    def fill(self, text: str) -> str:
        """`text` in the column's cells, with a blank after it."""
        return (right(text, self.width) if self.number else pad(text, self.width)) + "  "


def titles(columns: Sequence[Column], width: int) -> Line:
    """The names of the columns that are shown."""
    text = "".join(column.fill(column.name) for column in columns if column.least <= width)
    return [(" ", ""), (text.rstrip(), "head")]


def fields(columns: Sequence[Column], width: int, values: Sequence[tuple[str, str]]) -> Line:
    """A row of a table: a text and its role for each column."""
    line: Line = [(" ", "")]
    for column, (text, role) in zip(columns, values, strict=True):
        if column.least <= width:
            line.append((column.fill(text), role))
    return line


def bar(share: float, cells: int) -> str:
    """A horizontal bar of at most so many cells, in eighths of a cell.

    >>> bar(0.5, 4), bar(0.3, 4), bar(0, 4)
    ('██', '█▎', '')
    """
    eighths = round(max(0.0, min(1.0, share)) * cells * 8)
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")
