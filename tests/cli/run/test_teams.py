"""All kinds of AgentChat teams, unmodified, against a scripted server: what they said is stored."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pytest

from agentloupe.tracer import Recording
from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import RunInfo, Span, Step, plain_name
from agentloupe.tracer.reader import Run

from .conftest import APPS, Programs
from .server import scripted

TEAMS = ["selector", "swarm", "magentic", "graph", "nested", "with_person", "given"]
KEYS = ("speaker", "attempts", "fallback")
# Whose container speaks for others: the tool's agent talks through its caller's stream.
THROUGH = {"helper": "caller"}


@dataclass(frozen=True)
class Recorded:
    recording: Recording
    lines: list[dict[str, Any]]  # what the program printed
    plain: list[dict[str, Any]]  # what it printed without us
    stderr: tuple[str, str]
    requests: list[dict[str, Any]]  # what the server was asked

    def run(self, name: str) -> Run:
        [number] = [info.number for info in self.recording.runs if info.name == name]
        return self.recording.run(number)


@pytest.fixture(scope="module")
def teams(programs: Programs) -> Any:
    rules = json.loads((APPS / "teams.json").read_text())
    with scripted(rules) as (url, _):
        env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        plain = programs.plain("teams.py", env=env)
    with scripted(rules) as (url, script):
        env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        done = programs.loupe("teams.py", env=env)
    assert (done.code, plain.code) == (0, 0), done.err + plain.err
    lines = [json.loads(line) for line in done.out.splitlines()]
    unrecorded = [json.loads(line) for line in plain.out.splitlines()]
    with done.recording() as recording:
        yield Recorded(recording, lines, unrecorded, (done.own_err, plain.err), script.requests)


def comparable(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the ids; two agents of the graph speak at the same time, in any order."""
    lines = [{key: value for key, value in line.items() if key != "id"} for line in lines]
    graph = sorted((line for line in lines if line["team"] == "graph"), key=str)
    return [line for line in lines if line["team"] != "graph"] + graph


def test_the_programs_output_is_the_same(teams: Recorded) -> None:
    assert comparable(teams.lines) == comparable(teams.plain)
    assert teams.stderr[0] == teams.stderr[1]  # warnings name the same lines, too


def test_a_run_is_one_trace(teams: Recorded) -> None:
    names = [info.name for info in teams.recording.runs]
    assert names == ["RoundRobinGroupChat", *TEAMS, "given reset", "lone"]
    assert {info.status for info in teams.recording.runs} == {"ok"}


def test_no_span_is_an_orphan_and_all_ended(teams: Recorded) -> None:
    for info in teams.recording.runs:
        run = teams.recording.run(info.number)
        spans = run.spans()
        ids = {run.root.id, *(span.id for span in spans)}
        assert [span.name for span in spans if span.parent not in ids] == []
        assert run.open_spans() == []
        assert [step.index for step in run.iter_steps()] == list(range(info.steps))
        linked = {link.span_id for span in spans for link in span.links}
        assert linked <= ids


def speakers(run: Run) -> dict[str, list[Step]]:
    """The deliveries that carry each message, by the message's id."""
    found: dict[str, list[Step]] = defaultdict(list)
    for step in run.iter_steps():
        if step.body is not None:
            for ident in re.findall(r'"id":"([0-9a-f-]{36})"', run.text(step.body)):
                found[ident].append(step)
    return found


@pytest.mark.parametrize("name", ["round_robin", *TEAMS])
def test_every_message_of_the_transcript_is_stored(teams: Recorded, name: str) -> None:
    run = teams.run("RoundRobinGroupChat" if name == "round_robin" else name)
    stored = speakers(run)
    transcript = [line for line in teams.lines if line["team"] == name and "id" in line]
    assert len(transcript) >= 2
    inside = False  # what a tool's agent says, its caller says
    for number, line in enumerate(transcript):
        steps = stored[line["id"]]
        assert steps, line
        inside = line["source"] == "helper" or (line["source"] == "user" and number > 0)
        if number == 0:
            assert (steps[0].sender, steps[0].message_type) == ("", "GroupChatStart")
            assert plain_name(steps[0].recipient).endswith(("Manager", "Orchestrator"))
            continue
        source = "caller" if inside else line["source"]
        spoken = [step for step in steps if plain_name(step.sender) == source]
        assert spoken, (line, steps)
        if not source.endswith("Orchestrator"):
            # The manager gets it for the output, its own kind first.
            assert plain_name(spoken[0].recipient).endswith(("Manager", "Orchestrator"))


def test_participants_get_what_the_others_said(teams: Recorded) -> None:
    run = teams.run("swarm")
    stored = speakers(run)
    [handoff] = [
        line["id"]
        for line in teams.lines
        if (line["team"], line.get("type"), line.get("source"))
        == ("swarm", "HandoffMessage", "alice")
    ]
    responses = [step for step in stored[handoff] if step.kind == "publish"]
    receivers = {plain_name(step.recipient) for step in responses}
    assert receivers == {"SwarmGroupChatManager", "bob"}  # the publisher does not get its own


def chats(recording: Recording, infos: tuple[RunInfo, ...]) -> list[tuple[Run, Span]]:
    return [
        (run, span)
        for run in (recording.run(info.number) for info in infos)
        for span in run.spans()
        if span.op == c.CHAT
    ]


def test_every_request_is_a_chat_span_with_its_messages_and_tokens(teams: Recorded) -> None:
    found = chats(teams.recording, teams.recording.runs)
    assert len(found) == len(teams.requests)
    for run, span in found:
        assert span.attributes[c.REQUEST_MODEL] == "gpt-4o-mini"
        assert span.attributes[c.REQUEST_MAX_TOKENS] == 500
        assert span.attributes[c.PROVIDER] == "openai"
        assert isinstance(span.attributes[c.INPUT_TOKENS], int)
        assert json.loads(run.text(span.bodies[c.OUTPUT_MESSAGES]))[0]["role"] == "assistant"
        assert [event.attributes["http.response.status_code"] for event in span.events] == [200]

    def asked(messages: list[dict[str, Any]]) -> list[str]:
        return [message["role"] for message in messages]

    requested = sorted(asked(request["messages"]) for request in teams.requests)
    stored = sorted(
        asked(json.loads(run.text(span.bodies[c.INPUT_MESSAGES]))) for run, span in found
    )
    assert stored == requested
    offered = sum(bool(request.get("tools")) for request in teams.requests)
    assert sum(c.TOOL_DEFINITIONS in span.bodies for _, span in found) == offered > 0


def test_a_streamed_answer_has_its_first_chunk_and_its_tokens(teams: Recorded) -> None:
    run = teams.run("RoundRobinGroupChat")
    streamed = [span for span in run.spans() if span.attributes.get("agentloupe.streamed")]
    assert {plain_name(span.agent) for span in streamed} == {"checker"}
    for span in streamed:
        assert 0 < span.attributes[c.TIME_TO_FIRST_CHUNK] < (span.duration_ns or 0) / 1e9
        assert span.attributes[c.OUTPUT_TOKENS] > 0
        assert span.attributes[c.FINISH_REASONS] == ("stop",)


def tools(run: Run) -> list[Span]:
    return [span for span in run.spans() if span.op == c.TOOL]


def test_tool_calls_have_arguments_results_and_errors(teams: Recorded) -> None:
    run = teams.run("RoundRobinGroupChat")
    divide, broken = tools(run)
    assert divide.attributes[c.TOOL_NAME] == "divide"
    assert json.loads(run.text(divide.bodies[c.TOOL_ARGUMENTS])) == {"a": 1, "b": 0}
    assert run.text(divide.bodies[c.TOOL_RESULT]) == "division by zero"
    assert divide.error == "ZeroDivisionError: division by zero"
    assert [event.attributes["exception.type"] for event in divide.events] == ["ZeroDivisionError"]
    assert json.loads(run.text(broken.bodies[c.TOOL_ARGUMENTS])) == '{"a": 6, "b": '
    assert (broken.error or "").startswith("ToolError: Error: Expecting value")
    assert str(broken.attributes[c.TOOL_CALL_ID]).startswith("call_")


def test_a_hand_off_names_its_target(teams: Recorded) -> None:
    handoffs = tools(teams.run("swarm"))
    assert [
        (plain_name(span.agent), span.attributes[c.TRANSFER_TARGET], span.attributes[c.TOOL_TYPE])
        for span in handoffs
    ] == [("alice", "bob", "handoff"), ("bob", "user", "handoff")]


def test_a_selection_says_how_often_the_model_was_asked_and_whether_it_fell_back(
    teams: Recorded,
) -> None:
    spans = teams.run("selector").spans()
    selections = [span for span in spans if span.op == "select_speaker"]
    said = [
        tuple(span.attributes[f"agentloupe.selection.{key}"] for key in KEYS) for span in selections
    ]
    assert said == [("planner", 1, False), ("doer", 2, False), ("doer", 3, True)]
    chats = [span for span in spans if span.op == c.CHAT]
    asked = [sum(chat.parent == span.id for chat in chats) for span in selections]
    assert asked == [1, 2, 3]


def test_nested_teams_and_agents_stay_inside_the_run(teams: Recorded) -> None:
    run = teams.run("nested")
    spans = {span.id: span for span in run.spans()}
    inner = [span for span in spans.values() if span.op == c.RUN]
    assert [span.name for span in inner] == ["inner", "minds", "minds reset"]
    [helper] = [span for span in spans.values() if span.name == "invoke_agent helper"]
    assert spans[helper.parent].name == "execute_tool helper"
    assert "help me" in run.text(helper.bodies[c.INPUT_MESSAGES])
    assert "help is here" in run.text(helper.bodies[c.OUTPUT_MESSAGES])


def test_a_wait_for_a_person_is_a_span(teams: Recorded) -> None:
    run = teams.run("with_person")
    [wait] = [span for span in run.spans() if span.op == c.HUMAN]
    assert plain_name(wait.agent) == "person"
    assert (wait.duration_ns or 0) >= 10_000_000
    assert run.text(wait.bodies[c.MESSAGE_BODY]).startswith("Enter your response")
    assert run.text(wait.bodies[c.REPLY_BODY]) == "the person agrees"


def test_a_bare_agent_is_a_run_with_its_input_and_output(teams: Recorded) -> None:
    run = teams.run("lone")
    [step] = run.steps()
    assert (step.kind, step.recipient) == ("call", "lone")
    [turn] = [span for span in run.spans() if span.op == c.AGENT]
    assert "The task of lone" in run.text(turn.bodies[c.INPUT_MESSAGES])
    said = json.loads(run.text(turn.bodies[c.OUTPUT_MESSAGES]))
    transcript = [line for line in teams.lines if line["team"] == "lone" and "id" in line]
    assert [each["message_id"] for each in said] == [line["id"] for line in transcript[1:]]
    assert [each["name"] for each in said] == ["lone"] * 3


def test_the_whole_process_has_memory_samples(teams: Recorded) -> None:
    samples = teams.recording.samples()
    assert len(samples) >= 1
    assert all(sample.rss > 10_000_000 for sample in samples)
