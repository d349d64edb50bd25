"""The fourth bank's tuning half. Work that repeats and is fine."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random
from itertools import pairwise

from .bank import Bank, Script, Turn, call, fine, turn

FINE = Bank("fourth tuning fine")

NOUNS = "anchor barrel compass dagger ember falcon garnet hatchet inkwell jacket kettle ladder magnet nutmeg oyster parcel quiver ribbon saddle thimble urchin velvet walnut yarn zipper".split()
TOWNS = "Arles Brno Cork Delft Espoo Faro Graz Hull Izmir Jaca Kotor Linz Malmo Narvik Oban Pecs Riga Split Turku Ulm Varna Wells Ypres Zadar".split()


@FINE.family
def chess_with_commentary(rng: random.Random) -> Script:
    moves = rng.sample(
        [
            f"{piece}{file}{rank}"
            for piece in ("", "N", "B", "R", "Q")
            for file in "abcdefgh"
            for rank in (3, 4, 5, 6)
        ],
        24,
    )
    return fine(
        [
            turn(
                ["White", "Black"][at % 2],
                f"{at // 2 + 1}{'.' if at % 2 == 0 else '...'} {move} – {rng.choice(['solid', 'a bit risky', 'as expected', 'with a threat', 'natural'])}.",
            )
            for at, move in enumerate(moves)
        ]
    )


@FINE.family
def thermostat(rng: random.Random) -> Script:
    steps, heat = [], 19.0
    for _ in range(16):
        heat += rng.uniform(-0.9, 0.9)
        steps.append(turn("Sensor", f"It is {heat:.1f} degrees in the living room."))
        steps.append(turn("Controller", "Heating off." if heat > 19 else "Heating on."))
    return fine(steps)


@FINE.family
def haggling_over_terms(rng: random.Random) -> Script:
    price, ask, steps = 300, 520, []
    while ask - price > 20:
        price += rng.randrange(8, 30)
        ask -= rng.randrange(8, 30)
        steps += [
            turn("buyer", f"I can offer {price} € if you deliver it."),
            turn("seller", f"Delivered, I would need {ask} €."),
        ]
    return fine([*steps, turn("buyer", "Deal."), turn("seller", "Deal, I bring it on Saturday.")])


@FINE.family
def table_gains_rows(rng: random.Random) -> Script:
    rows: list[str] = []
    steps: list[Turn] = []
    for town in rng.sample(TOWNS, 11):
        rows.append(
            f"| {town} | {rng.randrange(10, 900)} k | {rng.choice(['coast', 'river', 'hills'])} |"
        )
        table = "\n".join(["| town | people | place |", "|---|---|---|", *rows])
        steps += [
            turn("Collector", f"I added {town}:\n{table}"),
            turn("Lead", rng.choice(["Next one, please.", "Good, go on.", "And the next?"])),
        ]
    return fine(steps)


@FINE.family
def one_order_to_six_workers(rng: random.Random) -> Script:
    names = [f"worker_{n}" for n in range(1, 7)]
    order = (
        "Read your shard and report the number of bad lines together with the most frequent cause."
    )
    steps = [turn("boss", f"@{who} {order}") for who in names]
    steps += [
        turn(
            who,
            f"{rng.randrange(2, 400)} bad lines, mostly {rng.choice(['encoding', 'missing quotes', 'cut lines', 'wrong dates'])}.",
        )
        for who in names
    ]
    return fine([*steps, turn("boss", "Thanks. I sum up: encoding is the main trouble.")])


@FINE.family
def debate_in_rounds(rng: random.Random) -> Script:
    pro = [
        "Trams carry more people per metre of road than cars.",
        "Children and old people cannot drive at all.",
        "A track on a street signals permanence, shops follow it.",
        "Noise goes down where trams replace buses.",
        "Zurich shows that even the rich ride trams.",
        "Parking lots could become parks.",
    ]
    con = [
        "A tram costs thirty million a kilometre, buses a tenth.",
        "When one tram stops, the whole line stops.",
        "Deliveries need the street that you want to take.",
        "Half the town lives too far from any line.",
        "Cables spoil the old square.",
        "Works would last four years.",
    ]
    steps = []
    for a, b in zip(pro, con, strict=True):
        steps += [
            turn("Affirmative", f"I argue for the tram. {a}"),
            turn("Negative", f"I argue against the tram. {b}"),
        ]
    return fine(steps)


@FINE.family
def vocabulary(rng: random.Random) -> Script:
    words = list(
        zip(
            rng.sample(NOUNS, 12),
            "Anker Fass Kompass Dolch Glut Falke Granat Beil Tintenfass Jacke Kessel Leiter".split(),
            strict=True,
        )
    )
    steps = []
    for english, german in words:
        steps += [
            turn("teacher", f"What is '{english}' in German?"),
            turn("pupil", german),
            turn("teacher", rng.choice(["Correct!", "Right!", "Well done!"])),
        ]
    return fine(steps)


@FINE.family
def tutoring(rng: random.Random) -> Script:
    lines = [
        ("Let's start with fractions. What is half of a half?", "A quarter?"),
        ("Good! And a third of a half?", "A sixth."),
        ("Good! Now add a half and a third.", "Five sixths."),
        ("Good! How did you find the common denominator?", "I multiplied two and three."),
        ("Good! Would four and six need twenty-four?", "No, twelve is enough."),
        ("Good! Now divide a half by a quarter.", "Two."),
        ("Good! Why is it more than one?", "Because a quarter fits in twice."),
        ("Good! Last one: three quarters of eight.", "Six."),
    ]
    return fine(
        [
            turn(who, text)
            for pair in lines
            for who, text in zip(("Tutor", "Student"), pair, strict=True)
        ]
    )


@FINE.family
def interview(rng: random.Random) -> Script:
    topics = [
        "a conflict in your team",
        "a deadline you missed",
        "a system you are proud of",
        "a bug that took long",
        "feedback that hurt",
        "a decision without data",
        "mentoring somebody",
        "leaving a project",
    ]
    answers = [
        "Two colleagues fought over naming; I had them write down the cases.",
        "A migration slipped by a week since I forgot the archives.",
        "A scheduler that survived three rewrites of its clients.",
        "A race in a cache which showed up only on Sundays.",
        "I was told that my reviews sound cold, so now I open with a question.",
        "We chose a region by gut feeling and moved later.",
        "An apprentice whom I paired with for a year.",
        "When the product was sold I stayed for the handover and then left.",
    ]
    steps = []
    for topic, answer in zip(topics, answers, strict=True):
        steps += [
            turn("Interviewer", f"Tell me about {topic}."),
            turn("Candidate", answer),
            turn(
                "Interviewer",
                rng.choice(["Thank you.", "I see, thank you.", "Thanks for sharing."]),
            ),
        ]
    return fine(steps)


@FINE.family
def preflight(rng: random.Random) -> Script:
    items = [
        "Flaps",
        "Trim",
        "Fuel pump",
        "Mixture",
        "Magnetos",
        "Altimeter",
        "Transponder",
        "Lights",
        "Doors",
        "Belts",
        "Controls",
        "Brakes",
    ]
    steps = []
    for item in items:
        steps += [
            turn("captain", f"{item}?"),
            turn("copilot", rng.choice(["Set.", "Checked.", "On.", "Free and correct."])),
        ]
    return fine(steps)


@FINE.family
def phrase_book(rng: random.Random) -> Script:
    pairs = [
        ("Good morning", "Bom dia"),
        ("Where is the station?", "Onde fica a estação?"),
        ("How much is it?", "Quanto custa?"),
        ("A table for two", "Uma mesa para dois"),
        ("The bill, please", "A conta, por favor"),
        ("I am lost", "Estou perdido"),
        ("It is raining", "Está a chover"),
        ("See you tomorrow", "Até amanhã"),
        ("I need a doctor", "Preciso de um médico"),
        ("Two coffees", "Dois cafés"),
    ]
    return fine([turn("translator", f'"{a}" means "{b}".') for a, b in pairs])


@FINE.family
def review_of_files(rng: random.Random) -> Script:
    steps = []
    for name in rng.sample(NOUNS, 10):
        steps.append(
            turn(
                "Reviewer",
                f"`src/{name}.py`: looks good to me.",
                call(
                    "read_file",
                    {"path": f"src/{name}.py"},
                    f"class {name.title()}:\n    def {rng.choice(['open', 'load', 'scan'])}(self):\n        return {rng.randrange(99)}",
                ),
            )
        )
        steps.append(turn("Author", rng.choice(["Thanks!", "Thank you!", "Great, thanks."])))
    return fine(steps)


@FINE.family
def vending_machine(rng: random.Random) -> Script:
    steps, credit = [], 0
    for _ in range(22):
        coin = rng.choice([10, 20, 50])
        credit += coin
        state = "READY" if credit >= 100 else "WAITING"
        steps.append(turn("Machine", f"Coin of {coin} accepted. Credit {credit}. State: {state}."))
        if state == "READY":
            steps.append(
                turn(
                    "Machine",
                    f"Dispensing a {rng.choice(['tea', 'coffee', 'cocoa'])}. Returning {credit - 100}. State: WAITING.",
                )
            )
            credit = 0
    return fine(steps)


@FINE.family
def names_for_a_cafe(rng: random.Random) -> Script:
    steps = []
    for a, b in pairwise(rng.sample(NOUNS, 14)):
        steps += [
            turn("Muse", f'How about "The {a.title()} & {b.title()}"?'),
            turn(
                "Owner",
                rng.choice(["Nice! What else?", "Not bad, another one?", "Hmm, more please."]),
            ),
        ]
    return fine(steps)


@FINE.family
def chunks_that_do_not_match(rng: random.Random) -> Script:
    steps = []
    for number in range(1, 16):
        text = " ".join(rng.choice(NOUNS) for _ in range(60))
        steps.append(
            turn(
                "Retriever",
                "Not relevant to the question."
                if number != 12
                else "This one answers it: clause 8.",
                call("get_chunk", {"doc": "policy.pdf", "chunk": number}, text),
            )
        )
    return fine(steps)


@FINE.family
def pulse_every_minute(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "cron",
                "",
                call("ping", {"host": "db-1"}, {"ok": True, "latency_ms": rng.randrange(1, 9)}),
                at=60.0 * at,
            )
            for at in range(30)
        ]
    )


@FINE.family
def roll_call(rng: random.Random) -> Script:
    steps = []
    for name in rng.sample(
        [
            "Amir",
            "Berta",
            "Chen",
            "Dora",
            "Emil",
            "Farah",
            "Gus",
            "Hana",
            "Ivo",
            "Jun",
            "Kaya",
            "Leo",
            "Mina",
            "Nils",
        ],
        12,
    ):
        steps += [turn("sergeant", f"{name}?"), turn(name, rng.choice(["Here!", "Present!"]))]
    return fine(steps)


@FINE.family
def build_moves_through_stages(rng: random.Random) -> Script:
    stages = [
        "queued",
        "queued",
        "provisioning",
        "cloning",
        "restoring cache",
        "compiling 12/80",
        "compiling 41/80",
        "compiling 77/80",
        "linking",
        "testing 3/19",
        "testing 15/19",
        "uploading",
        "success",
    ]
    return fine(
        [
            turn("ci", "", call("get_build", {"id": 8812}, {"id": 8812, "state": state}))
            for state in stages
        ]
    )


@FINE.family
def backing_off(rng: random.Random) -> Script:
    steps, at, wait = [], 0.0, 1.0
    for _ in range(6):
        steps.append(
            turn(
                "fetcher",
                "",
                call(
                    "GET",
                    {"url": "https://api.example/v1/rates"},
                    "",
                    error="HTTP 503 Service Unavailable",
                ),
                at=at,
            )
        )
        at += wait
        wait *= 2
    steps.append(
        turn(
            "fetcher",
            "Got the rates: EUR 1.08, GBP 0.86.",
            call("GET", {"url": "https://api.example/v1/rates"}, {"EUR": 1.08, "GBP": 0.86}),
            at=at,
        )
    )
    return fine(steps)


@FINE.family
def learning_rates(rng: random.Random) -> Script:
    loss, steps = 2.4, []
    for _ in range(14):
        rate = round(10 ** rng.uniform(-5, -2), 6)
        loss *= rng.uniform(0.86, 1.02)
        steps.append(
            turn(
                "tuner",
                f"Trying lr={rate}.",
                call("train", {"lr": rate, "epochs": 1}, {"loss": round(loss, 4)}),
            )
        )
    return fine(steps)


@FINE.family
def fewer_failures_each_time(rng: random.Random) -> Script:
    steps = []
    for left in (9, 7, 6, 4, 3, 1, 0):
        steps.append(
            turn(
                "coder",
                rng.choice(["Fixed the next one.", "Let me fix another.", "One more fix."]),
                call("edit", {"path": "app/core.py", "line": rng.randrange(10, 300)}, "ok"),
                call("pytest", {}, f"{left} failed, {40 - left} passed" if left else "40 passed"),
            )
        )
    return fine(steps)


@FINE.family
def undone_and_done_otherwise(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "editor",
                "Rename the column.",
                call("sql", {"q": "ALTER TABLE t RENAME a TO b"}, "ok"),
            ),
            turn(
                "editor",
                "A view breaks, undo.",
                call("sql", {"q": "ALTER TABLE t RENAME b TO a"}, "ok"),
            ),
            turn("editor", "Drop the view first.", call("sql", {"q": "DROP VIEW v"}, "ok")),
            turn(
                "editor",
                "Rename the column.",
                call("sql", {"q": "ALTER TABLE t RENAME a TO b"}, "ok"),
            ),
            turn(
                "editor",
                "Make the view anew.",
                call("sql", {"q": "CREATE VIEW v AS SELECT b FROM t"}, "ok"),
            ),
            turn("editor", "All queries work now."),
        ]
    )
