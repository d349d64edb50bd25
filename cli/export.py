"""`loupe export`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from ..tracer.locate import parse_run
from ..tracer.reader import Recording, Run
from ..tracer.wire import export
from ..tracer.wire.export import batches, replacing
from ..tracer.wire.files import open_any
from ..tracer.wire.outgoing import Options, spans_out
from ..tracer.wire.parquet import write_parquet
from ..tracer.wire.sequence import sequence
from .markdown import markdown
from .notices import notice
from .otlp import options_of, otlp_options
from .show import choose
from .terminal import say

TEXTS: Final[dict[str, Callable[[Run], Iterable[str]]]] = {
    "mermaid": sequence,
    "markdown": markdown,
}
WRITERS: Final = {**export.WRITERS, "parquet": write_parquet}
BINARY: Final = ("otlp", "parquet")
INTERRUPTED: Final = 130
ENDINGS: Final = {
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".md": "markdown",
    ".pb": "otlp",
    ".parquet": "parquet",
}


@click.command()
@click.argument("run")
@click.option(
    "--format",
    "form",
    type=click.Choice([*WRITERS, *TEXTS]),
    help="OTLP as JSON or protobuf, a table of spans, a sequence diagram, or a report. Default: by "
    "the file's name.",
)
@click.option("--out", "-o", type=click.Path(path_type=Path), help="The file; default: stdout.")
@click.option("--otlp", "url", metavar="URL", help="Send to http(s)://… or grpc(s)://… instead.")
@click.option("--bodies", is_flag=True, help="With messages, prompts, arguments and results.")
@otlp_options
@click.pass_context
def command(
    ctx: click.Context,
    run: str,
    form: str | None,
    out: Path | None,
    url: str | None,
    bodies: bool,
    headers: dict[str, str],
    shape: str,
    split: int | None,
) -> None:
    """Export a run, or all runs of a recording, to a file or an OTLP endpoint.

    Bodies stay here unless --bodies is given: messages and prompts may hold what is nobody else's.
    OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION and _CERTIFICATE are honoured with --otlp.
    Ctrl-C ends the sending, and it is said how many spans had been accepted.
    """
    if url is not None and (out is not None or form is not None):
        raise click.UsageError("--otlp sends; --out and --format write a file")
    options = options_of(bodies=bodies, shape=shape, split=split)
    selection = parse_run(run)
    with open_any(selection.path) as recording:
        if url is not None:
            chosen = _runs(recording, selection.run)
            ctx.exit(_send(chosen, url, options, headers))
        form = form or _by_name(out)
        if form in TEXTS:
            _write_text(TEXTS[form](choose(recording, selection)), out)
        else:
            _write_otlp(form, _runs(recording, selection.run), out, options)


def _runs(recording: Recording, selector: str | None) -> list[Run]:
    if selector is not None:
        return [recording.run(selector)]
    if not recording.runs:
        recording.run(0)  # says that there is none
    return [recording.run(info.number) for info in recording.runs]


def _by_name(out: Path | None) -> str:
    return ENDINGS.get(out.suffix, "otlp-json") if out is not None else "otlp-json"


def _write_text(lines: Iterable[str], out: Path | None) -> None:
    if out is None:
        for line in lines:
            say(line)
        return
    with replacing(out) as file:
        for line in lines:
            file.write(f"{line}\n".encode())


def _write_otlp(form: str, runs: Sequence[Run], out: Path | None, options: Options) -> None:
    if out is not None:
        count = WRITERS[form](out, runs, options)
        notice(f"{count} spans in {str(out)!r}")
        return
    if form in BINARY:
        raise click.UsageError(f"{form} is no text: name a file with --out")
    from ..tracer.wire.json_out import document
    from ..tracer.wire.outgoing import source_of

    spans = (span for run in runs for span in spans_out(run, options))
    for piece in document(spans, source_of(runs[0].recording.info)):
        click.echo(piece, nl=False)


def _send(runs: Sequence[Run], url: str, options: Options, headers: Mapping[str, str]) -> int:
    """Send, with a progress line on a terminal; the exit code is 2 when anything was lost.

    Ctrl-C ends it: what was accepted until then is said, and the exit code is a shell's.
    """
    from ..tracer.wire.sending import Delivery, send, transport_for

    transport = transport_for(url, more=headers)
    spans = (span for run in runs for span in spans_out(run, options))
    delivery = Delivery()
    try:
        with contextlib.closing(transport):
            for delivery in send(batches(spans), transport):
                _progress(delivery.sent + delivery.lost, sum(run.info.spans for run in runs))
    except KeyboardInterrupt:
        notice(f"{delivery.sent} spans sent to {url}, stopped by Ctrl-C")
        return INTERRUPTED
    lost = f", {delivery.lost} lost: {delivery.why}" if delivery.lost else ""
    notice(f"{delivery.sent} spans sent to {url}{lost}")
    return 2 if delivery.lost else 0


def _progress(done: int, expected: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done >= expected else ""
        click.echo(f"\r{done:,} of about {expected:,} spans{end}", err=True, nl=False)
