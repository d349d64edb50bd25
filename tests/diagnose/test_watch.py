"""Fed step by step: findings show when they are first true; a broken rule harms no other."""

from __future__ import annotations

import sys
import tracemalloc
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from agentloupe.diagnose import check
from agentloupe.diagnose.catalogue import rules
from agentloupe.diagnose.rule import Rule
from agentloupe.diagnose.watch import Watch
from agentloupe.tracer.model import GaveUp

from .scripts import FIXTURES, ScriptedRecording, load


def turns(*parts: str) -> list:
    recording = ScriptedRecording(load(FIXTURES.joinpath(*parts)))
    return list(recording.run(0).iter_turns())


def test_a_loop_shows_live_at_the_step_that_the_report_names() -> None:
    script = load(FIXTURES / "loop.repetition" / "bad-two-agents.json")
    watch = Watch(lambda ref: str(ref), rules())
    live = [
        (step.index, finding.code)
        for step, spans in ScriptedRecording(script).run(0).iter_turns()
        for finding in watch.step(step, spans)
    ]
    report = check(ScriptedRecording(script))  # pyright: ignore[reportArgumentType]
    assert live == [(report.findings[0].detected_at_step, "LOOP001")]


def test_a_lost_message_shows_live() -> None:
    watch = Watch(lambda ref: str(ref), rules())
    live = [
        finding.code
        for step, spans in turns("drop.no-subscriber", "bad-typo.json")
        for finding in watch.step(step, spans)
    ]
    assert live == ["LOST001"]


class Broken:
    def turn(self, turn: object) -> list:
        raise ValueError("no good")

    def end(self, ending: object) -> object:
        raise AssertionError("not reached")


def test_a_rule_that_raises_is_reported_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken: Rule = replace(
        rules()[0],
        code="LOOP999",
        slug="loop.broken",
        start=lambda context: Broken(),  # pyright: ignore[reportArgumentType]
    )
    every = (*rules(), broken)
    module = sys.modules["agentloupe.diagnose.check"]  # the package's `check` is the function
    monkeypatch.setattr(module, "rules", lambda: every)
    script = load(FIXTURES / "loop.repetition" / "ok-game.json")
    run = check(ScriptedRecording(script)).runs[0]  # pyright: ignore[reportArgumentType]
    assert run.verdict == "error"
    told = {entry.code: entry.needs for entry in run.not_applicable}
    assert told["LOOP999"] == ("a working rule: loop.broken failed at step 0: ValueError: no good")
    assert "LOOP001" in run.checked


def test_memory_does_not_grow_with_the_run() -> None:
    """What a watch keeps of a talk is bounded, whatever its length."""
    script = {
        "steps": [{"agent": f"a{at % 3}", "say": f"point {at} of {at * 7}"} for at in range(40)]
    }
    sample = list(ScriptedRecording(script).run(0).iter_turns())
    watch = Watch(lambda ref: str(ref), rules())

    def feed(times: int) -> None:
        for _ in range(times):
            for step, spans in sample:
                watch.step(step, spans)

    feed(20)
    tracemalloc.start()
    feed(1)
    before, _ = tracemalloc.get_traced_memory()
    feed(20)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 60_000


def test_a_run_that_is_too_short_for_a_leak_is_inconclusive_for_who_asked() -> None:
    script = load(FIXTURES / "leak.growth" / "ok-noise.json")
    script["samples"]["count"] = 8
    script["samples"]["collected"] = False
    recording = ScriptedRecording(script)
    quiet = check(recording).runs[0]  # pyright: ignore[reportArgumentType]
    assert quiet.verdict == "ok"
    asked = check(recording, select=["leak"]).runs[0]  # pyright: ignore[reportArgumentType]
    assert asked.verdict == "inconclusive"
    assert "too few to say" in asked.not_applicable[0].needs


def test_a_gate_run_that_is_too_short_is_inconclusive_for_everybody() -> None:
    script = load(FIXTURES / "leak.growth" / "ok-noise.json")
    script["samples"]["count"] = 16
    recording = ScriptedRecording(script)
    recording.info = structs.replace(recording.info, forced=True)
    run = check(recording).runs[0]  # pyright: ignore[reportArgumentType]
    assert run.verdict == "inconclusive"
    needs = next(entry.needs for entry in run.not_applicable if entry.code == "LEAK001")
    assert "it could have shown a leak of" in needs


def test_a_gate_run_that_ends_before_a_reading_is_inconclusive() -> None:
    script = load(FIXTURES / "leak.growth" / "ok-noise.json")
    del script["samples"]
    recording = ScriptedRecording(script)
    recording.info = structs.replace(recording.info, forced=True)
    run = check(recording, select=["leak.growth"]).runs[0]  # pyright: ignore[reportArgumentType]
    assert run.verdict == "inconclusive"
    assert "could show no leak" in run.not_applicable[0].needs


def test_what_was_not_recorded_is_not_judged() -> None:
    recording = ScriptedRecording(load(FIXTURES / "loop.repetition" / "bad-two-agents.json"))
    recording.info = structs.replace(recording.info, bodies="hash")
    run = check(recording).runs[0]  # pyright: ignore[reportArgumentType]
    assert run.findings == ()
    needs = {entry.code: entry.needs for entry in run.not_applicable}
    assert needs["LOOP001"] == "bodies: recorded with --bodies hash"
    assert "HANG001" in run.checked


def _rested(seconds: float, times: int = 1) -> Any:
    """A run that came to rest, and then the program gave up a wait of its own."""
    script = {"shape": "messages", "steps": [{"agent": "porter", "say": "The maps are closed."}]}
    recording: Any = ScriptedRecording(script)
    [(_, spans)] = recording.run(0).iter_turns()
    at = max(span.end_ns for span in spans) + int(seconds * 1e9)
    wait = GaveUp(at, "Event.wait", "library.py:12 in main", times)
    recording.info = structs.replace(recording.info, gave_up=(wait,), ended_ns=at)
    return recording


def test_a_program_that_gives_up_on_its_agents() -> None:
    [finding] = check(_rested(5)).findings
    assert finding.slug == "hang.silent"
    assert finding.title.endswith(
        "with nothing under way after 'porter' had its turn, until the program gave up "
        "(Event.wait at library.py:12 in main)"
    )


@pytest.mark.parametrize(("seconds", "times"), [(0.5, 1), (5, 2)])
def test_a_short_wait_and_one_that_is_tried_again(seconds: float, times: int) -> None:
    assert check(_rested(seconds, times)).findings == ()


def test_of_a_file_that_was_cut_nothing_is_missed() -> None:
    recording: Any = ScriptedRecording(load(FIXTURES / "drop.no-subscriber" / "bad-typo.json"))
    assert check(recording).findings
    recording.damage = "the file is cut: 3 of 9 pages are gone"
    run = check(recording).runs[0]
    assert run.findings == ()
    assert run.verdict == "inconclusive"
    needs = {entry.code: entry.needs for entry in run.not_applicable}
    assert needs["LOST001"] == "the whole recording: the file is cut: 3 of 9 pages are gone"
    assert {"LOST003", "HANG001", "FLOW001", "FLOW004"} <= needs.keys()
    assert "LOOP001" in run.checked


def test_a_v02_program_is_told_what_a_migration_does() -> None:
    recording = ScriptedRecording(load(FIXTURES / "loop.repetition" / "bad-two-agents.json"))
    recording.info = structs.replace(recording.info, versions={"pyautogen": "0.2.35"})
    finding = check(recording).findings[0]  # pyright: ignore[reportArgumentType]
    assert finding.evidence.facts["migration"] == "MIG032"
    assert "loupe explain MIG032" in finding.advice


def test_an_imported_trace_shows_no_hangs_and_says_so() -> None:
    recording = ScriptedRecording(load(FIXTURES / "loop.repetition" / "ok-debate.json"))
    recording.info = structs.replace(recording.info, pid=0)
    run = check(recording).runs[0]  # pyright: ignore[reportArgumentType]
    needs = {entry.code for entry in run.not_applicable}
    assert {"HANG001", "HANG002", "HANG003", "LOST001", "PLUG001", "FLOW001"} <= needs
    assert "LOOP001" in run.checked
