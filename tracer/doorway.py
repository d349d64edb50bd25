"""Where a program that can be controlled listens: a Unix socket, for its owner alone.

Where there are none (Windows), or none can be made there (file systems that are shared with a
container, long paths outside of Linux), it listens on loopback, and a file in the socket's place,
mode 0600, holds the port and the token that a client must show first.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

LONGEST: Final = 64 << 20  # bytes of a line
_HOST: Final = "127.0.0.1"


@contextlib.contextmanager
def _short(path: Path) -> Generator[str]:
    """A name of the socket that fits into the 108 bytes that a socket's address has.

    Raises:
        OSError: there is no such folder.
    """
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listening_at(path: Path) -> tuple[socket.socket, bytes]:
    """A socket that listens at a path, and what a client must send first, b"" for nothing.

    Raises:
        OSError: there is neither a Unix socket nor a file to be made there.
    """
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    with contextlib.suppress(OSError, AttributeError):
        return _unix(path), b""
    server = socket.create_server((_HOST, 0), backlog=8)
    token = secrets.token_hex(16)
    try:
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as lines:
            json.dump({"port": server.getsockname()[1], "token": token}, lines)
    except OSError:
        server.close()
        raise
    return server, f"{token}\n".encode()


def _unix(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        with _short(path) as name:
            server.bind(name)
        server.listen(8)
    except OSError:
        server.close()
        raise
    finally:
        os.umask(before)
    return server


def _loopback(path: Path) -> tuple[int, bytes] | None:
    """The port and what to send first, None where there is a socket.

    Raises:
        OSError: nothing is there, or nothing that can be read.
    """
    if path.is_socket():
        return None
    try:
        told: Any = json.loads(path.read_text("utf-8"))
        return int(told["port"]), f"{told['token']}\n".encode()
    except (ValueError, KeyError, TypeError) as error:
        raise OSError(f"the file holds no port and token: {error}") from error


def connected(path: Path, timeout: float) -> socket.socket:
    """A connection to whoever listens at a path.

    Raises:
        OSError: nobody does.
    """
    port = _loopback(path)
    if port is not None:
        made = socket.create_connection((_HOST, port[0]), timeout)
        made.sendall(port[1])
        return made
    made = socket.socket(socket.AF_UNIX)
    try:
        made.settimeout(timeout)
        with _short(path) as name:
            made.connect(name)
    except OSError:
        made.close()
        raise
    return made


async def streams(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The same for an event loop."""
    port = _loopback(path)
    if port is None:
        with _short(path) as name:
            return await asyncio.open_unix_connection(name, limit=LONGEST)
    reader, writer = await asyncio.open_connection(_HOST, port[0], limit=LONGEST)
    writer.write(port[1])
    return reader, writer
