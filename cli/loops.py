"""What repeats in a run, word for word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..tracer.reader import Run
from ..tui.cycles import Fold
from ..tui.session import Session
from ..tui.survey import Survey
from ..tui.units import change, number, span
from .shapes import LoopRow
from .terminal import table

SHOWN = 100  # the longest ones that are listed


def rows(run: Run) -> list[LoopRow]:
    """The repeats, the longest first."""
    session = Session(run)
    session.work(run, lambda: None, lambda: False)
    session.sync()
    survey = Survey().work(run)
    found = [_row(session, survey, fold) for fold in session.folding.folds]
    return sorted(found, key=lambda row: row.first_step - row.last_step)


def _row(session: Session, survey: Survey, fold: Fold) -> LoopRow:
    start, stop = session.folding.steps_of(fold)
    first, last = session.step(start), session.step(stop - 1)
    turn = session.pages.range(start, start + max(1, (stop - start) // fold.times))
    agents = dict.fromkeys(who for step in turn for who in (step.sender, step.recipient) if who)
    return LoopRow(
        times=fold.times,
        rows=fold.period,
        first_step=start,
        last_step=stop - 1,
        deviation=session.folding.deviation(fold),
        seconds=round(((last.end_ns or last.start_ns) - first.start_ns) / 1e9, 6),
        tokens=survey.tokens.between(start, stop),
        grown=session.grown_over(start, stop),
        agents=[session.cast.name(who) for who in agents],
    )


def lines(found: Iterable[LoopRow]) -> Iterator[str]:
    """A table, the longest repeat first."""
    found = list(found)
    if not found:
        yield "nothing repeats word for word; what the rules say: loupe check"
        return
    head = ("TIMES", "ROWS", "STEPS", "FOR", "TOKENS", "GREW", "FIRST DEVIATION", "AGENTS")
    yield from table(head, [_fields(row) for row in found[:SHOWN]], "TIMES ROWS FOR TOKENS GREW")
    if len(found) > SHOWN:
        yield f"and {number(len(found) - SHOWN)} shorter ones; all with --json"


def _fields(row: LoopRow) -> tuple[str, ...]:
    return (
        number(row.times),
        number(row.rows),
        f"{row.first_step}-{row.last_step}",
        span(round(row.seconds * 1e9)),
        number(row.tokens),
        "" if row.grown is None else change(row.grown),
        "none" if row.deviation is None else str(row.deviation),
        ", ".join(row.agents),
    )
