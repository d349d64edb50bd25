"""What real instrumentations emit (fixtures/wire/make) becomes one model, whoever tells it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Span
from agentloupe.tracer.reader import Recording, Run
from agentloupe.tracer.wire.dialect import Dialect, dialects
from agentloupe.tracer.wire.files import open_any

from .shown import FIXTURES, TRACE, otlp_span, request, shown

FOLDER = FIXTURES / "dialects"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
#: The same team under AutoGen's own telemetry and under others' on top of it.
TEAMS = [
    *("autogen", "genai-official", "openai-v2", "openinference", "openllmetry", "openllmetry-old")
]
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def opened(tmp_path: Path, *spans: dict[str, Any]) -> Recording:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(request(*spans)), "utf-8")
    return open_any(path)


def of(run: Run, op: str) -> list[Span]:
    return [span for span in run.spans() if span.op == op]


@pytest.mark.parametrize("name", NAMES)
def test_as_before(name: str) -> None:
    """Goldens: every step, what is in it and what it says."""
    with open_any(FOLDER / f"{name}.json") as recording:
        text = TIME.sub("TIME", UUID.sub("UUID", shown(recording)))
    assert "\n".join(line[:160] for line in text.splitlines()) == (
        FOLDER / f"{name}.txt"
    ).read_text("utf-8").rstrip("\n")


@pytest.mark.parametrize("name", TEAMS)
def test_a_team_is_one_run_whoever_tells_it(name: str) -> None:
    with open_any(FOLDER / f"{name}.json") as recording:
        (info,) = recording.runs
        run = recording.run(0)
        turns = [
            step.recipient.partition("_")[0]
            for step in run.iter_steps()
            if step.message_type == "GroupChatRequestPublish"
        ]
        (tool,) = of(run, c.TOOL)
        body = run.text(tool.bodies[c.TOOL_ARGUMENTS]), run.text(tool.bodies[c.TOOL_RESULT])
    assert (info.name, info.steps, info.tools) == ("RoundRobinGroupChat", 13, 1)
    assert info.chats == (0 if name == "autogen" else 3)
    assert turns == ["adder", "critic"]
    assert (json.loads(body[0]), body[1]) == ({"a": 1, "b": 2}, "3")
    assert sorted(agent.name for agent in info.agents) == [
        "RoundRobinGroupChatManager",
        "adder",
        "critic",
    ]


@pytest.mark.parametrize("name", [name for name in TEAMS if name != "autogen"])
def test_tokens_are_counted_once(name: str) -> None:
    with open_any(FOLDER / f"{name}.json") as recording:
        info = recording.runs[0]
    assert (info.input_tokens, info.output_tokens, info.unknown_tokens) == (126, 21, 0)


def test_deliveries_are_caused_by_posts() -> None:
    """Each delivery links to the span that posted it, in the step of its sender."""
    with open_any(FOLDER / "autogen.json") as recording:
        run = recording.run(0)
        spans = {span.id: span for span in run.spans()}
        for step in run.iter_steps():
            (link,) = spans[step.span_id].links
            post = spans[link.span_id]
            assert link.kind == "message"
            assert post.start_ns <= step.start_ns
            assert post.agent == step.sender
            assert post.attributes[c.MESSAGE_ID] == step.message_id != ""


def test_two_runs_of_two_teams_stay_two() -> None:
    with open_any(FOLDER / "autogen-twice.json") as recording:
        assert [run.steps for run in recording.runs] == [13, 13]
        made = [[span.agent for span in of(recording.run(n), "create_agent")] for n in range(2)]
    assert made == [["adder", "critic"], ["adder", "critic"]]


def test_chunks_of_a_stream_count_and_are_gone() -> None:
    with open_any(FOLDER / "autogen-stream.json") as recording:
        run = recording.run(0)
        assert [span.attributes["agentloupe.chunks"] for span in of(run, c.AGENT)] == [7]
        assert run.info.steps == 5
        assert all("Streaming" not in run.text(s.body) for s in run.iter_steps() if s.body)


def test_an_error_cascade_has_one_cause() -> None:
    with open_any(FOLDER / "autogen-error.json") as recording:
        run = recording.run(0)
        failed = [span for span in run.spans() if span.error]
        assert {(s.agent.partition("_")[0], s.error) for s in failed} == {
            ("first", "ValueError: No more mock responses available")
        }
        assert [len(span.events) for span in failed] == [1, 1]
        told = [s for s in run.spans() if "agentloupe.consequence" in s.attributes]
        assert [s.agent.partition("_")[0] for s in told] == ["second", "third"]


def test_what_nobody_takes_is_a_dead_letter() -> None:
    with open_any(FOLDER / "autogen-core.json") as recording:
        dead = [
            (span.attributes[c.DESTINATION], span.attributes[c.DEAD_LETTER])
            for info in recording.runs
            for span in recording.run(info.number).dead_letters()
        ]
        reply = recording.run(0).step(0).reply
        assert reply is not None
        assert json.loads(recording.run(0).text(reply)) == {"text": "yes, a"}
    assert dead == [
        ("nowhere/s1", "no subscriber of 'nowhere/s1' received it"),
        ("nobody/default", "no such recipient: 'nobody/default'"),
    ]


def test_a_team_has_no_dead_letters() -> None:
    """A manager's messages to the topic that only it listens to are not lost."""
    for name in ("autogen", "autogen-swarm", "autogen-stream", "autogen-error"):
        with open_any(FOLDER / f"{name}.json") as recording:
            assert recording.runs[0].dead_letters == 0, name


def test_a_workflow_is_messages_between_its_executors() -> None:
    """Agent Framework: a fan-out is one post with two deliveries; the building is no run."""
    with open_any(FOLDER / "agent-framework-workflow.json") as recording:
        (info,) = recording.runs
        run = recording.run(0)
        steps = list(run.iter_steps())
        spans = {span.id: span for span in run.spans()}
        posts = [
            spans[link.span_id]
            for step in steps
            for link in spans[step.span_id].links
            if link.kind == "message"
        ]
    assert (info.name, info.dead_letters) == ("review", 0)
    assert [(s.sender, s.recipient) for s in steps] == [
        ("", "writer"),
        ("writer", "critic"),
        ("writer", "adder"),
    ]
    assert [post.id for post in posts] == [posts[0].id] * 2
    assert (posts[0].op, posts[0].agent, posts[0].attributes[c.FAN_OUT]) == (c.SEND, "writer", 2)
    assert steps[1].message_id == steps[2].message_id != ""


def test_a_message_that_no_executor_can_take_is_a_dead_letter(tmp_path: Path) -> None:
    scope = {"name": "agent_framework"}
    link = [{"traceId": TRACE, "spanId": f"{3:016x}"}]
    spans = [
        otlp_span(1, "workflow.run", attributes={"workflow.id": "w"}),
        otlp_span(2, "executor.process a", 1, attributes={"executor.id": "a"}),
        otlp_span(3, "message.send", 2, attributes={"message.type": "T"}),
        otlp_span(
            4,
            "edge_group.process SingleEdgeGroup",
            1,
            attributes={"edge_group.delivery_status": "dropped type mismatch"},
            links=link,
        ),
    ]
    path = tmp_path / "dropped.json"
    groups = {"resourceSpans": [{"scopeSpans": [{"scope": scope, "spans": spans}]}]}
    path.write_text(json.dumps(groups), "utf-8")
    with open_any(path) as recording:
        (dead,) = recording.run(0).dead_letters()
    assert (dead.agent, dead.attributes[c.DEAD_LETTER]) == ("a", "dropped type mismatch")


def test_teams_at_the_same_time_stay_apart() -> None:
    with open_any(FOLDER / "autogen-together.json") as recording:
        agents = [
            sorted(agent.name for agent in run.agents if agent.received) for run in recording.runs
        ]
        assert [run.name for run in recording.runs] == ["request a", "request b"]
    manager = "RoundRobinGroupChatManager"
    assert agents == [[manager, "a1", "a2"], [manager, "b1", "b2"]]


def test_a_team_within_a_team_is_in_its_run() -> None:
    with open_any(FOLDER / "autogen-selector.json") as recording:
        (info,) = recording.runs
        run = recording.run(0)
        turns = [span.agent.partition("_")[0] for span in of(run, c.AGENT)]
        failed = [(span.op, span.error) for span in run.spans() if span.error]
    assert (info.name, info.dead_letters) == ("SelectorGroupChat", 0)
    assert turns == ["alpha", "mind", "left", "right", "beta"]
    assert failed == [(c.TOOL, "ZeroDivisionError: division by zero")]


def test_prompts_that_are_spelled_out(tmp_path: Path) -> None:
    """OpenLLMetry before its messages became JSON."""
    call = {"name": "add", "arguments": '{"a": 1}', "id": "call_1"}
    attributes = {
        "llm.request.type": "chat",
        "gen_ai.system": "OpenAI",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Add.",
        **{f"gen_ai.prompt.{n}.role": "user" for n in range(1, 12)},
        **{f"gen_ai.prompt.{n}.content": f"more {n}" for n in range(1, 12)},
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.finish_reason": "tool_calls",
        **{f"gen_ai.completion.0.tool_calls.0.{key}": value for key, value in call.items()},
        "gen_ai.usage.prompt_tokens": 5,
        "gen_ai.usage.completion_tokens": 2,
    }
    with opened(tmp_path, otlp_span(1, "openai.chat", attributes=attributes)) as recording:
        run = recording.run(0)
        (chat,) = of(run, c.CHAT)
        sent = json.loads(run.text(chat.bodies[c.INPUT_MESSAGES]))
        got = json.loads(run.text(chat.bodies[c.OUTPUT_MESSAGES]))
        assert (run.info.input_tokens, run.info.output_tokens) == (5, 2)
        assert chat.attributes[c.FINISH_REASONS] == ("tool_calls",)
        assert not [key for key in chat.attributes if ".0." in key]
    assert [part["content"] for m in sent for part in m["parts"]] == [
        "Add.",
        *(f"more {n}" for n in range(1, 12)),
    ]
    call = {"type": "tool_call", "id": "call_1", "name": "add", "arguments": {"a": 1}}
    assert got == [{"role": "assistant", "parts": [call], "finish_reason": "tool_calls"}]


def test_decorated_functions_of_traceloop(tmp_path: Path) -> None:
    def entity(kind: str, name: str) -> dict[str, Any]:
        return {
            "traceloop.span.kind": kind,
            "traceloop.entity.name": name,
            "traceloop.entity.input": f"into {name}",
            "traceloop.entity.output": f"out of {name}",
        }

    spans = [
        otlp_span(1, "joke.workflow", attributes=entity("workflow", "joke")),
        otlp_span(2, "teller.agent", 1, attributes=entity("agent", "teller")),
        otlp_span(3, "rhyme.tool", 2, attributes=entity("tool", "rhyme")),
    ]
    with opened(tmp_path, *spans) as recording:
        run = recording.run(0)
        assert (run.info.name, run.step(0).recipient) == ("joke", "teller")
        (tool,) = of(run, c.TOOL)
        assert tool.attributes[c.TOOL_NAME] == "rhyme"
        assert run.text(tool.bodies[c.TOOL_RESULT]) == "out of rhyme"
        assert "into joke" in run.text(run.root.bodies[c.INPUT_MESSAGES])


def test_a_pending_span_stands_for_what_never_ended(tmp_path: Path) -> None:
    pending = {"logfire.span_type": "pending_span", "logfire.msg": "agent run"}
    ended = {"logfire.span_type": "span", "logfire.msg": "done", "agent_name": "a"}
    spans = [
        otlp_span(1, "done", attributes=ended),
        otlp_span(2, "pending", 1, attributes=pending),
        otlp_span(
            3,
            "pending",
            9,
            attributes=pending | {"agent_name": "b", "logfire.pending_parent_id": "0" * 15 + "1"},
        ),
    ]
    with opened(tmp_path, *spans) as recording:
        found = {span.agent: span for span in recording.run(0).spans()}
    assert sorted(found) == ["a", "b"]
    assert found["a"].end_ns is not None
    assert (found["b"].id, found["b"].parent, found["b"].end_ns) == (9, 1, None)


@pytest.mark.parametrize(
    ("event", "attributes", "key"),
    [
        ("gen_ai.user.message", {"content": "hello"}, c.INPUT_MESSAGES),
        ("gen_ai.user.message", {"gen_ai.event.content": '{"content": "hello"}'}, c.INPUT_MESSAGES),
        ("gen_ai.choice", {"message": '{"content": "hello"}', "index": 0}, c.OUTPUT_MESSAGES),
        ("gen_ai.content.prompt", {"gen_ai.prompt": "hello"}, c.INPUT_MESSAGES),
        ("gen_ai.content.completion", {"gen_ai.completion": "hello"}, c.OUTPUT_MESSAGES),
        (
            "gen_ai.client.inference.operation.details",
            {c.INPUT_MESSAGES: '[{"role":"user","parts":[{"type":"text","content":"hello"}]}]'},
            c.INPUT_MESSAGES,
        ),
    ],
)
def test_messages_that_are_told_as_events(
    tmp_path: Path, event: str, attributes: dict[str, Any], key: str
) -> None:
    from .shown import pair

    pairs = [pair(name, value) for name, value in attributes.items()]
    events = [{"name": event, "timeUnixNano": "1", "attributes": pairs}]
    span = otlp_span(1, "chat m", attributes={c.OPERATION: c.CHAT}, events=events)
    with opened(tmp_path, span) as recording:
        run = recording.run(0)
        (chat,) = of(run, c.CHAT)
        (message,) = json.loads(run.text(chat.bodies[key]))
    assert [part["content"] for part in message["parts"]] == ["hello"]
    assert message["role"] == ("assistant" if key == c.OUTPUT_MESSAGES else "user")
    assert chat.events == ()


def scoped(scope: str, *spans: dict[str, Any]) -> dict[str, Any]:
    return {"scope": {"name": scope}, "spans": list(spans)}


def told_twice(tmp_path: Path, inner_scope: str, inner: list[dict[str, Any]]) -> Recording:
    outer = otlp_span(1, "chat m", attributes={c.OPERATION: c.CHAT, c.INPUT_TOKENS: 5})
    groups = [scoped("client", outer), scoped(inner_scope, *inner)]
    path = tmp_path / "twice.json"
    path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": groups}]}), "utf-8")
    return open_any(path)


def test_a_call_that_two_tell_of_counts_once(tmp_path: Path) -> None:
    tokens = {c.OPERATION: c.CHAT, c.INPUT_TOKENS: 5, c.OUTPUT_TOKENS: 2}
    inner = otlp_span(2, "POST", 1, attributes=tokens)
    below = otlp_span(3, "connect", 2)
    with told_twice(tmp_path, "http", [inner, below]) as recording:
        run = recording.run(0)
        assert (run.info.chats, run.info.output_tokens, run.info.spans) == (1, 2, 2)
        assert run.spans()[0].attributes["agentloupe.folded"] == ("http",)
        assert run.spans()[1].parent == 1


def test_attempts_and_nested_calls_of_one_teller_stay_apart(tmp_path: Path) -> None:
    attempts = [otlp_span(n, "POST", 1, attributes={c.OPERATION: c.CHAT}) for n in (2, 3)]
    with told_twice(tmp_path, "http", attempts) as recording:
        assert recording.runs[0].chats == 3
    with told_twice(tmp_path, "client", attempts[:1]) as recording:
        assert recording.runs[0].chats == 2


def test_dialects_are_one_a_file_and_have_names() -> None:
    known = dialects()
    assert all(isinstance(each, Dialect) and each.name for each in known)
    assert len({each.name for each in known}) == len(known) >= 7
