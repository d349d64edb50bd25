"""Wording with choices in it, and OTLP files of scripts, as other people's exporters write them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .scripts import START_NS, expanded

Script = dict[str, Any]
_CHOICE = re.compile(r"\{([^{}]*)\}")


def spin(rng: random.Random, text: str, **values: Any) -> str:
    """`text` with one of the alternatives of every {a|b|c}, then $name filled in.

    >>> spin(random.Random(1), "{so|so} be $it", it="it")
    'so be it'
    """
    while (found := _CHOICE.search(text)) is not None:
        chosen = rng.choice(found.group(1).split("|"))
        text = text[: found.start()] + chosen + text[found.end() :]
    for name, value in values.items():
        text = text.replace(f"${name}", str(value))
    return text


def write_otlp(path: Path, script: Script, seed: object) -> Path:
    """The script as one OTLP/JSON document."""
    write_all(path, [(script, seed)])
    return path


def write_all(path: Path, scripts: Iterable[tuple[Script, object]]) -> list[str]:
    """Scripts as one OTLP/JSON document: a workflow each, its agents' turns, their tool calls.

    Returns the workflows' trace ids. Turns take seconds, as a model does; what a turn says is told
    as GenAI messages.
    """
    traces: list[str] = []
    resources: list[Script] = []
    for script, seed in scripts:
        spans = _trace(script, random.Random(f"otlp {seed}"))
        traces.append(spans[0]["traceId"])
        resource = {"attributes": _attributes({"service.name": "bank"})}
        scope = {"scope": {"name": "someone"}, "spans": spans}
        resources.append({"resource": resource, "scopeSpans": [scope]})
    path.write_text(json.dumps({"resourceSpans": resources}, ensure_ascii=False), "utf-8")
    return traces


def _trace(script: Script, rng: random.Random) -> list[Script]:
    root = f"{rng.getrandbits(64):016x}"
    trace = f"{rng.getrandbits(128):032x}"
    at = START_NS
    spans: list[Script] = []
    for entry in expanded(script["steps"]):
        if "at" in entry:
            at = max(at, START_NS + int(entry["at"] * 1e9))
        made = _turn(entry, at, rng, trace, root)
        at = int(made[0]["endTimeUnixNano"]) + rng.randrange(2_000_000, 30_000_000)
        spans += made
    workflow = _span("invoke_workflow team", trace, root, "", START_NS, at)
    workflow["attributes"] = _attributes({"gen_ai.operation.name": "invoke_workflow"})
    return [workflow, *spans]


def _turn(entry: Script, at: int, rng: random.Random, trace: str, root: str) -> list[Script]:
    own = f"{rng.getrandbits(64):016x}"
    begin, thinking = at, int(rng.uniform(0.6, 3.0) * 1e9)
    at += thinking
    calls: list[Script] = []
    for call in entry.get("calls", []):
        took = int(call.get("took", rng.uniform(0.02, 0.4)) * 1e9)
        calls.append(_tool(call, at, at + took, rng, trace, own, entry["agent"]))
        at += took
    span = _span(f"invoke_agent {entry['agent']}", trace, own, root, begin, at + 1_000_000)
    told: Script = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": entry["agent"],
        "gen_ai.usage.input_tokens": 200 + rng.randrange(400),
        "gen_ai.usage.output_tokens": 20 + len(entry.get("say", "")) // 4,
    }
    if "conversation" in entry:
        told["gen_ai.conversation.id"] = entry["conversation"]
    if entry.get("say"):
        told["gen_ai.output.messages"] = _message("assistant", entry["say"])
    if entry.get("heard"):
        told["gen_ai.input.messages"] = _message("user", entry["heard"])
    span["attributes"] = _attributes(told)
    return [span, *calls]


def _tool(
    call: Script, begin: int, end: int, rng: random.Random, trace: str, parent: str, agent: str
) -> Script:
    own = f"{rng.getrandbits(64):016x}"
    span = _span(f"execute_tool {call['tool']}", trace, own, parent, begin, end)
    args, result = call.get("args", {}), call.get("result", "")
    told = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": call["tool"],
        "gen_ai.agent.name": agent,
        "gen_ai.tool.call.id": f"call_{rng.getrandbits(48):012x}",
        "gen_ai.tool.call.arguments": args if isinstance(args, str) else json.dumps(args),
    }
    if "error" in call:
        told["error.type"] = call["error"].partition(":")[0]
        span["status"] = {"code": 2, "message": call["error"]}
    else:
        told["gen_ai.tool.call.result"] = result if isinstance(result, str) else json.dumps(result)
    span["attributes"] = _attributes(told)
    return span


def _message(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def _span(name: str, trace: str, own: str, parent: str, begin: int, end: int) -> Script:
    return {
        "traceId": trace,
        "spanId": own,
        "parentSpanId": parent,
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(end),
        "status": {},
    }


def _attributes(told: Script) -> list[Script]:
    return [
        {"key": k, "value": {"intValue": str(v)} if isinstance(v, int) else {"stringValue": v}}
        for k, v in told.items()
    ]
