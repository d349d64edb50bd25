"""The loop breaker: warned at the step that the report names, then more as the loop goes on."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.catalogue import rules
from agentloupe.diagnose.config import Config
from agentloupe.diagnose.live import STEPS, BadPolicy, LoopBreaker, Policy
from agentloupe.diagnose.rule import Rule
from agentloupe.diagnose.watch import Watch
from agentloupe.tracer.observer import Action, Inject, LiveStep, Stop, Warn

from .scripts import FIXTURES, ScriptedRecording, load

ASK = {"agent": "ask", "say": "Please correct the invoice of last week, its total is wrong."}
TELL = {"agent": "tell", "say": "The invoice of last week is right, please look at it again."}
LONG = {"steps": [{"repeat": 20, "steps": [ASK, TELL]}]}


def answers(script: dict, breaker: LoopBreaker) -> list[tuple[int, Action]]:
    told: list[tuple[int, Action]] = []
    for step, spans in ScriptedRecording(script).run(0).iter_turns():
        action = breaker.on_step(LiveStep("ab" * 16, step, spans, str, str))
        if action is not None:
            told.append((step.index, action))
    return told


def test_it_warns_tells_the_agents_and_ends() -> None:
    told = answers(LONG, LoopBreaker())
    assert [type(action) for _, action in told] == [Warn, Inject, Stop]
    report = check(ScriptedRecording(LONG))  # pyright: ignore[reportArgumentType]
    assert told[0][0] == report.findings[0].detected_at_step
    assert [at - told[0][0] for at, _ in told] == [0, 4, 8]
    assert told[1][1].told.agents == ("ask", "tell")
    assert "going in circles" in str(getattr(told[1][1], "message", ""))


def test_what_ends_by_itself_is_only_warned_of() -> None:
    script = load(FIXTURES / "loop.repetition" / "bad-two-agents.json")
    rounds = {"steps": [*LONG["steps"][0]["steps"] * 3, *script["steps"][:2]]}
    assert [type(action) for _, action in answers(rounds, LoopBreaker())] == [Warn]


def test_good_work_is_left_alone() -> None:
    for path in sorted(FIXTURES.glob("loop.*/ok-*.json")):
        assert answers(load(path), LoopBreaker()) == [], path


def test_a_policy_by_rule() -> None:
    told = answers(LONG, LoopBreaker(Policy.parse("warn; LOOP001=stop")))
    assert [type(action) for _, action in told] == [Stop]


def fixture_of(slug: str) -> dict:
    return load(sorted((FIXTURES / slug).glob("bad-*.json"))[0])


def test_other_rules_are_answered_when_the_policy_names_them() -> None:
    claims = fixture_of("talk.ignored-error")
    assert answers(claims, LoopBreaker()) == []
    told = answers(claims, LoopBreaker(Policy.parse("talk.ignored-error=stop")))
    assert [type(action) for _, action in told] == [Stop]
    told = answers(claims, LoopBreaker(Policy.parse("talk=warn")))
    assert [action.told.slug for _, action in told] == ["talk.ignored-error"]


def test_what_is_no_loop_is_answered_again_when_the_run_goes_on() -> None:
    claims = fixture_of("talk.ignored-error")
    steps = [*claims["steps"], *({"agent": "a", "say": f"Word {at}."} for at in range(40))]
    policy = Policy.parse("talk=warn,inject,stop")
    told = answers({**claims, "steps": steps}, LoopBreaker(policy))
    assert [type(action) for _, action in told] == [Warn, Inject, Stop]
    assert {after[0] - before[0] for before, after in pairwise(told)} == {STEPS}
    assert "in circles" not in str(getattr(told[1][1], "message", ""))


@pytest.mark.parametrize("name", ["replay.stop-hides-loop", "end.never-true", "PLUG001", "hang"])
def test_a_rule_that_judges_at_the_end_cannot_be_answered(name: str) -> None:
    with pytest.raises(BadPolicy, match="only when they are over") as told:
        Policy.parse(f"{name}=stop")
    assert ("--deadline" in told.value.advice) is (name == "hang")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.slug)
def test_a_rule_is_answered_live_if_it_finds_live(rule: Rule) -> None:
    """What the breaker accepts does speak up before the end, and nothing else does."""
    found = False
    for path in sorted((FIXTURES / rule.slug).glob("bad-*.json")):
        run = ScriptedRecording(load(path)).run(0)
        watch = Watch(run.text, [rule])
        found = found or any(watch.step(step, spans) for step, spans in run.iter_turns())
    policy = Policy(by_rule={rule.slug: ("warn",)})
    assert (rule in policy.watched) is found


def test_what_the_project_ignores_is_not_answered() -> None:
    config = Config.model_validate({"ignore": ["loop.repetition"]})
    assert answers(LONG, LoopBreaker(config=config)) == []


@pytest.mark.parametrize("text", ["shout", "warn,", "loop.nothing=warn", "warn;LOOP001="])
def test_a_policy_that_cannot_be_read(text: str) -> None:
    if text == "warn,":
        assert Policy.parse(text).usual == ("warn",)
        return
    with pytest.raises(BadPolicy):
        Policy.parse(text)
