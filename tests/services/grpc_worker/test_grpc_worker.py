"""AutoGen's distributed runtime: both processes record, and a message keeps its trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agentloupe.diagnose import check
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording

from ...cli.run.conftest import LOUPE

PROGRAM = str(Path(__file__).parent / "program.py")


def run(*command: str) -> str:
    done = subprocess.run(
        command, env={**os.environ}, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_messages_between_processes(tmp_path: Path) -> None:
    path = tmp_path / "grpc.loupe"
    plain = run(sys.executable, PROGRAM)
    assert run(*LOUPE, "run", "--out", str(path), "--", PROGRAM) == plain
    with open_recording(path) as recording:
        runs = [recording.run(info.number) for info in recording.runs]
        steps = [(each.info.trace_id, step) for each in runs for step in each.steps()]
        spans = {span.id: (each, span) for each in runs for span in each.spans()}
        told = sorted((step.sender, step.recipient, step.message_type) for _, step in steps)
        assert told == [
            ("", "worker/default", "Ask"),
            ("", "worker/default", "Ask"),
            ("worker/default", "listener/default", "News"),
            ("worker/default", "listener/default", "News"),
        ]
        for trace, step in steps:
            each, handled = spans[step.span_id]
            (link,) = handled.links
            poster, posted = spans[link.span_id]
            assert poster.info.trace_id == trace
            assert posted.op in (c.SEND, c.PUBLISH)
            assert each.text(handled.bodies[c.MESSAGE_BODY]) == poster.text(
                posted.bodies[c.MESSAGE_BODY]
            )
        for each in runs:  # one a question, with what it set off in both processes
            assert [step.index for step in each.steps()] == [0, 1]
            assert [step.message_type for step in each.steps()] == ["Ask", "News"]
            assert each.info.steps == 2
            assert {agent.name for agent in each.info.agents} == {"worker", "listener"}
            own = {span.id: span for span in each.spans()} | {each.root.id: each.root}
            assert {span.id for span in own.values() if span.parent not in own} == {each.root.id}
            ((news, inside),) = [turn for turn in each.iter_turns() if turn[0].index == 1]
            assert news.sender == "worker/default"
            assert inside[0].id == news.span_id
            glanced = [glance for batch in each.glances() for glance in batch]
            assert [glance.message_type for glance in glanced] == ["Ask", "News"]
        assert len(runs) == len({trace for trace, _ in steps}) == 2
        asked = [step for _, step in steps if step.message_type == "Ask"]
        assert {step.reply_type for step in asked} == {"Answer"}
        assert not [span for _, span in spans.values() if span.name.startswith("autogen ")]


def test_a_worker_that_leaves_before_it_has_answered_is_named(tmp_path: Path) -> None:
    """Upstream has no deadline there: whoever asked waits until it gives up itself."""
    path = tmp_path / "leaves.loupe"
    said = run(*LOUPE, "run", "--out", str(path), "--", PROGRAM, "leaves")
    assert said.splitlines() == ["the worker left with 9", "still waits"]
    with open_recording(path) as recording:
        found = {each.slug: each for each in check(recording).findings}
    assert found["hang.unfinished"].agents == ("worker",)
