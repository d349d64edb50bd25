"""The third bank's kept half: never tuned on. Work that is fine."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, call, fine, turn
from .spin import spin
from .third_kept_loops import hexes, prelude

FINE = Bank("third kept fine")
_TOWNS = "Aalen Bamberg Celle Dessau Emden Fulda Gotha Hameln Jena Kassel Landau Mainz Neuss Passau".split()
_THINGS = "anchor bellows candle drum easel flute globe hammer icon jug kettle lantern mirror needle".split()


def both(one: str, other: str, lines: list[tuple[str, str]]) -> list[Turn]:
    return [turn(who, text) for pair in lines for who, text in zip((one, other), pair, strict=True)]


@FINE.family
def battleships(rng: random.Random) -> Script:
    cells = rng.sample([f"{a}{b}" for a in "ABCDEFGH" for b in range(1, 9)], 16)
    return fine(
        both(
            "gunner",
            "fleet",
            [(f"I fire at {cell}.", rng.choice(["Miss.", "Miss.", "Hit!"])) for cell in cells],
        )
    )


@FINE.family
def island_in_words(rng: random.Random) -> Script:
    weather = ["calm", "stormy", "foggy", "sunny"]
    herd = [
        "grazes on the east meadow",
        "hides in the cave",
        "drinks at the brook",
        "rests under the cliffs",
        "moves to the dunes",
    ]
    return fine(
        both(
            "sky",
            "herd",
            [
                (f"The weather is {rng.choice(weather)} today.", f"The herd {rng.choice(herd)}.")
                for _ in range(12)
            ],
        )
    )


@FINE.family
def auction(rng: random.Random) -> Script:
    price, steps = 100, []
    for _ in range(14):
        price += rng.choice([10, 20, 50])
        steps.append(turn(rng.choice(["anna", "bert", "cleo"]), f"I bid {price}."))
        steps.append(turn("auctioneer", f"{price} is offered. Any other bids?"))
    return fine([*steps, turn("auctioneer", "Going once, going twice, sold!")])


@FINE.family
def rent_in_words(rng: random.Random) -> Script:
    lines = [
        ("We ask for two years, fully furnished.", "One year, and we bring our own beds."),
        ("One year is fine if you take the garage.", "The garage, but without the attic."),
        ("Without the attic, then with the garden.", "The garden, if you mow it until June."),
        ("Until May.", "Until May, and you repair the fence."),
        ("The fence is the neighbour's, he repairs it.", "Then we need that in writing."),
        ("You will have it on Monday.", "On Monday we sign."),
    ]
    return fine(both("landlord", "tenant", lines))


@FINE.family
def letters_by_segment(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "mailer",
                f"Dear {thing} lover, we have picked the finest {thing} of the season for you. Visit us in {town}.",
            )
            for thing, town in zip(rng.sample(_THINGS, 12), rng.sample(_TOWNS, 12), strict=True)
        ]
    )


@FINE.family
def crossword(rng: random.Random) -> Script:
    return fine(
        [
            turn("solver", f"{n} {rng.choice(['across', 'down'])} is {thing.upper()}.")
            for n, thing in enumerate(rng.sample(_THINGS, 14), 1)
        ]
    )


@FINE.family
def recipe(rng: random.Random) -> Script:
    doing = [
        "chop the onions",
        "heat the oil",
        "fry the onions",
        "add the rice",
        "stir until glassy",
        "pour in the wine",
        "add broth",
        "grate the cheese",
        "season with pepper",
        "rest the pan",
    ]
    return fine(both("cook", "timer", [(f"Now {what}.", "Done, what is next?") for what in doing]))


@FINE.family
def alerts(rng: random.Random) -> Script:
    steps = []
    for _n in range(12):
        host = f"{rng.choice(_THINGS)}-{rng.randrange(10, 99)}"
        steps.append(turn("pager", f"Alert: disk of {host} at {rng.randrange(80, 99)} %."))
        steps.append(
            turn(
                "operator",
                "Acknowledged, I am on it.",
                call("clean_logs", {"host": host}, f"freed {rng.randrange(1, 40)} GB"),
            )
        )
    return fine(steps)


@FINE.family
def strings_to_localise(rng: random.Random) -> Script:
    keys = ["save", "cancel", "open", "close", "print", "search", "help", "quit", "copy", "paste"]
    german = [
        "Speichern",
        "Abbrechen",
        "Öffnen",
        "Schließen",
        "Drucken",
        "Suchen",
        "Hilfe",
        "Beenden",
        "Kopieren",
        "Einfügen",
    ]
    return fine(
        both(
            "app",
            "localiser",
            [(f"Key: button.{key}", text) for key, text in zip(keys, german, strict=True)],
        )
    )


@FINE.family
def feed_with_news(rng: random.Random) -> Script:
    steps = []
    for n in range(12):
        items = [] if n % 3 else [f"{rng.choice(_THINGS)} found in {rng.choice(_TOWNS)}"]
        steps.append(
            turn(
                "watcher",
                "",
                call("poll_feed", {"url": "https://example.org/feed"}, {"new": items}),
                at=30.0 * n,
            )
        )
    return fine(steps)


@FINE.family
def sweep(rng: random.Random) -> Script:
    steps = []
    for lr in (0.1, 0.05, 0.01, 0.005):
        for depth in (2, 4, 8):
            steps.append(
                turn(
                    "tuner",
                    "",
                    call(
                        "train",
                        {"lr": lr, "depth": depth},
                        {"accuracy": round(rng.uniform(0.7, 0.9), 3)},
                    ),
                )
            )
    return fine(steps)


@FINE.family
def crawl(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "spider",
                spin(rng, "{Next link|Following a link}."),
                call(
                    "get",
                    {"url": f"/{town.lower()}/{n}"},
                    f"<h1>{town}</h1><p>A page on {rng.choice(_THINGS)}s and {rng.choice(_THINGS)}s.</p>",
                ),
            )
            for n, town in enumerate(_TOWNS)
        ]
    )


@FINE.family
def dead_links(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "checker",
                "",
                call(
                    "head",
                    {"url": f"https://example.org/{thing}"},
                    {"status": rng.choice([200, 200, 404])},
                ),
            )
            for thing in _THINGS
        ]
    )


@FINE.family
def text_adventure(rng: random.Random) -> Script:
    rooms = [
        "a hall with a staircase",
        "a library full of dust",
        "a kitchen that smells of thyme",
        "a cellar with barrels",
        "a tower room with a telescope",
        "a garden with a well",
    ]
    steps = []
    for room in rooms:
        steps += both(
            "player",
            "world",
            [
                ("look", f"You are in {room}."),
                (f"go {rng.choice(['north', 'south', 'up'])}", "You walk on."),
            ],
        )
    return fine(steps)


@FINE.family
def go_fish(rng: random.Random) -> Script:
    ranks = [
        "twos",
        "threes",
        "fours",
        "fives",
        "sixes",
        "sevens",
        "jacks",
        "queens",
        "kings",
        "aces",
    ]
    steps = []
    for _ in range(14):
        steps += both(
            "mia",
            "noah",
            [
                (
                    f"Do you have any {rng.choice(ranks)}?",
                    rng.choice(["Go fish!", "Yes, here are two.", "Yes, here is one."]),
                )
            ],
        )
    return fine(steps)


@FINE.family
def leader_beats(rng: random.Random) -> Script:
    return fine(
        [
            turn("node", f"Heartbeat of term 4 at index {100 + 3 * n}.", at=20.0 * n)
            for n in range(14)
        ]
    )


@FINE.family
def flaky_then_good(rng: random.Random) -> Script:
    at, steps = 0.0, prelude(rng, "uploader")
    for n in range(5):
        at += 2 ** (n + 1) + rng.uniform(0, 1)
        steps.append(
            turn(
                "uploader",
                "",
                call("upload", {"part": 7}, "", error="ReadTimeout: timed out"),
                at=at + 20,
            )
        )
    return fine(
        [
            *steps,
            turn(
                "uploader", "Part seven is up.", call("upload", {"part": 7}, {"etag": hexes(rng)})
            ),
        ]
    )
