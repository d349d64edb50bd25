"""Jaeger's JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import conventions as c
from agentloupe.tracer.wire import jaeger
from agentloupe.tracer.wire.errors import NotATrace
from agentloupe.tracer.wire.files import normalised, open_any

from .test_bad_files import JSON

TRACE = "5b8efff798038103d269b633813fc60c"


def tag(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "type": "string", "value": value}


def span(number: int, name: str, *tags: dict[str, Any], parent: int = 0, **more: Any) -> Any:
    reference = {"refType": "CHILD_OF", "traceID": TRACE, "spanID": f"{parent:x}"}
    return {
        "traceID": TRACE,
        "spanID": f"{number:x}",
        "operationName": name,
        "references": [reference] if parent else [],
        "startTime": number * 1_000_000,
        "duration": 2_000,
        "tags": list(tags),
        "logs": [],
        "processID": "p1",
        **more,
    }


def download() -> dict[str, Any]:
    fields = [tag("event", "exception"), tag("exception.type", "ValueError")]
    failed = [tag("error", True), tag("otel.status_description", "no such file")]
    spans = [
        span(1, "invoke_agent a", tag(c.OPERATION, c.AGENT), tag(c.AGENT_NAME, "a")),
        span(
            2,
            "execute_tool read",
            tag(c.OPERATION, c.TOOL),
            tag(c.TOOL_RESULT, "nothing"),
            *failed,
            parent=1,
            logs=[{"timestamp": 2_000_500, "fields": fields}],
        ),
    ]
    processes = {"p1": {"serviceName": "shop", "tags": [tag("host.name", "h")]}}
    return {"data": [{"traceID": TRACE, "spans": spans, "processes": processes}]}


def test_a_download(tmp_path: Path) -> None:
    for document in (download(), download()["data"][0]):
        path = tmp_path / "jaeger.json"
        path.write_text(json.dumps(document, indent=2), "utf-8")
        with open_any(path) as recording:
            (info,) = recording.runs
            run = recording.run(0)
            turn, tool = run.spans()
            assert (info.trace_id, info.name, info.steps) == (TRACE, "shop", 1)
            assert (turn.start_ns, turn.duration_ns) == (1_000_000_000, 2_000_000)
            assert (tool.parent, tool.step, tool.error) == (1, 0, "ValueError: no such file")
            assert tool.events[0].time_ns == 2_000_500_000
            assert run.text(tool.bodies[c.TOOL_RESULT]) == "nothing"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("spanID", "xyz", r"data\[0\].spans\[0\]: "),
        ("spanID", "", "is no id of 16 hex digits"),
        ("startTime", "noon", "'noon' is no time"),
        ("startTime", -1, "-1 is no time"),
        ("startTime", 1e300, "is no time"),
    ],
)
def test_what_is_refused(field: str, value: Any, message: str) -> None:
    document = download()
    document["data"][0]["spans"][0][field] = value
    with pytest.raises(NotATrace, match=message):
        list(jaeger.spans_of(document))


FIELDS = sorted(span(1, "x"))


@given(st.lists(st.tuples(st.sampled_from(FIELDS), JSON), max_size=4), JSON)
def test_anything_is_read_or_refused(changes: list[tuple[str, Any]], processes: Any) -> None:
    document = download()
    document["data"][0]["spans"][1].update(changes)
    document["data"][0]["processes"] = processes
    try:
        normalised(list(jaeger.spans_of(document)))
    except NotATrace:
        return
