"""`loupe serve`."""

from __future__ import annotations

import contextlib
import shlex
import signal
import socket
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import click

from ..tracer.errors import LoupeError
from ..tracer.locate import fresh_path
from .notices import notice
from .terminal import say

if TYPE_CHECKING:
    from ..tracer.wire.receiver import Receiver

LOOPBACK: Final = ("127.0.0.1", "::1")


class PortTaken(LoupeError):  # noqa: N818 reads as a sentence
    """Something listens there already."""

    code = "LP113"


@click.command()
@click.option("--port", default=4318, show_default=True, help="For OTLP over HTTP; 0: any.")
@click.option("--grpc-port", default=4317, show_default=True, help="For OTLP over gRPC; 0: any.")
@click.option("--no-grpc", is_flag=True, help="Only HTTP.")
@click.option("--out", "-o", type=click.Path(path_type=Path), help="The recording to make.")
@click.option(
    "--settle",
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How long it must be quiet before the recording is brought up to date.",
)
def command(port: int, grpc_port: int, no_grpc: bool, out: Path | None, settle: float) -> None:
    """Receive OTLP traces on this machine into a recording.

    Listens on loopback only, until it is interrupted. Any program with an OpenTelemetry SDK, in
    whatever language, can send: set OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318. Prints the
    recording's path. Nothing that was acknowledged is lost: should this process be killed, what
    came is beside the recording, with .otlp after its name, for `loupe import`. When a recording is
    full, the next one is begun.
    """
    from ..tracer.wire.receiver import Receiver

    path = out or fresh_path("serve")
    if path.exists():
        raise click.UsageError(f"{str(path)!r} exists already")
    receiver = Receiver(path, settle=max(0.05, settle))
    with _closing(receiver), contextlib.ExitStack() as stack:
        _listen(stack, port, None if no_grpc else grpc_port, receiver)
        say(str(path))
        _wait(receiver)
        notice("stopping")
    counters = receiver.counters
    notice(
        f"{counters.spans} spans in {counters.requests} requests, {counters.runs} runs"
        + (f"; {counters.refused} requests refused" if counters.refused else "")
    )
    if receiver.trouble:
        notice(f"loupe: {receiver.trouble}; what came is in {str(receiver.path) + '.otlp'!r}")


@contextlib.contextmanager
def _closing(receiver: Receiver) -> Generator[None]:
    """Making the recording can take its time, and who does not wait for it loses nothing."""
    try:
        yield
    finally:
        try:
            receiver.close()
        except KeyboardInterrupt:
            spool = str(receiver.path) + ".otlp"
            notice(f"the recording is not made of all that came: loupe import {shlex.quote(spool)}")
            raise


def _listen(
    stack: contextlib.ExitStack, port: int, grpc_port: int | None, receiver: Receiver
) -> None:
    from ..tracer.wire.http_in import HttpServer

    hosts = [host for host in LOOPBACK if _there(host)]
    for host in hosts:
        try:
            server = HttpServer(host, port, receiver)
        except OSError as error:
            raise PortTaken(f"cannot listen on port {port}: {error.strerror}") from error
        port = server.server_address[1]
        stack.enter_context(_serving(server))
    notice(f"OTLP over HTTP on http://localhost:{port}")
    if grpc_port is not None:
        from ..tracer.wire.grpc_in import GrpcServer

        try:
            grpc = GrpcServer([f"[{h}]" if ":" in h else h for h in hosts], grpc_port, receiver)
        except RuntimeError as error:
            raise PortTaken(f"cannot listen on port {grpc_port} for gRPC") from error
        stack.callback(grpc.close)
        notice(f"OTLP over gRPC on localhost:{grpc.port}")


def _there(host: str) -> bool:
    """Whether the machine has this loopback address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _serving(server: object) -> Generator[None]:
    from ..tracer.wire.http_in import HttpServer

    assert isinstance(server, HttpServer)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wait(receiver: Receiver) -> None:
    """Until the user or the system says stop."""
    stop = threading.Event()
    path = receiver.path

    def stopped(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {each: signal.signal(each, stopped) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not stop.wait(0.5):
            if receiver.path != path:
                path = receiver.path
                say(str(path))
                notice("the recording is full; this is the next one")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
