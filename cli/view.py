"""`loupe view`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..tracer.errors import LoupeError
from ..tracer.locate import Selection, parse_run, recordings
from .naming import RunCommand
from .terminal import interactive


class NoTerminal(LoupeError):  # noqa: N818 reads as a sentence
    """The terminal UI has no terminal to draw on."""

    code = "LP601"


@click.command(cls=RunCommand)
@click.argument("runs", nargs=-1, metavar="[RUN...]")
@click.option("--follow", is_flag=True, help="Keep up with a recording that is being written.")
@click.pass_context
def command(ctx: click.Context, runs: tuple[str, ...], follow: bool) -> None:
    """Look at runs in the terminal, step by step.

    Without RUN: all recordings of the project. RUN@STEP opens at a step, RUN#FINDING at a finding.
    """
    paths, selection = chosen(runs)
    ctx.exit(look(paths, selection, follow=follow))


def chosen(runs: Sequence[str]) -> tuple[list[Path], Selection | None]:
    """The recordings to show, and the run to begin with when one was named.

    Raises:
        NoSuchRun: a name fits nothing.
    """
    if not runs:
        return recordings(), None
    selections = [parse_run(text) for text in runs]
    paths = list(dict.fromkeys(selection.path for selection in selections))
    return paths, selections[0] if len(selections) == 1 else None


def look(paths: Sequence[Path], selection: Selection | None, *, follow: bool = False) -> int:
    """Open the terminal UI; the exit code.

    Raises:
        NoTerminal: input or output is no terminal.
    """
    if not interactive():
        name = str(selection.path) if selection is not None else "RUN"
        raise NoTerminal(
            "`loupe view` needs a terminal for its input and output",
            f"for text use: loupe show --plain {name}",
        )
    from ..tui.app import view

    return view(paths, selection, follow)
