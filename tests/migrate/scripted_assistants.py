"""As much of OpenAI's Assistants API as the tests of migrated programs need."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Record = dict[str, Any]


class Assistants:
    """Assistants, threads and runs in memory; a run asks the script once, and again after tools."""

    def __init__(self, answer: Callable[[Record], Any]) -> None:
        self._answer = answer
        self._made: dict[str, Record] = {}

    def _new(self, kind: str, **fields: Any) -> Record:
        key = f"{kind.replace('.', '_')}_{len(self._made) + 1}"
        self._made[key] = {"id": key, "object": kind, "created_at": 1, "metadata": {}, **fields}
        return self._made[key]

    def handle(self, method: str, path: str, body: Record) -> Record:
        """The answer to a request for a path below ``/v1/``."""
        match method, path.partition("?")[0].strip("/").split("/"):
            case "GET", ["assistants"]:
                return self._list("assistant", None)
            case "POST", ["assistants"]:
                return self._new("assistant", **{"tools": [], **body})
            case "POST", ["threads"]:
                return self._new("thread")
            case "POST", ["threads", thread, "messages"]:
                return self._message(thread, body["role"], body["content"], None)
            case "GET", ["threads", thread, "messages"]:
                return self._list("thread.message", thread, path)
            case "DELETE", [*_, key]:
                self._made.pop(key, None)
                return {"id": key, "object": "deleted", "deleted": True}
            case "POST", ["threads", thread, "runs"]:
                return self._go_on(self._new("thread.run", thread_id=thread, **body))
            case "POST", ["threads", _, "runs", run, "submit_tool_outputs"]:
                self._made[run]["outputs"] = body["tool_outputs"]
                return self._go_on(self._made[run])
            case _, [*_, key]:
                return self._made[key]
        raise AssertionError(path)

    def _list(self, kind: str, thread: str | None, path: str = "") -> Record:
        found = [
            each
            for each in self._made.values()
            if each["object"] == kind and each.get("thread_id") == thread
        ]
        if "order=desc" in path:
            found.reverse()
        if "limit=1&" in f"{path}&":
            found = found[:1]
        return {"object": "list", "data": found, "has_more": False}

    def _message(self, thread: str, role: str, text: str, run: str | None) -> Record:
        part: Record = {"type": "text", "text": {"value": text, "annotations": []}}
        return self._new("thread.message", thread_id=thread, role=role, content=[part], run_id=run)

    def _go_on(self, run: Record) -> Record:
        instructions = run.get("instructions") or self._made[run["assistant_id"]]["instructions"]
        told = {"messages": [{"role": "system", "content": instructions}]}
        reply = self._answer(told)
        if isinstance(reply, str):
            seen = [each["output"] for each in run.get("outputs", [])]
            self._message(run["thread_id"], "assistant", " ".join([reply, *seen]), run["id"])
            return self._changed(run, status="completed", required_action=None)
        calls = [
            {
                "id": f"call_{index}",
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
            }
            for index, call in enumerate(reply["tool_calls"])
        ]
        wanted = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
        return self._changed(run, status="requires_action", required_action=wanted)

    def _changed(self, run: Record, **fields: Any) -> Record:
        run |= fields
        return run
