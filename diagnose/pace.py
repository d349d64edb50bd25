"""The pace of a row of acts: its period, and how long it may go on as it waits for something."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from ..tracer import conventions as c
from ..tracer.remembered import Remembered
from .loop import Mark
from .turn import Act, Turn

_NAP: Final = ("sleep", "wait", "delay")
#: Whether a tool of this name takes a nap.
_NAPS: Final = Remembered(lambda tool: any(word in tool.lower() for word in _NAP), 1 << 12)


def period_of(row: Sequence[Mark]) -> int:
    """How far back the repetitions lie; where that varies, how often an agent has its turn."""
    back = [mark.place - mark.match for mark in row]
    middle = round(median(back))
    if sum(gap == middle for gap in back) * 2 < len(back):
        last: dict[tuple[str, str], int] = {}
        turns: list[int] = []
        for mark in row:
            key = mark.agent, mark.kind
            if key in last:
                turns.append(mark.place - last[key])
            last[key] = mark.place
        middle = min(middle, round(median(turns))) if turns else middle
    return max(1, middle)


def patience(row: list[Mark], period: int, begin: int | None = None) -> int:
    """How many times longer than usual a row may go on: it waits for something.

    `begin` is when the turn was that the row's first act repeats.
    """
    rounds: list[list[Mark]] = []
    for mark in row:
        if rounds and mark.place - rounds[-1][0].place < period:
            rounds[-1].append(mark)
        else:
            rounds.append([mark])
    waits = [sum(mark.idle for mark in one) for one in rounds]
    factor = 1
    if len(waits) >= 2:
        middle = median(waits)
        if middle >= 45:
            return 12
        starts = [*([] if begin is None else [begin]), *(one[0].turn_ns for one in rounds)][-4:]
        gaps = [later - earlier for earlier, later in pairwise(starts)]
        growing = waits[-1] >= 0.05 and (
            len(gaps) >= 2 and all(later >= 1.4 * earlier for earlier, later in pairwise(gaps))
        )
        factor = 3 if middle >= 20 or growing else 1
    calls = [mark for mark in row if mark.kind == "call"]
    if calls and all(mark.pending for mark in calls):
        factor = 3
    return factor


def idle(act: Act, turn: Turn, before: Mark | None, end_ns: int | None) -> float:
    """Seconds before an act in which nothing was under way; naps count as idle.

    `before` is the act before it, `end_ns` when the turns before it were over.
    """
    nap = 0.0
    if act.kind == "call" and _NAPS[act.target]:
        nap = (act.span.duration_ns or 0) / 1e9
    if before is not None and before.step == turn.step.index:
        if act.kind != "call":
            return nap
        gap = act.span.start_ns - before.end_ns
        thinking = sum(
            span.duration_ns or 0
            for span in turn.spans
            if span.op == c.CHAT and span.start_ns >= before.start_ns
        )
        return max(0, gap - thinking) / 1e9 + nap
    return nap if end_ns is None else max(0, turn.start_ns - end_ns) / 1e9 + nap
