"""The third bank's tuning half: more work that is fine."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Script, call, fine, turn
from .spin import spin
from .third_tuning_fine import _CITIES, _WORDS, FINE
from .third_tuning_loops import opening


@FINE.family
def blackjack(rng: random.Random) -> Script:
    steps = []
    for _ in range(6):
        for _ in range(rng.randrange(1, 4)):
            steps.append(turn("player", "Hit me."))
            steps.append(
                turn(
                    "dealer",
                    f"You get the {rng.choice(['two', 'five', 'nine', 'ten', 'queen', 'king', 'ace'])} of {rng.choice(['hearts', 'spades', 'clubs', 'diamonds'])}.",
                )
            )
        steps.append(turn("player", "I stand."))
        steps.append(
            turn("dealer", rng.choice(["The house wins this hand.", "You win this hand."]))
        )
    return fine(steps)


@FINE.family
def traffic_light(rng: random.Random) -> Script:
    clock, steps = 0, []
    for _ in range(5):
        for colour, seconds in (("red", 40), ("green", 55), ("yellow", 5)):
            steps.append(turn("light", f"t={clock}s: the light turns {colour}."))
            steps.append(turn("traffic", f"t={clock}s: {rng.randrange(2, 30)} cars are waiting."))
            clock += seconds
    return fine(steps)


@FINE.family
def bubble_sort(rng: random.Random) -> Script:
    row = rng.sample(range(10), 7)
    steps = []
    for _ in range(30):
        at = next((i for i in range(6) if row[i] > row[i + 1]), None)
        if at is None:
            break
        row[at], row[at + 1] = row[at + 1], row[at]
        steps.append(turn("sorter", f"I swap two neighbours: {row}"))
    return fine(steps)


@FINE.family
def robot_in_a_maze(rng: random.Random) -> Script:
    x = y = 0
    steps = []
    for _ in range(18):
        way = rng.choice(["north", "east"])
        x, y = (x + 1, y) if way == "east" else (x, y + 1)
        steps.append(
            turn("robot", f"I move {way}.", call("move", {"direction": way}, {"x": x, "y": y}))
        )
    return fine(steps)


@FINE.family
def tickets_with_one_closing(rng: random.Random) -> Script:
    problems = [
        "the printer jams",
        "the badge does not open the gate",
        "the screen flickers",
        "the mouse is lost",
        "the phone has no tone",
        "mail arrives late",
        "the chair squeaks",
        "the heating rattles",
    ]
    steps = []
    for problem in problems:
        steps.append(turn("user", f"Hello, {problem}."))
        steps.append(
            turn(
                "desk",
                f"Thank you for contacting the help desk. We will look after it: {problem}. Is there anything else?",
            )
        )
        steps.append(turn("user", "No, thank you."))
    return fine(steps)


@FINE.family
def three_tries_then_another_way(rng: random.Random) -> Script:
    failing = [
        turn("bot", "", call("login", {"user": "kim"}, "", error="AuthError: captcha required"))
        for _ in range(3)
    ]
    return fine(
        [
            *opening(rng, "bot"),
            *failing,
            turn("bot", "I ask the owner for a token instead.", call("ask_owner", {}, "token 81")),
            turn("bot", "Logged in.", call("login", {"token": "81"}, "welcome")),
        ]
    )


@FINE.family
def labels_for_rows(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "labeller",
                rng.choice(["positive", "negative", "neutral"]),
                call(
                    "next_row",
                    {},
                    f"{rng.choice(_WORDS)} {rng.choice(_WORDS)} {rng.choice(_CITIES)} {n}",
                ),
            )
            for n in range(20)
        ]
    )


@FINE.family
def yes_no_game(rng: random.Random) -> Script:
    traits = [
        "alive",
        "larger than a cat",
        "made of metal",
        "found indoors",
        "older than a century",
        "used daily",
        "expensive",
        "heavy",
        "round",
        "electric",
    ]
    steps = []
    for trait in traits:
        steps.append(turn("guesser", f"Is it {trait}?"))
        steps.append(turn("keeper", rng.choice(["Yes.", "No."])))
    return fine(steps)


@FINE.family
def patients_in_a_row(rng: random.Random) -> Script:
    steps = []
    for _n in range(10):
        steps.append(
            turn(
                "nurse",
                "Next patient, please.",
                call("next_patient", {}, {"name": rng.choice(_WORDS), "room": rng.randrange(1, 9)}),
            )
        )
        steps.append(
            turn(
                "doctor",
                spin(
                    rng,
                    "{Blood pressure is normal|Pulse is a little fast|Temperature is raised}, {come back in a week|no medicine needed|take rest}.",
                ),
            )
        )
    return fine(steps)


@FINE.family
def sudoku(rng: random.Random) -> Script:
    cells = rng.sample([f"{r}{c}" for r in "ABCDEFGHI" for c in range(1, 10)], 20)
    return fine([turn("solver", f"{cell} must be {rng.randrange(1, 10)}.") for cell in cells])
