"""Who waits for what: what never ended, or what was open at a step."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from ..tracer.model import Span, plain_name
from ..tracer.reader import Run
from ..tui.units import span
from ..tui.waiting import AHEAD, Wait, moment, waiting
from .shapes import WaitRow, iso
from .terminal import paint, table

BEFORE = 1_000  # steps before the one that is meant whose spans may still have been open


def rows(run: Run, step: int | None = None) -> list[WaitRow]:
    """The waits right before the step after `step` began; without a step, at the end of the run."""
    opened = run.open_spans()
    if step is None:
        found = waiting(opened, (), _until(run, opened), over=run.info.status != "running")
        return [_row(wait) for wait in found.waits]
    last = step == run.info.steps - 1
    at = moment(run.steps(step, step + 2), run.info.end_ns)
    spans = [*opened, *run.loose_spans(), *run.spans(max(0, step - BEFORE), step + 1)]
    ahead = run.steps(step + 1, step + 1 + AHEAD)
    found = waiting(spans, ahead, at, over=last and run.info.status != "running")
    return [_row(wait) for wait in found.waits]


def _until(run: Run, opened: list[Span]) -> int:
    """The moment up to which the waiting is known to have lasted."""
    if run.info.status == "running":
        return time.time_ns()
    if run.info.end_ns is not None:
        return run.info.end_ns
    ended = run.recording.info.ended_ns
    if ended is not None:
        return ended
    last = run.spans(max(0, run.info.steps - 50), None) if run.info.steps else []
    moments = [each.end_ns or each.start_ns for each in (*last, *opened)]
    return max((*moments, *(sample.time_ns for sample in run.samples()[-1:])), default=0)


def _row(wait: Wait) -> WaitRow:
    each = wait.span
    awaits = plain_name(wait.target) if wait.target else None
    return WaitRow(
        agent=plain_name(wait.agent),
        awaited=wait.what,
        operation=each.op,
        span=each.hex_id,
        step=each.step,
        since=iso(each.start_ns),
        seconds=round(max(0, wait.age_ns) / 1e9, 6),
        awaits=awaits,
        stuck=wait.stuck,
    )


def lines(found: Iterable[WaitRow]) -> Iterator[str]:
    """A table, the longest wait first."""
    found = sorted(found, key=lambda row: -row.seconds)
    if not found:
        yield "nobody waits: nothing is open"
        return
    head = ("WHO", "WAITS FOR", "SINCE STEP", "FOR")
    yield from table(
        head,
        [
            (
                row.agent or "(program)",
                row.awaited,
                "-" if row.step is None else str(row.step),
                span(round(row.seconds * 1e9)),
            )
            for row in found
        ],
        "FOR",
    )
    circle = _circle(found)
    if circle:
        yield paint(f"they wait for each other: {', '.join(circle)}", color="red")


def _circle(found: list[WaitRow]) -> list[str]:
    """The names in a circle of waits, if there is one."""
    awaits = {row.agent: row.awaits for row in found if row.awaits}
    for start in awaits:
        path = [start]
        while (target := awaits.get(path[-1])) is not None:
            if target in path:
                return [*path[path.index(target) :], target]
            path.append(target)
    return []
