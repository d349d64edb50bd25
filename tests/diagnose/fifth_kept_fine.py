"""The fifth bank's kept half: other work that goes on, never looked into."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, call, fine
from .fifth_voices import Cast, ident, lines

FINE = Bank("fifth kept fine")

STREETS = "Alder Birch Cedar Damson Elm Fir Gorse Hazel Ivy Juniper Kapok Larch Maple Nettle Oak Pine Quince Rowan Spruce Teak Umber Vine Willow Yew".split()
DISHES = "lasagne borscht paella ramen risotto curry gumbo chili couscous dumplings falafel goulash hotpot kebab laksa mole noodles omelette pilaf quiche stew tagine".split()
PARTS = "axle bolt clutch damper exhaust fender gasket hinge injector joint kingpin lever manifold nozzle piston radiator sprocket tappet valve washer".split()


@FINE.family
def feed_by_cursor(rng: random.Random) -> Script:
    cast = Cast(rng, "Collector")
    steps, cursor = [], None
    for at in range(12):
        following = ident(rng, 16)
        posts = [
            f"{rng.choice(STREETS)} street: {rng.choice(PARTS)} found, owner sought"
            for _ in range(3)
        ]
        args = {"feed": "lost-and-found"} | ({"cursor": cursor} if cursor else {})
        steps.append(
            cast.says(
                "Collector",
                "",
                call("read_feed", args, {"posts": posts, "next": following if at < 11 else None}),
            )
        )
        cursor = following
    return fine(steps)


@FINE.family
def rate_limited_then_through(rng: random.Random) -> Script:
    cast = Cast(rng, "Exporter")
    steps, at, wait = [], 0.0, 1.0
    for street in rng.sample(STREETS, 3):
        for _ in range(3):
            steps.append(
                cast.says(
                    "Exporter",
                    "",
                    call(
                        "push",
                        {"street": street},
                        error=f"HTTP 429 Too Many Requests, retry after {wait:.0f} s",
                    ),
                    at=at,
                )
            )
            at += wait
            wait *= 2
        steps.append(
            cast.says(
                "Exporter",
                "",
                call(
                    "push", {"street": street}, {"pushed": street, "rows": rng.randrange(10, 999)}
                ),
                at=at,
            )
        )
        wait = 1.0
        at += 1
    return fine(steps)


@FINE.family
def engraving_plates(rng: random.Random) -> Script:
    cast = Cast(rng, "Engraver", "Foreman")
    steps = []
    for street in rng.sample(STREETS, 14):
        steps.append(
            cast.says(
                "Engraver",
                f"Plate for {street} Street is done.",
                call("engrave", {"text": f"{street} Street", "depth_mm": 0.8}, "done"),
            )
        )
    return fine([*steps, cast.says("Foreman", "All plates are there, thanks.")])


@FINE.family
def oven_heats_up(rng: random.Random) -> Script:
    cast = Cast(rng, "Baker")
    steps, heat = [], 22
    while heat < 230:
        heat += rng.randrange(9, 22)
        steps.append(
            cast.says(
                "Baker",
                "",
                call("oven_status", {}, {"mode": "heating", "celsius": heat, "target": 230}),
            )
        )
    return fine([*steps, cast.says("Baker", "In with the bread.")])


@FINE.family
def newton_by_hand(rng: random.Random) -> Script:
    cast = Cast(rng, "Solver", "Plotter")
    x, steps, a = rng.uniform(8, 30), [], rng.randrange(11, 90)
    for _ in range(9):
        x = (x + a / x) / 2 + rng.uniform(-0.01, 0.01)
        steps += [
            cast.says("Solver", f"Next estimate of the root of {a}: {x:.6f}"),
            cast.says("Plotter", f"Residual is {x * x - a:.6f}."),
        ]
    return fine(steps)


_ARGUED = lines("""
    Homework widens the gap between children with a desk and those without.
    Libraries have desks, and they are open until seven.
    Not in villages, where the bus leaves at two.
    Then let the school stay open, teachers could help.
    Teachers already work fifty hours a week.
    Students of education could do it for credits.
    They need supervision, which is work again.
    Practice is what makes reading fluent, nothing else does.
    Reading is not homework, filling in sheets is.
    So you object to sheets, not to practice at home.
    I object to marks for what parents have done.
    Marks for homework were abolished here years ago.
    Yet it is still checked, and shame works like a mark.
    A child that is never checked learns that effort is optional.
    Praise for effort can be given in class.
    Classes have thirty children and forty-five minutes.
    That is the best argument for longer lessons I have heard.
    Then we agree on longer lessons, and drop the sheets.""")


@FINE.family
def debate_on_homework(rng: random.Random) -> Script:
    cast = Cast(rng, "Against", "For")
    return fine([cast.says(cast.names[at % 2], text) for at, text in enumerate(_ARGUED)])


@FINE.family
def lint_until_clean(rng: random.Random) -> Script:
    cast = Cast(rng, "Fixer")
    codes = rng.sample(["E501", "F401", "B006", "UP007", "N802", "SIM102", "C901", "RUF012"], 7)
    steps = []
    while codes:
        found = "\n".join(f"app.py:{rng.randrange(1, 300)}: {code} " for code in codes)
        steps.append(
            cast.says(
                "Fixer",
                "",
                call("lint", {"path": "app.py"}, f"{found}\nFound {len(codes)} errors."),
            )
        )
        code = codes.pop()
        steps.append(
            cast.says(
                "Fixer",
                f"{code} is fixed.",
                call("write_file", {"path": "app.py", "size": rng.randrange(4000, 5000)}, "ok"),
            )
        )
    return fine(
        [*steps, cast.says("Fixer", "", call("lint", {"path": "app.py"}, "All checks passed!"))]
    )


@FINE.family
def reminders_to_readers(rng: random.Random) -> Script:
    cast = Cast(rng, "Library")
    return fine(
        [
            cast.says(
                "Library",
                f"Hello from the town library. The book “The {a.title()} of {b} Street” is due. Please return it or extend the loan at the desk or online. Fines start after a week.",
            )
            for a, b in zip(rng.sample(PARTS, 13), rng.sample(STREETS, 13), strict=True)
        ]
    )


@FINE.family
def checkers(rng: random.Random) -> Script:
    cast = Cast(rng, "Black", "White")
    steps = []
    for at in range(24):
        start, to = rng.randrange(1, 33), rng.randrange(1, 33)
        steps.append(
            cast.says(
                cast.names[at % 2], f"My move: {start}{rng.choice(['-', 'x'])}{to}. Your turn."
            )
        )
    return fine(steps)


@FINE.family
def village_day(rng: random.Random) -> Script:
    cast = Cast(rng, "Miller", "Smith", "Innkeeper")
    places = ["the mill", "the forge", "the inn", "the well", "the square", "the bridge"]
    deeds = [
        "repairs a wheel",
        "sells nails",
        "buys flour",
        "feeds the goat",
        "tells a rumour",
        "sweeps the floor",
        "counts coins",
        "sharpens a scythe",
        "hangs up laundry",
    ]
    return fine(
        [
            cast.says(name, f"{name} goes to {rng.choice(places)} and {rng.choice(deeds)}.")
            for _ in range(10)
            for name in cast.names
        ]
    )


@FINE.family
def carpet_bargain(rng: random.Random) -> Script:
    cast = Cast(rng, "Tourist", "Dealer")
    high, low, steps = 900, 200, []
    while high - low > 60:
        low += rng.randrange(15, 50)
        high -= rng.randrange(20, 60)
        steps += [
            cast.says(
                "Tourist",
                rng.choice([f"I give you {low}.", f"{low}, not more.", f"What about {low}?"]),
            ),
            cast.says(
                "Dealer",
                rng.choice(
                    [
                        f"For you, my friend, {high}.",
                        f"My children must eat: {high}.",
                        f"{high}, it is pure silk.",
                    ]
                ),
            ),
        ]
    return fine([*steps, cast.says("Tourist", "Let us meet in the middle. Sold.")])


@FINE.family
def embeddings_by_batch(rng: random.Random) -> Script:
    cast = Cast(rng, "Indexer")
    steps, done = [], 0
    for _ in range(14):
        steps.append(
            cast.says(
                "Indexer",
                "",
                call("embed", {"first": done, "last": done + 63}, {"vectors": 64, "model": "mini"}),
            )
        )
        done += 64
    return fine([*steps, cast.says("Indexer", f"{done} passages are indexed.")])


@FINE.family
def minute_bells(rng: random.Random) -> Script:
    cast = Cast(rng, "Beacon", "Watch")
    steps = []
    for at in range(14):
        steps.append(
            cast.says("Beacon", "", call("heartbeat", {"node": "n1"}, {"ack": True}), at=at * 60.0)
        )
    return fine([*steps, cast.says("Watch", "The node was up all the time.")])
