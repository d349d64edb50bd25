"""Two runs of a program side by side: where they part, and by how much they differ in all.

Steps are aligned by who wrote to whom, the type of the message and the tools that were called;
steps that are alike in that may still say different things. Ids, times and token counts in
messages do not count as different.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..tracer import conventions as c
from ..tracer.model import RunInfo, plain_name
from .aligning import Pair, align
from .session import content_key, kind_of
from .source import Source
from .units import change, number, size, span

WINDOW = 1024
Likeness = Literal["=", "~", "-", "+"]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the alignment: steps `a` and `b` (half-open ranges; either may be empty).

    `=` the same in both, `~` the same but for what was said, `-` only in A, `+` only in B.
    """

    like: Likeness
    a: tuple[int, int]
    b: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Delta:
    """One figure of both runs; `differs` is about figures that should be equal."""

    name: str
    a: str
    b: str
    change: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs have in common."""

    a: RunInfo
    b: RunInfo
    parts: tuple[Part, ...]
    deltas: tuple[Delta, ...]

    @property
    def first(self) -> Part | None:
        """The first stretch that is not the same in both."""
        return next((part for part in self.parts if part.like != "="), None)

    def differs(self, *, structure: bool = False) -> bool:
        """Whether steps or endings differ; `structure`: no matter what was said."""
        kinds = "-+" if structure else "~-+"
        return any(part.like in kinds for part in self.parts) or self.a.status != self.b.status


@dataclass(frozen=True, slots=True)
class _Side:
    """A run as two sequences of keys."""

    routes: Sequence[object]
    said: Sequence[int]

    @classmethod
    def of(cls, run: Source) -> _Side:
        routes: list[object] = []
        likeness = content_key(run)
        said: list[int] = []
        for start in range(0, run.info.steps, WINDOW):
            tools: dict[int, tuple[str, ...]] = {}
            for each in run.spans(start, start + WINDOW):
                if each.op in (c.TOOL, c.CODE) and each.step is not None:
                    name = str(each.attributes.get(c.TOOL_NAME) or each.name)
                    tools[each.step] = (*tools.get(each.step, ()), name)
            for step in run.steps(start, start + WINDOW):
                who = (plain_name(step.sender), plain_name(step.recipient))
                kind = kind_of(run, step).rpartition(".")[2]
                failed = step.error is not None
                routes.append((*who, kind, tools.get(step.index, ()), failed))
                said.append(likeness(step))
        return cls(routes, said)


def compare(a: Source, b: Source) -> Comparison:
    """Align two runs and set their figures beside each other."""
    one, two = _Side.of(a), _Side.of(b)
    pairs = align(one.routes, two.routes)
    parts = tuple(_parts((_like(one, two, i, j), (i, j)) for i, j in pairs))
    return Comparison(a.info, b.info, parts, tuple(_deltas(a.info, b.info)))


def _like(one: _Side, two: _Side, i: int | None, j: int | None) -> Likeness:
    if i is None:
        return "+"
    if j is None:
        return "-"
    return "=" if one.said[i] == two.said[j] else "~"


def _parts(steps: Iterable[tuple[Likeness, Pair]]) -> Iterator[Part]:
    """Neighbours that are alike in the same way as one stretch."""
    now: Likeness | None = None
    a = b = first_a = first_b = 0
    for like, (i, j) in steps:
        if like != now:
            if now is not None:
                yield Part(now, (first_a, a), (first_b, b))
            now, first_a, first_b = like, a, b
        a += i is not None
        b += j is not None
    if now is not None:
        yield Part(now, (first_a, a), (first_b, b))


def _deltas(a: RunInfo, b: RunInfo) -> Iterator[Delta]:
    yield Delta("status", a.status, b.status, "", a.status != b.status)
    yield _count("steps", a.steps, b.steps)
    yield _took(a, b)
    yield _count("model calls", a.chats, b.chats)
    yield _tokens(a, b)
    yield _count("tool calls", a.tools, b.tools)
    yield _count("errors", a.errors, b.errors)
    yield _count("dead letters", a.dead_letters, b.dead_letters)
    yield _bytes("peak memory", a.peak_rss, b.peak_rss)


def _count(name: str, a: int, b: int) -> Delta:
    return Delta(name, number(a), number(b), f"{b - a:+,}" if a != b else "", a != b)


def _tokens(a: RunInfo, b: RunInfo) -> Delta:
    spent = [run.input_tokens + run.output_tokens for run in (a, b)]
    if any(run.chats and not count for run, count in zip((a, b), spent, strict=True)):
        told = [number(count) if count else "unknown" for count in spent]
        return Delta("tokens", told[0], told[1], "", False)
    return _count("tokens", *spent)


def _took(a: RunInfo, b: RunInfo) -> Delta:
    took = [None if run.end_ns is None else run.end_ns - run.start_ns for run in (a, b)]
    told = [span(ns) for ns in took]
    by = ""
    if took[0] and took[1] is not None:
        by = f"{100 * (took[1] - took[0]) / took[0]:+.0f} %"
    return Delta("time", told[0], told[1], by, False)


def _bytes(name: str, a: int, b: int) -> Delta:
    told = [size(count) if count else "unknown" for count in (a, b)]
    return Delta(name, told[0], told[1], change(b - a) if a and b else "", False)
