"""What is clear enough is told after fewer rounds, and only that."""

from __future__ import annotations

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.finding import Finding

from .bank import Turn, call, fine, turn
from .scripts import ScriptedRecording

OPENING = [
    turn("lead", "Book the boat for the twelfth, please."),
    turn("clerk", "The skipper wants a deposit and a phone number."),
]
STAYS = "ValidationError: field 'deposit' is required"
PASSES = "TimeoutError: the booking service did not answer"
PROMISES = (
    "I will book it now.",
    "Another go, with a fresh form.",
    "Perhaps a shorter name helps.",
    "Let us see whether capitals matter.",
)


def first_loop(steps: list[Turn]) -> Finding | None:
    report = check(ScriptedRecording(fine([*OPENING, *steps])), select=["loop"])  # pyright: ignore[reportArgumentType]
    return next(iter(report.findings), None)


BOATS = ("Lena", "the Lena", "Lena I", "LENA")


def tries(error: str, *, said: bool, boats: tuple[str, ...] = BOATS) -> list[Turn]:
    return [
        turn("clerk", text if said else "", call("book", {"boat": boat, "day": 12}, error=error))
        for boat, text in zip(boats, PROMISES, strict=True)
    ]


@pytest.mark.parametrize(("said", "boats"), [(True, BOATS), (False, BOATS), (True, ("Lena",) * 4)])
def test_a_failure_that_stays_is_told_at_the_third_try(said: bool, boats: tuple[str, ...]) -> None:
    found = first_loop(tries(STAYS, said=said, boats=boats))
    assert found is not None
    assert found.detected_at_step == len(OPENING) + 2


@pytest.mark.parametrize(("error", "said"), [(STAYS, False), (PASSES, True), (PASSES, False)])
def test_three_silent_tries_and_waiting_are_common_practice(error: str, said: bool) -> None:
    same = tries(error, said=said, boats=("Lena",) * 4)
    assert first_loop(same[:3]) is None
    assert first_loop(same) is not None


@pytest.mark.parametrize("seen", ["the same", "a part that was not read"])
def test_a_page_that_is_read_again_is_told_at_the_third_time(seen: str) -> None:
    page = "Boats leave at eight, at ten and at noon. In winter none leaves on Sundays. " * 3
    reads = [
        turn(
            "clerk",
            text,
            call("open", {"page": "boats"}, page if seen == "the same" else f"{page}{at}"),
        )
        for at, text in enumerate(PROMISES)
    ]
    found = first_loop(reads)
    assert (found and found.detected_at_step) == (len(OPENING) + 2 if seen == "the same" else None)


def test_other_work_in_between_is_a_reason_to_try_again() -> None:
    failing = tries(STAYS, said=True)[:3]
    looks = turn("clerk", "", call("read_form", {}, "The form asks for a name and a deposit."))
    assert first_loop([*failing[:2], looks, failing[2]]) is None


def rounds(*asked: str) -> list[Turn]:
    answers = ("The harbour office keeps silent, sadly.", "Sadly the harbour office is silent.")
    return [
        each
        for at, text in enumerate(asked)
        for each in (turn("lead", text), turn("clerk", answers[at % 2]))
    ]


def test_a_round_without_a_new_word_is_told_sooner() -> None:
    asked = ("Mooring confirmed by Lena, skipper Ole?", "Is mooring confirmed by Lena, by Ole?")
    still = first_loop(rounds(*asked * 3))
    moving = first_loop(rounds(*asked, f"Pray, {asked[0]}", f"Hello, {asked[1]}", *asked))
    assert still is not None
    assert still.detected_at_step is not None
    assert moving is None or (moving.detected_at_step or 0) > still.detected_at_step


CRANE = {
    "cook": "The harbour crane needs a new cable before the next ship arrives.",
    "smith": "Please send me the signed form so that I can order one for you.",
    "mayor": "Nobody in this office may sign a form about cranes this week.",
}


def told(*said: str) -> int | None:
    """Three who say what they always say, but for some news in their place."""
    names = list(CRANE) * len(said)
    steps = [turn(who, text or CRANE[who]) for who, text in zip(names, said, strict=False)]
    found = first_loop(steps)
    return found and found.detected_at_step


def test_a_third_round_without_a_new_word_is_enough_whatever_the_second_brought() -> None:
    soup, bread, plums = "Soup is on the stove.", "Two crates of bread are missing.", "Plums rot."
    three = ("", "", "")
    assert told(*three, soup, bread, "", *three) == len(OPENING) + 8
    assert told(*three, soup, bread, plums, *three) is None
