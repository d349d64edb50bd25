"""The held-out bank's look-alikes. See bank_held_out.py."""

from __future__ import annotations

import random

from .bank import Bank, Script, call, fine, turn
from .bank_held_out import TOPICS

FINE = Bank("held-out fine")


@FINE.family
def reading_a_book(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "reader",
                f"Chapter {at} read, going on.",
                call(
                    "read_chapter", {"n": at}, f"{rng.choice(TOPICS)} {rng.choice(TOPICS)} ({at})"
                ),
            )
            for at in range(1, 16)
        ]
    )


@FINE.family
def deployment_watch(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "ops",
                "Waiting for the pods.",
                call("rollout_status", {"name": "api"}, f"{ready} of 5 pods are ready"),
            )
            for ready in (0, 0, 1, 1, 1, 2, 3, 3, 4, 5)
        ]
    )


@FINE.family
def retry_with_pause(rng: random.Random) -> Script:
    at, steps = 0.0, []
    for wait in (1, 2, 4, 8, 16, 32, 64):
        steps.append(
            turn("sync", "", call("push", {"repo": "notes"}, "429 too many requests"), at=at)
        )
        at += wait * rng.uniform(1.0, 1.3)
    steps.append(
        turn("sync", "Pushed.", call("push", {"repo": "notes"}, "pushed 3 commits to main"), at=at)
    )
    return fine(steps)


@FINE.family
def chess_by_mail(rng: random.Random) -> Script:
    moves = "d4 d5 c4 e6 Nc3 Nf6 Bg5 Be7 e3 h6 Bh4 b6 cxd5 Nxd5".split()
    return fine(
        [
            turn(
                ("anna", "ben")[at % 2], f"{at // 2 + 1}{'...' if at % 2 else '.'} {m} - your turn."
            )
            for at, m in enumerate(moves)
        ]
    )


@FINE.family
def haggling(rng: random.Random) -> Script:
    ask, bid, steps = 1200, 700, []
    while ask > bid + 20:
        bid += rng.randrange(10, 40)
        steps.append(
            turn("dealer", f"For this piano I need at least {ask} francs, it is in fine condition.")
        )
        steps.append(turn("pupil", f"I can pay {bid} francs for the piano, more is not possible."))
        ask -= rng.randrange(10, 40)
    return fine(steps)


@FINE.family
def life_on_a_grid(rng: random.Random) -> Script:
    steps = []
    for at in range(14):
        row = "".join(rng.choice(".#") for _ in range(24))
        steps.append(turn("life", f"Generation {at}: {row} with {row.count('#')} cells alive."))
    return fine(steps)


@FINE.family
def wordle(rng: random.Random) -> Script:
    words = "crane slate audio pilot money bread flute grape".split()
    return fine(
        [
            t
            for w in words
            for t in (
                turn("player", f"My guess is {w}."),
                turn("judge", f"{rng.randrange(0, 4)} letters are in place."),
            )
        ]
    )


@FINE.family
def ask_all_shops(rng: random.Random) -> Script:
    steps = []
    for name in "north south east west central harbour station airport".split():
        steps.append(
            turn(
                "buyer",
                "Do you have the blue kettle in stock, and what does it cost?",
                to=f"shop_{name}",
            )
        )
        steps.append(turn(f"shop_{name}", "We are sorry, the blue kettle is sold out."))
    return fine(steps)


@FINE.family
def log_of_shifts(rng: random.Random) -> Script:
    log, steps = [], []
    for name in ["Ida", "Jon", "Kim", "Lou", "Mia", "Ned", "Ole", "Pia"]:
        log.append(f"{name} took over at {rng.randrange(24)} o'clock, all quiet")
        steps.append(turn("keeper", "; ".join(log)))
    return fine(steps)


@FINE.family
def thumbnails(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "imager",
                "",
                call("resize", {"file": f"img_{at:03d}.png", "width": 200}, {"ok": True}),
            )
            for at in range(22)
        ]
    )


@FINE.family
def peer_review(rng: random.Random) -> Script:
    steps = []
    for text in rng.sample(TOPICS, 9):
        steps.append(turn("author", text))
        steps.append(turn("reviewer", "Accepted without changes, thank you."))
    return fine(steps)


@FINE.family
def bisect(rng: random.Random) -> Script:
    low, high, steps = 100, 1124, []
    while high - low > 1:
        mid = (low + high) // 2
        bad = rng.random() < 0.5
        steps.append(
            turn(
                "git",
                "Testing the commit in the middle.",
                call("bisect_test", {"commit": mid}, "bad" if bad else "good"),
            )
        )
        low, high = (low, mid) if bad else (mid, high)
    return fine(steps)


@FINE.family
def hourly_check(rng: random.Random) -> Script:
    return fine(
        [
            turn("guard", "All doors are locked and nobody is in the hall.", at=at * 3600.0)
            for at in range(10)
        ]
    )


@FINE.family
def annealing(rng: random.Random) -> Script:
    cost, steps = 900.0, []
    for at in range(18):
        cost *= rng.uniform(0.9, 1.01)
        steps.append(
            turn("solver", f"At temperature {100 * 0.9**at:.2f} the tour costs {cost:.1f}.")
        )
    return fine(steps)


@FINE.family
def interpreter(rng: random.Random) -> Script:
    steps = []
    for at, text in enumerate(rng.sample(TOPICS, 8)):
        steps.append(turn("speaker", text))
        steps.append(turn("interpreter", f"He says: {TOPICS[(at * 5 + 3) % len(TOPICS)]}"))
    return fine(steps)


@FINE.family
def green_builds(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "dev",
                text,
                call("commit", {"m": text}, f"[main {rng.getrandbits(28):07x}] 1 file changed"),
                call("ci", {}, "all checks passed"),
            )
            for text in rng.sample(TOPICS, 10)
        ]
    )


@FINE.family
def standup(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                f"member_{at % 3}",
                f"Yesterday: {TOPICS[at]} Today: {TOPICS[(at + 7) % 18]} No blockers.",
            )
            for at in range(15)
        ]
    )


@FINE.family
def vocabulary_drill(rng: random.Random) -> Script:
    pairs = [
        ("dog", "hund"),
        ("cat", "katze"),
        ("tree", "baum"),
        ("house", "haus"),
        ("bread", "brot"),
        ("water", "wasser"),
        ("fire", "feuer"),
        ("snow", "schnee"),
    ]
    return fine(
        [
            t
            for a, b in pairs
            for t in (
                turn("tutor", f"What is the German word for {a}?"),
                turn("pupil", f"The German word is {b}."),
            )
        ]
    )


@FINE.family
def three_strikes(rng: random.Random) -> Script:
    steps = [
        turn("agent", "", call("dial", {"to": "desk 4"}, "Error: line is busy")) for _ in range(3)
    ]
    steps += [
        turn("agent", "", call("dial", {"to": "desk 5"}, "connected to desk 5, speaking to Ida"))
    ]
    return fine([*steps, *[turn("agent", t) for t in TOPICS[:6]]])


@FINE.family
def counters_published(rng: random.Random) -> Script:
    return fine(
        [
            turn("meter/default", f'{{"reading": {17 + at * 3 + rng.randrange(3)}, "unit": "kWh"}}')
            for at in range(20)
        ]
    ) | {"shape": "messages"}
