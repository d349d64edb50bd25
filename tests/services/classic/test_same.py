"""v0.2 and AG2 programs do the same with and without us, and recordings tell what they did."""

from __future__ import annotations

import difflib

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.reader import Run

from .conftest import Done, Framework

TYPED = "go on\nexit\n"


def same(plain: Done, recorded: Done) -> None:
    lines = difflib.unified_diff(plain.out.splitlines(), recorded.out.splitlines(), "plain", "ours")
    assert not list(lines), "\n".join(lines)
    assert recorded.own_err == plain.err
    assert (plain.code, recorded.code) == (0, 0), plain.err
    (line,) = recorded.notices
    assert "recorded" in line


def unfinished(run: Run) -> list[str]:
    """What a recording must not have: open spans, spans without their parent, steps out of turn."""
    spans = [run.root, *run.spans()]
    known = {span.id for span in spans}
    wrong = [f"open: {span.name}" for span in spans if span.end_ns is None]
    wrong += [f"no parent: {span.name}" for span in spans[1:] if span.parent not in known]
    for span in spans:
        wrong += [
            f"link to nothing: {span.name}" for link in span.links if link.span_id not in known
        ]
    steps = [step.index for step in run.steps()]
    if steps != list(range(run.info.steps)):
        wrong.append(f"steps {steps}")
    return wrong


@pytest.mark.parametrize("program", ["team", "more"])
def test_v02_does_the_same(v02: Framework, program: str) -> None:
    plain, recorded, path = v02.both(program, TYPED)
    same(plain, recorded)
    with open_recording(path) as recording:
        for each in recording.runs:
            assert not unfinished(recording.run(each.number)), each.name


def test_ag2_does_the_same(ag2: Framework) -> None:
    plain, recorded, path = ag2.both("team", TYPED)
    same(plain, recorded)
    with open_recording(path) as recording:
        assert [run.name for run in recording.runs][:3] == [
            "user -> helper",
            "user -> chat_manager",
            "chat_manager resume",
        ]
        for each in recording.runs:
            assert not unfinished(recording.run(each.number)), each.name


@pytest.mark.parametrize("program", ["team", "patterns"])
def test_later_ag2_does_the_same(ag2_09: Framework, program: str) -> None:
    plain, recorded, path = ag2_09.both(program, TYPED)
    same(plain, recorded)
    with open_recording(path) as recording:
        names = [run.name for run in recording.runs]
        assert names[:1] == ["user -> helper" if program == "team" else "_User -> chat_manager"]
        for each in recording.runs:
            assert not unfinished(recording.run(each.number)), each.name


def test_an_ag2_swarm_does_the_same(ag2: Framework) -> None:
    plain, recorded, path = ag2.both("swarm")
    same(plain, recorded)
    with open_recording(path) as recording:
        swarm, ran = (recording.run(info.number) for info in recording.runs)
        assert not unfinished(swarm)
        assert ran.info.name == "one -> two"
        (call,) = [span for span in swarm.spans() if span.op == c.TOOL]
        assert call.attributes[c.TRANSFER_TARGET] == "billing"
        assert "no eligible speaker" in str(swarm.root.attributes["agentloupe.stop_reason"])


def shown(run: Run) -> list[str]:
    return [f"{s.sender} > {s.recipient} {s.message_type}" for s in run.steps()]


def test_what_is_recorded(v02: Framework) -> None:
    path = v02.both("team", TYPED)[2]
    with open_recording(path) as recording:
        runs = {run.name: recording.run(run.number) for run in reversed(recording.runs)}
        _tools(runs["user -> helper"])
        _group(runs["user -> chat_manager"], runs["chat_manager resume"])
        _nested(runs["user -> outer"])
        assert runs["user chats"].root.attributes["agentloupe.team.participants"] == (
            "user",
            "c",
            "d",
        )


def _tools(run: Run) -> None:
    assert shown(run)[:3] == [
        "user > helper text",
        "helper > user tool_calls",
        "user > helper tool_responses",
    ]
    calls = [span for span in run.spans() if span.op == c.TOOL]
    told = [(span.name, span.error) for span in calls]
    assert [name for name, _ in told] == [
        f"execute_tool {name}" for name in ("add", "missing", "broken", "fails")
    ]
    assert told[0][1] is None
    assert told[3][1] == "ToolError: out of order"
    assert all(error is not None for _, error in told[1:])
    assert [span.attributes[c.TOOL_CALL_ID] for span in calls] == [
        f"call_{number}" for number in range(4)
    ]
    assert run.text(calls[0].bodies[c.TOOL_ARGUMENTS]) == '{"a":1,"b":2}'
    assert run.text(calls[0].bodies[c.TOOL_RESULT]) == "3"
    chat = next(span for span in run.spans() if span.op == c.CHAT)
    assert chat.attributes[c.PROVIDER] == "openai"
    assert chat.attributes[c.REQUEST_MODEL] == "gpt-4o"
    assert chat.attributes["agentloupe.tools.offered"] == 2
    assert chat.attributes[c.OUTPUT_TOKENS] == 7
    assert [event.name for event in chat.events] == ["agentloupe.attempt"]
    assert run.root.attributes["agentloupe.stop_reason"] == (
        "user took a message of helper as the termination message"
    )


def _group(run: Run, resumed: Run) -> None:
    assert shown(run)[:3] == [
        "user > chat_manager text",
        "chat_manager > writer text",
        "writer > chat_manager text",
    ]
    told = [span for span in run.spans() if span.op == c.PUBLISH]
    assert {span.attributes[c.FAN_OUT] for span in told} == {2, 3}  # 3: the introductions
    chosen = [span for span in run.spans() if span.op == "select_speaker"]
    told = [
        (span.attributes[f"agentloupe.selection.{key}"])
        for span in chosen
        for key in ("attempts", "fallback")
    ]
    assert told[:8] == [2, False, 1, False, 3, True, 1, False]
    inside = [span for span in run.spans() if span.parent == chosen[2].id]
    assert [span.op for span in inside] == [c.CHAT] * 3
    assert run.root.attributes["agentloupe.stop_reason"] == "max_round (7) reached"
    summary = run.text(run.root.bodies[c.OUTPUT_MESSAGES])
    assert "write 0" in summary
    assert [span.op for span in resumed.spans()] == [c.PUBLISH] * 2


def _nested(run: Run) -> None:
    inner = [span for span in run.spans() if c.CONVERSATION in span.attributes]
    assert {span.attributes[c.CONVERSATION] for span in inner} == {"outer -> c"}
    assert {span.op for span in inner} == {c.PROCESS}
    chats = [span for span in run.spans() if span.op == c.RUN]
    turns = {span.id: span for span in run.spans() if span.op == c.AGENT}
    assert len(chats) == 2
    assert {turns[span.parent].agent for span in chats} == {"outer"}


def test_threads_and_tasks_keep_their_chats_apart(v02: Framework) -> None:
    path = v02.both("more", TYPED)[2]
    with open_recording(path) as recording:
        runs = [recording.run(run.number) for run in recording.runs]
        for run in runs:
            names = {s.recipient for s in run.steps()} | {s.sender for s in run.steps()}
            number = run.info.name[1:2]
            if number.isdigit():
                assert names <= {f"{letter}{number}" for letter in "abxy"} | {""}, run.info.name
        apart = [run for run in runs if run.info.name[1:2].isdigit()]
        assert len(apart) == 4 + 3
        assert all(run.info.chats >= 1 for run in apart)
        asked = next(run for run in runs if run.info.name == "user -> bot")
        (first, second) = [span for span in asked.spans() if span.op == c.HUMAN]
        assert asked.text(first.bodies[c.REPLY_BODY]) == "go on"
        assert asked.text(second.bodies[c.REPLY_BODY]) == "exit"
        assert asked.root.attributes["agentloupe.stop_reason"] == "the person at user said 'exit'"
        _clients({run.info.name: run for run in runs}, runs)


def _clients(by_name: dict[str, Run], runs: list[Run]) -> None:
    cached = [run for run in runs if any(_chat(run, "agentloupe.cached"))]
    assert [_chat(run, "agentloupe.cached") for run in cached] == [[True]]
    assert not _chat(cached[0], c.COST)  # v0.2 tells what it cost to write it into the cache
    assert cached[0].info.input_tokens == cached[0].info.output_tokens == 0
    assert _chat(cached[0], c.CACHED_INPUT_TOKENS) != [0]
    (stream,) = _chat(by_name["a -> streams"], "agentloupe.streamed")
    assert stream is True
    assert _chat(by_name["a -> streams"], c.REQUEST_MAX_TOKENS) == [99]
    assert _chat(by_name["a -> streams"], c.TIME_TO_FIRST_CHUNK)
    fallen = next(span for span in by_name["a -> fallen"].spans() if span.op == c.CHAT)
    tried = [event.attributes for event in fallen.events]
    assert [each.get("http.response.status_code") for each in tried] == [404, None, 200, None]
    told = [event.name for event in fallen.events]  # a request and its client are not two attempts
    assert told == ["agentloupe.attempt", "agentloupe.client"] * 2
    assert fallen.error is None
    flaky = next(span for span in by_name["a -> flaky"].spans() if span.op == c.CHAT)
    statuses = [event.attributes.get("http.response.status_code") for event in flaky.events]
    assert statuses[:2] == [503, 503]  # the library's own retry
    assert flaky.error is not None
    code = [span for run in runs for span in run.spans() if span.op == c.CODE]
    assert [span.attributes[c.EXIT_CODE] for span in code] == [0, 3, 0, 3]


def _chat(run: Run, key: str) -> list[object]:
    return [s.attributes[key] for s in run.spans() if s.op == c.CHAT and key in s.attributes]
