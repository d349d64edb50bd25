"""The third bank's tuning half: work that repeats itself and gets somewhere."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, call, fine, turn
from .spin import spin
from .third_tuning_loops import code, opening

FINE = Bank("third tuning fine")
_CITIES = (
    "Oslo Porto Lima Dakar Hanoi Quito Riga Perth Cork Graz Bern Nice Lodz Brno Split Turku".split()
)
_WORDS = (
    "amber basil cedar delta ember fjord grove heron inlet juniper kelp lichen maple nettle".split()
)
_NUMBERS = "nine eight seven six five four three two one".split()


@FINE.family
def connect_four(rng: random.Random) -> Script:
    steps = []
    for n in range(24):
        who, disc = ("red", "red") if n % 2 == 0 else ("yellow", "yellow")
        steps.append(turn(who, f"I drop a {disc} disc into column {rng.choice('ABCDEFG')}."))
    return fine(steps)


@FINE.family
def village_in_words(rng: random.Random) -> Script:
    acts = [
        "feeds the hens",
        "mends the fence",
        "sleeps",
        "draws water",
        "sells eggs",
        "bakes bread",
        "picks apples",
    ]
    places = ["in the barn", "at the well", "on the market", "in the orchard", "by the mill"]
    steps = []
    for _ in range(12):
        for who in ("marta", "jonas"):
            steps.append(turn(who, f"{who.title()} {rng.choice(acts)} {rng.choice(places)}."))
    return fine(steps)


@FINE.family
def haggling_in_words(rng: random.Random) -> Script:
    steps = []
    for high, low in zip(_NUMBERS, reversed(_NUMBERS[3:]), strict=False):
        steps.append(turn("seller", f"I can let it go for {high} hundred, not a coin less."))
        steps.append(turn("buyer", f"My offer is {low} hundred, and that is generous."))
    return fine(steps)


@FINE.family
def table_in_markdown(rng: random.Random) -> Script:
    rows: list[str] = []
    steps = []
    for city in rng.sample(_CITIES, 10):
        rows.append(
            f"| {city} | {rng.choice(['wet', 'dry', 'mild'])} | {rng.choice(['cheap', 'dear'])} |"
        )
        steps.append(
            turn("clerk", "| city | weather | price |\n| --- | --- | --- |\n" + "\n".join(rows))
        )
        steps.append(turn("checker", spin(rng, "{Good|Fine}, {add the next|go on}.")))
    return fine(steps)


@FINE.family
def one_broadcast_many_workers(rng: random.Random) -> Script:
    steps = [turn("chief", "Everyone: please confirm that you have received the safety briefing.")]
    for n in range(14):
        steps.append(turn(f"worker_{n}", "Confirmed, I have received the safety briefing."))
    steps.append(turn("chief", "Thank you all, work may begin."))
    return fine(steps)


@FINE.family
def chief_asks_each(rng: random.Random) -> Script:
    steps = []
    for n in range(12):
        steps.append(turn("chief", "Please report whether your section is ready for departure."))
        steps.append(
            turn(f"section_{n}", spin(rng, "{Ready for departure.|We are ready.|Section ready.}"))
        )
    return fine(steps)


@FINE.family
def cursor_pages(rng: random.Random) -> Script:
    cursor = "start"
    steps = []
    for n in range(12):
        after = code(rng)
        rows = [{"id": n * 5 + i, "name": rng.choice(_WORDS)} for i in range(5)]
        steps.append(
            turn(
                "loader", "", call("list_items", {"cursor": cursor}, {"items": rows, "next": after})
            )
        )
        cursor = after
    return fine(steps)


@FINE.family
def backoff_until_it_works(rng: random.Random) -> Script:
    steps, at, gap = [], 0.0, 1.0
    for _ in range(6):
        steps.append(
            turn(
                "caller",
                "",
                call("post", {"url": "/v1/jobs"}, "", error="HTTPError: 503 Service Unavailable"),
                at=at,
            )
        )
        at, gap = at + gap + 3, gap * 2
    steps.append(
        turn(
            "caller", "The job was accepted.", call("post", {"url": "/v1/jobs"}, {"job": 77}), at=at
        )
    )
    return fine(steps)


@FINE.family
def convert_images(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "batch",
                spin(rng, "{Next|On to the next one|Continuing}."),
                call("convert", {"file": f"{word}.png", "to": "webp"}, "ok"),
            )
            for word in rng.sample(_WORDS, 12)
        ]
    )


@FINE.family
def build_with_progress(rng: random.Random) -> Script:
    done, steps = 0, []
    while done < 100:
        steps.append(
            turn("ci", "", call("build_status", {"id": 9}, {"state": "running", "done": done}))
        )
        done += rng.randrange(5, 12)
    return fine([*steps, turn("ci", "The build is done.")])


@FINE.family
def descent(rng: random.Random) -> Script:
    loss, steps = 4.0, []
    for n in range(14):
        loss *= rng.uniform(0.75, 0.95)
        steps.append(
            turn("trainer", f"Step {n}: loss {loss:.4f}, still improving, I take another step.")
        )
    return fine(steps)


@FINE.family
def parliament(rng: random.Random) -> Script:
    points = [
        "the bridge serves ten thousand people a day",
        "the toll would fall on commuters alone",
        "maintenance has been postponed for a decade",
        "a ferry costs half as much",
        "ferries stop in winter storms",
        "storms have become rarer than the almanac says",
        "insurers do not share that optimism",
        "we could lease the bridge to an operator",
        "leases elsewhere ended in court",
        "courts upheld most of those contracts",
    ]
    steps = []
    for n, point in enumerate(points):
        start = spin(
            rng,
            "{I thank my colleague, but I respectfully disagree|With respect to my colleague, I must disagree}",
        )
        steps.append(turn("left" if n % 2 else "right", f"{start}: {point}."))
    return fine(steps)


@FINE.family
def tests_get_fewer(rng: random.Random) -> Script:
    left, steps = rng.randrange(9, 14), []
    while left > 0:
        steps.append(
            turn(
                "coder",
                spin(rng, "{I fixed another case|One more fixed|Another fix}."),
                call("edit", {"file": "parser.py"}, "ok"),
                call("pytest", {}, f"{left} failed, {60 - left} passed"),
            )
        )
        left -= rng.randrange(1, 3)
    return fine([*steps, turn("coder", "All green.", call("pytest", {}, "60 passed"))])


@FINE.family
def regional_reports(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "reporter",
                f"Report for {city}: sales were {rng.choice(['good', 'fair', 'poor'])}, stock is {rng.choice(['low', 'high'])}, staff are {rng.choice(['happy', 'tired'])}.",
            )
            for city in rng.sample(_CITIES, 14)
        ]
    )


@FINE.family
def scheduled_pulse(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "watchman",
                "All quiet, all doors are locked.",
                call("check_doors", {}, "locked"),
                at=60.0 * n,
            )
            for n in range(11)
        ]
    )


@FINE.family
def undone_once(rng: random.Random) -> Script:
    a = turn("dev", "", call("edit", {"file": "a.py", "to": "x = 1"}, "ok"))
    undo = turn(
        "dev",
        "That was wrong, I take it back.",
        call("edit", {"file": "a.py", "to": "x = 0"}, "ok"),
    )
    return fine(
        [
            *opening(rng, "dev"),
            a,
            undo,
            a,
            turn("dev", "Now it works with the other module loaded first."),
        ]
    )


@FINE.family
def quoting_and_answering(rng: random.Random) -> Script:
    steps, said = [], "When do we meet?"
    answers = [
        "On Tuesday, if the hall is free.",
        "The hall is taken by the choir that day.",
        "Then the library, it has a projector.",
        "Its projector lacks a cable, I can bring one.",
        "Bring two, the guests have their own laptop.",
        "Who takes care of the drinks?",
        "Nora ordered tea and juice.",
        "Then only the flipchart is missing.",
    ]
    for n, answer in enumerate(answers):
        steps.append(turn("kim" if n % 2 else "lee", f"> {said}\n{answer}"))
        said = answer
    return fine(steps)


@FINE.family
def translations(rng: random.Random) -> Script:
    texts = {
        "German": "Der Zug fährt um acht Uhr ab.",
        "French": "Le train part à huit heures.",
        "Spanish": "El tren sale a las ocho.",
        "Italian": "Il treno parte alle otto.",
        "Dutch": "De trein vertrekt om acht uur.",
        "Swedish": "Tåget går klockan åtta.",
        "Polish": "Pociąg odjeżdża o ósmej.",
        "Portuguese": "O comboio parte às oito.",
        "Danish": "Toget kører klokken otte.",
    }
    steps = []
    for language, text in texts.items():
        steps.append(turn("boss", f"Now the same sentence in {language}, please."))
        steps.append(turn("translator", f"{language}: {text}"))
    return fine(steps)


@FINE.family
def quiz(rng: random.Random) -> Script:
    steps = []
    for city in rng.sample(_CITIES, 10):
        steps.append(turn("teacher", f"Which country is {city} in?"))
        steps.append(
            turn(
                "pupil",
                spin(
                    rng, "{I think|Probably|It must be} {Norway|Peru|Latvia|Chile|Austria|Poland}."
                ),
            )
        )
        steps.append(turn("teacher", rng.choice(["Correct!", "Wrong, but close."])))
    return fine(steps)


@FINE.family
def reviews_of_many_files(rng: random.Random) -> Script:
    steps = []
    for word in rng.sample(_WORDS, 12):
        steps.append(
            turn(
                "author",
                "",
                call(
                    "open_diff",
                    {"file": f"src/{word}.py"},
                    f"+def {word}():\n+    return '{rng.choice(_WORDS)}'",
                ),
            )
        )
        steps.append(turn("reviewer", "Looks good to me, approved."))
    return fine(steps)


@FINE.family
def goblin_fight(rng: random.Random) -> Script:
    hp, steps = 60, []
    while hp > 0:
        hit = rng.randrange(3, 9)
        hp -= hit
        steps.append(
            turn("knight", spin(rng, "I {strike|attack|hit} the goblin with my {sword|shield}!"))
        )
        steps.append(
            turn("master", f"You deal {hit} damage. The goblin has {max(0, hp)} hit points left.")
        )
    return fine(steps)


@FINE.family
def expenses(rng: random.Random) -> Script:
    steps = []
    for _n in range(12):
        steps.append(
            turn(
                "clerk",
                f"Expense: {rng.choice(['taxi', 'hotel', 'lunch', 'train'])} in {rng.choice(_CITIES)}, {rng.randrange(10, 300)} euros.",
            )
        )
        steps.append(turn("boss", "Approved."))
    return fine(steps)
