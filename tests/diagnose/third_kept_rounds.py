"""The third bank's kept half, never tuned on: more work that is fine."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Script, call, fine, turn
from .spin import spin
from .third_kept_fine import _THINGS, _TOWNS, FINE, both, hexes


@FINE.family
def court(rng: random.Random) -> Script:
    asked = [
        "Where were you at nine?",
        "Who else was in the shop?",
        "Did you see the ladder?",
        "Was the lamp lit?",
        "How did the dog react?",
        "When did you call the police?",
    ]
    replies = [
        "At home, with my sister.",
        "Only the baker.",
        "It leaned on the wall.",
        "No, it was dark.",
        "It slept.",
        "A quarter of an hour later.",
    ]
    steps = []
    for question, reply in zip(asked, replies, strict=True):
        steps += [
            turn("prosecutor", question),
            turn("defence", "Objection, your honour!"),
            turn("judge", rng.choice(["Overruled.", "Sustained."])),
            turn("witness", reply),
        ]
    return fine(steps)


@FINE.family
def roll_call(rng: random.Random) -> Script:
    return fine(
        both("teacher", "class", [(f"{town}?", "Present!") for town in rng.sample(_TOWNS, 13)])
    )


@FINE.family
def weather_by_town(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "agent",
                "",
                call(
                    "weather",
                    {"town": town},
                    {"sky": rng.choice(["clear", "cloudy"]), "temp": rng.randrange(2, 9)},
                ),
            )
            for town in _TOWNS
        ]
    )


@FINE.family
def sums(rng: random.Random) -> Script:
    lines = []
    for _ in range(12):
        a, b = rng.randrange(10, 99), rng.randrange(10, 99)
        lines.append((f"What is {a} plus {b}?", f"{a + b}."))
    return fine(both("coach", "pupil", lines))


@FINE.family
def proof_by_cases(rng: random.Random) -> Script:
    cases = [
        "n is a multiple of three",
        "n leaves one",
        "n leaves two",
        "n is negative",
        "n is zero",
        "n is prime",
        "n is a square",
    ]
    return fine(
        [
            turn(
                "prover",
                f"Case: {case}. Then the claim holds by {rng.choice(['lemma one', 'induction', 'the table', 'inspection'])}.",
            )
            for case in cases
        ]
    )


@FINE.family
def merge_queue(rng: random.Random) -> Script:
    steps = []
    for n in rng.sample(range(100, 999), 10):
        steps.append(
            turn(
                "queue",
                f"Merging #{n}.",
                call("ci", {"pr": n}, "all checks passed"),
                call("merge", {"pr": n}, "merged"),
            )
        )
    return fine(steps)


@FINE.family
def votes(rng: random.Random) -> Script:
    steps = []
    for motion in [
        "new chairs",
        "later opening hours",
        "a vegetable garden",
        "a quieter bell",
        "solar panels",
    ]:
        steps.append(turn("chair", f"We vote on {motion}."))
        steps += [turn(who, rng.choice(["Aye.", "Nay."])) for who in ("ada", "ben", "cyd")]
    return fine(steps)


@FINE.family
def converging_layout(rng: random.Random) -> Script:
    overlap, steps = 23, []
    while overlap > 0:
        steps.append(
            turn(
                "layouter",
                spin(rng, "{I move the boxes apart|I shift some boxes}."),
                call("measure", {}, f"{overlap} boxes overlap"),
            )
        )
        overlap -= rng.randrange(2, 6)
    return fine(
        [
            *steps,
            turn("layouter", "No boxes overlap any more.", call("measure", {}, "0 boxes overlap")),
        ]
    )


@FINE.family
def chapters_in_chunks(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "summariser",
                f"Summary of part {n}: the {rng.choice(_THINGS)} is lost, and the {rng.choice(_THINGS)} leads the travellers to {rng.choice(_TOWNS)}.",
                call("read", {"part": n}, " ".join(rng.choices(_THINGS + _TOWNS, k=300))),
            )
            for n in range(12)
        ]
    )


@FINE.family
def telephone_survey(rng: random.Random) -> Script:
    steps = []
    for n in range(9):
        steps += both(
            "caller",
            f"person{n}",
            [
                (
                    "Good evening, do you own a bicycle?",
                    rng.choice(["Yes.", "No.", "Two of them."]),
                ),
                ("Thank you, goodbye.", "Goodbye."),
            ],
        )
    return fine(steps)


@FINE.family
def table_of_shifts(rng: random.Random) -> Script:
    days, rows, steps = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], [], []
    for day in days:
        rows.append(f"{day}: {rng.choice(_THINGS)} early, {rng.choice(_THINGS)} late")
        steps += both(
            "planner",
            "lead",
            [
                (
                    "Shifts so far:\n" + "\n".join(rows),
                    spin(rng, "{Fine|Good|OK}, {next day|the next day}, please."),
                )
            ],
        )
    return fine(steps)


@FINE.family
def drill_with_counts(rng: random.Random) -> Script:
    return fine(
        both(
            "trainer",
            "athlete",
            [
                (f"Set {n}: {8 + n} push-ups.", f"Done, pulse {100 + 4 * n + rng.randrange(3)}.")
                for n in range(1, 10)
            ],
        )
    )


@FINE.family
def handing_cases_on(rng: random.Random) -> Script:
    steps = []
    for _n in range(6):
        steps.append(
            turn(
                "intake",
                f"Case {rng.randrange(1000, 9999)}: {rng.choice(_THINGS)} broken in transit.",
                call("transfer_to_claims", {}, "Transferred to claims."),
            )
        )
        steps.append(
            turn(
                "claims",
                f"Refund of {rng.randrange(10, 400)} euros granted.",
                call("refund", {}, {"id": hexes(rng, 8)}),
                call("transfer_to_intake", {}, "Transferred to intake."),
            )
        )
    return fine(steps)
