"""Memory over the run or the whole program: the process, its children, its agents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from ...tracer.model import Sample
from ...tracer.text import visible
from ..findings import Mark
from ..pieces import Line, cut, fit, pad, right
from ..session import Session
from ..strip import band_lines
from ..survey import Survey
from ..told import told
from ..trend import Point, spark, trend
from ..units import change, number, size
from .base import Board, Row, bar, blank, delivery_line, finding_row, heading, sentence

Read = Callable[[Sample], float | None]

#: What is drawn of every sample: name, how it is read, whether it is a number of bytes.
_SERIES: tuple[tuple[str, Read, bool], ...] = (
    ("resident", lambda s: s.rss, True),
    ("unique", lambda s: s.uss, True),
    ("C heap", lambda s: s.c_heap, True),
    ("blocks", lambda s: s.blocks, False),
    ("children", lambda s: s.children_rss, True),
    ("tasks", lambda s: s.tasks, False),
    ("threads", lambda s: s.threads, False),
    ("files", lambda s: s.fds, False),
)
TOP = 12
CONTAINER_USAGE = ("container.memory.usage", "agentloupe.memory.container", "process.memory.usage")


class Memory(Board):
    """Series as sparks, then who allocated it, where it grew, and who holds it."""

    name = "memory"
    twin = "--memory"
    scopes = True
    detail = "asked"
    surveyed = True  # for the containers

    def __init__(self, session: Session, survey: Survey) -> None:
        super().__init__(session, survey)
        self.whole = len(session.program_samples()) > len(session.samples())

    def scope(self) -> None:
        """The whole program instead of this run, or back."""
        self.whole = not self.whole
        self.renew()

    @property
    def samples(self) -> Sequence[Sample]:
        return self.session.program_samples() if self.whole else self.session.samples()

    def _place(self, sample: Sample) -> int:
        return sample.messages if self.whole else sample.step

    def _points(self, read: Read) -> list[Point]:
        found = ((self._place(sample), read(sample)) for sample in self.samples)
        return [(at, value) for at, value in found if value is not None]

    def _reach(self) -> tuple[int, int]:
        samples = self.samples
        if not self.whole:
            return 0, max(1, self.session.total)
        return self._place(samples[0]), max(self._place(samples[-1]), self._place(samples[0]) + 1)

    def head(self, width: int, height: int) -> list[Line]:
        samples = self.samples
        if not samples:
            return [fit([(" no memory was sampled in this run", "dim")], width)]
        what = "whole program" if self.whole else "this run"
        rss = [sample.rss for sample in samples]
        line: Line = [(f" {what}", "bold"), (f"  resident {size(rss[0])} → {size(rss[-1])}", "")]
        line.append((f"  peak {size(max(rss))}", ""))
        fitted = trend(self._points(lambda s: s.rss))
        if fitted is not None:
            unit = "message" if self.whole else "step"
            line.append((f"  {change(fitted.slope)} a {unit}, r² {fitted.r2:.2f}", "bold"))
        out = [fit(line, width)]
        if height >= 6:
            low, high = self._reach()
            points = [(at, int(value)) for at, value in self._points(lambda s: s.rss)]
            out += band_lines(points, width, min(8, height - 3), low, high)
            out.append(self._axis(width, low, high))
        return out

    def _axis(self, width: int, low: int, high: int) -> Line:
        unit = "messages" if self.whole else "steps"
        text = f"{unit} {number(low)}"
        end = number(high)
        return fit([(" " * 8 + text + right(end, max(0, width - 9 - len(text))), "dim")], width)

    def renew(self) -> None:
        if not self.samples:
            self.rows = [sentence("record with memory: loupe run --memory-interval 1 app.py")]
            return
        self.rows = [
            *self._held(),
            *self._agents(),
            *self._containers(),
            blank(),
            *self._series(),
            *self._grew(),
        ]

    def _series(self) -> Iterator[Row]:
        low, high = self._reach()
        yield heading("The process")
        for name, read, in_bytes in _SERIES:
            points = self._points(read)
            if len(points) < 2 or (name == "children" and not any(v for _, v in points)):
                continue
            yield _spark_row(name, "bold", points, low, high, in_bytes=in_bytes)

    def _agents(self) -> Iterator[Row]:
        named = dict(self.samples[-1].agent_blocks)
        yield blank()
        if not named:
            yield heading("Agents")
            yield sentence("what each agent allocated was not measured")
            return
        yield heading("Agents", "net memory blocks that their handlers allocated")
        low, high = self._reach()
        most = max(1.0, *named.values())
        heap = self.samples[-1].agent_heap
        for name, blocks in sorted(named.items(), key=lambda item: -item[1]):
            points = self._points(lambda s, name=name: s.agent_blocks.get(name))
            yield self._agent(name, points, (low, high), blocks / most, heap)

    def _agent(
        self,
        name: str,
        points: list[Point],
        reach: tuple[int, int],
        share: float,
        heap: Mapping[str, float],
    ) -> Row:
        last = points[-1][1] if points else 0.0
        role = self.session.role_of(name)

        def line(width: int) -> Line:
            room = max(8, width - 68)
            out: Line = [
                (" " + pad(cut(visible(name, newlines=False), 18), 19), f"{role} bold"),
                (pad(spark(points, room, *reach), room), "memory"),
                (right(f"{last:+,.0f}", 12) + " blocks ", "bold" if share > 0.5 else ""),
                (pad(bar(share, 14), 15), role),
            ]
            return [*out, (f"C heap {change(heap[name])}" if name in heap else "", "dim")]

        return Row(line)

    def _containers(self) -> Iterator[Row]:
        by_name: dict[str, list[Point]] = {}
        for span in self.survey.samples:
            key = next((key for key in CONTAINER_USAGE if key in span.attributes), None)
            value = span.attributes[key] if key is not None else None
            if isinstance(value, int | float):
                name = str(
                    span.attributes.get("container.name")
                    or span.attributes.get("container.id")
                    or span.name
                )
                by_name.setdefault(name, []).append((span.step or 0, float(value)))
        if not by_name:
            return
        yield blank()
        yield heading("Containers and executors")
        for name, points in sorted(by_name.items(), key=lambda item: -max(v for _, v in item[1])):
            shown = visible(name, newlines=False)
            total = max(1, self.session.total)
            yield _spark_row(shown[:18], "tool", points, 0, total, in_bytes=True)

    def _held(self) -> Iterator[Row]:
        marks = [
            m for m in self.session.findings.by_severity() if m.finding.slug.startswith("leak")
        ]
        yield heading("Found by the checks")
        for mark in marks:
            yield finding_row(mark)
            for path in mark.finding.retention[:5]:
                yield _path(mark, path)
        if not marks:
            yield sentence("✓ no leak")

    def _grew(self) -> Iterator[Row]:
        """The samples between which resident memory rose most."""
        own = self.session.samples()
        rises = [(after.rss - before.rss, before, after) for before, after in pairwise(own)]
        rises = sorted((r for r in rises if r[0] > 0), key=lambda r: -r[0])[:TOP]
        if not rises:
            return
        yield blank()
        yield heading("Where this run grew most", "⏎ goes to the step")
        for grown, before, after in rises:
            yield self._rise(grown, before.step, after.step)

    def _rise(self, grown: int, start: int, stop: int) -> Row:
        session = self.session
        at = min(stop, session.total - 1)

        def line(width: int) -> Line:
            where = f"step {at}" if stop - start <= 1 else f"steps {start + 1}–{at}"
            head: Line = [(right(change(grown), 8), "memory bold"), (f"  {pad(where, 18)}", "bold")]
            return [*head, *delivery_line(session, session.step(at))]

        return Row(line, at)


def _spark_row(
    name: str, role: str, points: list[Point], low: int, high: int, *, in_bytes: bool
) -> Row:
    first, last = points[0][1], points[-1][1]
    fitted = trend(points)
    shown = (
        (size(first), size(last), change(last - first))
        if in_bytes
        else (
            number(round(first)),
            number(round(last)),
            f"{round(last - first):+,}",
        )
    )

    def line(width: int) -> Line:
        room = max(8, width - 60)
        return [
            (" " + pad(name, 19), role),
            (pad(spark(points, room, low, high), room), "memory"),
            (right(shown[0], 9) + " → " + pad(shown[1], 9), ""),
            (right(shown[2], 9), "bold" if last > first else "dim"),
            (f"  r² {fitted.r2:.2f}" if fitted is not None else "", "dim"),
        ]

    return Row(line)


def _path(mark: Mark, path: str) -> Row:
    text = visible(path, newlines=False)
    return Row(lambda width: [("     held by ", "dim"), (text, "value")], None, lambda: told(mark))
