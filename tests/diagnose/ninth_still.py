"""The ninth bank, for tuning: small worlds that stand still."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, loop, news, turn
from .ninth_worlds import told

LOOPS = Bank("ninth loops")


def start(rng: random.Random, *agents: str) -> list[Turn]:
    return [turn(agents[at % len(agents)], news(rng)) for at in range(rng.randrange(1, 5))]


@LOOPS.family
def same_offer_same_refusal(rng: random.Random) -> Script:
    def one() -> list[Turn]:
        return [
            told(
                rng,
                "farmer",
                "{I offer|I can give you|You may have} {a goat|my goat} for the plough.",
            ),
            told(
                rng,
                "smith",
                "{No|Never}, the plough {is worth more than|costs more than} {a goat|one goat}.",
            ),
        ]

    return loop(start(rng, "farmer", "smith"), [one() for _ in range(8)], ["farmer", "smith"])


@LOOPS.family
def the_door_is_locked(rng: random.Random) -> Script:
    def one() -> list[Turn]:
        return [
            told(rng, "player", "{I open|I try to open|I push} the {iron door|door}."),
            told(
                rng, "world", "{The door is locked|It is locked}. {You need a key|A key is needed}."
            ),
        ]

    return loop(start(rng, "player", "world"), [one() for _ in range(8)], ["player", "world"])


@LOOPS.family
def illegal_move(rng: random.Random) -> Script:
    def one() -> list[Turn]:
        return [
            told(rng, "black", "{I castle|I will castle} {on the king's side|short}."),
            told(
                rng,
                "umpire",
                "{That is not allowed|You cannot do that}: the king {is in check|stands in check}. {Another move, please.|Please move otherwise.}",
            ),
        ]

    return loop(start(rng, "white", "black"), [one() for _ in range(8)], ["black", "umpire"])


@LOOPS.family
def gate_up_gate_down(rng: random.Random) -> Script:
    def one() -> list[Turn]:
        return [
            told(rng, "keeper", "{I open|Opening} the upper gate for the barge."),
            told(
                rng,
                "skipper",
                "{We wait for the lower gate|The lower gate, please}, we {come from below|go up}.",
            ),
            told(rng, "keeper", "{I close|Closing} the upper gate{.| again.}"),
            told(rng, "harbour", "{The barge has right of way|Let the barge through}{.|, please.}"),
        ]

    return loop(
        start(rng, "keeper", "skipper", "harbour"),
        [one() for _ in range(6)],
        ["keeper", "skipper", "harbour"],
    )


@LOOPS.family
def whose_turn_is_it(rng: random.Random) -> Script:
    def one() -> list[Turn]:
        return [
            told(rng, "mia", "{It is your turn|Your turn}, Leo."),
            told(rng, "leo", "{No, it is yours|I think it is yours|It is yours}, Mia."),
        ]

    return loop(start(rng, "mia", "leo"), [one() for _ in range(9)], ["mia", "leo"])


@LOOPS.family
def heater_on_heater_off(rng: random.Random) -> Script:
    def one() -> list[Turn]:
        return [
            told(
                rng,
                "comfort",
                "{It is too cold for the guests|The guests are cold}, I {turn the heating on|switch the heating on}.",
            ),
            told(
                rng,
                "saver",
                "{The budget does not allow this|This is over the budget}, I {turn the heating off|switch the heating off}.",
            ),
        ]

    return loop(start(rng, "comfort", "saver"), [one() for _ in range(8)], ["comfort", "saver"])
