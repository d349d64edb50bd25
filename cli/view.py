"""`loupe view`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from ..tracer.errors import LoupeError
from ..tracer.locate import SUFFIX, Selection, parse_run, recordings
from .naming import RunCommand
from .notices import notice
from .terminal import interactive

RECORDING = b"SQLite format 3"  # how the file of one begins, whatever its name
IN_BROWSER = "TEXTUAL_DRIVER"  # set by textual-serve for the program that it shows


class NoTerminal(LoupeError):  # noqa: N818 reads as a sentence
    """The terminal UI has no terminal to draw on."""

    code = "LP601"


class NoWeb(LoupeError):  # noqa: N818 reads as a sentence
    """The browser cannot be served."""

    code = "LP602"


@click.command(cls=RunCommand)
@click.argument("runs", nargs=-1, metavar="[RUN...]")
@click.option("--follow", is_flag=True, help="Keep up with a recording that is being written.")
@click.option("--theme", type=click.Choice(["dark", "light"]), help="The ground to draw on.")
@click.option("--web", is_flag=True, help="Show it in a browser on this machine instead.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port for --web.")
@click.pass_context
def command(
    ctx: click.Context,
    runs: tuple[str, ...],
    follow: bool,
    theme: str | None,
    web: bool,
    port: int,
) -> None:
    """Look at runs in the terminal, step by step.

    Without RUN: all recordings of the project. RUN@STEP opens at a step, RUN#FINDING at a finding.
    A trace file of others (OTLP, Jaeger's JSON) is brought into our form for as long as it is seen.
    --web needs the extra `agentloupe[web]`; it listens on 127.0.0.1 and prints a URL that only
    works whole.
    """
    paths, selection = chosen(runs)
    if web:
        serve(runs, follow=follow, theme=theme or "", port=port)
    else:
        ctx.exit(look(paths, selection, follow=follow, theme=theme or ""))


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


def look(
    paths: Sequence[Path], selection: Selection | None, *, follow: bool = False, theme: str = ""
) -> int:
    """Open the terminal UI; the exit code.

    Raises:
        NoTerminal: input or output is no terminal.
        NotATrace: the only file that was named is no recording and no trace.
    """
    if not interactive() and IN_BROWSER not in os.environ:
        name = str(selection.path) if selection is not None else "RUN"
        raise NoTerminal(
            "`loupe view` needs a terminal for its input and output",
            f"for text use: loupe show --plain {name}",
        )
    from ..tui.start import view

    foreign = [path for path in paths if _is_foreign(path)]
    if not foreign:
        return view(paths, selection, follow, theme)
    with tempfile.TemporaryDirectory(prefix="agentloupe-") as folder:
        brought = _brought(foreign, Path(folder), only=len(paths) == 1)
        shown = [brought.get(path, path) for path in paths]
        if selection is not None:
            selection = selection._replace(path=brought.get(selection.path, selection.path))
        originals = {ours: path for path, ours in brought.items()}
        return view(shown, selection, follow, theme, originals)


def _is_foreign(path: Path) -> bool:
    """Whether a file may be a trace of others."""
    if path.suffix == SUFFIX or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(RECORDING)) != RECORDING
    except OSError:
        return False  # the screen says why


def _brought(files: Sequence[Path], folder: Path, *, only: bool) -> dict[Path, Path]:
    """Trace files in our form; those that are none are left to the screen, if it has others."""
    from ..tracer.wire.files import import_file

    found: dict[Path, Path] = {}
    for number, path in enumerate(files):
        target = folder / str(number) / f"{path.stem}{SUFFIX}"
        target.parent.mkdir()
        try:
            import_file(path, target)
        except LoupeError:
            if only:
                raise
        else:
            found[path] = target
    return found


def serve(runs: Sequence[str], *, follow: bool, theme: str, port: int) -> None:
    """Serve the terminal UI to a browser until interrupted.

    Raises:
        NoWeb: the extra is not installed, or the port is taken.
    """
    try:
        from ..tui.serving import serve as serving
    except ImportError as error:
        raise NoWeb(
            f"`loupe view --web` needs what is not installed: {error.name}",
            "pip install 'agentloupe[web]'",
        ) from error
    options = [*(["--follow"] if follow else []), *(["--theme", theme] if theme else [])]
    view = [sys.executable, "-m", "agentloupe.cli.main", "view", *options, "--", *runs]
    try:
        serving(view, " ".join(("loupe view", *runs)), _told, port)
    except OSError as error:
        raise NoWeb(f"port {port} cannot be listened on: {error}", "--port 0 finds one") from error


def _told(url: str) -> None:
    notice("Open this in a browser on this machine; Ctrl-C ends it:")
    click.echo(url)
    sys.stdout.flush()
