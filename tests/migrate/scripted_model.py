"""A model server on the loopback that answers from a script, for the tests of migrated programs.

It speaks as much of the chat completions API as an OpenAI client needs. The script maps a regular
expression over the system message to the replies of that agent, in order; a reply is a text or
``{"tool_calls": [{"name": …, "arguments": {…}}]}``. An unscripted request is an error 500.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .scripted_assistants import Assistants

Script = dict[str, list[Any]]


class Scripted:
    """Replies still to give, and how often each agent was asked."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: dict[str, int] = {}
        self.requests: list[list[list[str]]] = []  # role and content of every message, by request
        self._lock = threading.Lock()

    def answer(self, body: dict[str, Any]) -> Any:
        system = "\n".join(
            str(message["content"]) for message in body["messages"] if message["role"] == "system"
        )
        with self._lock:
            self.requests.append([[m["role"], str(m["content"])] for m in body["messages"]])
            for pattern, replies in self.script.items():
                if re.search(pattern, system):
                    number = self.asked.get(pattern, 0)
                    self.asked[pattern] = number + 1
                    return replies[number] if number < len(replies) else None
        return None


def _completion(number: int, reply: Any) -> dict[str, Any]:
    calls = [] if isinstance(reply, str) else reply["tool_calls"]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": reply if isinstance(reply, str) else None,
    }
    if calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number}_{index}",
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
            }
            for index, call in enumerate(calls)
        ]
    return {
        "id": f"answer-{number}",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if calls else "stop",
                "logprobs": None,
            }
        ],
    }


@contextmanager
def scripted_model(script: Script) -> Iterator[tuple[str, Scripted]]:
    """Serve a script; gives the base URL and the record of what was asked."""
    state = Scripted(script)
    assistants = Assistants(state.answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            return

        def do_GET(self) -> None:
            self._tell(assistants.handle("GET", self.path.removeprefix("/v1"), {}))

        def do_DELETE(self) -> None:
            self._tell(assistants.handle("DELETE", self.path.removeprefix("/v1"), {}))

        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", "0"))
            asked = json.loads(self.rfile.read(size))
            if not self.path.endswith("/completions"):
                self._tell(assistants.handle("POST", self.path.removeprefix("/v1"), asked))
                return
            reply = state.answer(asked)
            number = sum(state.asked.values())
            unknown = {"error": {"message": "not in the script", "type": "script"}}
            self._tell(unknown if reply is None else _completion(number, reply))

        def _tell(self, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(400 if "error" in body else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
