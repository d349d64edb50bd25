"""The second bank: written apart from the rules and never tuned on. Its scores are published.

Nobody may change a rule because of a case in here; a case that shows a mistake goes, in other
words, into the tuning bank first.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from .bank import Bank, Script, call, loop, turn

LOOPS = Bank("held-out loops")

TOPICS = [
    "The museum opens a wing for glass art in autumn.",
    "Rainfall in the valley was twice that of a usual April.",
    "A baker in the harbour street sells bread by weight again.",
    "Two bridges need new bearings before trucks may cross.",
    "The choir rehearses in the gym because the roof of the hall leaks.",
    "Solar panels on the school pay for its library.",
    "Ferries now leave from the southern pier at noon.",
    "An old mill became a workshop for violin makers.",
    "The night bus runs through the hospital since May.",
    "Farmers test a drone that counts wild boars.",
    "A tunnel under the rail yard is to open for bicycles.",
    "The town sold its ice rink to a sports club.",
    "Storks nest on the chimney of the closed brewery.",
    "Volunteers dig out a Roman road near the airport.",
    "The market hall gets a second floor for repair shops.",
    "Teachers ask for smaller rooms and fewer screens.",
    "A storm uprooted the oldest lime tree of the park.",
    "The theatre plays outdoors until its stage is rewired.",
]


def _opening(rng: random.Random, names: Sequence[str]) -> list[dict]:
    picked = rng.sample(TOPICS, rng.randrange(2, 8))
    return [turn(names[at % len(names)], text) for at, text in enumerate(picked)]


# -- loops -----------------------------------------------------------------------------------------
@LOOPS.family
def after_you(rng: random.Random) -> Script:
    one = [
        "Shall I start with the introduction, or would you rather do that?",
        "Would you rather start with the introduction, or shall I?",
        "I can start with the introduction, or would you rather do it?",
    ]
    two = [
        "Whatever suits you best, I am happy either way.",
        "I am happy either way, whatever suits you.",
        "Either way is fine, whatever suits you best.",
    ]
    rounds = [[turn("anna", rng.choice(one)), turn("ben", rng.choice(two))] for _ in range(11)]
    return loop(_opening(rng, ["anna", "ben"]), rounds, ["anna", "ben"])


@LOOPS.family
def locked_file(rng: random.Random) -> Script:
    pid = rng.randrange(1000, 9999)
    rounds = [
        [
            turn(
                "ops",
                rng.choice(["Saving again.", "Let me save it.", "Now it should work.", "Saving."]),
                call(
                    "write_file",
                    {"path": "/srv/a.cfg", "mode": "w"},
                    f"OSError: file is locked by process {pid}",
                ),
            )
        ]
        for _ in range(9)
    ]
    return loop(_opening(rng, ["ops"]), rounds, ["ops"])


@LOOPS.family
def shifting_filters(rng: random.Random) -> Script:
    words = ["open", "pending", "new", "unresolved", "active", "waiting", "untouched", "recent"]
    rng.shuffle(words)
    rounds = [
        [
            turn(
                "desk",
                "",
                call(
                    "find_tickets",
                    {"status": w, "queue": "billing"},
                    "No tickets matched the filter.",
                ),
            )
        ]
        for w in words
    ]
    return loop(_opening(rng, ["desk"]), rounds, ["desk"])


@LOOPS.family
def four_on_a_ring(rng: random.Random) -> Script:
    names = ["scout", "editor", "lawyer", "printer"]
    lines = rng.sample(TOPICS, 4)
    rounds = [[turn(n, t) for n, t in zip(names, lines, strict=True)] for _ in range(5)]
    return loop(_opening(rng, names), rounds, names)


@LOOPS.family
def cut_off_reply(rng: random.Random) -> Script:
    text = "The quarterly figures show that the northern branch has"
    rounds = [
        [turn("analyst", text), turn("boss", "Your answer breaks off, please send all of it.")]
        for _ in range(7)
    ]
    return loop(_opening(rng, ["analyst", "boss"]), rounds, ["analyst", "boss"])


@LOOPS.family
def session_tokens(rng: random.Random) -> Script:
    rounds = [
        [
            turn("client", f"Opening session sess_{rng.getrandbits(48):012x} with the archive."),
            turn(
                "archive", f"Session sess_{rng.getrandbits(48):012x} was refused, open another one."
            ),
        ]
        for _ in range(8)
    ]
    return loop(_opening(rng, ["client", "archive"]), rounds, ["client", "archive"])


@LOOPS.family
def nested_arguments(rng: random.Random) -> Script:
    rounds = []
    for _ in range(8):
        inner = [("lat", 59.9), ("lon", 10.7), ("zoom", 4)]
        rng.shuffle(inner)
        rounds.append(
            [
                turn(
                    "map",
                    "",
                    call(
                        "render",
                        {"view": dict(inner), "layer": "rail"},
                        {"tiles": 0, "note": "layer is empty at this zoom"},
                    ),
                )
            ]
        )
    return loop(_opening(rng, ["map"]), rounds, ["map"])


@LOOPS.family
def rewrites_of_a_letter(rng: random.Random) -> Script:
    letter = (
        "Dear neighbours, on Saturday the street is closed from eight in the morning because a "
        "crane lifts the new boiler into the corner house. Please park on the other side of the "
        "canal, where the council has set aside forty places for us. The bus stops at the bakery "
        "that day. We are sorry for the noise and invite you to soup and bread at noon in our yard."
    ).split()
    swap = {
        "closed": "shut",
        "morning": "day",
        "lifts": "hoists",
        "new": "large",
        "noise": "trouble",
        "invite": "ask",
        "yard": "garden",
    }
    rounds = []
    for old, new in swap.items():
        letter = [new if word.strip(",.") == old else word for word in letter]
        rounds.append([turn("clerk", " ".join(letter)), turn("chair", rng.choice(TOPICS))])
    return loop(
        _opening(rng, ["clerk", "chair"]), rounds, ["clerk"], alternatives=[["clerk", "chair"]]
    )


@LOOPS.family
def who_goes_first(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "hotel",
                "",
                call(
                    "transfer_to_airline", {"reason": "needs a flight"}, "Handed over to airline."
                ),
            ),
            turn(
                "airline",
                "",
                call("transfer_to_hotel", {"reason": "needs a room"}, "Handed over to hotel."),
            ),
        ]
        for _ in range(6)
    ]
    return loop(_opening(rng, ["hotel", "airline"]), rounds, ["hotel", "airline"])


@LOOPS.family
def same_speaker(rng: random.Random) -> Script:
    text = "As the planner I suggest that the coder begins with the parser and reports back."
    return loop(_opening(rng, ["planner", "coder"]), [[turn("planner", text)]] * 9, ["planner"])


@LOOPS.family
def japanese(rng: random.Random) -> Script:
    rounds = [
        [
            turn("営業", "見積書をもう一度確認していただけますか。"),
            turn("経理", "承認者の署名がないため、処理できません。"),
        ]
        for _ in range(7)
    ]
    return loop([], rounds, ["営業", "経理"])


@LOOPS.family
def german_near(rng: random.Random) -> Script:
    end = ["bitte", "danke", "vielen Dank", "beste Grüße"]
    rounds = [
        [
            turn(
                "kunde",
                f"Können Sie mir die Rechnung vom März noch einmal schicken, {rng.choice(end)}?",
            ),
            turn(
                "dienst",
                "Die Rechnung vom März finde ich leider nicht in unserem System, "
                f"{rng.choice(end)}.",
            ),
        ]
        for _ in range(9)
    ]
    return loop([], rounds, ["kunde", "dienst"])


@LOOPS.family
def rebuild_without_change(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "dev",
                rng.choice(TOPICS),
                call("apply_patch", {"diff": rng.choice(TOPICS)}, "patched"),
                call(
                    "build",
                    {"target": "all"},
                    "error: undefined symbol 'parse_head' in linker stage",
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(_opening(rng, ["dev"]), rounds, ["dev"])


@LOOPS.family
def empty_html(rng: random.Random) -> Script:
    html = (
        "<html><head><title>Sign in</title></head><body><form action='/login'>"
        + "<p>Please sign in to go on.</p>" * 30
        + "</form></body></html>"
    )
    rounds = [
        [
            turn(
                "surf",
                rng.choice(TOPICS),
                call("visit", {"url": "https://intra.example/report"}, html),
            )
        ]
        for _ in range(9)
    ]
    return loop(_opening(rng, ["surf"]), rounds, ["surf"])


@LOOPS.family
def verdict_on_same_essay(rng: random.Random) -> Script:
    essay = " ".join(TOPICS[:5])
    rounds = [
        [
            turn("pupil", essay),
            turn("teacher", "The essay has no thread, connect its sentences and hand it in again."),
        ]
        for _ in range(6)
    ]
    return loop(_opening(rng, ["pupil", "teacher"]), rounds, ["pupil", "teacher"])


@LOOPS.family
def messages_ping_pong(rng: random.Random) -> Script:
    rounds = [
        [
            turn("relay/default", '{"kind": "sync", "state": "behind"}'),
            turn("hub/default", '{"kind": "sync", "state": "ahead"}'),
        ]
        for _ in range(9)
    ]
    return loop(
        [turn("hub/default", t) for t in rng.sample(TOPICS, 3)], rounds, ["relay", "hub"]
    ) | {"shape": "messages"}


@LOOPS.family
def weather_thrice_and_on(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "guide",
                "Let me look at the forecast.",
                call(
                    "forecast",
                    {"place": "Bergen", "at": f"2026-05-01T10:{at:02d}:00Z"},
                    {"sky": "cloudy", "wind": "weak", "at": f"2026-05-01T10:{at:02d}:03Z"},
                ),
            )
        ]
        for at in range(9)
    ]
    return loop(_opening(rng, ["guide"]), rounds, ["guide"])


@LOOPS.family
def second_conversation(rng: random.Random) -> Script:
    topics = iter(TOPICS * 3)
    rounds = [
        [
            turn(
                "host",
                "Which date would suit you for the visit to the plant?",
                conversation="visit",
            ),
            turn("host", next(topics), conversation="news"),
            turn(
                "guest", "Any date that suits you for the visit to the plant.", conversation="visit"
            ),
            turn("guest", next(topics), conversation="news"),
        ]
        for _ in range(7)
    ]
    return loop([], rounds, ["host", "guest"])
