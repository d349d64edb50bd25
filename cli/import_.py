"""`loupe import`."""

from __future__ import annotations

from pathlib import Path

import click

from ..tracer.errors import LoupeError
from ..tracer.locate import fresh_path, recordings_dir
from .notices import notice
from .terminal import say


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    help="The recording to make, for a single FILE or --join; by default one in .agentloupe.",
)
@click.option(
    "--join",
    is_flag=True,
    help="FILEs are recordings of programs that work together: make one recording of them.",
)
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], out: Path | None, join: bool) -> None:
    """Make recordings of trace files.

    FILE is OTLP (one JSON document, one JSON request a line, or protobuf) or Jaeger's JSON, gzipped
    or not. Traces of AutoGen's own telemetry, OpenInference, OpenLLMetry, Logfire and others are
    brought into one form. Prints the path of each recording. `loupe check` and `loupe show` take
    such files, too.

    Programs that were recorded apart and sent each other messages, as workers of AutoGen's gRPC
    runtime do, have parts of the same runs: `--join` shows these as one.
    """
    if join:
        _join(files, out)
        return
    from ..tracer.wire.files import import_file

    if out is not None and len(files) > 1:
        raise click.UsageError("--out names one recording, but there are several FILEs")
    failed = 0
    for file in files:
        target = out or fresh_path(file.name.partition(".")[0], recordings_dir())
        try:
            runs = import_file(file, target)
        except LoupeError as error:
            if len(files) == 1:
                raise
            notice(f"loupe: {error}")
            failed += 1
            continue
        say(str(target))
        notice(f"{runs} run{'s' if runs != 1 else ''} from {str(file)!r}")
    ctx.exit(2 if failed else 0)


def _join(files: tuple[Path, ...], out: Path | None) -> None:
    from ..tracer.gathering import gather

    target = out or fresh_path(files[0].name.partition(".")[0], recordings_dir())
    runs = gather(files, target)
    say(str(target))
    notice(f"{runs} run{'s' if runs != 1 else ''} from {len(files)} recordings")
