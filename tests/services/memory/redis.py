"""A Redis server of our own, from Debian's packages, unpacked and not installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..cache import kept

PACKAGES: Final = "redis-server redis-tools libjemalloc2 liblua5.1-0 liblzf1 lua-bitop lua-cjson"


def unavailable() -> str:
    """Why there can be none on this machine; empty when there can."""
    missing = [tool for tool in ("apt-get", "dpkg") if shutil.which(tool) is None]
    return f"the private Redis needs {' and '.join(missing)}" if missing else ""


def _unpack(target: Path) -> None:
    get = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *PACKAGES.split()]
    done = subprocess.run(get, cwd=target, capture_output=True, text=True, check=False)
    if done.returncode:
        subprocess.run(["apt-get", "-q", "update"], capture_output=True, check=False)
        done = subprocess.run(get, cwd=target, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for package in target.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, target / "root"], check=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """A server at work in `folder`: its port on loopback."""
    root = kept("redis", _unpack) / "root"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    libraries = os.pathsep.join(str(path) for path in root.glob("**/lib/*-linux-gnu"))
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(
        [root / "usr/bin/redis-server", *options],
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while not _listens(port):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(10)
