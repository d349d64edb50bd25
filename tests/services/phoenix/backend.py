"""arize-phoenix, an OTLP backend that others wrote, on loopback, and what it says it received."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cache import environment

PACKAGE = "arize-phoenix==20.26.1"
START = 600.0  # seconds that it may take; 15 when the machine has nothing else to do


@dataclass(frozen=True)
class Phoenix:
    """A server that runs."""

    http: str
    grpc: str

    def spans(self, trace_ids: list[str] | None = None) -> list[dict[str, Any]]:
        """All spans, or those of some traces, by its REST API."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            query = [("limit", "1000"), *(("trace_id", each) for each in trace_ids or ())]
            if cursor:
                query.append(("cursor", cursor))
            page = self._get(f"/v1/projects/default/spans?{urllib.parse.urlencode(query)}")
            found += page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return found

    def settled(self, count: int, trace_ids: list[str] | None = None) -> list[dict[str, Any]]:
        """The same once there are `count`: what it accepted it stores a little later."""
        deadline = time.monotonic() + 60
        while len(found := self.spans(trace_ids)) < count and time.monotonic() < deadline:
            time.sleep(0.2)
        return found

    def holding(self, span_ids: set[str], trace_ids: list[str]) -> list[dict[str, Any]]:
        """All spans of some traces, once these are among them."""
        deadline = time.monotonic() + 60
        while True:
            found = self.spans(trace_ids)
            known = {span["context"]["span_id"] for span in found}
            if span_ids <= known or time.monotonic() > deadline:
                return found
            time.sleep(0.2)

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.http + path, timeout=30) as answer:
            return json.load(answer)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def phoenix(folder: Path) -> Iterator[Phoenix]:
    """Install it if need be, run it on free ports."""
    python = environment("phoenix-20.26.1", PACKAGE)
    port, grpc_port = _free_port(), _free_port()
    env = {
        **os.environ,
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(grpc_port),
        "PHOENIX_TELEMETRY_ENABLED": "false",
        "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
    }
    log = folder / "phoenix.log"
    command = [str(python.with_name("phoenix")), "serve"]
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, env=env, cwd=folder, stdout=out, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            made = Phoenix(f"http://127.0.0.1:{port}", f"grpc://127.0.0.1:{grpc_port}")
            _wait(made, process, log)
            yield made
        finally:
            process.terminate()


def _wait(made: Phoenix, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START
    while True:
        try:
            made.spans()
        except (OSError, urllib.error.URLError):
            said = log.read_text("utf-8", "replace")[-2000:]
            assert process.poll() is None, f"phoenix ended: {said}"
            assert time.monotonic() < deadline, f"phoenix does not answer: {said}"
            time.sleep(0.2)
        else:
            return
