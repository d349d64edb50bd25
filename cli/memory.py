"""The memory samples of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ..tracer.model import Sample, plain_name
from ..tracer.reader import Run
from ..tui.units import change, number, size
from .shapes import SampleRow, iso
from .terminal import paint, table

SHOWN: Final = 48  # lines at most: more are thinned evenly, first and last are kept


def rows(run: Run, window: tuple[int, int] | None) -> list[SampleRow]:
    """All samples, or those taken after the steps of a window."""
    start, stop = window or (0, run.info.steps + 1)
    return [_row(sample) for sample in run.samples() if start <= sample.step < stop]


def _row(sample: Sample) -> SampleRow:
    return SampleRow(
        time=iso(sample.time_ns),
        step=sample.step,
        messages=sample.messages,
        collected=sample.collected,
        rss=sample.rss,
        blocks=sample.blocks,
        c_heap=sample.c_heap,
        uss=sample.uss,
        tasks=sample.tasks,
        threads=sample.threads,
        fds=sample.fds,
        children=sample.children,
        children_rss=sample.children_rss,
        agent_blocks={plain_name(who): round(n) for who, n in sample.agent_blocks.items()},
    )


def lines(found: Iterable[SampleRow]) -> Iterator[str]:
    """A table of at most SHOWN samples, then what each agent's handlers allocated on balance."""
    found = list(found)
    if not found:
        yield "no memory samples"
        return
    head = (
        "STEP",
        "MESSAGES",
        "RSS",
        "CHANGE",
        "BLOCKS",
        "C-HEAP",
        "TASKS",
        "THREADS",
        "FDS",
        "GC",
    )
    first = found[0].rss
    shown = thin(found, SHOWN)
    yield from table(head, [_fields(row, first) for row in shown], " ".join(head[:-1]))
    if len(shown) < len(found):
        text = f"{len(shown)} of {number(len(found))} samples, evenly spaced; all with --json"
        yield paint(text, dim=True)
    shares = found[-1].agent_blocks
    if shares:
        yield ""
        yield "net memory blocks allocated by each agent's handlers:"
        for name, blocks in sorted(shares.items(), key=lambda share: -share[1]):
            yield f"  {name}  {blocks:+,.0f}"


def thin(found: list[SampleRow], count: int) -> list[SampleRow]:
    """At most `count` of them, evenly spaced, with the first and the last."""
    if len(found) <= count:
        return found
    last = len(found) - 1
    return [found[round(place * last / (count - 1))] for place in range(count)]


def _fields(row: SampleRow, first: int) -> tuple[str, ...]:
    return (
        number(row.step),
        number(row.messages),
        size(row.rss),
        change(row.rss - first),
        _count(row.blocks),
        "" if row.c_heap is None else size(row.c_heap),
        _count(row.tasks),
        _count(row.threads),
        _count(row.fds),
        "collected" if row.collected else "",
    )


def _count(value: int | None) -> str:
    return "" if value is None else number(value)
