"""What the real instrumentations say of failures, streams and calls that they tell badly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Span
from agentloupe.tracer.reader import Recording, Run
from agentloupe.tracer.wire.files import open_any

from .shown import FIXTURES, otlp_span, request

FOLDER = FIXTURES / "dialects"


def spans_of(recording: Recording, op: str) -> list[tuple[Run, Span]]:
    runs = [recording.run(info.number) for info in recording.runs]
    return [(run, span) for run in runs for span in run.spans() if span.op == op]


def opened(tmp_path: Path, *spans: dict[str, Any]) -> Recording:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(request(*spans)), "utf-8")
    return open_any(path)


@pytest.mark.parametrize("name", ["openinference-streamed", "openllmetry-streamed"])
def test_tokens_of_a_stream_are_unknown_and_not_none(name: str) -> None:
    """AutoGen says 0 and 0 where the server did not say."""
    with open_any(FOLDER / f"{name}.json") as recording:
        (info,) = recording.runs
        told = [span.attributes for _, span in spans_of(recording, c.AGENT)]
    assert (info.chats, info.input_tokens, info.unknown_tokens) == (2, 0, 2)
    assert all(c.INPUT_TOKENS not in attributes for attributes in told)


@pytest.mark.parametrize("name", ["openllmetry-plain", "openllmetry-old-plain"])
def test_chunks_that_are_events_count_and_are_gone(name: str) -> None:
    with open_any(FOLDER / f"{name}.json") as recording:
        chats = [span for _, span in spans_of(recording, c.CHAT)]
    assert [span.attributes.get("agentloupe.chunks") for span in chats] == [None, None, 3, 4]
    assert [[event.name for event in span.events] for span in chats] == [[], ["exception"], [], []]


def test_a_tool_whose_parameters_are_json_in_json() -> None:
    with open_any(FOLDER / "openllmetry-old.json") as recording:
        run, chat = spans_of(recording, c.CHAT)[0]
        (tool,) = json.loads(run.text(chat.bodies[c.TOOL_DEFINITIONS]))
    assert (tool["name"], tool["parameters"]["type"]) == ("add", "object")


def test_a_failed_call_says_which_model_was_asked() -> None:
    with open_any(FOLDER / "openinference-plain.json") as recording:
        models = [span.attributes.get(c.REQUEST_MODEL) for _, span in spans_of(recording, c.CHAT)]
    assert models == ["gpt-4o"] * 4


@pytest.mark.parametrize("name", ["openinference-failing", "openllmetry-failing"])
def test_a_team_that_failed_is_a_failed_run(name: str) -> None:
    """AutoGen's own spans do not say so, but its manager is told of the error."""
    with open_any(FOLDER / f"{name}.json") as recording:
        ends = [(info.status, (info.error or "").splitlines()[:1]) for info in recording.runs]
    assert [status for status, _ in ends] == ["ok", "ok", "error", "error"]
    assert "InternalServerError: Error code: 500 - the model is out" in ends[2][1][0]
    assert "BadRequestError" in ends[3][1][0]


def test_arguments_of_a_tool_come_from_the_models_answer() -> None:
    """A bare agent's tool span has a call id and nothing else."""
    with open_any(FOLDER / "openllmetry-failing.json") as recording:
        ((run, tool),) = spans_of(recording, c.TOOL)
        arguments = run.text(tool.bodies[c.TOOL_ARGUMENTS])
    assert json.loads(arguments) == {"a": 1, "b": 2}
    assert c.TOOL_RESULT not in tool.bodies


def chat(number: int, *, asks: str = "", told: str = "") -> dict[str, Any]:
    call = {"type": "tool_call", "id": "call_1", "name": "add", "arguments": {"a": asks}}
    gave = {"type": "tool_call_response", "id": "call_1", "result": told}
    sent = [{"role": "user", "parts": [{"type": "text", "content": "Add."}]}]
    sent += [{"role": "tool", "parts": [gave]}] if told else []
    got = [{"role": "assistant", "parts": [call] if asks else []}]
    attributes = {c.INPUT_MESSAGES: json.dumps(sent), c.OUTPUT_MESSAGES: json.dumps(got)}
    return otlp_span(number, "chat m", 1, attributes=attributes | {c.OPERATION: c.CHAT})


def test_ids_of_calls_come_again(tmp_path: Path) -> None:
    """The answer before a call asked for it, the request after it says what it gave."""
    tool = {c.OPERATION: c.TOOL, c.TOOL_CALL_ID: "call_1"}
    spans = [
        otlp_span(1, "invoke_agent a", attributes={c.OPERATION: c.AGENT, c.AGENT_NAME: "a"}),
        chat(2, asks="first"),
        otlp_span(3, "execute_tool add", 1, attributes=tool),
        chat(4, asks="second", told="one"),
        otlp_span(5, "execute_tool add", 1, attributes=tool),
        chat(6, told="two"),
    ]
    with opened(tmp_path, *spans) as recording:
        said = [
            (run.text(span.bodies[c.TOOL_ARGUMENTS]), run.text(span.bodies[c.TOOL_RESULT]))
            for run, span in spans_of(recording, c.TOOL)
        ]
    assert said == [('{"a":"first"}', "one"), ('{"a":"second"}', "two")]


def test_a_stream_that_two_spans_tell_of_is_one_call() -> None:
    """Logfire: the call's span and, in a trace of its own, a log at the stream's end."""
    with open_any(FOLDER / "logfire-openai-plain.json") as recording:
        said = [
            run.text(span.bodies[c.OUTPUT_MESSAGES]) if c.OUTPUT_MESSAGES in span.bodies else ""
            for run, span in spans_of(recording, c.CHAT)
        ]
        tokens = [info.input_tokens for info in recording.runs]
    assert ["Hello." in text for text in said] == [False, False, True, True]
    assert tokens == [42, 0, 0, 42]


def test_ag2s_choice_of_a_speaker_is_in_its_conversation() -> None:
    """Each of its calls is a trace of its own, and half of what the conversation cost."""
    with open_any(FOLDER / "ag2-classic-group.json") as recording:
        first = recording.runs[0]
        run = recording.run(first.number)
        turns = {span.id: span for span in run.spans() if span.op == c.AGENT}
        calls = [span for span in run.spans() if span.agent == "speaker_selection_agent"]
        asked = [span for span in run.spans() if span.op == c.HUMAN]
        answers = [run.text(span.bodies[c.REPLY_BODY]) for span in asked]
        names = [info.name for info in recording.runs]
    assert names == ["conversation user", "conversation broken", "conversation critic"]
    assert (first.chats, len(calls)) == (15, 12)
    assert {turns[span.parent].agent for span in calls} == {"chat_manager"}
    assert answers == ["go on", ""]


def test_a_call_in_two_conversations_at_once_is_in_neither(tmp_path: Path) -> None:
    talk = {"ag2.span.type": "conversation"}
    call = {"ag2.span.type": "llm", c.AGENT_NAME: "speaker_selection_agent"}
    long = {"endTimeUnixNano": str(9 * 10**9)}
    spans = [
        otlp_span(1, "conversation a", attributes=talk, trace="a" * 32, **long),
        otlp_span(2, "conversation b", attributes=talk, trace="b" * 32, **long),
        otlp_span(3, "chat m", attributes=call, trace="c" * 32),
    ]
    with opened(tmp_path, *spans) as recording:
        assert len(recording.runs) == 3


def test_a_programs_own_spans_inside_a_turn_are_no_turns(tmp_path: Path) -> None:
    """Logfire: baggage gives each span inside an agent's run the agent's name."""
    inside = {"logfire.span_type": "span", c.AGENT_NAME: "desk"}
    turn = otlp_span(1, "desk run", attributes={**inside, c.OPERATION: c.AGENT})
    scales = otlp_span(2, "on the scales", parent=1, attributes=inside)
    with opened(tmp_path, turn, scales) as recording:
        ((run, span),) = spans_of(recording, "span")
    assert (run.info.steps, span.agent, span.name) == (1, "desk", "on the scales")
