"""Real programs on stock AutoGen under `loupe run`: each defect by its family, nothing on twins.

All of them take minutes, as some are stuck and have to be stopped: in full with --full.
"""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentloupe.diagnose import check
from agentloupe.tracer import open_recording

from .scripts import FIXTURES

PROGRAMS = FIXTURES / "programs"
STUCK = 25  # seconds after which a program that does not end is stopped
#: Of autogen 0.7: what is wrong with a program, by a family or a slug that must be told.
WRONG = {
    "core07.lock_cycle": "hang.await-cycle",
    "core07.lock_cycle_of_three": "hang.await-cycle",
    "core07.handler_never_returns": "hang",
    "core07.queue_nobody_fills": "hang",
    "core07.future_nobody_sets": "hang",
    "core07.stopped_with_queued_sends": "drop.undelivered",
    "core07.stopped_in_flight": "hang.lost-response",
    "core07.dropped_publish_then_idle": "drop.undelivered",
    "core07.guard_raises": "drop.undelivered",
    "core07.event_handler_fails_unseen": "drop.handler-failed",
    "core07.one_failure_stops_everything": "hang",
    "core07.topic_misspelt": "drop.no-subscriber",
    "core07.no_handler_for_the_type": "drop.unhandled",
    "core07.recipient_unknown": "drop.undelivered",
    "core07.subscription_removed_too_early": "drop.no-subscriber",
    "core07.reply_lost_in_a_wrong_topic": "drop.no-subscriber",
    "core07.dropped_send": "drop.undelivered",
    "chat07.answer_lost": "hang",
    "chat07.participant_cancelled_itself": "hang",
    "chat07.participant_never_answers": "hang.silent-speaker",
    "chat07.tool_never_returns": "hang.unfinished",
    "chat07.model_never_answers": "hang.unfinished",
    "chat07.cancelled_tool_never_ends": "hang",
    "chat07.second_run_after_cancel": "hang",
    "chat07.console_nobody_reads": "hang.waiting-for-human",
    "chat07.thanks_for_ever": "loop.repetition",
    "chat07.same_speaker_for_ever": "loop.selector-livelock",
    "chat07.same_tool_for_ever": "loop.same-call",
    "chat07.handed_to_and_fro": "loop.handoff",
    "chat07.stop_word_in_the_task": "end.at-turn-0",
    "chat07.stop_word_in_another_case": "end.never-true",
    "chat07.budget_of_uncounted_tokens": "end.never-true",
    "chat07.graph_never_joins": "plug.impossible-join",
    "chat07.tools_without_function_calling": "plug.no-function-calling",
    "chat07.handoff_to_nobody": "plug.unknown-handoff",
    "chat07.stop_word_nobody_says": "plug.unsayable-stop",
    "chat07.member_never_chosen": "starve.never-speaks",
    "chat07.empty_answers": "loop.empty",
}
FINE = [
    f"{path.stem}.{line.split()[-1].removesuffix('():')}"
    for path in (PROGRAMS / "core07.py", PROGRAMS / "chat07.py")
    for line in path.read_text("utf-8").splitlines()
    if line.startswith("async def ok_")
]


def _table(file: str, name: str) -> Any:
    """A table that a file of programs begins with."""
    for node in ast.parse((PROGRAMS / f"{file}.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise KeyError(name)


#: Of other programs: the families of which one must be told; their twins have nothing.
POSTED: dict[str, tuple[str, ...]] = {
    f"{file}.stuck_{name.removeprefix('stuck_')}": families
    for file in ("desk07", "yard_core", "yard_teams")
    for name, families in _table(file, "WRONG").items()
}
#: Of banks that take half an hour, what was not told at first; the rest of them is in benchmarks.
MENDED = {
    "mill_core": ("quorum_of_five", "refuses_everything", "returns_what_nobody_reads"),
    "mill_teams": ("code_that_sleeps", "plans_again_and_again"),
    "pier07": ("counts_to_three_of_four", "empty_ledger"),
    "barn_core": ("letters_after_closing", "more_milk_than_cans"),
    "barn_teams": ("source_is_the_task", "join_behind_a_condition"),
    "weir07": ("inner_word_in_the_task", "condition_that_stumbles"),
    "sluice07": ("pending_at_the_end_of_main", "service_told_to_stop"),
    "quay07": ("event_only", "rpc_only", "both_must_hold", "one_message_is_the_task"),
}
POSTED |= {
    f"{file}.stuck_{name}": _table(file, "WRONG")[name]
    for file, names in MENDED.items()
    for name in names
}
WRONG_OF_ALL = {name: (slug,) for name, slug in WRONG.items()} | POSTED
FINE += ["mill_core.well_alarms_above_a_limit", "quay07.well_gossip"]
FINE.append("weir07.well_fails_once_then_well")
FINE.extend(name.replace(".stuck_", ".well_") for name in POSTED)
FINE.extend(
    name
    for file in ("yard_core", "yard_teams")
    for name in (f"{file}.well_{each}" for each in _table(file, "FINE"))
)
SHORT = {
    "core07.lock_cycle",
    "chat07.ok_person_answers",
}


def slugs(program: str, folder: Path) -> set[str]:
    """What is found in a run of the program, which is stopped when it does not end."""
    file, name = program.split(".")
    path = folder / "program.loupe"
    words = [sys.executable, "-m", "agentloupe.cli.main", "run", "--out", str(path), "--"]
    child = subprocess.Popen(
        [*words, str(PROGRAMS / f"{file}.py"), name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        child.wait(STUCK)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(STUCK)
    with open_recording(path) as recording:
        report = check(recording)
    assert report.verdict != "error", report
    return {finding.slug for finding in report.findings if finding.severity != "info"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    full = metafunc.config.getoption("--full")
    every = {"stuck": list(WRONG_OF_ALL), "fine": FINE}
    for name, programs in every.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, [p for p in programs if full or p in SHORT])


def test_a_defect_is_told_by_its_family(stuck: str, tmp_path: Path) -> None:
    found = slugs(stuck, tmp_path)
    families = {slug.partition(".")[0] for slug in found}
    assert (families | found) & set(WRONG_OF_ALL[stuck]), found


def test_a_healthy_twin_is_left_alone(fine: str, tmp_path: Path) -> None:
    assert slugs(fine, tmp_path) == set()


def test_a_loop_is_broken_while_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "program.loupe"
    words = [sys.executable, "-m", "agentloupe.cli.main", "run", "--out", str(path)]
    program = [str(PROGRAMS / "chat07.py"), "thanks_for_ever"]
    done = subprocess.run(
        [*words, "--break-loops", "warn,stop", "--", *program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "RunStopped: loop.repetition" in done.stderr
    with open_recording(path) as recording:
        report = check(recording)
        turns = [step for step in recording.run(0).steps(0, 500) if "/" in step.sender]
    assert [finding.slug for finding in report.findings] == ["loop.repetition"]
    assert len(turns) < 60
