"""What is recorded is what is read."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, totals
from agentloupe.tracer.bodies import Context, snapshot
from agentloupe.tracer.recorder import LiveSpan, Recorder, current_span

from ..examples import examples
from .recordings import conversation, deliver

names = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=20)
values = st.one_of(
    names,
    st.booleans(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(allow_nan=False),
    st.lists(st.integers(0, 1000), max_size=4).map(tuple),
)
spans = st.fixed_dictionaries(
    {
        "op": st.sampled_from([c.CHAT, c.TOOL, c.AGENT, "custom"]),
        "name": names.filter(bool),
        "agent": names,
        "attributes": st.dictionaries(names, values, max_size=4),
        "ended": st.booleans(),
        "error": st.booleans(),
    }
)


@examples(40, deadline=None)
@given(st.lists(spans, max_size=20))
def test_any_span_comes_back_as_it_was(recorded: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.loupe"
        live: list[LiveSpan] = []
        with Recorder(path) as recorder:
            root = recorder.start_run("all")
            for want in recorded:
                span = recorder.span(
                    want["op"],  # type: ignore[arg-type]
                    want["name"],  # type: ignore[arg-type]
                    agent=want["agent"],  # type: ignore[arg-type]
                    parent=root,
                    attributes=dict(want["attributes"]),  # type: ignore[call-overload]
                )
                if want["error"]:
                    span.fail(ValueError("no"))
                if want["ended"]:
                    span.end()
                live.append(span)
        with open_recording(path) as recording:
            read = {span.id: span for span in recording.run(0).spans()}
    assert len(read) == len(live)
    for span, want in zip(live, recorded, strict=True):
        got = read[span.id]
        assert (got.op, got.name, got.agent) == (want["op"], want["name"], want["agent"])
        assert got.parent == span.parent
        assert (got.start_ns, got.end_ns) == (span.start_ns, span.end_ns)
        assert (got.end_ns is None) == (not want["ended"])
        attributes = {k: v for k, v in got.attributes.items() if k != c.STEP}
        assert attributes == want["attributes"]
        assert got.error == ("ValueError: no" if want["error"] else None)
        assert [event.name for event in got.events] == (["exception"] if want["error"] else [])


def test_a_message_is_a_send_a_delivery_and_one_body(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("pair")
        send, process = deliver(recorder, root, "a/default", "b/default", {"text": "x" * 500})
        root.end()
    with open_recording(path) as recording:
        run = recording.run(0)
        step = run.step(0)
        assert (step.sender, step.recipient) == ("a/default", "b/default")
        assert (step.message_type, step.kind, step.reply_type) == ("Note", "send", "Reply")
        assert step.body is not None
        assert json.loads(run.text(step.body)) == {"text": "x" * 500}
        read = {span.id: span for span in run.spans()} | {s.id: s for s in run.loose_spans()}
        assert read[process.id].name == "process b"
        assert read[send.id].name == "send Note"
        assert read[process.id].links[0].span_id == send.id
        assert read[process.id].bodies == read[send.id].bodies
        assert read[process.id].parent == run.info.root_span == root.id
        assert run.root.name == "pair"


@pytest.mark.parametrize("steps", [0, 1, 31, 700])
def test_windows_are_slices(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "r.loupe"
    conversation(path, steps)
    with open_recording(path) as recording:
        run = recording.run(0)
        assert run.info.steps == steps
        everything = list(run.iter_steps())
        assert [step.index for step in everything] == list(range(steps))
        for start in (0, 1, steps // 2, steps - 1, steps, steps + 5):
            for length in (0, 1, 3, 100):
                window = run.steps(max(start, 0), max(start, 0) + length)
                assert window == everything[max(start, 0) : max(start, 0) + length]
        turns = list(run.iter_turns())
        assert [step for step, _ in turns] == everything
        assert all(own[0].id == step.span_id for step, own in turns)


def test_no_such_step_is_said(tmp_path: Path) -> None:
    conversation(tmp_path / "r.loupe", 3)
    with open_recording(tmp_path / "r.loupe") as recording:
        for index in (3, -1):
            with pytest.raises(IndexError, match="has 3 steps, no step"):
                recording.run(0).step(index)


def test_totals_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"

    def work(process: LiveSpan) -> None:
        chat = recorder.span(c.CHAT, "chat m", parent=process)
        chat.set(c.INPUT_TOKENS, 7)
        chat.set(c.OUTPUT_TOKENS, 3)
        chat.end()
        untold = recorder.span(c.CHAT, "chat m", parent=process)
        untold.end()
        tool = recorder.span(c.TOOL, "execute_tool t", parent=process)
        tool.fail(KeyError("k"))
        tool.end()

    with Recorder(path) as recorder:
        root = recorder.start_run("pair")
        deliver(recorder, root, "a/default", "b/default", "hi", inside=work)
        letter = recorder.span(c.PUBLISH, "", agent="b/default", parent=root)
        letter.set(c.DEAD_LETTER, "no subscriber")
        letter.end()
        root.end()
    with open_recording(path) as recording:
        info = recording.runs[0]
        assert (info.steps, info.spans, info.chats, info.tools) == (1, 6, 2, 1)
        assert (info.input_tokens, info.output_tokens, info.unknown_tokens) == (7, 3, 1)
        assert (info.dead_letters, info.errors, info.status) == (1, 1, "ok")
        by_name = {agent.name: agent for agent in info.agents}
        assert (by_name["b"].received, by_name["b"].sent, by_name["b"].errors) == (1, 1, 1)
        assert (by_name["b"].input_tokens, by_name["a"].sent) == (7, 1)
        assert [s.id for s in recording.run(0).dead_letters()] == [letter.id]


def test_of_very_many_agents_a_run_tells_of_those_that_did_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(totals, "AGENTS", 3)
    with Recorder(tmp_path / "r.loupe") as recorder:
        root = recorder.start_run("crowd")
        for number in range(6):
            for _ in range(number + 1):
                deliver(recorder, root, "", f"{number}{'n' * 600}/s", "hi")
        root.end()
    with open_recording(recorder.path) as recording:
        told = recording.runs[0].agents
    assert [(each.name[:2], len(each.name), each.received) for each in told] == [
        *(("5n", 500, 6), ("4n", 500, 5), ("3n", 500, 4)),
        (totals.REST[:2], len(totals.REST), 3 + 2 + 1),
    ]


def test_requests_share_what_they_have_in_common(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    said = [snapshot({"role": "user", "text": f"{i} " + "long " * 100}) for i in range(40)]
    with Recorder(path) as recorder:
        root = recorder.start_run("chat")
        for count in [*range(1, 41), 12]:  # the last one forgets what came after the 12th
            span = recorder.span(c.CHAT, "chat m", agent="a/default", parent=root)
            span.body(c.INPUT_MESSAGES, Context("a/default", said[:count]))
            span.end()
        root.end()
    assert path.stat().st_size < 40 * 600 + 170_000  # 40 texts of 500 bytes, not 820
    with open_recording(path) as recording:
        run = recording.run(0)
        requests = [json.loads(run.text(s.bodies[c.INPUT_MESSAGES])) for s in run.spans()]
        assert [len(request) for request in requests] == [*range(1, 41), 12]
        assert requests[20][20]["text"].startswith("20 long")
        last = run.spans()[-1].bodies[c.INPUT_MESSAGES]
        assert len(run.parts(last)) == 12
        assert run.size(last) == sum(run.size(part) for part in run.parts(last))


def test_large_bodies_are_capped_and_say_so(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("big")
        span = recorder.span(c.TOOL, "execute_tool read", parent=root)
        span.body(c.TOOL_RESULT, "y" * 3_000_000)
        span.end()
        root.end()
    with open_recording(path) as recording:
        run = recording.run(0)
        ref = run.spans()[0].bodies[c.TOOL_RESULT]
        assert (len(run.text(ref)), run.size(ref)) == (1 << 20, 3_000_000)


def test_many_runs_at_once_keep_their_own(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        roots = [recorder.start_run(f"run {i}") for i in range(50)]
        for step in range(20):
            for i, root in enumerate(roots):
                deliver(recorder, root, f"a{i}/default", f"b{i}/default", {"step": step})
        for root in roots:
            root.end()
    with open_recording(path) as recording:
        assert len(recording.runs) == 50
        for number, info in enumerate(recording.runs):
            run = recording.run(number)
            mine = info.name.removeprefix("run ")
            assert {step.sender for step in run.iter_steps()} == {f"a{mine}/default"}
            assert info.steps == 20
            known = {span.id for span in run.spans()} | {info.root_span}
            assert all(span.parent in known for span in run.spans())


def test_a_run_inside_a_run_is_a_span_of_it(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        outer = recorder.start_run("outer")
        with recorder.use(outer):
            inner = recorder.start_run("inner")
            inner.end()
        outer.end()
        assert current_span() is None
    with open_recording(path) as recording:
        assert [run.name for run in recording.runs] == ["outer"]
        (span,) = recording.run(0).spans()
        assert (span.op, span.name, span.parent) == (c.RUN, "inner", outer.id)


def test_an_auto_run_ends_with_its_last_message(tmp_path: Path) -> None:
    with Recorder(tmp_path / "r.loupe") as recorder:
        root = recorder.start_run("send Note", auto=True)
        root.run.hold()
        root.run.hold()
        root.run.release()
        assert root.end_ns is None
        root.run.release()
        assert root.end_ns is not None


def test_calls_outside_of_deliveries_are_steps_of_the_programs_run(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path, program="script") as recorder:
        with recorder.record(c.AGENT, "invoke_agent writer", agent="writer"):
            with recorder.record(c.CHAT, "chat m"):
                pass
        with recorder.record(c.TOOL, "execute_tool add"):
            pass
    with open_recording(path) as recording:
        run = recording.run(0)
        assert (run.info.name, run.info.status) == ("script", "ok")
        assert [(s.index, s.kind, s.message_type) for s in run.iter_steps()] == [
            (0, "call", c.AGENT),
            (1, "call", c.TOOL),
        ]
        assert [span.step for span in run.spans()] == [0, 0, 1]


def test_an_exception_is_recorded_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        with pytest.raises(ZeroDivisionError), recorder.record(c.TOOL, "execute_tool div"):
            1 / 0  # noqa: B018
    with open_recording(path) as recording:
        (span,) = recording.run(0).spans()
        assert span.error == "ZeroDivisionError: division by zero"
        assert "1 / 0" in str(span.events[0].attributes[c.EXCEPTION_STACKTRACE])


def test_values_no_format_carries_become_text(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        span = recorder.span(c.TOOL, "t")
        span.set("huge", 1 << 80)
        span.set("lone", "a\ud800b")
        span.set("odd", object())  # type: ignore[arg-type]
        span.body(c.TOOL_RESULT, "\ud800")
        span.end()
    with open_recording(path) as recording:
        (read,) = recording.run(0).spans()
        assert read.attributes["huge"] == str(1 << 80)
        assert read.attributes["lone"] == "a\\ud800b"
        assert str(read.attributes["odd"]).startswith("<object object")
        assert recording.run(0).text(read.bodies[c.TOOL_RESULT]) == "\\ud800"
