"""The fifth bank's kept half: loops around tools and records, never looked into."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import json
import random

from .bank import Script, call, loop
from .fifth_kept_loops import BEFORE, LOOPS
from .fifth_voices import Article, Cast, Store, deck, guid, ident, lines, shuffled, stamp


@LOOPS.family
def toujours_la_meme_chose(rng: random.Random) -> Script:
    cast = Cast(rng, "Claire", "Hugo")
    a = deck(
        rng,
        lines("""
        Peux-tu vérifier la traduction de la salle douze, s'il te plaît ?
        Il faudrait vérifier la traduction de la salle douze.
        La traduction de la salle douze doit être vérifiée.
        Merci de vérifier encore la traduction de la salle douze."""),
    )
    b = deck(
        rng,
        lines("""
        J'ai vérifié la traduction de la salle douze, elle est correcte.
        C'est fait, la traduction de la salle douze est correcte.
        La traduction de la salle douze est vérifiée et correcte.
        Vérification faite : la salle douze est correctement traduite."""),
    )
    rounds = [[cast.says("Claire", next(a)), cast.says("Hugo", next(b))] for _ in range(8)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def up_and_down_the_page(rng: random.Random) -> Script:
    cast = Cast(rng, "Surfer")
    page = Article(rng, "salt making", 45)
    words = deck(
        rng,
        lines("""
        The price of salt must be further down.
        I will look further up again.
        Maybe I have missed the price of salt.
        Scrolling once more to find the price."""),
    )
    rounds = []
    for _ in range(6):
        rounds.append(
            [
                cast.says(
                    "Surfer",
                    next(words),
                    call(
                        "scroll", {"direction": way}, f"Showing lines {at} of 45\n{page.window(at)}"
                    ),
                )
                for way, at in (("down", 15), ("down", 30), ("up", 15), ("up", 0))
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def two_tools_in_turn(rng: random.Random) -> Script:
    cast = Cast(rng, "Agent")
    rounds = []
    for at in range(8):
        rounds.append(
            [
                cast.says(
                    "Agent",
                    "",
                    call(
                        "get_booking",
                        {"ref": "M-40", "trace": guid(rng)},
                        {"ref": "M-40", "state": "unconfirmed", "fetched": stamp(40 * at)},
                    ),
                ),
                cast.says(
                    "Agent",
                    "",
                    call(
                        "confirm_booking",
                        {"ref": "M-40"},
                        {"ok": True, "state": "unconfirmed", "job": ident(rng)},
                    ),
                ),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def extract_check_reject(rng: random.Random) -> Script:
    cast = Cast(rng, "Extractor", "Validator", "Router")
    reasons = deck(
        rng,
        lines("""
        The field "donor" is missing in the record.
        No "donor" in this record, it is invalid.
        Invalid: the record lacks the "donor" field.
        Record without "donor" cannot be accepted."""),
    )
    rounds = []
    for _ in range(7):
        found = {"object": "boat", "room": 12, "year": 1840, "material": "oak"}
        rounds.append(
            [
                cast.says("Extractor", json.dumps(shuffled(rng, found))),
                cast.says("Validator", next(reasons)),
                cast.says(
                    "Router",
                    json.dumps(
                        shuffled(
                            rng,
                            {
                                "next": "Extractor",
                                "reason": "validation failed",
                                "ticket": ident(rng, 8),
                            },
                        )
                    ),
                ),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def beat_of_two_logs(rng: random.Random) -> Script:
    cast = Cast(rng, "Sync", "Mirror")
    rounds = []
    queue = rng.randrange(100, 200)
    for at in range(9):
        queue += 1
        rounds.append(
            [
                cast.says(
                    "Sync",
                    f"[{stamp(at * 9)}] sync #{queue} requested, mirror is behind, retry in {rng.randrange(2, 9)} s",
                ),
                cast.says(
                    "Mirror",
                    f"[{stamp(at * 9 + 4)}] mirror locked by sync #{queue - 1}, cannot start (took {rng.randrange(20, 90)} ms)",
                ),
            ]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def not_my_room(rng: random.Random) -> Script:
    cast = Cast(rng, "Coins", "Ships", "Textiles")
    to = {"Coins": "Ships", "Ships": "Textiles", "Textiles": "Coins"}
    ways = {
        who: deck(
            rng,
            [
                f"The sail belongs to {to[who]}, handing over.",
                f"I think {to[who]} should look after the sail.",
                f"Over to {to[who]}, the sail is theirs.",
                f"That sail is a matter for {to[who]}.",
            ],
        )
        for who in to
    }
    rounds = [[cast.says(who, next(ways[who])) for who in cast.names] for _ in range(7)]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def ledger_without_progress(rng: random.Random) -> Script:
    cast = Cast(rng, "Orchestrator", "Worker")
    reasons = deck(
        rng,
        lines("""
        The speaker for Italian has not been found so far.
        We still lack a speaker for Italian.
        No speaker for Italian has been found yet.
        An Italian speaker is still to be found."""),
    )
    orders = deck(
        rng,
        lines("""
        Find a speaker for Italian who is free in March.
        Please look for an Italian speaker, free in March.
        Search for speakers of Italian that have time in March.
        We need somebody who speaks Italian and is free in March."""),
    )
    fails = deck(
        rng,
        lines("""
        I could not find anybody for Italian who is free in March.
        Nobody who speaks Italian has time in March.
        No Italian speaker seems to be available in March.
        My search for Italian speakers in March gave nothing."""),
    )
    rounds = []
    for _ in range(7):
        ledger = {
            "is_request_satisfied": {"answer": False, "reason": next(reasons)},
            "is_progress_being_made": {"answer": rng.random() < 0.5, "reason": "see above"},
            "instruction_or_question": {"answer": next(orders)},
            "next_speaker": {"answer": "Worker"},
        }
        rounds.append(
            [cast.says("Orchestrator", json.dumps(ledger)), cast.says("Worker", next(fails))]
        )
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def translator_and_purist(rng: random.Random) -> Script:
    cast = Cast(rng, "Translator", "Purist")
    versions = deck(
        rng,
        lines("""
        "The salt remembers the sea."
        "Salt has a memory of the sea."
        "The sea is remembered by the salt."
        "Salt remembers the sea."
        "The memory of the sea is in the salt." """),
    )
    no = deck(
        rng,
        lines("""
        Closer, yet it misses the tone of the original. Again, please.
        The tone of the original is missing, please once more.
        That is not the tone of the original. Try again.
        It misses the original's tone, one more attempt please."""),
    )
    rounds = [
        [cast.says("Translator", next(versions)), cast.says("Purist", next(no))] for _ in range(8)
    ]
    return loop(cast.talk(BEFORE), rounds, cast.names)


@LOOPS.family
def stuck_after_honest_work(rng: random.Random) -> Script:
    cast = Cast(rng, "Builder", "Tester")
    store = Store(flag=0)
    before = []
    for at in range(12):
        done = store.set(f"room{at}", rng.randrange(3, 60))
        before.append(
            cast.says(
                "Builder",
                f"Room {at} has its beacon.",
                call("place_beacon", done, {"ok": True, **done, "battery": rng.randrange(60, 100)}),
            )
        )
    words = deck(
        rng,
        lines("""
        The beacon of room 13 does not answer, I place it again.
        No answer from the beacon in room 13, placing it anew.
        Room 13: the beacon stays silent, again.
        Placing the beacon of room 13 once more, it is silent."""),
    )
    silent = deck(
        rng,
        lines("""
        Beacon 13 is silent.
        I hear nothing from beacon 13.
        Nothing from beacon 13."""),
    )
    rounds = [
        [
            cast.says(
                "Builder",
                next(words),
                call(
                    "place_beacon",
                    {"key": "room13", "value": 9},
                    {"ok": False, "key": "room13", "cause": "no signal", "at": stamp(at)},
                ),
            ),
            cast.says("Tester", next(silent)),
        ]
        for at in range(8)
    ]
    return loop(before, rounds, cast.names)
