"""The tuning bank's look-alikes: repetition that is work, in view while rules were shaped."""

from __future__ import annotations

import random

from .bank import Bank, Script, call, fine, healthy, news, page, turn

FINE = Bank("tuning fine")
family = FINE.family
CITIES = "Oslo Rome Lima Cairo Quito Hanoi Dakar Perth Turin Basel Porto Osaka Accra Sofia".split()
FILES = [f"src/{a}_{b}.py" for a in ("auth", "db", "ui", "net") for b in ("core", "api", "test")]


@family
def pagination(rng: random.Random) -> Script:
    return fine(
        [
            turn("agent", "Next page, please.", call("list_orders", {"page": at}, page(rng, 40)))
            for at in range(14)
        ]
    )


@family
def backoff(rng: random.Random) -> Script:
    steps, at = [], 0.0
    for wait in (0.5, 1, 2, 4, 8, 16):
        steps.append(turn("agent", "", call("fetch", {"id": 7}, "503 service unavailable"), at=at))
        at += wait
    steps.append(turn("agent", "Got it.", call("fetch", {"id": 7}, page(rng, 30)), at=at))
    return fine([*steps, *healthy(rng, ["agent"], 3)])


@family
def map_over_files(rng: random.Random) -> Script:
    return fine(
        [
            turn("linter", f"Checked {f}.", call("lint", {"path": f}, "no issues found"))
            for f in FILES
        ]
    )


@family
def map_with_ok(rng: random.Random) -> Script:
    return fine(
        [turn("mover", "", call("copy", {"src": f, "dst": f"out/{f}"}, "ok")) for f in FILES]
    )


@family
def map_with_nothing(rng: random.Random) -> Script:
    return fine(
        [turn("finder", "", call("grep", {"pattern": "TODO", "path": f}, "")) for f in FILES]
    )


@family
def poll_status(rng: random.Random) -> Script:
    states = ["queued", "starting", "pulling image", "building", "running tests", "uploading"]
    return fine(
        [turn("ci", "", call("job_status", {"job": 5}, {"state": s})) for s in states for _ in "ab"]
    )


@family
def poll_percent(rng: random.Random) -> Script:
    return fine(
        [
            turn("ci", "Still running.", call("progress", {"job": 5}, f"running: {at}% done"))
            for at in range(3, 99, 7)
        ]
    )


@family
def poll_scheduled(rng: random.Random) -> Script:
    return fine(
        [
            turn("watch", "", call("get_price", {"id": "X"}, "unchanged"), at=at * 90.0)
            for at in range(9)
        ]
    )


@family
def optimisation(rng: random.Random) -> Script:
    loss, steps = 9.0, []
    for at in range(16):
        loss *= rng.uniform(0.8, 0.97)
        steps.append(
            turn(
                "tuner",
                f"Trying a learning rate of {0.1 / (at + 1):.4f}.",
                call("train", {"lr": 0.1 / (at + 1)}, {"loss": round(loss, 4)}),
            )
        )
    return fine(steps)


@family
def optimisation_in_words(rng: random.Random) -> Script:
    x, steps = 8.0, []
    for _ in range(14):
        x = x - 0.3 * (x - 1.7)
        steps.append(turn("solver", f"The current estimate of the root is {x:.5f}."))
        steps.append(turn("checker", f"The residual is {abs(x * x - 2.89):.6f}, please go on."))
    return fine(steps)


@family
def debate(rng: random.Random) -> Script:
    return fine([turn(("pro", "contra")[at % 2], f"I disagree. {news(rng)}") for at in range(18)])


@family
def converging_fix(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "coder",
                "Let me fix the next failure.",
                call("edit", {"text": news(rng)}, "ok"),
                call("test", {}, f"{left} failed, {40 - left} passed"),
            )
            for left in range(9, -1, -1)
        ]
    )


@family
def template_report(rng: random.Random) -> Script:
    return fine(
        [
            turn("weather", f"The weather in {city} is fine today, nothing to report for {city}.")
            for city in CITIES
        ]
    )


@family
def tic_tac_toe(rng: random.Random) -> Script:
    cells = [f"{c}{r}" for c in "ABC" for r in "123"]
    rng.shuffle(cells)
    return fine(
        [turn(("x", "o")[at % 2], f"I place my mark on {cell}.") for at, cell in enumerate(cells)]
    )


@family
def chess(rng: random.Random) -> Script:
    moves = "e4 e5 Nf3 Nc6 Bb5 a6 Ba4 Nf6 O-O Be7 Re1 b5 Bb3 d6 c3 O-O h3 Nb8 d4 Nbd7".split()
    return fine(
        [turn(("white", "black")[at % 2], f"My move is {m}.") for at, m in enumerate(moves)]
    )


@family
def guess_number(rng: random.Random) -> Script:
    low, high, steps = 1, 1000, []
    target = rng.randrange(200, 900)
    while low < high and len(steps) < 24:
        guess = (low + high) // 2
        word = "higher" if guess < target else "lower"
        steps.append(turn("guesser", f"Is it {guess}?"))
        steps.append(turn("host", f"No, it is {word}."))
        low, high = (guess + 1, high) if guess < target else (low, guess)
    return fine(steps)


@family
def twenty_questions(rng: random.Random) -> Script:
    things = "animal plant machine tool vehicle building garment instrument food liquid".split()
    rng.shuffle(things)
    return fine(
        [t for thing in things for t in (turn("asker", f"Is it a {thing}?"), turn("host", "No."))]
    )


@family
def hangman(rng: random.Random) -> Script:
    letters = rng.sample("etaoinshrdlu", 10)
    return fine(
        [
            t
            for x in letters
            for t in (
                turn("player", f"I guess the letter {x}."),
                turn("host", f"There is no {x} in it."),
            )
        ]
    )


@family
def chunks(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "reader",
                f"Summary of part {at} of 12: {news(rng)}",
                call("read", {"part": at}, page(rng, 60)),
            )
            for at in range(1, 13)
        ]
    )


@family
def heartbeats(rng: random.Random) -> Script:
    steps = []
    for at in range(12):
        steps.append(turn("pulse", "alive and well"))
        steps.append(turn("worker", news(rng), call("work", {"item": at}, page(rng, 12))))
    return fine(steps)


@family
def undo_once(rng: random.Random) -> Script:
    a, b = news(rng), news(rng)
    return fine(
        [
            turn(
                "editor", a, call("apply", {"patch": 1}, "applied patch to two files of the tree")
            ),
            turn("editor", b, call("undo", {}, "reverted the last change of the tree")),
            turn(
                "editor", a, call("apply", {"patch": 1}, "applied patch to two files of the tree")
            ),
            *healthy(rng, ["editor", "tester"], 6),
        ]
    )


@family
def quoting(rng: random.Random) -> Script:
    said, steps = news(rng), []
    for at in range(14):
        new = news(rng)
        steps.append(turn(("ann", "bob")[at % 2], f"> {said}\n{new}"))
        said = new
    return fine(steps)


@family
def translations(rng: random.Random) -> Script:
    return fine(
        [
            t
            for at in range(9)
            for t in (
                turn("source", f"Translate: {news(rng)}"),
                turn("translator", f"Translation {at}: {page(rng, 14)}"),
            )
        ]
    )


@family
def broadcast(rng: random.Random) -> Script:
    task = news(rng)
    steps = []
    for at in range(10):
        steps.append(turn("orchestrator", task, to=f"worker_{at}"))
        steps.append(turn(f"worker_{at}", "The task is done, everything went as expected."))
    return fine(steps)


@family
def negotiation(rng: random.Random) -> Script:
    buy, sell, steps = 500, 900, []
    for _ in range(9):
        buy += rng.randrange(8, 25)
        sell -= rng.randrange(8, 25)
        steps.append(turn("buyer", f"My best offer for the car is {buy} dollars."))
        steps.append(turn("seller", f"I cannot go below {sell} dollars for this car."))
    return fine(steps)


@family
def growing_table(rng: random.Random) -> Script:
    rows, steps = [], []
    for city in CITIES:
        rows.append(f"| {city} | {rng.randrange(10, 99)} |")
        steps.append(turn("scribe", "| city | value |\n" + "\n".join(rows)))
        steps.append(turn("chair", "Good, add the next row to the table please."))
    return fine(steps)


@family
def simulation(rng: random.Random) -> Script:
    people, steps = 1000, []
    for day in range(1, 16):
        people += rng.randrange(5, 60)
        steps.append(turn("sim", f"Day {day}: the population is {people} and food is enough."))
    return fine(steps)


@family
def interview(rng: random.Random) -> Script:
    return fine(
        [
            t
            for at in range(9)
            for t in (
                turn("host", f"Next question, number {at + 1}: {news(rng)}"),
                turn("guest", f"Thank you for the question. {news(rng)}"),
            )
        ]
    )


@family
def approvals(rng: random.Random) -> Script:
    return fine(
        [
            t
            for _ in range(10)
            for t in (turn("author", news(rng)), turn("approver", "Approved, go on."))
        ]
    )


@family
def countdown(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                ("modifier", "checker")[at % 2],
                f"Modified {20 - at} to {19 - at}"
                if at % 2 == 0
                else f"{20 - at} passed the check, continue.",
            )
            for at in range(18)
        ]
    )


@family
def brainstorm(rng: random.Random) -> Script:
    return fine([turn(f"member_{at % 4}", f"An idea: {news(rng)}") for at in range(20)])


@family
def checklist(rng: random.Random) -> Script:
    return fine(
        [
            t
            for at in range(9)
            for t in (
                turn("lead", f"Please do item {at + 1}: {news(rng)}"),
                turn("worker", "Done.", call("do", {"item": at + 1}, f"item {at + 1} finished")),
            )
        ]
    )


@family
def two_retries(rng: random.Random) -> Script:
    steps = [turn("agent", "", call("fetch", {"id": 3}, "Error: connection reset"))] * 3
    steps.append(turn("agent", "", call("fetch", {"id": 3}, page(rng, 20))))
    return fine([*steps, *healthy(rng, ["agent", "critic"], 8)])


@family
def ledger(rng: random.Random) -> Script:
    names = ["web", "coder", "files"]
    return fine(
        [
            t
            for at in range(10)
            for t in (
                turn("orchestrator", f"Instruction for {names[at % 3]}: {news(rng)}"),
                turn(names[at % 3], news(rng), call("act", {"n": at}, page(rng, 25))),
            )
        ]
    )


@family
def code_review(rng: random.Random) -> Script:
    steps = []
    for at in range(8):
        steps.append(turn("reviewer", f"In line {at * 13 + 7}: {news(rng)}"))
        steps.append(turn("author", f"Fixed, thank you. {news(rng)}"))
    return fine(steps)


@family
def long_good_run(rng: random.Random) -> Script:
    return fine(healthy(rng, ["a", "b", "c"], 90))


@family
def growing_list(rng: random.Random) -> Script:
    ideas, steps = [], []
    for _ in range(10):
        ideas.append(f"{len(ideas) + 1}. {news(rng)}")
        steps.append(turn("collector", "Ideas so far:\n" + "\n".join(ideas)))
        steps.append(turn("muse", news(rng)))
    return fine(steps)


@family
def status_round(rng: random.Random) -> Script:
    steps = []
    for at in range(8):
        for name in ("north", "south", "east"):
            sold = rng.randrange(100, 999)
            steps.append(turn(name, f"Week {at + 1}: we sold {sold} units, all shelves are full."))
    return fine(steps)


@family
def maze(rng: random.Random) -> Script:
    x = y = 0
    steps = []
    for _ in range(16):
        way = rng.choice(["north", "east"])
        x, y = x + (way == "east"), y + (way == "north")
        steps.append(
            turn("robot", f"I go {way}.", call("move", {"way": way}, f"you are at {x},{y}"))
        )
    return fine(steps)
