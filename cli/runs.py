"""`loupe runs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from ..tracer.catalog import Catalog, Hit, index_apart
from ..tracer.errors import LoupeError
from ..tracer.locate import parse_run, recordings_dir
from ..tracer.model import RunInfo
from ..tracer.reader import Run, open_recording
from ..tracer.search import Found, find, words_of
from ..tracer.text import visible
from ..tracer.wire.files import open_any
from ..tui.units import number, size, span
from .listing import Listed, ending, recording_row, selector
from .notices import notice
from .shapes import SCHEMA, RunsDocument, iso
from .terminal import cells, columns, cut, document, paint, progress, say, table

MANY: Final = 20  # recordings without an index that are worth a process of their own
STATUS_COLORS = {"ok": "green", "running": "cyan", "error": "red", "killed": "red"}
HEAD = ("RUN", "STARTED", "STATUS", "STEPS", "AGENTS", "TOKENS", "PEAK", "TIME", "NAME", "PROGRAM")


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A run in which all words were said in one step: the first such `step` (null: outside of the
    steps), the number of such `steps`, and the words' surroundings in the first."""

    run: str
    selector: str
    name: str
    status: str
    start: str
    step: int | None
    steps: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class MatchesDocument:
    """`loupe runs --text --json`: the runs, newest first."""

    schema: int
    text: str
    matches: list[MatchRow]


@click.command()
@click.argument("place", metavar="[DIR|FILE|RUN]", required=False, type=click.Path(path_type=Path))
@click.option("--text", metavar="WORDS", help="Only runs where all words were said in one step.")
@click.option("--limit", type=click.IntRange(1), default=20, help="How many --text shows.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
def command(place: Path | None, text: str | None, limit: int, as_json: bool) -> None:
    """List recordings and their runs, newest first.

    Looks into the project's .agentloupe folder (or AGENTLOUPE_DIR) unless a folder or a recording
    is named. With --text, only the runs in which something was said: words are found whole,
    whatever their case.
    """
    if text is not None:
        _show_matches(text, _matches(place, text, limit), as_json=as_json)
        return
    if as_json:
        document(RunsDocument(SCHEMA, [recording_row(each) for each in _listed(place)]))
        return
    rows = [row for each in _listed(place) for row in _rows(each)]
    if not rows:
        notice(f"no recordings in {str(place or recordings_dir())!r}")
        notice("  record a program with: loupe run app.py")
        return
    _print(HEAD, rows, "STEPS AGENTS TOKENS PEAK TIME")


def _print(head: Sequence[str], rows: Sequence[tuple[str, ...]], numbers: str) -> None:
    first, *lines = table(head, rows, numbers)
    say(first)
    for line, row in zip(lines, rows, strict=True):
        color = STATUS_COLORS.get(row[2], "yellow")
        say(line.replace(f"  {row[2]}", f"  {paint(row[2], color=color)}", 1))


def _listed(place: Path | None) -> Iterator[Listed]:
    """Recordings, of a folder as its catalog has them.

    A file that was named must open; in a folder, what does not is passed over aloud.
    """
    if place is not None and not place.is_dir():
        with open_any(place if place.exists() else parse_run(str(place)).path) as recording:
            yield recording
        return
    folder = place or recordings_dir()
    if not folder.is_dir():
        return
    with Catalog(folder, progress("recordings")) as catalog:
        entries = catalog.entries()
        waiting = catalog.unindexed()
    for entry in entries:
        if entry.trouble is not None:
            notice(f"loupe: passed over: {entry.trouble.code} {visible(entry.trouble.what)}")
        else:
            yield entry
    if waiting >= MANY:
        index_apart(folder)


def _matches(place: Path | None, text: str, limit: int) -> list[MatchRow]:
    if place is not None and not place.is_dir():
        path = place if place.exists() else parse_run(str(place)).path
        with open_any(path) as recording:
            runs = [recording.run(info.number) for info in reversed(recording.runs)]
            found = [_match(path, run, find(run, text)) for run in runs]
            return [each for each in found if each is not None][:limit]
    folder = place or recordings_dir()
    if not folder.is_dir():
        return []
    with Catalog(folder, progress("recordings")) as catalog:
        if catalog.unindexed():
            catalog.index()
        return [_excerpted(hit, text) for hit in catalog.search(text, limit)]


def _match(path: Path, run: Run, found: Sequence[Found]) -> MatchRow | None:
    if not found:
        return None
    steps = len({each.step for each in found})
    return _row(path, run.info, found[0].step, steps, found[0].excerpt)


def _excerpted(hit: Hit, text: str) -> MatchRow:
    excerpt = ""
    with suppress(LoupeError), open_recording(hit.path) as recording:
        run = recording.run(hit.run.number)
        first = words_of(text)[0]  # of several words, each may be in another text of the step
        found = find(run, text, 1, step=hit.step) or find(run, first, 1, step=hit.step)
        excerpt = found[0].excerpt if found else ""
    return _row(hit.path, hit.run, hit.step, hit.steps, excerpt)


def _row(path: Path, run: RunInfo, step: int | None, steps: int, excerpt: str) -> MatchRow:
    where = selector(path, run.number)
    return MatchRow(
        run=run.trace_id,
        selector=where if step is None else f"{where}@{step}",
        name=run.name,
        status=run.status,
        start=iso(run.start_ns),
        step=step,
        steps=steps,
        excerpt=visible(excerpt, newlines=False),
    )


def _show_matches(text: str, matches: list[MatchRow], *, as_json: bool) -> None:
    if as_json:
        document(MatchesDocument(SCHEMA, text, matches))
    elif not matches:
        notice(f"nothing of that was said: {text!r}")
    else:
        head = ("RUN", "STARTED", "STATUS", "STEPS", "NAME", "TEXT")
        rows = [
            (
                m.selector,
                m.start[:19].replace("T", " "),
                m.status,
                number(m.steps),
                m.name,
                m.excerpt,
            )
            for m in matches
        ]
        width = columns()
        rows = [row if width is None else _fitted(head, rows, row, width) for row in rows]
        _print(head, rows, "STEPS")


def _fitted(
    head: Sequence[str], rows: Sequence[tuple[str, ...]], row: tuple[str, ...], width: int
) -> tuple[str, ...]:
    """The row with as much of the excerpt as the terminal has room for."""
    taken = sum(max(cells(each[i]) for each in (head, *rows)) + 2 for i in range(len(head) - 1))
    return (*row[:-1], cut(row[-1], max(20, width - taken)))


def _rows(recording: Listed) -> list[tuple[str, ...]]:
    info = recording.info
    running = any(run.status == "running" for run in recording.runs)
    program = f"{info.program} ({ending(info, running=running)})"
    if not recording.runs:
        return [(Path(info.path).stem, _when(info.created_ns), "no runs", *"------", program)]
    return [
        (selector(info.path, run.number), *_fields(run), program)
        for run in reversed(recording.runs)
    ]


def _fields(run: RunInfo) -> tuple[str, ...]:
    return (
        _when(run.start_ns),
        run.status,
        number(run.steps),
        number(len(run.agents)),
        tokens(run),
        size(run.peak_rss) if run.peak_rss else "?",
        span(None if run.end_ns is None else run.end_ns - run.start_ns),
        run.name,
    )


def tokens(run: RunInfo) -> str:
    """Tokens in one column: a question mark where a model call did not tell."""
    if not run.chats:
        return "-"
    spent = run.input_tokens + run.output_tokens
    if not spent:
        return "unknown"  # also while the only call is still open
    return f"{number(spent)}+?" if run.unknown_tokens else number(spent)


def _when(ns: int) -> str:
    return datetime.fromtimestamp(ns // 1_000_000_000).strftime("%Y-%m-%d %H:%M:%S")
