"""One scripted model behind three dialects: OpenAI's (and Azure's), Anthropic's and Ollama's.

    with serving({"scene": answers}) as url: ...        its clients ask at url/scene

An answer is {"text": ...}, {"calls": [[NAME, ARGUMENTS], ...]} with arguments as an object or, to
be broken, as text, {"status": 429, "error": ..., "code": ...} or {"hang": true}; "finish" is why it
stopped, in OpenAI's words. A request that asks for a stream gets one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
_ANTHROPIC = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens"}


def arguments_of(given: Any) -> str:
    return given if isinstance(given, str) else json.dumps(given)


def finish_of(answer: Json) -> str:
    return answer.get("finish") or ("tool_calls" if "calls" in answer else "stop")


def openai(answer: Json, model: str) -> Json:
    calls = [
        {
            "id": f"call-{number}",
            "type": "function",
            "function": {"name": name, "arguments": arguments_of(given)},
        }
        for number, (name, given) in enumerate(answer.get("calls", []))
    ]
    message = {
        "role": "assistant",
        "content": answer.get("text"),
        **({"tool_calls": calls} if calls else {}),
    }
    return {
        "id": "answer-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_of(answer)}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
    }


def openai_stream(answer: Json, model: str) -> Iterator[bytes]:
    head = {"id": "answer-1", "object": "chat.completion.chunk", "created": 0, "model": model}
    for piece in str(answer.get("text", "")).split(" "):
        choice = {"index": 0, "delta": {"role": "assistant", "content": f"{piece} "}}
        yield b"data: %s\n\n" % json.dumps({**head, "choices": [choice]}).encode()
    last = {"index": 0, "delta": {}, "finish_reason": finish_of(answer)}
    yield b"data: %s\n\n" % json.dumps({**head, "choices": [last]}).encode()
    usage = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
    yield b"data: %s\n\n" % json.dumps({**head, "choices": [], "usage": usage}).encode()
    yield b"data: [DONE]\n\n"


def anthropic(answer: Json, model: str) -> Json:
    content: list[Json] = [
        {"type": "tool_use", "id": f"call-{number}", "name": name, "input": given}
        for number, (name, given) in enumerate(answer.get("calls", []))
    ]
    if answer.get("text"):
        content.insert(0, {"type": "text", "text": answer["text"]})
    return {
        "id": "answer-1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": _ANTHROPIC.get(finish_of(answer), "end_turn"),
        "stop_sequence": None,
        "usage": {"input_tokens": 20, "output_tokens": 5},
    }


def anthropic_stream(answer: Json, model: str) -> Iterator[bytes]:
    whole = anthropic(answer, model)
    start = {**whole, "content": [], "stop_reason": None}
    events: list[Json] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    for piece in str(answer.get("text", "")).split(" "):
        delta = {"type": "text_delta", "text": f"{piece} "}
        events.append({"type": "content_block_delta", "index": 0, "delta": delta})
    events += [
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": 5},
        },
        {"type": "message_stop"},
    ]
    for event in events:
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def ollama(answer: Json, model: str) -> Json:
    message: Json = {"role": "assistant", "content": answer.get("text") or ""}
    if "calls" in answer:
        message["tool_calls"] = [
            {"function": {"name": name, "arguments": given}} for name, given in answer["calls"]
        ]
    return {
        "model": model,
        "created_at": "2026-01-01T00:00:00Z",
        "message": message,
        "done": True,
        "done_reason": {"length": "length"}.get(finish_of(answer), "stop"),
        "prompt_eval_count": 20,
        "eval_count": 5,
    }


def ollama_stream(answer: Json, model: str) -> Iterator[bytes]:
    whole = ollama(answer, model)
    for piece in str(answer.get("text", "")).split(" "):
        part = {"role": "assistant", "content": f"{piece} "}
        half = {"model": model, "created_at": whole["created_at"], "message": part, "done": False}
        yield json.dumps(half).encode() + b"\n"
    yield json.dumps({**whole, "message": {"role": "assistant", "content": ""}}).encode() + b"\n"


DIALECTS = {
    "/v1/messages": (anthropic, anthropic_stream, "text/event-stream"),
    "/api/chat": (ollama, ollama_stream, "application/x-ndjson"),
    "/chat/completions": (openai, openai_stream, "text/event-stream"),
}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, scenes: dict[str, list[Json]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.scenes = {name: iter(answers) for name, answers in scenes.items()}
        self.stopped = threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        scene = self.server.scenes[self.path.split("/")[1]]
        answer = next(scene, {"status": 400, "error": "nothing is left to say"})
        if answer.get("hang"):
            self.server.stopped.wait()
            return
        path = self.path.partition("?")[0]
        make, stream, kind = next(v for end, v in DIALECTS.items() if path.endswith(end))
        model = asked.get("model", "model-a")
        status = answer.get("status", 200)
        if status != 200:
            error = {"type": "error", "message": answer["error"], "code": answer.get("code")}
            self._send(status, "application/json", json.dumps({"error": error}).encode())
        elif asked.get("stream"):
            self._send(200, kind, b"".join(stream(answer, model)))
        else:
            self._send(200, "application/json", json.dumps(make(answer, model)).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 its name
        pass


@contextmanager
def serving(scenes: dict[str, list[Json]]) -> Iterator[str]:
    """The server's address, without a path."""
    server = Server(scenes)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
