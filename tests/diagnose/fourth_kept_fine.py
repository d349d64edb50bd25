"""The fourth bank's kept half: never tuned on. Work that is fine."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, call, fine, turn
from .fourth_tuning_loops import one

FINE = Bank("fourth kept fine")

PLANTS = "aster basil clover dahlia elder fern ginger heather iris juniper kale lavender mallow nettle olive poppy quince rosemary sage thyme".split()
PEOPLE = "Ava Boris Clara Dimitri Elif Fabio Greta Hugo Inga Jamal Karin Luis Maren Noor Otto Petra".split()


def alternating(names: list[str], lines: list[str]) -> Script:
    return fine([turn(names[at % len(names)], line) for at, line in enumerate(lines)])


@FINE.family
def othello(rng: random.Random) -> Script:
    cells = rng.sample([f"{c}{r}" for c in "ABCDEFGH" for r in range(1, 9)], 24)
    return fine(
        [
            turn(
                ["Black", "White"][at % 2],
                f"I place a disc on {cell} and flip {rng.randrange(1, 7)}.",
            )
            for at, cell in enumerate(cells)
        ]
    )


@FINE.family
def crossing(rng: random.Random) -> Script:
    steps = []
    for _ in range(8):
        for state in ("green", "amber", "red"):
            cars = ", ".join(rng.sample(PEOPLE, rng.randrange(1, 4)))
            steps.append(turn("Light", f"Light is {state}.", at=30.0 * len(steps)))
            steps.append(
                turn(
                    "Road",
                    f"{cars} {'pass' if state == 'green' else 'wait'}.",
                    at=30.0 * len(steps),
                )
            )
    return fine(steps)


@FINE.family
def contract_terms(rng: random.Random) -> Script:
    return alternating(
        ["Union", "Employer"],
        [
            "We want five weeks of leave.",
            "Four weeks, and a day for each child.",
            "A day for each child and each parent in care.",
            "Parents in care, if a doctor confirms it.",
            "Confirmed once a year.",
            "Once a year, agreed; and overtime?",
            "Overtime in money, not in hours.",
            "Half in money.",
            "Half, paid with the next wage.",
            "With the next wage, and nights stay as they are.",
            "Nights get a hot meal.",
            "A hot meal, fine. We sign.",
        ],
    )


@FINE.family
def json_list_grows(rng: random.Random) -> Script:
    items: list[str] = []
    steps: list[Turn] = []
    for plant in rng.sample(PLANTS, 12):
        items.append(f'{{"plant": "{plant}", "bed": {rng.randrange(1, 30)}}}')
        steps.append(turn("Gardener", f'{{"plants": [{", ".join(items)}]}}'))
    return fine(steps)


@FINE.family
def shards(rng: random.Random) -> Script:
    steps = [turn("mapper", "I split the input into twelve shards.")]
    for at in range(12):
        steps.append(
            turn(
                f"reducer-{at % 4}",
                f"Shard {at} is done.",
                call("count", {"shard": at}, {"words": rng.randrange(10**4, 10**5)}),
            )
        )
    return fine(steps)


@FINE.family
def formal_debate(rng: random.Random) -> Script:
    lines = [
        "zoos save species that the wild has lost",
        "a cage never taught respect",
        "the condor flies again because of two zoos",
        "and four hundred other species died out meanwhile",
        "money from visitors pays for rangers abroad",
        "one per cent of it does",
        "children who saw an elephant vote for elephants",
        "films do the same without bars",
        "old animals cannot be set free",
        "then let us keep those and breed no more",
        "breeding keeps the genes wide",
        "genes in a freezer are wide as well",
    ]
    return fine(
        [
            turn(
                ["Government", "Opposition"][at % 2],
                f"Mr Speaker, ladies and gentlemen, this house should consider that {line}.",
            )
            for at, line in enumerate(lines)
        ]
    )


@FINE.family
def mental_arithmetic(rng: random.Random) -> Script:
    steps = []
    for _ in range(12):
        a, b = rng.randrange(3, 60), rng.randrange(3, 60)
        steps += [
            turn("Teacher", f"What is {a} + {b}?"),
            turn("Pupil", f"{a + b}"),
            turn("Teacher", "Correct! Next one."),
        ]
    return fine(steps)


@FINE.family
def hints_towards_one_answer(rng: random.Random) -> Script:
    return alternating(
        ["Student", "Tutor"],
        [
            "Why does my loop never end?",
            "Look at the condition: what changes in it?",
            "i should change.",
            "Where does i change?",
            "In line four.",
            "Is line four inside of the loop?",
            "It is not indented...",
            "Right, so what happens?",
            "i stays zero for ever.",
            "Exactly. What will you do?",
            "Indent line four.",
            "Try it.",
            "It prints one to ten!",
            "Great. Now print only the even ones.",
            "With a remainder?",
            "Yes, % 2.",
        ],
    )


@FINE.family
def likert_survey(rng: random.Random) -> Script:
    topics = [
        "the speed",
        "the price",
        "the support",
        "the manual",
        "the colours",
        "the battery",
        "the weight",
        "the sound",
        "the menu",
        "the box",
        "the app",
        "the delivery",
    ]
    steps = []
    for topic in topics:
        steps += [
            turn("surveyor", f"From one to five, how content are you with {topic}?"),
            turn("customer", rng.choice(["Four.", "Five.", "Three.", "Two."])),
        ]
    return fine(steps)


@FINE.family
def cleaning_rota(rng: random.Random) -> Script:
    steps = []
    for room in [
        "kitchen",
        "hall",
        "bathroom",
        "attic",
        "cellar",
        "porch",
        "garage",
        "study",
        "nursery",
        "pantry",
    ]:
        steps += [
            turn("butler", f"Is the {room} clean?"),
            turn(
                "robot", "Yes, it is done." if rng.random() < 0.8 else "Not yet, the floor is wet."
            ),
        ]
    return fine(steps)


@FINE.family
def three_translators(rng: random.Random) -> Script:
    rows = [
        ("water", "Wasser", "eau", "agua"),
        ("bread", "Brot", "pain", "pan"),
        ("house", "Haus", "maison", "casa"),
        ("tree", "Baum", "arbre", "árbol"),
        ("night", "Nacht", "nuit", "noche"),
        ("moon", "Mond", "lune", "luna"),
        ("fire", "Feuer", "feu", "fuego"),
        ("salt", "Salz", "sel", "sal"),
        ("milk", "Milch", "lait", "leche"),
    ]
    steps = []
    for english, *others in rows:
        steps.append(turn("source", english))
        steps += [
            turn(who, word)
            for who, word in zip(("german", "french", "spanish"), others, strict=True)
        ]
    return fine(steps)


@FINE.family
def comments_get_fewer(rng: random.Random) -> Script:
    notes = [
        "the parser accepts empty names",
        "errors lack a line number",
        "two tests assert nothing",
        "the cache is never cleared",
        "a comment contradicts the code",
        "one import is unused",
    ]
    steps = []
    for at in range(len(notes), 0, -1):
        steps += [
            turn(
                "reviewer",
                f"{at} comment{'s' if at > 1 else ''} left. Most important: {notes[at - 1]}.",
            ),
            turn(
                "author",
                one(
                    rng,
                    ["Fixed.", "Done.", "Pushed a fix."],
                    ["Please look again.", "Ready for another look.", "Over to you."],
                ),
            ),
        ]
    return fine([*steps, turn("reviewer", "Approved.")])


@FINE.family
def door_access(rng: random.Random) -> Script:
    steps = []
    for person in rng.choices(PEOPLE, k=14):
        steps += [
            turn("door", f"Badge of {person} read. State: CHECKING."),
            turn("guard", rng.choice(["Access granted.", "Access granted.", "Access denied."])),
            turn("door", "State: LOCKED."),
        ]
    return fine(steps)


@FINE.family
def names_by_number(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                rng.choice(["Ideas", "Copy"]),
                f"{at}. {rng.choice(PEOPLE)}'s {plant.title()} {rng.choice(['Garden', 'Kitchen', 'Corner', 'House'])}",
            )
            for at, plant in enumerate(rng.sample(PLANTS, 16), 1)
        ]
    )


@FINE.family
def pages_of_a_report(rng: random.Random) -> Script:
    steps = []
    for page in range(1, 14):
        body = " ".join(rng.choice(PLANTS) for _ in range(200))
        steps.append(
            turn(
                "Reader",
                f"Page {page}: mentions {rng.choice(PLANTS)} and {rng.choice(PLANTS)}.",
                call(
                    "read_pdf",
                    {"file": "flora.pdf", "page": page},
                    f"Flora of the valley – page {page} of 13\n{body}\nFlora of the valley, 3rd edition",
                ),
            )
        )
    return fine(steps)


@FINE.family
def hourly_nothing(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "janitor",
                "Nothing to clean up.",
                call("list_stale", {"older_than_days": 30}, "[]"),
                at=3600.0 * at,
            )
            for at in range(24)
        ]
    )


@FINE.family
def attendance(rng: random.Random) -> Script:
    steps = []
    for seat in range(1, 15):
        steps += [
            turn("clerk", f"Seat {seat}?"),
            turn("usher", rng.choice(["Taken.", "Taken.", "Empty."])),
        ]
    return fine(steps)


@FINE.family
def queue_position(rng: random.Random) -> Script:
    steps, place = [], 41
    while place > 0:
        steps.append(
            turn(
                "client",
                "",
                call("queue_position", {"ticket": "A-9"}, {"position": place, "state": "waiting"}),
            )
        )
        place -= rng.randrange(0, 6)
    return fine(
        [*steps, turn("client", "It is our turn.", call("enter", {"ticket": "A-9"}, "welcome"))]
    )


@FINE.family
def rate_limited(rng: random.Random) -> Script:
    steps, at, wait = [], 0.0, 2.0
    for _ in range(5):
        steps.append(
            turn(
                "poster",
                "",
                call(
                    "post",
                    {"text": "Open day on Sunday"},
                    "",
                    error=f"429 Too Many Requests; retry after {wait:.0f} s",
                ),
                at=at,
            )
        )
        at += wait + 0.5
        wait *= 2
    return fine(
        [
            *steps,
            turn(
                "poster",
                "Posted.",
                call("post", {"text": "Open day on Sunday"}, {"id": 991}),
                at=at,
            ),
        ]
    )


@FINE.family
def halving(rng: random.Random) -> Script:
    low, high, steps, secret = 0, 1 << 12, [], rng.randrange(1 << 12)
    while low < high:
        middle = (low + high) // 2
        steps.append(turn("seeker", f"Is it greater than {middle}?"))
        steps.append(turn("keeper", "Yes." if secret > middle else "No."))
        low, high = (middle + 1, high) if secret > middle else (low, middle)
    return fine([*steps, turn("seeker", f"It is {low}."), turn("keeper", "It is!")])


@FINE.family
def errors_move_on(rng: random.Random) -> Script:
    errors = [
        "main.rs:4: cannot find value `cfg` in this scope",
        "lib.rs:19: mismatched types, expected `u32`, found `i64`",
        "lib.rs:57: borrow of moved value: `rows`",
        "io.rs:8: unused `Result` that must be used",
        "io.rs:31: lifetime may not live long enough",
        "cli.rs:12: no method named `parse_from`",
    ]
    steps = [
        turn(
            "rustacean",
            "Next error.",
            call("cargo_build", {"profile": "dev"}, "", error=f"error: {error}"),
        )
        for error in errors
    ]
    return fine(
        [
            *steps,
            turn(
                "rustacean",
                "It builds.",
                call("cargo_build", {"profile": "dev"}, "Finished dev in 4.2 s"),
            ),
        ]
    )
