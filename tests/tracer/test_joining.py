"""Parts of runs in several processes, shown as one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.cli.main import run as loupe
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.bodies import Context, text
from agentloupe.tracer.recorder import LiveRun, LiveSpan, Recorder
from agentloupe.tracer.sampler import Reading

TRACE = 0xABCDEF
BASE = 1_700_000_000 * 10**9


def part(recorder: Recorder, name: str, parent: int = 0) -> LiveRun:
    run = LiveRun(recorder, c.RUN, name, "", 0, None, number=0, trace_id=TRACE)
    if parent:
        run.attributes = {c.REMOTE_PARENT: f"{parent:016x}"}
    recorder.put(run)
    return run


def step(run: LiveRun, agent: str, said: str, at: int, after: int = 0) -> LiveSpan:
    recorder = run.recorder
    span = LiveSpan(recorder, c.PROCESS, "", agent, run.id, run.next_step, run)
    run.next_step += 1
    span.boundary, span.start_ns, span.end_ns = True, at, at + 1
    span.message = (c.SEND, "x", agent, "Say", "", "", at)
    span.bodies = {
        c.MESSAGE_BODY: text(said * 100),
        c.INPUT_MESSAGES: Context(agent, [text(said), text(said * 100)]),
    }
    span.links = ((after, "message"),) if after else ()
    recorder.put(span)
    return span


def recorded(first: Path, second: Path, *, of_its_own: bool, skew: int = 0) -> None:
    """`skew`: by how much the second one's clock is ahead."""
    with Recorder(first) as one, Recorder(second) as other:
        ours = part(one, "shop")
        ours.start_ns = BASE
        theirs = part(other, "handle Say", parent=ours.id)
        theirs.start_ns = BASE + 15 + skew
        asked = step(ours, "asker/default", "ask", BASE + 10)
        heard = step(theirs, "teller/default", "tell", BASE + skew + 20, after=asked.id)
        step(ours, "asker/default", "again", BASE + 30, after=heard.id)
        step(theirs, "teller/default", "end", BASE + skew + 40)
        if of_its_own:
            theirs.fail(ValueError("it broke"))
        one.writer.samples.append(Reading(0, 1, 2, 30, 5_000, {"rss": 5_000}))
        ours.end()
        theirs.end()


def test_two_processes_have_one_run(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    recorded(path, tmp_path / "r.loupe.4711", of_its_own=False)
    with open_recording(path) as recording:
        [info] = recording.runs
        assert (info.name, info.status, info.steps, info.number) == ("shop", "ok", 4, 0)
        assert {agent.name: agent.received for agent in info.agents} == {"asker": 2, "teller": 2}
        run = recording.run(f"{TRACE:032x}")
        spans = {span.id: span for span in run.spans()}
        assert {span.parent for span in spans.values()} == {run.root.id}
        for (each, own), said in zip(
            run.iter_turns(), ("ask", "tell", "again", "end"), strict=True
        ):
            assert each.body is not None
            assert run.text(each.body) == said * 100
            assert run.size(each.body) == len(said) * 100
            request = own[0].bodies[c.INPUT_MESSAGES]
            assert run.text(request) == f"[{said},{said * 100}]"
            assert len(run.parts(request)) == 2
        [link] = spans[run.step(2).span_id].links
        assert link.span_id == run.step(1).span_id
        assert [s.recipient for s in run.steps_of("teller/default")] == ["teller/default"] * 2
        assert [glance.index for batch in run.glances() for glance in batch] == [0, 1, 2, 3]
        assert run.resident() == [(2, 5_000)]  # its step is the run's third


@pytest.mark.parametrize("skew", [-3600 * 10**9, -5, 5, 3600 * 10**9])
def test_clocks_that_differ_are_corrected(tmp_path: Path, skew: int) -> None:
    """A receive is never before its send, and what one process says of itself stays as it was."""
    path = tmp_path / "r.loupe"
    recorded(path, tmp_path / "r.loupe.4711", of_its_own=True, skew=skew)
    with open_recording(path) as recording:
        run = recording.run(0)
        steps = list(run.iter_steps())
        spans = {span.id: span for span in run.spans()}
        said = [run.text(each.body)[:3] for each in steps if each.body is not None]
        [note] = run.root.attributes.get("agentloupe.clocks", ("",)) or ("",)
    order = [said.index(each[:3]) for each in ("ask", "tell", "again")]
    assert order == sorted(order)
    for each in steps:
        assert each.posted_ns <= each.start_ns
        for link in spans[each.span_id].links:
            assert spans[link.span_id].start_ns <= each.start_ns
    tell, end = (steps[said.index(each)].start_ns for each in ("tel", "end"))
    assert end - tell == 20
    assert ("r.loupe.4711" in note) is (abs(skew) > 10)


def test_a_part_that_says_something_of_its_own_is_a_span(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    recorded(path, tmp_path / "r.loupe.4711", of_its_own=True)
    with open_recording(path) as recording:
        [info] = recording.runs
        assert (info.status, info.error) == ("error", "ValueError: it broke")
        run = recording.run(0)
        [inner] = [span for span in run.spans() if span.name == "handle Say"]
        assert inner.parent == run.root.id
        assert {span.parent for span in run.spans()} == {run.root.id, inner.id}


def test_recordings_made_apart_are_joined(tmp_path: Path) -> None:
    one, other, both = (tmp_path / f"{name}.loupe" for name in ("one", "other", "both"))
    recorded(one, other, of_its_own=False)
    with open_recording(other) as recording:
        assert [info.name for info in recording.runs] == ["handle Say"]
    assert loupe(["import", "--join", str(one), str(other), "-o", str(both)]) == 0
    assert loupe(["import", "--join", str(one), str(other), "-o", str(both)]) == 2  # it is there
    with open_recording(both) as recording:
        assert [(info.name, info.steps) for info in recording.runs] == [("shop", 4)]
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("both*")} == {0o600}
