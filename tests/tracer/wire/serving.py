"""What tests of `loupe serve` share."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.wire.http_in import HttpServer
from agentloupe.tracer.wire.receiver import Receiver

from .shown import otlp_span, request

AGENT = {c.OPERATION: c.AGENT, c.AGENT_NAME: "a"}
JSON = {"Content-Type": "application/json"}


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class Served:
    """A receiver with its HTTP server, on a free port."""

    def __init__(self, path: Path, deadline: float = 30.0) -> None:
        self.path = path
        self.receiver = Receiver(path, settle=0.05)
        self.server = HttpServer("127.0.0.1", 0, self.receiver, deadline)
        self.port = int(self.server.server_address[1])
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()

    def post(self, body: bytes, path: str = "/v1/traces", **headers: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as client:
            named = {key.replace("_", "-"): value for key, value in headers.items()}
            client.request("POST", path, body, {**JSON, **named})
            answer = client.getresponse()
            return answer.status, answer.read().decode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()
        self.receiver.close()


def body_of(*numbers: int) -> bytes:
    spans = [otlp_span(n, f"turn {n}", attributes=AGENT) for n in numbers]
    return json.dumps(request(*spans)).encode()


def steps(path: Path) -> list[str]:
    with open_recording(path) as recording:
        return [s[0].name for i in recording.runs for _, s in recording.run(i.number).iter_turns()]
