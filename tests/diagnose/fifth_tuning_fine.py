"""The fifth bank's tuning half: work that repeats in form and goes on all the same."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, call, fine
from .fifth_voices import Cast, Suite, deck, ident, lines

FINE = Bank("fifth tuning fine")

FIRST = "Ada Bela Cleo Dora Emil Finn Gus Hana Ines Joel Kira Lars Mina Nils Olga Pia Quin Rosa Sven Tara Udo Vera Wim Xenia Yuri Zoe".split()
LAST = "Abel Borg Cruz Dahl Eder Fuchs Gal Holm Ito Jung Kahn Lund Moor Nagy Orth Pohl Quist Ruiz Stein Thal Urban Vogt Wolf Young Zorn".split()
GOODS = "anvil basket cable drum easel flask globe hammer iron jug kite lamp mirror needle oven pillow quilt rake scarf tent urn vase wheel yoke".split()


@FINE.family
def list_by_offset(rng: random.Random) -> Script:
    cast = Cast(rng, "Archivist")
    size = rng.choice([10, 20, 50])
    steps = []
    for page in range(12):
        rows = [
            {"id": rng.randrange(10000, 99999), "name": f"{rng.choice(FIRST)} {rng.choice(LAST)}"}
            for _ in range(4)
        ]
        more = page < 11
        steps.append(
            cast.says(
                "Archivist",
                "",
                call(
                    "list_members",
                    {"offset": page * size, "limit": size},
                    {"rows": rows, "total": 12 * size, "has_more": more},
                ),
            )
        )
    return fine([*steps, cast.says("Archivist", "That was the last page of members.")])


@FINE.family
def lock_taken_then_free(rng: random.Random) -> Script:
    cast = Cast(rng, "Deployer")
    steps, at, wait = [], 0.0, 2.0
    for attempt in range(5):
        steps.append(
            cast.says(
                "Deployer",
                "",
                call(
                    "acquire_lock",
                    {"name": "prod", "attempt": attempt + 1},
                    {"acquired": False, "holder": "ci-77"},
                ),
                at=at,
            )
        )
        at += wait + rng.random()
        wait *= 2
    steps.append(
        cast.says(
            "Deployer",
            "",
            call("acquire_lock", {"name": "prod", "attempt": 6}, {"acquired": True}),
            at=at,
        )
    )
    return fine([*steps, cast.says("Deployer", "Got the lock, the rollout starts.")])


@FINE.family
def licence_headers(rng: random.Random) -> Script:
    cast = Cast(rng, "Janitor")
    files = [f"src/{rng.choice(GOODS)}/{name}.py" for name in rng.sample(GOODS, 18)]
    return fine(
        [
            cast.says(
                "Janitor",
                "",
                call(
                    "add_header",
                    {"path": path, "header": "MIT"},
                    rng.choice([{"ok": True}, {"ok": True}, {"ok": True, "note": "had one"}]),
                ),
            )
            for path in files
        ]
    )


@FINE.family
def parcel_on_its_way(rng: random.Random) -> Script:
    cast = Cast(rng, "Tracker")
    stages = [
        "label printed",
        "picked up in Metz",
        "sorted in Nancy",
        "on the train",
        "arrived in Lille",
        "customs",
        "with the courier",
        "delivered",
    ]
    steps = []
    for stage in stages:
        for _ in range(rng.randrange(1, 3)):
            steps.append(
                cast.says(
                    "Tracker",
                    "",
                    call(
                        "track",
                        {"parcel": "LX-1"},
                        {"parcel": "LX-1", "stage": stage, "final": stage == "delivered"},
                    ),
                )
            )
    return fine(steps)


@FINE.family
def learning_rate(rng: random.Random) -> Script:
    cast = Cast(rng, "Tuner", "Trainer")
    steps, rate, loss = [], 0.3, 2.4
    for _ in range(14):
        rate *= rng.choice([0.5, 0.7, 1.3])
        loss *= rng.uniform(0.86, 1.02)
        steps.append(
            cast.says(
                "Tuner",
                f"Try a learning rate of {rate:.4f}.",
                call("train", {"lr": round(rate, 4), "epochs": 3}, {"val_loss": round(loss, 4)}),
            )
        )
        steps.append(cast.says("Trainer", f"Validation loss is {loss:.4f} now."))
    return fine(steps)


_CONTRA = lines("""
    Night trains save hotel costs, and most riders sleep anyway.
    They need sleeping cars that nobody builds any more, the last order was in 2016.
    A used car can be refurbished for a third of the price of a new one.
    Refurbishing takes two years, and workshops are booked out.
    Sweden did it in nine months with a plant in Poland.
    Track works happen at night, so delays are built in.
    Dispatchers could route them over the goods lines on those nights.
    Goods lines have no stations, people cannot board there.
    Nobody boards between one and five, that is the point.
    Then you sell two markets only, the ends of the line, and planes do this in an hour.
    Planes do not fly at eleven in the evening, airports are closed.
    Subsidies would have to cover a third of each ticket.
    Regional lines get more than half, and nobody minds.
    Voters ride regional lines daily, but night trains once in a year.
    Tourism boards along the line offered to chip in.
    Their offers are letters of intent and bind nobody.
    A pilot of one season would tell us more than this debate.
    Fine, one season, if the cars are leased and not bought.""")


@FINE.family
def debate_on_night_trains(rng: random.Random) -> Script:
    cast = Cast(rng, "Pro", "Contra")
    return fine([cast.says(cast.names[at % 2], text) for at, text in enumerate(_CONTRA)])


@FINE.family
def suite_gets_green(rng: random.Random) -> Script:
    cast = Cast(rng, "Dev", "CI")
    suite = Suite(rng, "parser", rng.sample(GOODS, 7))
    steps = []
    while suite.failing:
        steps.append(cast.says("CI", "", call("run_tests", {"path": "tests"}, suite.run())))
        name = suite.failing.pop(rng.randrange(len(suite.failing)))
        steps.append(
            cast.says(
                "Dev",
                rng.choice(
                    [
                        f"Fixing test_{name}.",
                        f"test_{name} next.",
                        f"The {name} case was off by one, mended.",
                    ]
                ),
                call(
                    "edit",
                    {"path": "parser.py", "patch": f"@@ handle {name} @@ +{ident(rng)}"},
                    "patch applied",
                ),
            )
        )
    return fine([*steps, cast.says("CI", "", call("run_tests", {"path": "tests"}, suite.run()))])


@FINE.family
def invitations(rng: random.Random) -> Script:
    cast = Cast(rng, "Secretary")
    return fine(
        [
            cast.says(
                "Secretary",
                f"Dear {rng.choice(['Ms', 'Mr', 'Dr'])} {name},\nwe would be delighted to welcome you to our summer party at the river on 12 July at six. Please let us know by the end of June whether you will come.\nWith kind regards, the team",
            )
            for name in rng.sample(LAST, 14)
        ]
    )


@FINE.family
def nim(rng: random.Random) -> Script:
    cast = Cast(rng, "One", "Two")
    heap, steps, at = rng.randrange(31, 40), [], 0
    while heap > 0:
        took = min(heap, rng.randrange(1, 4))
        heap -= took
        steps.append(cast.says(cast.names[at % 2], f"I take {took}, so {heap} are left."))
        at += 1
    return fine([*steps, cast.says(cast.names[(at - 1) % 2], "I took the last one and won.")])


@FINE.family
def harbour_simulation(rng: random.Random) -> Script:
    cast = Cast(rng, "Wind", "Ship", "Pilot")
    steps = []
    for _ in range(12):
        steps.append(
            cast.says(
                "Wind",
                f"The wind comes from the {rng.choice(['north', 'east', 'south', 'west'])}, {rng.choice(['calm', 'fresh', 'strong', 'gusty'])}.",
            )
        )
        steps.append(
            cast.says(
                "Ship",
                f"Position: {rng.choice(['outer buoy', 'fairway', 'turning basin', 'anchorage', 'roads'])}, speed {rng.randrange(0, 9)} knots.",
            )
        )
        steps.append(
            cast.says(
                "Pilot",
                rng.choice(
                    [
                        "Hold the course.",
                        "Ten degrees to port.",
                        "Five degrees to starboard.",
                        "Slow ahead.",
                        "Stop engines.",
                        "Wait for the tug.",
                        "Take the tug on the bow.",
                    ]
                ),
            )
        )
    return fine(steps)


@FINE.family
def salary_talk(rng: random.Random) -> Script:
    cast = Cast(rng, "Candidate", "Company")
    high, low, steps = 82, 60, []
    a = deck(
        rng,
        [
            "I could accept {} thousand a year.",
            "With {} thousand I would sign.",
            "Make it {} thousand.",
            "{} thousand would be fair.",
        ],
    )
    b = deck(
        rng,
        [
            "We can offer {} thousand.",
            "Our offer is {} thousand.",
            "{} thousand is what we have.",
            "Let us say {} thousand.",
        ],
    )
    while high - low > 2:
        high -= rng.randrange(1, 4)
        low += rng.randrange(1, 3)
        steps += [
            cast.says("Candidate", next(a).format(high)),
            cast.says("Company", next(b).format(low)),
        ]
    return fine([*steps, cast.says("Candidate", "Agreed, I start in May.")])


@FINE.family
def upload_in_parts(rng: random.Random) -> Script:
    cast = Cast(rng, "Uploader")
    total = rng.randrange(12, 18)
    return fine(
        [
            cast.says(
                "Uploader",
                "",
                call(
                    "put_part",
                    {"upload": "u-1", "part": n, "md5": ident(rng, 32)},
                    {"ok": True, "part": n},
                ),
            )
            for n in range(1, total)
        ]
    )


@FINE.family
def watchdog(rng: random.Random) -> Script:
    cast = Cast(rng, "Probe", "Ops")
    steps = []
    for at in range(16):
        steps.append(cast.says("Probe", "All services are up.", at=at * 300.0))
    return fine([*steps, cast.says("Ops", "Thanks, the night shift is over.")])
