"""`loupe diff`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import click

from ..tracer.locate import beginnings, parse_run
from ..tracer.model import Step, plain_name
from ..tracer.reader import Run
from ..tracer.wire.files import open_any
from ..tui.comparing import Comparison, Part, compare
from ..tui.gist import headline
from ..tui.units import many
from .naming import RunCommand
from .shapes import SCHEMA, DeltaRow, DiffDocument, PartRow
from .show import choose
from .terminal import columns, cut, document, paint, say, table

SHOWN = 6  # steps of a stretch that are listed
COLORS = {"-": "red", "+": "green", "~": "yellow"}


@click.command(cls=RunCommand)
@click.argument("a")
@click.argument("b")
@click.option("--structure", is_flag=True, help="Do not mind what was said, only who and what.")
@click.option("--plain", is_flag=True, help="No colours, nothing cut to the width.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
@click.pass_context
def command(
    ctx: click.Context, a: str, b: str, structure: bool, plain: bool, as_json: bool
) -> None:
    """Compare two runs: where they part, and by how much they differ.

    Steps are aligned by sender, recipient, type and tools; ids, times and token counts in messages
    do not count. The exit code is 1 when the runs differ in their steps or in how they ended.
    """
    if plain:
        ctx.color = False
    with ExitStack() as stack:
        runs: list[Run] = []
        for name in (a, b):
            selection = parse_run(name)
            recording = stack.enter_context(open_any(selection.path))
            runs.append(choose(recording, selection))
        found = compare(runs[0], runs[1])
        differs = found.differs(structure=structure)
        if as_json:
            document(_document(found, differs))
        else:
            for line in _lines(found, runs, structure=structure, plain=plain):
                say(line)
    ctx.exit(1 if differs else 0)


def _document(found: Comparison, differs: bool) -> DiffDocument:
    first = found.first
    return DiffDocument(
        schema=SCHEMA,
        a=found.a.trace_id,
        b=found.b.trace_id,
        differs=differs,
        first_divergence=None if first is None else [first.a[0], first.b[0]],
        figures=[DeltaRow(each.name, each.a, each.b, each.change) for each in found.deltas],
        parts=[PartRow(part.like, list(part.a), list(part.b)) for part in found.parts],
    )


def _lines(
    found: Comparison, runs: Sequence[Run], *, structure: bool, plain: bool
) -> Iterator[str]:
    names = [f"{run.info.name} {_called(run)}" for run in runs]
    head = ("", f"A {names[0]}", f"B {names[1]}", "CHANGE")
    rows = [(delta.name, delta.a, delta.b, delta.change) for delta in found.deltas]
    yield from table(head, rows, "CHANGE")
    yield ""
    first = next(
        (part for part in found.parts if part.like in ("-+" if structure else "~-+")), None
    )
    if first is None:
        yield f"the same {many(found.a.steps, 'step')} in both"
        return
    yield paint(f"they part at step {first.a[0]} of A, {first.b[0]} of B", bold=True)
    width = None if plain else columns()
    for part in found.parts:
        if not (structure and part.like == "~"):
            yield from _part(part, runs, width)


def _called(run: Run) -> str:
    trace_id = run.info.trace_id
    return beginnings(each.trace_id for each in run.recording.runs)[trace_id]


def _part(part: Part, runs: Sequence[Run], width: int | None) -> Iterator[str]:
    count = max(part.a[1] - part.a[0], part.b[1] - part.b[0])
    if part.like == "=":
        yield paint(f"= {_range(part.a)} of A, {_range(part.b)} of B: the same", dim=True)
        return
    for offset in range(min(count, SHOWN)):
        for mark, side, run in (("-", part.a, runs[0]), ("+", part.b, runs[1])):
            if side[0] + offset < side[1]:
                shown = mark if part.like == "~" else part.like
                step = run.step(side[0] + offset)
                yield paint(cut(f"{shown} {_step(run, step)}", width), color=COLORS[shown])
    if count > SHOWN:
        side = part.a if part.a[1] > part.a[0] else part.b
        more = many(count - SHOWN, "more step")
        yield paint(f"{part.like} … {more} up to {side[1] - 1}", color=COLORS[part.like])


def _range(steps: tuple[int, int]) -> str:
    return f"{steps[0]}" if steps[1] - steps[0] == 1 else f"{steps[0]}–{steps[1] - 1}"


def _step(run: Run, step: Step) -> str:
    who = f"{plain_name(step.sender) or '(program)'} → {plain_name(step.recipient)}"
    said = "" if step.body is None else headline(run.text(step.body))
    failed = f"  ✗ {step.error}" if step.error else ""
    return f"{step.index:>4} {who}  {step.message_type.rpartition('.')[2]}  {said}{failed}"
