"""A model server on loopback that answers by a function of the request, streaming if asked to.

Runs in a process of its own, so that the program under test has no thread but its own.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import multiprocessing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATE: dict[str, int] = {}


def count(key: str) -> int:
    """How often this was asked before."""
    STATE[key] = STATE.get(key, -1) + 1
    return STATE[key]


def system(request: dict) -> str:
    return str(request["messages"][0].get("content"))


def last(request: dict) -> str:
    return str(request["messages"][-1].get("content"))


def call(name: str, arguments: str, number: int) -> dict:
    function = {"name": name, "arguments": arguments}
    return {
        "content": None,
        "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function}],
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = 404
        if self.path == "/v1/chat/completions":
            said = self.server.script(request)  # type: ignore[attr-defined]
        if isinstance(said, int):
            self._send(said, {"error": {"message": "told to fail", "type": "server_error"}})
        elif request.get("stream"):
            self._stream(request, said)
        else:
            self._send(200, _completion(request, said))

    def _send(self, status: int, document: dict) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, request: dict, said: object) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for word in str(said).split(" "):
            self._event(_chunk(request, {"role": "assistant", "content": f"{word} "}, None))
        self._event(_chunk(request, {}, "stop"))
        self.wfile.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    def _event(self, document: dict) -> None:
        data = f"data: {json.dumps(document)}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


def _chunk(request: dict, delta: dict, reason: object) -> dict:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    head = {"id": "stream", "object": "chat.completion.chunk", "created": 1}
    return {**head, "model": request["model"], "choices": [choice]}


def _completion(request: dict, said: object) -> dict:
    message = said if isinstance(said, dict) else {"content": said}
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    prompt = sum(len(str(each.get("content") or "")) for each in request["messages"]) // 4
    return {
        "id": "answer",
        "object": "chat.completion",
        "created": 1,
        "model": request["model"],
        "choices": [
            {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": 7, "total_tokens": prompt + 7},
    }


def _serve(script: object, port: object) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.script = script  # type: ignore[attr-defined]
    port.send(server.server_port)  # type: ignore[attr-defined]
    server.serve_forever()


def serve(script: object) -> str:
    """Start the server; its base URL."""
    here, there = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(script, there), daemon=True
    )
    process.start()
    atexit.register(process.kill)
    return f"http://127.0.0.1:{here.recv()}/v1"


def config(script: object, **more: object) -> dict:
    """An `llm_config` for a script."""
    client = {"model": "gpt-4o", "base_url": serve(script), "api_key": "sk-none"}
    if importlib.util.find_spec("autogen.llm_config") is None:  # AG2 takes no such key
        client["max_retries"] = 1
    return {"config_list": [client], "cache_seed": None, **more}
