"""What is taken along from a run: the row or a range as text, as a command, as a file."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import SuspendNotSupported

from .. import exporting
from ..copying import as_command, as_show, as_text
from ..pager import opened_in
from ..widgets.inspector import Inspector
from ..widgets.lanes import LanesView
from .run import RunScreen

COPIED = 1_000  # steps of a range as text: terminals take no more than some 100 KB


class Taking(RunScreen):
    """The part of the replay that copies and writes."""

    def command(self) -> str:
        steps = self.session.selection.steps
        if steps:
            return as_show(self.session, f"--steps {steps[0]}..{steps[-1]}", at_cursor=False)
        return as_command(self.session)

    def selected(self) -> Sequence[int]:
        """The steps that an export takes: the range, a filter's, the fold's here, or the step."""
        session = self.session
        if session.selection.steps:
            return session.selection.steps[: exporting.MOST]
        if session.matches is not None:
            return session.matches.steps[: exporting.MOST]
        fold = session.folding.fold_of(session.cursor.step)
        if fold is not None:
            start, stop = session.folding.steps_of(fold)
            return range(start, min(stop, start + exporting.MOST))
        covering = session.findings.covering(session.cursor.step, session.cursor.step + 1)
        if covering and covering[0].finding.first_step is not None:
            return range(covering[0].first, min(covering[0].last + 1, session.total))
        return range(session.cursor.step, session.cursor.step + 1)

    def action_range(self) -> None:
        notice = self.session.selection.mark()
        self.query_one(LanesView).refresh()
        self.tell(notice)

    def row_text(self) -> str:
        steps = self.session.selection.steps
        if not steps:
            return super().row_text()
        return "\n".join(as_text(self.session, step) for step in steps[:COPIED])

    def action_export(self, form: str = "markdown") -> None:
        self.export(form)

    def export(self, form: str) -> None:
        """Write the selected steps to a file."""
        steps = self.selected() if self.session.total else ()
        if not steps:
            self.tell("there is no step to export")
            return
        try:
            path = exporting.write(self.session, steps, form)
        except OSError as error:
            self.tell(f"not written: {error.strerror}: {error.filename}")
        else:
            count = f"{len(steps)} steps" if len(steps) > 1 else f"step {steps[0]}"
            self.tell(f"{count} written to {path.name}")

    def action_outside(self, variable: str) -> None:
        """What the inspector shows, in the user's own pager or editor."""
        text = self.query_one(Inspector).as_text()
        try:
            with self.host.suspend():
                told = opened_in(variable, text)
        except SuspendNotSupported:
            self.tell("there is no terminal to give away here; y copies the row, x writes a file")
            return
        self.host.refresh()
        self.tell(told)
