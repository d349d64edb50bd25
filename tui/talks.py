"""The inner conversations of a run on the screen: which there are, and which of them are open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..tracer import conventions as c
from ..tracer.model import Step
from .folding import Row
from .inner import Spoken, spoken
from .nesting import Nesting
from .source import Recent

if TYPE_CHECKING:
    from .session import Session

NEAR = 256  # steps around one in which inner conversations are looked for
DEEP = 20_000  # steps of an inner conversation that are shown when it is open


class Talks:
    """Inner conversations of a session. `first`: its first steps, by which it is told early
    whether there are any.
    """

    def __init__(self, session: Session, first: Sequence[Step]) -> None:
        self.nesting = Nesting(session.folding, self._below)
        self._session = session
        self._spoken = Recent(500)
        self._any = bool(session.cast.within) or any(self.spoken(step) for step in first)

    def any(self) -> bool:
        """Whether the run has inner conversations, as far as is known."""
        self._any = self._any or bool(self._session.cast.within)
        return self._any

    def forget(self) -> None:
        """Steps have ended or come in since."""
        self._spoken.clear()

    def spoken(self, step: Step) -> list[Spoken]:
        """What was talked within one step besides the recipient's own turn."""
        return self._spoken.get(step.index, lambda: spoken(step, self._session.spans(step.index)))

    def stretch(self, row: Row) -> bool:
        """Whether a row stands for a stretch of an inner conversation."""
        session = self._session
        whole = row.kind == "talk" or (row.kind == "steps" and not row.nested)
        return whole and session.matches is None and bool(session.inner(session.step(row.start)))

    def here(self) -> Row | None:
        """The row of the inner conversation at the cursor, open or closed."""
        session = self._session
        if not session.total or session.matches is not None:
            return None
        row = session.row(session.at)
        if row.kind != "steps":
            return None
        around = self.nesting.around(session.cursor.step)
        first = around is not None and row.start == around.start
        own = self.stretch(row) or bool(self._within(row))
        return row if own and not first else around

    def toggle(self) -> bool:
        """Open or close the inner conversation at the cursor; False when there is none."""
        row = self.here()
        if row is None:
            return False
        self.nesting.open ^= {row.start}
        self._changed()
        return True

    def toggle_all(self) -> bool:
        """Close all of them, or open those near the cursor when none is open."""
        session, opened = self._session, self.nesting.open
        if opened:
            self.nesting.open = set()
        elif session.matches is None:
            here = session.cursor.step
            for step in session.pages.range(max(0, here - NEAR), min(session.total, here + NEAR)):
                row = session.folding.row(session.folding.at(step.index))
                first = row.kind == "steps" and row.start == step.index
                if self.spoken(step) or (first and self.stretch(row)):
                    self.nesting.open.add(step.index)
        self._changed()
        return bool(opened or self.nesting.open)

    def owner(self, row: Row) -> str:
        """Within whose turn a stretch of inner steps was spoken, "" when nobody's is known."""
        session = self._session
        first, found = session.step(row.start), ""
        for step in session.pages.range(max(0, row.start - NEAR), row.start):
            on = step.end_ns is None or step.end_ns >= first.start_ns
            if on and session.inner(step) != session.inner(first):
                runs = any(span.op == c.RUN for span in session.spans(step.index))
                found = step.recipient if runs or not found else found
        return found

    def _changed(self) -> None:
        self.nesting.lay_out()
        self._session.version += 1

    def _below(self, row: Row) -> list[Row]:
        """The rows of an inner conversation that is open."""
        if not self.stretch(row):
            return self._within(row)
        out: list[Row] = []
        steps = self._session.pages.range(row.start, min(row.stop, row.start + DEEP))
        for start, stop in broadcasts(steps):
            each = Row("steps", start, stop, row.fold, nested=True)
            out.append(each)
            if start in self.nesting.open and start != row.start:
                out += self._within(each)
        return out

    def _within(self, row: Row) -> list[Row]:
        return [
            Row("inside", step.index, step.index + 1, row.fold, nested=True, spoken=each)
            for step in self._session.pages.range(row.start, row.stop)
            for each in self.spoken(step)
        ]


def broadcasts(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    """Steps as ranges: one for each message that was published, whoever got it."""
    start: int | None = None
    last: Step | None = None
    for step in steps:
        joins = (
            last is not None
            and step.kind == last.kind == "publish"
            and bool(step.message_id)
            and step.message_id == last.message_id
        )
        if last is not None and start is not None and not joins:
            yield start, step.index
        start = step.index if start is None or not joins else start
        last = step
    if last is not None and start is not None:
        yield start, last.index + 1
