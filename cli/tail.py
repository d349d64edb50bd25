"""`loupe tail`: follow a recording while it is written: its steps, or who waits for what."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import msgspec

from ..tracer.control import AskWaits, ControlError
from ..tracer.locate import parse_run
from ..tracer.model import Step, plain_name
from ..tracer.reader import Recording, Run, open_recording
from ..tracer.remote import Remote
from ..tracer.waits import Wait
from ..tui.units import span
from . import waits as open_spans
from .naming import RunCommand
from .shapes import iso
from .terminal import say, table

LOOK: Final = 0.2  # seconds between two looks at a recording that grows
ASK: Final = 1.0  # seconds between two looks at who waits


@click.command("tail", cls=RunCommand)
@click.option("--waits", is_flag=True, help="Show who waits for what instead of the steps.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line.")
@click.option("--once", is_flag=True, help="Show what is there now, and end.")
@click.argument("run", default="@last", metavar="[RUN]")
def command(run: str, waits: bool, as_json: bool, once: bool) -> int:
    """Follow a run while it is recorded: its steps, or who waits for what.

    Each step is told when it has ended, until the program ends. With --waits: who waits for what,
    once a second. A program that was started with `loupe run --live` is asked itself and tells
    where its handlers stand; of others the open spans are shown.
    """
    target = parse_run(run)
    with open_recording(target.path) as recording:
        follow = _Waits(target.path, as_json=as_json) if waits else _Steps(as_json=as_json)
        while True:
            runs = _runs(recording, target.run)
            for line in follow.lines(runs):
                say(line)
            if once or recording.info.ended_ns is not None or not _written(recording):
                return 0
            time.sleep(ASK if waits else LOOK)
            recording.refresh()


def _written(recording: Recording) -> bool:
    return any(info.status == "running" for info in recording.runs) or not recording.runs


def _runs(recording: Recording, selector: int | str | None) -> list[Run]:
    if selector is not None:
        return [recording.run(selector)]
    return [recording.run(info.number) for info in recording.runs]


class _Steps:
    """Steps that have ended and were not told yet."""

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json
        self._told: dict[str, int] = {}  # by trace id: the next step
        self._head = False

    def lines(self, runs: list[Run]) -> Iterator[str]:
        for run in runs:
            start = self._told.get(run.info.trace_id, 0)
            steps = run.steps(start, None) if run.info.steps > start else []
            for step in steps:
                if step.end_ns is None and run.info.status == "running":
                    break
                self._told[run.info.trace_id] = step.index + 1
                yield self._line(run, step)

    def _line(self, run: Run, step: Step) -> str:
        took = None if step.end_ns is None else step.end_ns - step.start_ns
        if self._json:
            return msgspec.json.encode(
                {
                    "run": run.info.trace_id,
                    "step": step.index,
                    "sender": plain_name(step.sender) or "program",
                    "recipient": plain_name(step.recipient),
                    "type": step.message_type,
                    "kind": step.kind,
                    "started": iso(step.start_ns),
                    "seconds": None if took is None else round(took / 1e9, 6),
                    "error": step.error,
                }
            ).decode()
        who = f"{plain_name(step.sender) or '(program)'} -> {plain_name(step.recipient)}"
        lasted = "not ended" if took is None else span(took)
        error = f"  {step.error}" if step.error else ""
        return f"{run.info.number:>3} {step.index:>6}  {who}  {step.message_type}  {lasted}{error}"


class _Waits:
    """Who waits for what, now."""

    def __init__(self, path: Path, *, as_json: bool) -> None:
        self._path = path
        self._json = as_json

    def lines(self, runs: list[Run]) -> Iterator[str]:
        told = self._asked()
        if told is not None:
            yield from self._live(told)
            return
        rows = [row for run in runs for row in open_spans.rows(run)]
        if self._json:
            yield msgspec.json.encode(rows).decode()
            return
        yield from open_spans.lines(rows)
        yield ""

    def _asked(self) -> list[Wait] | None:
        try:
            with Remote(self._path) as remote:
                return list(remote.ask(AskWaits()).waits)
        except ControlError:
            return None

    def _live(self, found: list[Wait]) -> Iterator[str]:
        if self._json:
            yield msgspec.json.encode(found).decode()
            return
        now = time.time_ns()
        rows = [
            (
                plain_name(wait.agent) or "(program)",
                wait.what + (f" in {wait.within}" if wait.within else ""),
                wait.where or "-",
                "-" if not wait.since_ns else span(max(0, now - wait.since_ns)),
                "never ends" if wait.hopeless else "",
            )
            for wait in found
        ]
        if rows:
            yield from table(("WHO", "WAITS FOR", "AT", "FOR", ""), rows, "FOR")
        else:
            yield "nobody waits"
        yield ""
