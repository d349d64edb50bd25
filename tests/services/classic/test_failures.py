"""How v0.2 programs go wrong: each is recorded so that a rule, or a reader, can name it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentloupe.diagnose import Finding, check
from agentloupe.tracer import Recording, open_recording
from agentloupe.tracer import conventions as c
from agentloupe.tracer.errors import LoupeError
from agentloupe.tracer.model import Span
from agentloupe.tracer.reader import Run

from .conftest import PROGRAMS, Framework

STOP = "agentloupe.stop_reason"
FILE = str(PROGRAMS / "failures.py")
DEADLINE = 60.0


#: Cases that end by themselves, in the order in which one program runs through them.
ENDING = (
    "thanks_for_ever",
    "thanks_to_the_cap",
    "no_content",
    "not_quite_the_word",
    "nothing_to_say",
    "same_function",
    "reply_is_none",
    "person_is_asked",
    "children_are_left",
    "eats_memory",
)


@pytest.fixture(scope="module")
def failures(v02: Framework) -> Iterator[dict[str, Run]]:
    """A run for each of them. Nobody answers the person's question: stdin is at its end."""
    path = v02.folder / "failures.loupe"
    done = v02.run(path, FILE, *ENDING)
    assert done.code == 0, done.err
    (child,) = [line.split()[1] for line in done.out.splitlines() if line.startswith("child ")]
    os.kill(int(child), signal.SIGKILL)
    with open_recording(path) as recording:
        assert len(recording.runs) == len(ENDING)
        yield {case: recording.run(number) for number, case in enumerate(ENDING)}


def found(target: Recording | Run) -> dict[str, Finding]:
    return {finding.slug: finding for each in check(target).runs for finding in each.findings}


@pytest.mark.parametrize(
    ("case", "slug", "agents", "reason"),
    [
        ("thanks_for_ever", "loop.repetition", {"a", "b"}, None),
        ("thanks_to_the_cap", "loop.repetition", {"a", "b"}, "max_consecutive_auto_reply (100)"),
        ("not_quite_the_word", "loop.repetition", {"a", "user"}, "max_consecutive_auto_reply (50)"),
        ("nothing_to_say", "loop.repetition", {"a", "user"}, "max_consecutive_auto_reply (60)"),
        ("same_function", "loop.same-call", {"a", "user"}, "max_consecutive_auto_reply (200)"),
    ],
)
def test_loops_are_found(
    failures: dict[str, Run], case: str, slug: str, agents: set[str], reason: str | None
) -> None:
    finding = found(failures[case])[slug]
    assert set(finding.agents) == agents
    assert finding.detected_at_step is not None
    assert finding.detected_at_step < 12
    info = failures[case].info
    told = str(failures[case].root.attributes.get(STOP))
    if reason is None:
        assert info.error is not None
        assert info.error.startswith("RecursionError")
        assert info.steps > 450  # 490 without us: our frames may cost some, not half of them
    else:
        assert reason in told


def test_an_exception_is_told_where_it_was_raised(failures: dict[str, Run]) -> None:
    run = failures["no_content"]
    last = run.step(run.info.steps - 1)
    assert (last.recipient, last.message_type) == ("user", "tool_calls")
    assert last.error == "AttributeError: 'NoneType' object has no attribute 'rstrip'"
    (turn,) = [s for s in run.spans() if s.op == c.AGENT and s.agent == "user"]
    (event,) = turn.events
    assert "m.get" in str(event.attributes[c.EXCEPTION_STACKTRACE])


def test_a_word_that_is_not_quite_the_word_is_named(failures: dict[str, Run]) -> None:
    assert found(failures["not_quite_the_word"])["end.never-true"].agents[0] == "a"


def test_a_silent_end_has_its_reason(failures: dict[str, Run]) -> None:
    run = failures["reply_is_none"]
    told = "a gave no reply: a reply function of its own returned (True, None): says_nothing"
    assert run.root.attributes[STOP] == told
    (turn,) = [span for span in run.spans() if span.op == c.AGENT]
    assert turn.attributes[STOP] == told
    assert found(run)["end.fell-idle"].agents == ("a",)


def test_a_question_to_nobody_is_an_error(failures: dict[str, Run]) -> None:
    (span,) = [s for s in failures["person_is_asked"].spans() if s.op == c.HUMAN]
    assert span.error is not None
    assert span.error.startswith("EOFError")
    assert found(failures["person_is_asked"])["hang.waiting-for-human"].agents == ("user",)


def test_processes_that_outlive_their_code_are_counted(failures: dict[str, Run]) -> None:
    (span,) = [s for s in failures["children_are_left"].spans() if s.op == c.CODE]
    assert span.attributes[c.EXIT_CODE] == 124
    assert span.attributes[c.CHILDREN_LEFT] == 1
    assert "code.children-left" in found(failures["children_are_left"])
    assert int(str(span.attributes[c.MEMORY_PEAK])) > 0


def test_what_code_takes_is_seen_with_the_old_way_to_execute_it(failures: dict[str, Run]) -> None:
    run = failures["eats_memory"]
    (span,) = [s for s in run.spans() if s.op == c.CODE]
    assert span.attributes[c.EXIT_CODE] == 0
    assert int(str(span.attributes[c.MEMORY_PEAK])) > 80 << 20
    curve = [s for s in run.spans() if s.op == c.SAMPLE and s.parent == span.id]
    assert max(int(str(s.attributes[c.MEMORY_USAGE])) for s in curve) > 80 << 20


def test_large_texts_are_stored_once(v02: Framework, tmp_path: Path) -> None:
    path = tmp_path / "tables.loupe"
    done = v02.run(path, FILE, "large_tables", cwd=tmp_path)
    distinct = int(done.out.split()[-1])
    with open_recording(path) as recording:
        recorded = recording.run(0)
        sent = [s for s in recorded.spans() if s.op == c.CHAT]
        before_the_model = sum(recorded.size(s.bodies[c.INPUT_MESSAGES]) for s in sent)
        samples = recorded.samples()
    assert before_the_model > 15 * distinct
    assert path.stat().st_size < 1.2 * distinct
    assert samples


def hang(
    v02: Framework, case: str, tmp_path: Path, at: Callable[[Run], list[Span]], stdin: int
) -> tuple[Path, int]:
    """Start a program that will not end, wait until it stands where it does, and kill it."""
    path = tmp_path / f"{case}.loupe"
    command = v02.command(path, FILE, case)
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=v02.env,
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as program:
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline and program.poll() is None and not _stands(path, at):
            time.sleep(0.1)
        standing = program.poll() is None
        os.killpg(program.pid, signal.SIGTERM)
        program.wait(DEADLINE)
    return path, standing


def _stands(path: Path, at: Callable[[Run], list[Span]]) -> bool:
    """Whether it has been there for longer than anything before."""
    try:
        recording = open_recording(path)
    except LoupeError:  # not there, or not yet begun
        return False
    with recording:
        spans = at(recording.run(0)) if recording.runs else []
        return any(time.time_ns() - span.start_ns > 2_500_000_000 for span in spans)


def waiting_for(op: str) -> Callable[[Run], list[Span]]:
    return lambda run: [s for s in run.spans() if s.op == op and s.end_ns is None]


@pytest.mark.parametrize(
    ("case", "op", "who"),
    [("model_never_answers", c.CHAT, "a"), ("person_is_asked", c.HUMAN, "user")],
)
def test_hangs_are_found(v02: Framework, tmp_path: Path, case: str, op: str, who: str) -> None:
    path, standing = hang(v02, case, tmp_path, waiting_for(op), subprocess.PIPE)
    assert standing
    with open_recording(path) as recording:
        finding = found(recording)["hang.waiting-for-human" if op == c.HUMAN else "hang.unfinished"]
    assert finding.agents[0] == who
    assert finding.evidence.facts["operation"] == op
