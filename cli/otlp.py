"""Sending spans on: the options that `loupe run` and `loupe export` share, and the live export."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import click

from .notices import notice

if TYPE_CHECKING:
    from ..tracer.wire.live import LiveExport
    from ..tracer.wire.outgoing import Options

STOPPING: Final = (signal.SIGINT, signal.SIGTERM)
WAIT: Final = 60.0  # seconds


def _header(ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> Any:
    """NAME=VALUE, several times."""
    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name.strip().isascii() or not name.strip():
            raise click.BadParameter(f"{each!r} is not NAME=VALUE")
        found[name.strip().lower()] = value.strip()
    return found


_OPTIONS: Final = (
    click.option(
        "--otlp-header",
        "headers",
        metavar="NAME=VALUE",
        multiple=True,
        callback=_header,
        help="Sent along with --otlp; secrets are better in OTEL_EXPORTER_OTLP_HEADERS.",
    ),
    click.option(
        "--otlp-shape",
        "shape",
        type=click.Choice(["tree", "links"]),
        default="tree",
        show_default=True,
        help="Draw a delivery under what posted its message, or under the run.",
    ),
    click.option(
        "--otlp-split",
        "split",
        type=click.IntRange(min=1),
        metavar="N",
        help="Cut runs into linked traces of N steps.",
    ),
)


def otlp_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options `headers`, `shape` and `split`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wait_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option `wait`."""
    return click.option(
        "--otlp-wait",
        "wait",
        type=click.FloatRange(min=0),
        default=WAIT,
        show_default=True,
        metavar="SECONDS",
        help="For how long what is left is sent, once the program has ended.",
    )(command)


def options_of(*, bodies: bool, shape: str, split: int | None) -> Options:
    """The options as the exporter wants them."""
    from ..tracer.wire.outgoing import Options

    return Options(bodies=bodies, shape=cast(Literal["tree", "links"], shape), split=split)


def live(
    path: Any, url: str, options: Options, headers: Mapping[str, str], wait: float
) -> LiveExport:
    """An export of the recording that is about to be made.

    Raises:
        BadEndpoint: nothing can be sent to that address.
    """
    from ..tracer.wire.live import LiveExport

    def tell(what: str) -> None:
        notice(f"agentloupe: {what}")  # one line, written at once

    return LiveExport(path, url, options, headers, wait, tell)


def finish(export: LiveExport) -> str:
    """Wait for what is left to be sent, Ctrl-C ends the waiting; returns what became of it.

    The signals are blocked here, as the supervisor of the program leaves them.

    Raises:
        sqlite3.Error: what became of it cannot be noted in the recording.
    """
    export.finish()
    while not export.wait(0.1):
        if signal.sigpending() & set(STOPPING):
            signal.sigwait(STOPPING)
            export.give_up()
    return export.close()
