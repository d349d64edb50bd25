"""A model server on the loopback that answers by rule, so that two versions can be compared.

The answer hangs on the system message of a request and on how many requests had it before, so an
agent whose prompt is lost in a migration gives itself away. Each tool is asked for once, with
arguments after its schema; the third text of an agent ends with TERMINATE.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast

LAST: Final = 3  # the text of an agent that ends a chat
_SELECTION: Final = re.compile(r"select the next role from \[(.*?)\]")


class Rule:
    """What to answer; one for each program that runs."""

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The message for a request of the chat completions API."""
        messages = cast("list[dict[str, Any]]", request.get("messages") or [])
        texts = [_text(message.get("content")) for message in messages]
        chosen = _SELECTION.findall("\n".join(texts))
        if chosen:
            names = [name.strip(" '\"") for name in chosen[-1].split(",")]
            return {"role": "assistant", "content": names[self._count("selection") % len(names)]}
        system = " ".join(
            text.strip()
            for message, text in zip(messages, texts, strict=True)
            if message.get("role") == "system"
        )
        key = hashlib.sha256(" ".join(system.split()).encode()).hexdigest()[:6]
        number = self._count(key)
        given = cast("list[dict[str, Any]]", request.get("tools") or [])
        tools = [cast("dict[str, Any]", each["function"]) for each in given]
        tools = tools or cast("list[dict[str, Any]]", request.get("functions") or [])
        if number < len(tools):
            return _asking(tools[number], number, legacy=not request.get("tools"))
        text = f"[{key}] text {number - len(tools) + 1}"
        if number - len(tools) + 1 >= LAST:
            text += " TERMINATE"
        return {"role": "assistant", "content": text}

    def _count(self, key: str) -> int:
        with self._lock:
            self._asked[key] = self._asked.get(key, -1) + 1
            return self._asked[key]


def _asking(tool: dict[str, Any], number: int, *, legacy: bool) -> dict[str, Any]:
    call = {"name": tool["name"], "arguments": json.dumps(sample(tool.get("parameters") or {}))}
    body: dict[str, Any] = {"role": "assistant", "content": None}
    if legacy:
        return {**body, "function_call": call}
    return {**body, "tool_calls": [{"id": f"call_{number}", "type": "function", "function": call}]}


def _text(content: Any) -> str:
    if isinstance(content, str) or content is None:
        return content or ""
    return "".join(str(part.get("text", "")) for part in cast("list[dict[str, Any]]", content))


def sample(schema: dict[str, Any]) -> Any:
    """A value that a JSON schema describes, always the same."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("default") is not None:
        return schema["default"]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return sample(schema[key][0])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "object":
        properties: dict[str, Any] = schema.get("properties") or {}
        wanted = schema.get("required", list(properties))
        return {key: sample(value) for key, value in properties.items() if key in wanted}
    plain: dict[str, Any] = {
        "integer": 3,
        "number": 1.5,
        "boolean": True,
        "array": [],
        "null": None,
    }
    return plain.get(str(kind), "x")


@contextmanager
def scripted() -> Generator[str]:
    """The base URL of a server that answers by a fresh rule."""
    rule = Rule()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 as in the base class
            return

        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", "0"))
            request = cast("dict[str, Any]", json.loads(self.rfile.read(size) or b"{}"))
            message = rule.answer(request)
            asked = message.get("tool_calls") or message.get("function_call")
            choice = {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if asked else "stop",
            }
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            body = {"id": "scripted", "object": "chat.completion", "created": 1, "usage": usage}
            body |= {"model": request.get("model", "scripted"), "choices": [choice]}
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
