"""What is no news: talk that says all again, a number that comes out again, what is denied."""

from __future__ import annotations

from .bank import Turn, call, turn
from .test_recurrence import loops

ASKS = [
    "Has anybody compared the variables of the staging cluster with those in production?",
    "Could someone diff the settings of the cluster against production, that is my suspicion.",
    "What we need is a list of the variables that differ between the clusters.",
    "Please look whether the environment of the staging cluster matches the one in production.",
]
TAKES = [
    "On it, I put both environments side by side and tell you what I find.",
    "Will do, comparing the configurations is the right thing to begin with.",
    "A mismatch is likely, I am going over the settings of the pods at once.",
    "Makes sense, I go through the variables of production and come back to you.",
]
ORDER = [0, 1, 2, 3, 0, 1]


def test_a_round_is_a_turn_of_each_where_all_that_is_said_was_said() -> None:
    """How far back each lies need not be waited for thrice."""
    lead = [turn("lead", ASKS[at]) for at in ORDER]
    crew = [turn("crew", TAKES[at]) for at in ORDER]
    steps = [each for pair in zip(lead, crew, strict=True) for each in pair]
    assert [set(f.agents) for f in loops(steps)] == [{"lead", "crew"}]


def sums(results: list[str]) -> list[Turn]:
    ways = ["(62.4+11)*2*0.14", "2*0.14*(62.4+11)", "0.28*(11+62.4)", "(62.4 + 11) * 0.28"]
    ways += ["62.4*0.28+11*0.28", "(11+62.4)*2*0.14"]
    return [
        turn("mason", "", call("calculator", {"expression": way}, results[at % len(results)]))
        for at, way in enumerate(ways)
    ]


def test_a_sum_that_is_done_in_other_ways_has_no_new_outcome() -> None:
    assert loops(sums(["20.552"]))
    assert loops(sums(["12"])) == []
    assert loops(sums(["20.552", "11.311", "47.093", "51.118", "33.909", "15.551"])) == []


def books(balanced: bool) -> list[Turn]:
    """A voucher is posted under new numbers, and the sum is looked at in between."""
    steps: list[Turn] = []
    for at in range(6):
        voucher = {"voucher": f"V{900 + at}", "line": 140}
        seen = {"balanced": balanced, "debit": 11.37}
        steps.append(turn("clerk", "", call("post", voucher, {"posted": True, **voucher})))
        steps.append(turn("clerk", "", call("trial_balance", {}, seen)))
    return steps


def test_what_a_tool_denies_by_its_own_word_is_a_failure() -> None:
    assert loops(books(balanced=False))
    assert loops(books(balanced=True)) == []
