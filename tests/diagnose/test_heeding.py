"""Words that change with what was heard are moves of a world; by chance, a loop's."""

from __future__ import annotations

import pytest

from agentloupe.diagnose.check import check

from .bank import Script, Turn, fine, turn
from .scripts import ScriptedRecording
from .third_kept_fine import FINE as WORLDS
from .third_kept_loops import LOOPS

BARGAIN = ["the mines", "the port", "the forest", "the bridges", "the salt road"]
OPENERS = ["I ask for {} and give {}.", "My wish is {} and I offer {}.", "I want {} and give {}."]


def bargain() -> Script:
    """Three lands that trade: what one names, another has named before."""
    steps: list[Turn] = []
    for at in range(9):
        wanted, given = BARGAIN[at * 2 % 5], BARGAIN[(at * 3 + 1) % 5]
        steps.append(
            turn(["Ost", "West", "Mark"][at % 3], OPENERS[at // 2 % 3].format(wanted, given))
        )
    return fine(steps)


def found(script: Script) -> list[int | None]:
    report = check(ScriptedRecording(script), select=["loop"])  # pyright: ignore[reportArgumentType]
    return [finding.detected_at_step for finding in report.findings]


def test_a_bargain_is_no_loop() -> None:
    assert found(bargain()) == []


def test_the_same_offers_are_one() -> None:
    offers = ["I ask for {} and give {}.", "My wish is {}, I can give {}."]
    steps = [
        turn(who, offers[at % 2].format(wanted, given))
        for at in range(8)
        for who, wanted, given in (
            ("Ost", "the mines", "the port"),
            ("West", "the port", "a treaty"),
        )
    ]
    assert found(fine(steps))


@pytest.mark.parametrize(("agents", "at"), [(2, 4), (4, 9)])
def test_several_agents_who_repeat_themselves_are_told_within_their_third_round(
    agents: int, at: int
) -> None:
    texts = [
        "The harbour crane needs a new cable before the next ship arrives.",
        "Please send me the signed form so that I can order one for you.",
        "Nobody in this office may sign a form about cranes this week.",
        "The purchase was refused because its form has no signature yet.",
    ]
    names = [f"agent{number}" for number in range(agents)]
    steps = [turn(who, text) for _ in range(4) for who, text in zip(names, texts, strict=False)]
    assert found(fine(steps)) == [at]


def test_one_agent_who_says_much_to_the_letter_is_told_the_third_time() -> None:
    said = turn("solo", "The harbour crane needs a new cable before the next ship arrives.")
    assert found(fine([said] * 5)) == [2]
    assert found(fine([turn("solo", "All is well.")] * 4)) == []


@pytest.mark.parametrize("world", ["island_in_words", "go_fish"])
def test_other_things_in_the_same_words_are_no_loop(world: str) -> None:
    """A world's states come again in any order: however long it lasts, it is none."""
    cases = [case for case in WORLDS.cases(8) if case.family == world]
    assert [found(case.script) for case in cases] == [[]] * 8


def test_the_same_thing_in_other_words_is_one() -> None:
    ways = ["Please send me the contract.", "Kindly forward me the contract.",
            "Please provide me the contract.", "Could you send me the contract?"]  # fmt: skip
    answers = ["The contract is missing.", "The contract is lacking.", "The contract is absent."]
    steps = [
        turn(who, texts[at % len(texts)])
        for at in range(9)
        for who, texts in (("clerk", ways), ("tenant", answers))
    ]
    assert found(fine(steps))


def test_shared_words_tell_of_no_world_when_nobody_has_a_new_one() -> None:
    """Two who put one text in other words share most of these, round after round."""
    told = [
        found(case.script) != []
        for case in LOOPS.cases(6)
        if case.family == "summary_of_the_summary"
    ]
    assert sum(told) >= 4
