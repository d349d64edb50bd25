"""Trace files opened as recordings."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.wire.files import open_any

from ..recordings import conversation
from .shown import FIXTURES, otlp_span, request, shown, shown_file

GOLDEN = (FIXTURES / "otlp" / "report.txt").read_text("utf-8")
AGENT = {c.OPERATION: c.AGENT}
CHAT = {c.OPERATION: c.CHAT}
TOOL = {c.OPERATION: c.TOOL}


def opened(tmp_path: Path, *documents: Any) -> Recording:
    path = tmp_path / "trace.json"
    path.write_text("\n".join(json.dumps(each) for each in documents), "utf-8")
    return open_any(path)


def steps(recording: Recording, run: int = 0) -> list[tuple[str, int, list[str]]]:
    """Operation, second of its start, and the names of what is in it, for each step."""
    return [
        (step.message_type, step.start_ns // 1_000_000_000, [span.name for span in spans[1:]])
        for step, spans in recording.run(run).iter_turns()
    ]


@pytest.mark.parametrize("name", ["report.json", "report-lines.jsonl"])
def test_one_document_or_one_request_a_line(name: str) -> None:
    """The lines are in reverse, in snake_case, with upper-case ids, numbers and enum names."""
    assert shown_file(FIXTURES / "otlp" / name) == GOLDEN


def test_a_recording_is_opened_as_such(tmp_path: Path) -> None:
    path = tmp_path / "own.loupe"
    conversation(path, 3)
    with open_any(path) as recording:
        assert recording.info.path == str(path)
        assert recording.runs[0].steps == 3


def test_the_original_is_shown_and_the_temporary_file_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    recording = open_any(FIXTURES / "otlp" / "report.json")
    assert recording.info.path == str(FIXTURES / "otlp" / "report.json")
    (made,) = (tmp_path / "temporary").rglob("*.loupe")
    assert made.stat().st_mode & 0o077 == 0
    assert made.parent.stat().st_mode & 0o077 == 0
    recording.close()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_ids_and_times_are_the_spans_own() -> None:
    with open_any(FIXTURES / "otlp" / "report.json") as recording:
        info = recording.runs[0]
        assert info.trace_id == "5b8efff798038103d269b633813fc60c"
        assert info.start_ns == 1_760_000_000_000_000_000
        tool = next(s for s in recording.run(0).spans() if s.name == "execute_tool lookup")
        assert tool.hex_id == "eee19b7ec3c1b104"
        assert (tool.start_ns, tool.duration_ns) == (1_760_000_000_130_000_000, 50_000_000)
        assert (info.input_tokens, info.output_tokens, info.unknown_tokens) == (120, 7, 0)


def test_ids_as_protobufs_own_json_writes_them(tmp_path: Path) -> None:
    span = otlp_span(1, "x", attributes=AGENT)
    span |= {"traceId": "W47/95gDgQPSabYzgT/GDA==", "spanId": "7uGbfsPBsQE="}
    with opened(tmp_path, request(span)) as recording:
        assert recording.runs[0].trace_id == "5b8efff798038103d269b633813fc60c"
        assert recording.run(0).spans()[0].hex_id == "eee19b7ec3c1b101"


def test_a_step_is_a_turn_else_a_model_call_else_a_tool_call(tmp_path: Path) -> None:
    spans = [
        otlp_span(1, "invoke_workflow w", attributes={c.OPERATION: c.RUN}),
        otlp_span(2, "turn", 1, attributes=AGENT),
        otlp_span(3, "inner chat", 2, attributes=CHAT),
        otlp_span(4, "inner tool", 3, attributes=TOOL),
        otlp_span(5, "lone chat", 1, attributes=CHAT),
        otlp_span(6, "its tool", 5, attributes=TOOL),
        otlp_span(7, "wrapper", 1),
        otlp_span(8, "lone tool", 7, attributes=TOOL),
        otlp_span(9, "asked agent", 4, attributes=AGENT),
    ]
    with opened(tmp_path, request(*reversed(spans))) as recording:
        assert steps(recording) == [
            (c.AGENT, 2, ["inner chat", "inner tool"]),
            (c.CHAT, 5, ["its tool"]),
            (c.TOOL, 8, []),
            (c.AGENT, 9, []),
        ]
        assert [span.name for span in recording.run(0).loose_spans()] == ["wrapper"]


def test_equal_starts_keep_the_files_order(tmp_path: Path) -> None:
    spans = [otlp_span(9 - i, f"turn {i}", at=5, attributes=AGENT) for i in range(5)]
    with opened(tmp_path, request(*spans)) as recording:
        turns = [spans[0].name for _, spans in recording.run(0).iter_turns()]
    assert turns == [f"turn {i}" for i in range(5)]


def test_each_trace_is_a_run_by_start(tmp_path: Path) -> None:
    late = otlp_span(1, "late", at=50, trace="b" * 32, attributes=AGENT)
    early = otlp_span(1, "early", at=10, trace="a" * 32, attributes=AGENT)
    with opened(tmp_path, request(late, service="app"), request(early)) as recording:
        assert [run.trace_id[0] for run in recording.runs] == ["a", "b"]
        assert [run.name for run in recording.runs] == ["early", "app"]


def test_conversations_within_a_run_stay_apart(tmp_path: Path) -> None:
    spans = [
        otlp_span(i, "turn", attributes=AGENT | {c.CONVERSATION: f"talk-{i % 2}"}) for i in (1, 2)
    ]
    with opened(tmp_path, request(*spans)) as recording:
        found = [span.attributes[c.CONVERSATION] for span in recording.run(0).spans()]
    assert found == ["talk-1", "talk-0"]


def test_a_span_sent_twice_counts_once_and_its_end_wins(tmp_path: Path) -> None:
    done = otlp_span(1, "turn", attributes=AGENT)
    begun = done | {"endTimeUnixNano": "0"}
    for order in ((begun, done), (done, begun), (done, done)):
        with opened(tmp_path, *(request(span) for span in order)) as recording:
            assert recording.runs[0].steps == 1
            assert recording.run(0).step(0).end_ns == 1_001_000_000


def test_a_span_that_never_ended_is_open(tmp_path: Path) -> None:
    span = otlp_span(1, "turn", attributes=AGENT)
    del span["endTimeUnixNano"]
    with opened(tmp_path, request(span)) as recording:
        assert [each.name for each in recording.run(0).open_spans()] == ["turn"]
        assert recording.runs[0].status == "killed"


def test_parents_that_lead_nowhere_or_in_a_ring(tmp_path: Path) -> None:
    spans = [
        otlp_span(1, "a", 2, attributes=AGENT),
        otlp_span(2, "b", 3, attributes=AGENT),
        otlp_span(3, "c", 1, attributes=AGENT),
        otlp_span(4, "own parent", 4, attributes=AGENT),
        otlp_span(5, "orphan", 99, attributes=AGENT),
    ]
    with opened(tmp_path, request(*spans)) as recording:
        assert recording.runs[0].steps == 5


def test_a_tree_as_deep_as_the_file_is_long(tmp_path: Path) -> None:
    spans = [otlp_span(i, "turn", i - 1, attributes=AGENT) for i in range(1, 5_001)]
    with opened(tmp_path, request(*spans)) as recording:
        assert recording.runs[0].steps == 5_000


def test_names_come_from_the_span_around(tmp_path: Path) -> None:
    spans = [
        otlp_span(1, "invoke_agent coder", attributes=AGENT),
        otlp_span(2, "chat", 1, attributes=CHAT),
        otlp_span(3, "execute_tool run", 1, attributes=TOOL | {c.AGENT_NAME: "helper"}),
    ]
    with opened(tmp_path, request(*spans)) as recording:
        assert [s.agent for s in recording.run(0).spans()] == ["coder", "coder", "helper"]
        assert recording.run(0).step(0).recipient == "coder"
        assert recording.run(0).spans()[2].attributes[c.TOOL_NAME] == "run"


def test_hostile_text_is_shown_escaped(tmp_path: Path) -> None:
    span = otlp_span(1, "invoke_agent \x1b[2J", attributes=AGENT | {"k\x1b": "v\u202e"})
    with opened(tmp_path, request(span)) as recording:
        assert "\x1b" not in shown(recording)
        assert "k\\e" in recording.run(0).spans()[0].attributes


def test_long_values_become_bodies_and_too_many_are_counted(tmp_path: Path) -> None:
    long = {"note": "x" * 5_000}
    many = {f"key{i}": "y" * 400 for i in range(1_000)}
    span = otlp_span(1, "turn", attributes=AGENT | long | many)
    with opened(tmp_path, request(span)) as recording:
        run = recording.run(0)
        (found,) = run.spans()
        assert run.text(found.bodies["note"]) == "x" * 5_000
        kept = sum(len(str(value)) for value in found.attributes.values())
        assert kept < 65_536
        assert found.attributes["agentloupe.dropped"] == 1_002 - len(found.attributes) + 1


def test_secrets_are_masked(tmp_path: Path) -> None:
    key = "sk-" + "abcdefghij0123456789"
    span = otlp_span(1, "turn", attributes=AGENT | {c.OUTPUT_MESSAGES: f"use {key}", "k": key})
    with opened(tmp_path, request(span)) as recording:
        assert key not in shown(recording)
        assert recording.run(0).spans()[0].attributes["k"] == "sk-***"


@pytest.mark.parametrize(
    ("service", "program"),
    [("billing", "billing"), ("", "trace"), ("unknown_service:python", "trace")],
)
def test_the_program_is_called_as_the_service_is(
    tmp_path: Path, service: str, program: str
) -> None:
    span = otlp_span(1, "invoke_agent a", **AGENT)
    with opened(tmp_path, request(span, service=service)) as recording:
        assert recording.info.program == program
