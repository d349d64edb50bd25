"""What was still open when the recording ended, or is open now: who waits for what."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from ..tracer import conventions as c
from ..tracer.model import Span, plain_name
from ..tracer.reader import Run
from ..tui.units import span
from .shapes import WaitRow, iso
from .terminal import table


def rows(run: Run) -> list[WaitRow]:
    """The innermost open spans: what has an open span below it only waits for that one."""
    opened = [each for each in run.open_spans() if each.op != c.RUN]
    outer = {each.parent for each in opened}
    innermost = [each for each in opened if each.id not in outer]
    until = _until(run, opened)
    return [_row(each, until) for each in innermost]


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


def _row(each: Span, until: int) -> WaitRow:
    return WaitRow(
        agent=plain_name(each.agent),
        awaited=awaited(each),
        operation=each.op,
        span=each.hex_id,
        step=each.step,
        since=iso(each.start_ns),
        seconds=round(max(0, until - each.start_ns) / 1e9, 6),
    )


def awaited(each: Span) -> str:
    """What an open span waits for, in words."""
    kind = str(each.attributes.get(c.MESSAGE_TYPE, ""))
    if each.op == c.SEND:
        return f"the reply of {plain_name(str(each.attributes.get(c.RECIPIENT, '')))} to {kind}"
    if each.op == c.PROCESS:
        return f"its own handler of {kind}"
    if each.op == c.CHAT:
        return f"the model {each.attributes.get(c.REQUEST_MODEL, '')}".rstrip()
    if each.op == c.TOOL:
        return f"the tool {each.attributes.get(c.TOOL_NAME) or each.name}"
    if each.op == c.HUMAN:
        return "a person's answer"
    return each.name


def lines(found: Iterable[WaitRow]) -> Iterator[str]:
    """A table, the longest wait first."""
    found = sorted(found, key=lambda row: -row.seconds)
    if not found:
        yield "nothing is open: every span ended"
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
