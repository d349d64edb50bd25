"""`loupe runs`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from ..tracer.errors import LoupeError
from ..tracer.locate import parse_run, recordings, recordings_dir
from ..tracer.model import RunInfo
from ..tracer.reader import Recording, open_recording
from ..tracer.wire.files import open_any
from ..tui.units import number, size, span
from .listing import ending, recording_row, selector
from .shapes import SCHEMA, RunsDocument
from .terminal import document, notice, paint, say, table

STATUS_COLORS = {"ok": "green", "running": "cyan", "error": "red", "killed": "red"}
HEAD = ("RUN", "STARTED", "STATUS", "STEPS", "AGENTS", "TOKENS", "PEAK", "TIME", "NAME", "PROGRAM")


@click.command()
@click.argument("place", metavar="[DIR|FILE|RUN]", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
def command(place: Path | None, as_json: bool) -> None:
    """List recordings and their runs, newest first.

    Looks into the project's .agentloupe folder (or AGENTLOUPE_DIR) unless a folder or a recording
    is named.
    """
    if as_json:
        document(RunsDocument(SCHEMA, [recording_row(each) for each in _open(place)]))
        return
    rows = [row for each in _open(place) for row in _rows(each)]
    if not rows:
        notice(f"no recordings in {str(place or recordings_dir())!r}")
        notice("  record a program with: loupe run app.py")
        return
    head, *lines = table(HEAD, rows, "STEPS AGENTS TOKENS PEAK TIME")
    say(head)
    for line, row in zip(lines, rows, strict=True):
        color = STATUS_COLORS.get(row[2], "yellow")
        say(line.replace(f"  {row[2]}", f"  {paint(row[2], color=color)}", 1))


def _open(place: Path | None) -> Iterator[Recording]:
    """Recordings, each open until the next is asked for.

    A file that was named must open; in a folder, what does not is passed over aloud.
    """
    if place is not None and not place.is_dir():
        with open_any(place if place.exists() else parse_run(str(place)).path) as recording:
            yield recording
        return
    for path in recordings(place):
        try:
            recording = open_recording(path)
        except LoupeError as error:
            notice(f"loupe: passed over: {error.code} {error.what}")
        else:
            with recording:
                yield recording


def _rows(recording: Recording) -> list[tuple[str, ...]]:
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
