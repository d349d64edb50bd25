"""The seventh bank: work that looks like loops, written out line by line. Never tuned on."""

# ruff: noqa: E501 one line of a transcript a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, call, fine, turn

FINE = Bank("seventh fine")

PEAKS = "Ansel Brock Cairn Dunmore Elder Fallow Gorse Heron Ivel Jarrow Kestrel Larch".split()


@FINE.family
def checks_each_route(rng: random.Random) -> Script:
    steps = []
    for peak in rng.sample(PEAKS, 9):
        steps.append(
            turn(
                "mapmaker",
                f"Checking the track of {peak}.",
                call(
                    "validate_gpx", {"file": f"{peak.lower()}.gpx"}, {"valid": True, "warnings": []}
                ),
            )
        )
        steps.append(turn("ranger", rng.choice(["Fine, next one.", "OK, go on.", "Good. Next."])))
    return fine(steps)


@FINE.family
def renames_pictures(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "bot",
                "",
                call("rename", {"from": f"IMG_{2000 + at}.jpg", "to": f"{peak.lower()}.jpg"}, "ok"),
            )
            for at, peak in enumerate(rng.sample(PEAKS, 11))
        ]
    )


@FINE.family
def upload_by_chunk(rng: random.Random) -> Script:
    total = rng.randrange(11, 15)
    return fine(
        [
            turn(
                "uploader",
                f"Part {at} of {total}.",
                call("put_part", {"upload": "u-77", "part": at}, {"received": True}),
            )
            for at in range(1, total + 1)
        ]
    )


@FINE.family
def printer_queue(rng: random.Random) -> Script:
    place, steps, at = rng.randrange(12, 16), [], 0.0
    while place:
        steps.append(
            turn(
                "printbot",
                "Is it our turn?",
                call("queue_status", {"job": 31}, {"status": "queued", "position": place}),
                at=at,
            )
        )
        place -= rng.choice([0, 1, 1, 2]) if place > 1 else 1
        place, at = max(place, 0), at + 30
    return fine(
        [
            *steps,
            turn(
                "printbot",
                "It is printing.",
                call("queue_status", {"job": 31}, {"status": "printing"}),
                at=at,
            ),
        ]
    )


@FINE.family
def noughts_and_crosses(rng: random.Random) -> Script:
    cells = [f"{row}{column}" for row in "abc" for column in "123"]
    order = rng.sample(cells, 9)
    steps = []
    for at, cell in enumerate(order):
        steps.append(turn("xena" if at % 2 == 0 else "otto", f"I take {cell}."))
        board = "".join("XO"[order.index(c) % 2] if c in order[: at + 1] else "." for c in cells)
        steps.append(turn("board", f"{board[:3]}/{board[3:6]}/{board[6:]}"))
    return fine(steps)


@FINE.family
def hiker_survey(rng: random.Random) -> Script:
    questions = [
        "How was the signage?",
        "How was the parking?",
        "How clean were the huts?",
        "How was the food?",
        "How safe were the bridges?",
        "How good was the map?",
        "How friendly was the staff?",
        "How was the bus?",
        "How likely are you to return?",
        "How was the view?",
    ]
    steps: list[Turn] = []
    for question in rng.sample(questions, 9):
        steps += [
            turn("interviewer", f"{question} From one to five."),
            turn("hiker", rng.choice(["Four.", "Five.", "Three.", "I'd say four."])),
        ]
    return fine(steps)


@FINE.family
def negotiates_print_run(rng: random.Random) -> Script:
    low, high, steps = 1500, 4000, []
    while high - low > 150:
        low += rng.randrange(100, 260)
        high -= rng.randrange(100, 260)
        steps += [
            turn("publisher", f"We could print {low} copies, not more."),
            turn("shop", f"We would need {max(high, low)} copies to be worth it."),
        ]
    return fine([*steps, turn("publisher", "Agreed, we meet in the middle.")])


@FINE.family
def glossary_entries(rng: random.Random) -> Script:
    terms = {
        "saddle": "a low point between two peaks",
        "scree": "loose stones on a slope",
        "cairn": "a heap of stones that marks the way",
        "spur": "a ridge that descends from a higher one",
        "tarn": "a small mountain lake",
        "contour": "a line of equal height",
        "ford": "a place to wade through a stream",
        "trig": "a surveyor's pillar on a summit",
    }
    return fine(
        [
            part
            for term, text in rng.sample(list(terms.items()), 8)
            for part in (
                turn("author", f"Define '{term}'."),
                turn("expert", f"'{term.title()}': {text}."),
            )
        ]
    )


@FINE.family
def robot_on_a_grid(rng: random.Random) -> Script:
    x = y = 0
    steps = []
    for _ in range(16):
        way = rng.choice(["north", "east"])
        x, y = x + (way == "east"), y + (way == "north")
        steps.append(
            turn(
                "rover",
                f"Moving {way}.",
                call("move", {"direction": way}, {"x": x, "y": y, "obstacle": False}),
            )
        )
    return fine(steps)


@FINE.family
def bug_by_bug(rng: random.Random) -> Script:
    files = [f"{peak.lower()}.py" for peak in rng.sample(PEAKS, 7)]
    steps = []
    for at, name in enumerate(files):
        left = "\n".join(f"{each}:1:1: F401 'os' imported but unused" for each in files[at:])
        steps.append(
            turn(
                "linter",
                "Running the linter.",
                call("ruff", {}, f"{left}\nFound {len(files) - at} errors."),
            )
        )
        steps.append(
            turn(
                "linter",
                f"Removing the import in {name}.",
                call("edit", {"file": name, "remove": "import os"}, "edited"),
            )
        )
    return fine(
        [*steps, turn("linter", "Running the linter.", call("ruff", {}, "All checks passed!"))]
    )


@FINE.family
def twelve_greetings(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "greeter",
                f"Welcome, {name}! Your locker is number {rng.randrange(10, 99)} and lunch is at noon.",
            )
            for name in rng.sample(PEAKS, 11)
        ]
    )


@FINE.family
def debate_about_fees(rng: random.Random) -> Script:
    pro = [
        "A fee pays for bridges.",
        "Visitors value what they pay for.",
        "Other parks charge and are full.",
        "Without money paths decay.",
        "Locals could be exempt.",
    ]
    con = [
        "A fee keeps poor families away.",
        "Collecting it costs half of it.",
        "Those parks have no villages in them.",
        "The county already pays for paths.",
        "Exemptions need passes and checks.",
    ]
    steps: list[Turn] = []
    for a, b in zip(rng.sample(pro, 5), rng.sample(con, 5), strict=True):
        steps += [turn("pro", f"I am for a fee. {a}"), turn("con", f"I am against a fee. {b}")]
    return fine(steps)


@FINE.family
def beats_every_minute(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "watch",
                f"{9 + at // 60:02d}:{at % 60:02d} hut heater alive, temperature stable",
                at=60.0 * at,
            )
            for at in range(rng.randrange(14, 20))
        ]
    )


@FINE.family
def rides_out_an_outage(rng: random.Random) -> Script:
    steps, at = [], 0.0
    for wait in (1, 3, 8, 20, 50):
        steps.append(
            turn(
                "client",
                f"Next try in {wait} s.",
                call("get_forecast", {"area": "ridge"}, error="HTTP 502 Bad Gateway"),
                at=at,
            )
        )
        at += wait + 2
    steps.append(
        turn(
            "client",
            "The forecast is here.",
            call("get_forecast", {"area": "ridge"}, {"sky": "clear", "wind": rng.randrange(5, 30)}),
            at=at,
        )
    )
    return fine([*steps, turn("guide", "Clear sky: we start at six.")])
