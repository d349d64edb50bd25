"""`loupe show`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import click

from ..tracer.errors import NoSuchRun
from ..tracer.locate import Selection, parse_run
from ..tracer.reader import Recording, Run
from ..tracer.wire.files import open_any
from . import accounts, loops, memory, overview, spans, steps, tools, waits
from .finding import only
from .listing import run_row, selector
from .naming import RunCommand
from .shapes import SCHEMA, FindingRow, ShowDocument
from .terminal import document, paint, say

HEAD: Final = 10  # steps that an overview shows from the beginning,
TAIL: Final = 20  # and from the end


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parts that were asked for."""

    step: int | None
    finding: str | None
    window: tuple[int, int] | None
    steps: bool
    spans: bool
    memory: bool
    tools: bool
    waits: bool
    loops: bool
    agents: bool

    @property
    def parts(self) -> bool:
        """Whether it was anything else than the overview."""
        return self.step is not None or any(
            (
                self.finding,
                self.steps,
                self.spans,
                self.memory,
                self.tools,
                self.waits,
                self.loops,
                self.agents,
            )
        )


@click.command(cls=RunCommand)
@click.argument("run")
@click.option("--steps", "window", metavar="A..B", help="Steps A to B, both included.")
@click.option("--spans", is_flag=True, help="The spans as a tree.")
@click.option("--memory", is_flag=True, help="The memory samples.")
@click.option("--tools", is_flag=True, help="Tools: calls, errors, times, equal arguments.")
@click.option(
    "--waits", is_flag=True, help="Who waits for what: at the end, or after the step of RUN@STEP."
)
@click.option(
    "--agents", is_flag=True, help="Agents: messages, bytes, times, CPU, tokens, context."
)
@click.option("--loops", is_flag=True, help="What repeats word for word, and what broke it.")
@click.option(
    "--plain", is_flag=True, help="No colours, no line drawing, nothing cut to the width."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
@click.pass_context
def command(ctx: click.Context, run: str, window: str | None, **options: bool) -> None:
    """Show a run, or one step of it, as text or JSON.

    Without options: an overview and the first and last steps. RUN@STEP shows one step in full, with
    its message, model calls and tool calls; RUN#FINDING the evidence of a finding. --steps (or
    RUN@STEP) limits the other parts, too.
    """
    if options["plain"]:
        ctx.color = False
    selection = parse_run(run)
    with open_any(selection.path) as recording:
        chosen = choose(recording, selection)
        wanted = _wanted(chosen, selection, window, options)
        if options["as_json"]:
            document(_document(chosen, wanted))
        else:
            for line in _text(chosen, wanted, plain=options["plain"]):
                say(line)


def choose(recording: Recording, selection: Selection) -> Run:
    """The run that is named, or the only one with steps.

    Raises:
        NoSuchRun: there is none, or there are several and none was named.
    """
    if selection.run is not None:
        return recording.run(selection.run)
    runs = recording.runs
    worked = [info for info in runs if info.steps] or list(runs)
    if len(worked) <= 1:
        return recording.run(worked[0].number if worked else 0)
    names = ", ".join(f"#{info.number} {info.name}" for info in worked[:10])
    more = f" and {len(worked) - 10} more" if len(worked) > 10 else ""
    raise NoSuchRun(
        f"{str(selection.path)!r} holds {len(worked)} runs: {names}{more}",
        f"name one, as in: loupe show '{selector(selection.path, worked[-1].number)}'",
    )


def _wanted(run: Run, selection: Selection, window: str | None, options: dict[str, bool]) -> Wanted:
    limits: tuple[int, int] | None = None
    if window is not None:
        try:
            limits = steps.parse_window(window, run.info.steps)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--steps") from error
    if selection.step is not None:
        if selection.step >= run.info.steps:
            raise NoSuchRun(
                f"run {run.info.name!r} has {run.info.steps} steps, no step {selection.step}"
            )
        limits = (selection.step, selection.step + 1)
    return Wanted(
        step=selection.step,
        finding=selection.finding,
        window=limits,
        steps=window is not None and selection.step is None,
        spans=options["spans"],
        memory=options["memory"],
        tools=options["tools"],
        waits=options["waits"],
        loops=options["loops"],
        agents=options["agents"],
    )


def _document(run: Run, wanted: Wanted) -> ShowDocument:
    window = wanted.window
    return ShowDocument(
        schema=SCHEMA,
        source=run.recording.info.path,
        run=run_row(run.recording.info.path, run.info),
        stop_reason=overview.stop_reason(run),
        findings=_findings(run, wanted),
        step=None if wanted.step is None else steps.detail(run, wanted.step),
        steps=list(steps.rows(run, window)) if wanted.steps and window else None,
        spans=[spans.span_row(each) for group in spans.groups(run, window) for each in group]
        if wanted.spans
        else None,
        memory=memory.rows(run, window) if wanted.memory else None,
        tools=tools.rows(run, window) if wanted.tools else None,
        waits=waits.rows(run, wanted.step) if wanted.waits else None,
        loops=loops.rows(run) if wanted.loops else None,
        agents=accounts.rows(run, window) if wanted.agents else None,
    )


def _findings(run: Run, wanted: Wanted) -> list[FindingRow] | None:
    if wanted.parts and wanted.finding is None:
        return None
    return overview.findings(run, wanted.finding)


def _text(run: Run, wanted: Wanted, *, plain: bool) -> Iterator[str]:
    if not wanted.parts:
        yield from overview.lines(run, overview.findings(run))
        yield from _ends(run, plain=plain)
        return
    parts: list[tuple[str, Iterable[str]]] = []
    window = wanted.window
    if wanted.finding is not None:
        parts.append(("finding", _evidence(run, wanted.finding)))
    if wanted.step is not None and not wanted.waits:
        parts.append(("step", steps.detail_lines(run, wanted.step, plain=plain)))
    if wanted.steps and window:
        parts.append(("steps", steps.lines(steps.rows(run, window), plain=plain)))
    if wanted.spans:
        grouped = spans.groups(run, window)
        parts.append(("spans", (line for g in grouped for line in spans.tree(g, plain=plain))))
    if wanted.tools:
        parts.append(("tools", tools.lines(tools.rows(run, window), plain=plain)))
    if wanted.agents:
        parts.append(("agents", accounts.lines(accounts.rows(run, window))))
    if wanted.memory:
        parts.append(("memory", memory.lines(memory.rows(run, window))))
    if wanted.waits:
        parts.append(("waits", waits.lines(waits.rows(run, wanted.step))))
    if wanted.loops:
        parts.append(("loops", loops.lines(loops.rows(run))))
    for place, (name, lines) in enumerate(parts):
        if place:
            yield ""
        if len(parts) > 1:
            yield paint(f"{name}:", bold=True)
        yield from lines


def _evidence(run: Run, name: str) -> Iterator[str]:
    """One finding with its evidence, as `loupe check` prints it."""
    from ..diagnose import check

    report = only(check(run), name)
    yield from report.render("text", color=sys.stdout.isatty()).rstrip().splitlines()


def _ends(run: Run, *, plain: bool) -> Iterator[str]:
    """The first and the last steps."""
    count = run.info.steps
    if not count:
        return
    yield ""
    if count <= HEAD + TAIL:
        yield from steps.lines(steps.rows(run, (0, count)), plain=plain)
        return
    yield from steps.lines(steps.rows(run, (0, HEAD)), plain=plain)
    yield paint(f"  … {count - HEAD - TAIL:,} more steps, with --steps A..B", dim=True)
    yield from steps.lines(steps.rows(run, (count - TAIL, count)), plain=plain)
