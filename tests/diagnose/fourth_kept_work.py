"""The fourth bank's kept half: never tuned on. More work that is fine."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random
from itertools import pairwise

from .bank import Script, call, fine, turn
from .fourth_kept_fine import FINE, PEOPLE, PLANTS


@FINE.family
def reverted_then_otherwise(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "dev",
                "Inline the helper.",
                call("edit", {"path": "a.py", "op": "inline"}, "ok"),
                call("bench", {}, "118 ms"),
            ),
            turn(
                "dev",
                "Slower, revert.",
                call("git", {"args": "checkout a.py"}, "Updated 1 path from the index"),
            ),
            turn(
                "dev",
                "Use a set instead.",
                call("edit", {"path": "a.py", "op": "set"}, "ok"),
                call("bench", {}, "71 ms"),
            ),
            turn(
                "dev",
                "And intern the keys.",
                call("edit", {"path": "a.py", "op": "intern"}, "ok"),
                call("bench", {}, "74 ms"),
            ),
            turn(
                "dev",
                "No gain, revert that one.",
                call("git", {"args": "checkout -p a.py"}, "Updated 1 path from the index"),
            ),
            turn("dev", "Done: 104 to 71 ms."),
        ]
    )


@FINE.family
def mails_with_full_quotes(rng: random.Random) -> Script:
    lines = [
        "Could you send three chairs?",
        "Which colour?",
        "Grey, if you have it.",
        "Grey is out until May.",
        "Black then.",
        "Black is 10 € more.",
        "That is all right.",
        "Then I need an address.",
        "Mill Lane 4, second floor.",
        "They come on Friday.",
        "Between which hours?",
        "Two and four.",
    ]
    thread, steps = "", []
    for at, line in enumerate(lines):
        steps.append(turn(["Maud", "Store"][at % 2], f"{line}\n{thread}"))
        thread = "\n".join(f"> {row}" for row in f"{line}\n{thread}".strip().splitlines())
    return fine(steps)


@FINE.family
def inserts(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "loader",
                "",
                call(
                    "sql", {"statement": f"INSERT INTO beds VALUES ({at}, '{plant}')"}, "INSERT 0 1"
                ),
            )
            for at, plant in enumerate(rng.sample(PLANTS, 18))
        ]
    )


@FINE.family
def product_pages(rng: random.Random) -> Script:
    frame = " ".join(
        [
            "Accessories Care Seeds Tools Soil Pots Lights Books Vouchers Delivery Contact Reviews Write a review Related articles You may also like Sign up for our newsletter"
        ]
        * 5
    )
    return fine(
        [
            turn(
                "Browser",
                "",
                call(
                    "fetch",
                    {"url": f"https://shop.example/p/{plant}"},
                    f"{frame} {plant.title()} seeds, {rng.randrange(1, 9)}.{rng.randrange(10, 99)} EUR, sow in {rng.choice(['March', 'April', 'May'])} {frame}",
                ),
            )
            for plant in rng.sample(PLANTS, 14)
        ]
    )


@FINE.family
def commits(rng: random.Random) -> Script:
    steps = []
    for plant in rng.sample(PLANTS, 9):
        steps.append(
            turn(
                "dev",
                "",
                call("bash", {"cmd": f"git add docs/{plant}.md"}, ""),
                call(
                    "bash",
                    {"cmd": f"git commit -m 'Describe {plant}'"},
                    f"[main {rng.getrandbits(28):07x}] Describe {plant}\n 1 file changed, {rng.randrange(4, 60)} insertions(+)",
                ),
            )
        )
    return fine(steps)


@FINE.family
def shifts_hand_over(rng: random.Random) -> Script:
    steps = []
    for day in range(1, 8):
        for who, to in (("early", "late"), ("late", "night"), ("night", "early")):
            steps.append(
                turn(
                    who,
                    f"Day {day}: {rng.randrange(0, 9)} alarms, {rng.choice(['pump two leaks', 'all calm', 'filter changed', 'visitor group at ten', 'sensor 7 replaced'])}.",
                    call(f"transfer_to_{to}", {"note": f"day {day}"}, f"Transferred to {to}."),
                )
            )
    return fine(steps)


@FINE.family
def card_war(rng: random.Random) -> Script:
    cards = ["two", "five", "seven", "ten", "jack", "queen", "king", "ace"]
    steps = []
    for _ in range(16):
        steps += [
            turn("Left", f"I play a {rng.choice(cards)} of {rng.choice(['hearts', 'spades'])}."),
            turn("Right", f"I play a {rng.choice(cards)} of {rng.choice(['clubs', 'diamonds'])}."),
        ]
    return fine(steps)


@FINE.family
def jury(rng: random.Random) -> Script:
    steps = []
    for at in range(1, 8):
        steps.append(
            turn(
                "foreman",
                f"Count {at} of the indictment: {rng.choice(['fraud', 'theft', 'forgery', 'bribery'])} at {rng.choice(PEOPLE)}'s house.",
            )
        )
        steps += [turn(f"juror{n}", rng.choice(["Guilty.", "Not guilty."])) for n in range(1, 5)]
    return fine(steps)


@FINE.family
def restaurant_orders(rng: random.Random) -> Script:
    dishes = ["soup", "trout", "gnocchi", "risotto", "stew", "salad", "pie", "omelette"]
    steps = []
    for table in rng.sample(range(1, 30), 10):
        steps += [
            turn("waiter", f"Table {table} wants {rng.choice(dishes)} and {rng.choice(dishes)}."),
            turn("kitchen", rng.choice(["Coming up!", "Ten minutes.", "Coming right up."])),
        ]
    return fine(steps)


@FINE.family
def haiku(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                rng.choice(["Poet", "Echo"]),
                f"{plant.title()} {rng.choice(['by the wall', 'in the rain', 'at the gate'])},\n{rng.choice(['a snail writes its slow letter', 'the bell forgets its hour', 'someone left the lamp alight'])}\n– {rng.choice(['autumn again', 'and then the moon', 'my tea gets cold'])}.",
            )
            for plant in rng.sample(PLANTS, 10)
        ]
    )


@FINE.family
def domains(rng: random.Random) -> Script:
    return fine(
        [
            turn("namer", "", call("whois", {"domain": f"{a}{b}.example"}, "No match for domain."))
            for a, b in zip(rng.sample(PLANTS, 14), rng.sample(PLANTS, 14), strict=True)
        ]
    )


@FINE.family
def thermometer(rng: random.Random) -> Script:
    return fine(
        [turn("logger", "Greenhouse at 21.5 °C, vents closed.", at=300.0 * at) for at in range(16)]
    )


@FINE.family
def tests_for_each_function(rng: random.Random) -> Script:
    steps = []
    for plant in rng.sample(PLANTS, 9):
        steps.append(
            turn(
                "TestWriter",
                f"```python\ndef test_{plant}():\n    bed = Bed()\n    bed.sow('{plant}')\n    assert bed.count('{plant}') == 1\n```",
            )
        )
        steps.append(turn("Runner", "", call("pytest", {"k": plant}, "1 passed")))
    return fine(steps)


@FINE.family
def twenty_questions(rng: random.Random) -> Script:
    questions = [
        "Is it alive?",
        "Is it larger than a cat?",
        "Does it live in water?",
        "Does it have legs?",
        "Can it fly?",
        "Is it kept by people?",
        "Does it eat meat?",
        "Is it striped?",
        "Is it found in Africa?",
        "Does it live in herds?",
        "Is it hunted?",
        "Is it a zebra?",
    ]
    return fine(
        [
            turn(who, text)
            for question in questions
            for who, text in (("Guesser", question), ("Oracle", rng.choice(["Yes.", "No."])))
        ]
    )


@FINE.family
def standup(rng: random.Random) -> Script:
    did = [
        "merged the login fix",
        "drew the settings page",
        "interviewed a candidate",
        "chased a memory leak",
        "wrote the runbook",
        "paired on the importer",
        "updated the licences",
        "cleaned the backlog",
        "measured the cold start",
        "shot the demo video",
        "rotated the keys",
        "called the customer",
    ]
    return fine(
        [
            turn(who, f"Yesterday I {a}, today I go on with it. No blockers.")
            for who, a in zip(rng.sample(PEOPLE, 12), did, strict=True)
        ]
    )


@FINE.family
def three_captchas(rng: random.Random) -> Script:
    steps = [
        turn(
            "surfer",
            "Solving the captcha.",
            call("solve", {"id": f"{rng.getrandbits(32):08x}"}, "", error="wrong answer"),
        )
        for _ in range(3)
    ]
    return fine(
        [
            *steps,
            turn("surfer", "I cannot pass it; a person has to."),
            turn("lead", "I passed it, go on."),
            turn("surfer", "Thanks, the form is open."),
            turn("surfer", "Submitted.", call("submit", {"form": 7}, {"receipt": 4471})),
        ]
    )


@FINE.family
def daily_weather(rng: random.Random) -> Script:
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    return fine(
        [
            turn(
                "Forecaster",
                f"On {day} it will be {rng.choice(['sunny', 'cloudy', 'rainy', 'windy', 'foggy'])} with {rng.randrange(8, 27)} degrees and {rng.choice(['a light breeze', 'strong gusts', 'no wind'])}.",
            )
            for day in days * 2
        ]
    )


@FINE.family
def backtracking(rng: random.Random) -> Script:
    path = [
        "A1",
        "A2",
        "A3",
        "A2",
        "B2",
        "C2",
        "C3",
        "C2",
        "C1",
        "D1",
        "D2",
        "E2",
        "D2",
        "D3",
        "D4",
        "E4",
        "F4",
    ]
    steps = []
    for here, there in pairwise(path):
        steps.append(
            turn(
                "Mouse",
                f"From {here} I go to {there}.",
                call(
                    "move",
                    {"to": there},
                    {
                        "at": there,
                        "exits": sorted(rng.sample(["N", "E", "S", "W"], 2)),
                        "cheese": False,
                    },
                ),
            )
        )
    return fine(steps)


@FINE.family
def list_of_tasks_as_json(rng: random.Random) -> Script:
    tasks = [
        "dig the beds",
        "mix the compost",
        "sow the peas",
        "string the beans",
        "mend the fence",
        "clean the pond",
        "prune the plum",
        "oil the tools",
    ]
    steps = []
    for done in range(len(tasks) + 1):
        state = [
            "done" if at < done else "active" if at == done else "pending"
            for at in range(len(tasks))
        ]
        steps.append(
            turn(
                "Agent",
                "",
                call(
                    "todo_write",
                    {
                        "todos": [
                            {"content": t, "status": s} for t, s in zip(tasks, state, strict=True)
                        ]
                    },
                    "Todos have been modified successfully. Ensure that you continue to use the todo list to track your progress. Please proceed with the current tasks if applicable",
                ),
                call(
                    "shell", {"cmd": f"./garden {done}"}, f"finished in {rng.randrange(3, 60)} min"
                ),
            )
        )
    return fine(steps)


@FINE.family
def best_of_fifteen(rng: random.Random) -> Script:
    hands = ["Rock", "Paper", "Scissors"]
    steps = []
    for at in range(1, 12):
        steps += [
            turn("referee", f"Round {at}: go!"),
            turn("Zoe", rng.choice(hands)),
            turn("Max", rng.choice(hands)),
        ]
    return fine(steps)
