"""`loupe demo`: a real team whose faults are found, and its healthy twin in which nothing is."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import subprocess
import sys
import weakref
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from autogen_core.models import UserMessage

from agentloupe.cli import demo, demo_data, demo_script, demo_team
from agentloupe.cli.demo_model import ScriptedClient
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.model import plain_name

COMMAND = [sys.executable, "-m", "agentloupe.cli.main"]


@dataclass(frozen=True)
class Demonstration:
    """One `loupe demo`, and what `loupe check` says of its recording."""

    code: int
    out: str
    err: str
    recording: Path
    check_code: int
    check: dict[str, Any]


@cache
def _demonstrate(folder: Path, *options: str) -> Demonstration:
    environment = {**os.environ, "AGENTLOUPE_DIR": str(folder)}
    command = [*COMMAND, "demo", *options]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    [recording] = folder.glob("*.loupe")
    command = [*COMMAND, "check", "@last", "--format", "json"]
    checked = subprocess.run(command, env=environment, capture_output=True, text=True)
    return Demonstration(
        done.returncode,
        done.stdout,
        done.stderr,
        recording,
        checked.returncode,
        json.loads(checked.stdout),
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def faulty(folders: Path) -> Demonstration:
    return _demonstrate(folders / "faulty")


@pytest.fixture
def clean(folders: Path) -> Demonstration:
    return _demonstrate(folders / "clean", "--clean")


def _findings(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for run in report["runs"] for finding in run["findings"]]


def _turns_on(recording: Path, supplier: str) -> list[int]:
    """Steps of the last run in which the coder had a parser for a supplier checked."""
    with open_recording(recording) as opened:
        run = opened.run(opened.runs[-1].number)
        return [
            span.step
            for span in run.spans()
            if span.op == c.TOOL
            and span.step is not None
            and plain_name(span.agent) == "coder"
            and supplier in run.text(span.bodies[c.TOOL_ARGUMENTS])
        ]


def test_it_ends_well_and_says_what_it_did(faulty: Demonstration) -> None:
    assert faulty.code == 0
    assert "south: " in faulty.out
    assert "error[LEAK001]" in faulty.out
    assert "error[LOOP" in faulty.out
    assert "loupe view @last" in faulty.err
    assert "\x1b" not in faulty.out + faulty.err


def test_the_loop_is_found_with_its_agents_and_first_step(faulty: Demonstration) -> None:
    assert faulty.check_code == 1
    [loop] = [each for each in _findings(faulty.check) if each["code"].startswith("LOOP")]
    assert sorted(loop["agents"]) == ["coder", "critic"]
    assert loop["first_step"] == _turns_on(faulty.recording, demo_data.AWKWARD.name)[0]


def test_the_leak_is_found_with_its_agent(faulty: Demonstration) -> None:
    [leak] = [each for each in _findings(faulty.check) if each["code"].startswith("LEAK")]
    assert leak["agents"][0] == "analyst"
    assert leak["certainty"] == "certain"


def test_nothing_else_is_found(faulty: Demonstration) -> None:
    families = [each["slug"].partition(".")[0] for each in _findings(faulty.check)]
    assert sorted(families) == ["leak", "loop", "replay"]  # a cap ends the loop
    verdicts = [run["verdict"] for run in faulty.check["runs"]]
    assert verdicts == ["ok"] * 6 + ["findings"]


def test_the_healthy_twin_is_ok(clean: Demonstration) -> None:
    assert (clean.code, clean.check_code) == (0, 0)
    assert _findings(clean.check) == []
    assert [run["verdict"] for run in clean.check["runs"]] == ["ok"] * 7


def test_both_do_as_much_work(faulty: Demonstration, clean: Demonstration) -> None:
    with open_recording(faulty.recording) as one, open_recording(clean.recording) as other:
        for a, b in zip(one.runs[:-1], other.runs[:-1], strict=True):
            assert (a.steps, a.chats, a.tools) == (b.steps, b.chats, b.tools)
        steps = [sum(run.steps for run in each.runs) for each in (one, other)]
        assert max(steps) < 1.1 * min(steps)
        assert all(run.status == "ok" for run in (*one.runs, *other.runs))
        assert one.info.exit_code == other.info.exit_code == 0


def test_with_a_terminal_the_ui_opens_at_the_findings(
    loupe, faulty: Demonstration, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    monkeypatch.setattr(demo, "record", lambda clean: faulty.recording)
    monkeypatch.setattr(demo, "interactive", lambda: True)
    monkeypatch.setattr(demo.view, "look", lambda *arguments: looked.append(arguments))
    assert loupe("demo").code == 0
    [(paths, selection)] = looked
    assert paths == [faulty.recording]
    assert selection.run == faulty.check["runs"][-1]["run"]
    looked.clear()
    assert loupe("demo", "--no-tui").code == 0
    assert looked == []


def test_without_autogen_it_says_how_to_get_it(loupe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    done = loupe("demo")
    assert (done.code, done.out) == (2, "")
    assert 'pip install "agentloupe[autogen]"' in done.err


def test_a_demonstration_that_fails_is_no_success(loupe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PROGRAM", "agentloupe.cli.nowhere")
    done = loupe("demo")
    assert done.code == 2
    assert "LP702" in done.err


def test_the_model_client_keeps_nothing() -> None:
    client = ScriptedClient(lambda messages: "yes")
    messages = [UserMessage(content=f"question {i}", source="user") for i in range(50)]
    held = [weakref.ref(message) for message in messages]
    answers = [asyncio.run(client.create([message])) for message in messages[:5]]
    held += [weakref.ref(answer) for answer in answers]
    assert client.total_usage().completion_tokens == 5
    del messages, answers
    gc.collect()
    assert [ref() for ref in held if ref() is not None] == []


def _parser(supplier: str, attempt: int, *, clean: bool) -> str:
    expression = demo_script._expression(supplier, attempt, clean=clean)
    return f"def parse_amount(text):\n    return {expression}\n"


@pytest.mark.parametrize("supplier", demo_data.SUPPLIERS, ids=lambda supplier: supplier.name)
def test_the_last_attempt_at_each_supplier_is_right(supplier: demo_data.Supplier) -> None:
    attempts = len(demo_script._ATTEMPTS[supplier.name])
    for attempt in range(attempts):
        code = _parser(supplier.name, attempt, clean=True)
        if attempt < attempts - 1:
            with pytest.raises((AssertionError, ValueError)):
                asyncio.run(demo_team.run_checks(supplier.name, code))
        else:
            assert "checks pass" in asyncio.run(demo_team.run_checks(supplier.name, code))


def test_the_awkward_supplier_is_solved_by_the_healthy_twin_only() -> None:
    name = demo_data.AWKWARD.name
    for attempt in range(8):
        with pytest.raises(AssertionError):
            asyncio.run(demo_team.run_checks(name, _parser(name, attempt, clean=False)))
    assert "pass" in asyncio.run(demo_team.run_checks(name, _parser(name, 2, clean=True)))


def test_exports_are_the_same_everywhere(tmp_path: Path) -> None:
    state = random.getstate()
    demo_data.write_exports(tmp_path)
    assert random.getstate() == state
    lines = (tmp_path / "south" / "Maple.csv").read_text("utf-8").splitlines()
    assert len(lines) == demo_data.ROWS + 1
    assert lines[1] == "MA-0000,2026-03-06,customer 683,1.064"


def test_what_was_not_recorded_is_not_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be written: the program itself runs all the same."""
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(subprocess, "run", lambda *words, **more: done)
    with pytest.raises(demo.DemoFailed, match="not recorded"):
        demo.record(clean=True)
