"""The fifth bank's kept half: more work that goes on, never looked into."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import json
import random

from .bank import Script, call, fine
from .fifth_kept_fine import DISHES, FINE, PARTS, STREETS
from .fifth_voices import Article, Cast, deck, lines, stamp


@FINE.family
def the_setting_was_better_before(rng: random.Random) -> Script:
    cast = Cast(rng, "Gardener", "Sensor")
    return fine(
        [
            cast.says(
                "Gardener",
                "Watering twice a day from now.",
                call("set_plan", {"per_day": 2}, "saved"),
            ),
            cast.says("Sensor", "Bed 3 is soaked, the roots get no air."),
            cast.says("Gardener", "Back to once a day.", call("set_plan", {"per_day": 1}, "saved")),
            cast.says("Sensor", "Bed 3 dries up slowly, the others are fine."),
            cast.says(
                "Gardener",
                "Then bed 3 gets a drain, and all stay at once a day.",
                call("open_drain", {"bed": 3}, "opened"),
            ),
            cast.says("Sensor", "Moisture is even everywhere."),
            cast.says("Gardener", "Good, I note that for next year."),
        ]
    )


@FINE.family
def mails_with_threads(rng: random.Random) -> Script:
    cast = Cast(rng, "Tenant", "Agency")
    talk = lines("""
        The heating in my flat makes noises at night.|Is it a knocking or a whistling noise?
        A knocking, mostly around three.|Then there is air in it. When may the plumber come?
        On Tuesday after five.|He is there at half past five, his name is Weiss.
        He came, but one part has to be ordered.|We ordered the valve, it takes nine days.
        In the meantime the bathroom is cold.|You will get a small electric heater tomorrow.
        The heater arrived, thank you.|The valve is here earlier, Friday at eight?
        Friday at eight is fine.|Please remove the shelf in front of the radiator before.
        Done, and it is quiet now.|Glad to hear it, we close the ticket.""")
    steps, thread = [], []
    for row in talk:
        for who, text in zip(cast.names, row.split("|"), strict=True):
            quoted = "\n".join(f"> {old}" for old in thread[-3:])
            steps.append(cast.says(who, f"{text}\n\n{quoted}".strip()))
            thread.append(text)
    return fine(steps)


@FINE.family
def menu_in_three_languages(rng: random.Random) -> Script:
    cast = Cast(rng, "Menu", "French", "Italian")
    steps = []
    for dish in rng.sample(DISHES, 9):
        herb = rng.choice(["basil", "mint", "dill", "thyme"])
        steps += [
            cast.says("Menu", f"Translate: {dish} with {herb}."),
            cast.says(
                "French", f"En français : {dish} {rng.choice(['au', 'à la', 'aux'])} {herb[:4]}e."
            ),
            cast.says("Italian", f"In italiano: {dish} con {herb[:4]}o."),
        ]
    return fine(steps)


@FINE.family
def growing_guest_list(rng: random.Random) -> Script:
    cast = Cast(rng, "Host", "Friend")
    steps, guests = [], []
    for street, dish in zip(rng.sample(STREETS, 12), rng.sample(DISHES, 12), strict=True):
        guests.append(f"{len(guests) + 1}. Mr {street}: brings {dish}")
        steps += [
            cast.says("Friend", f"Please add Mr {street}, he brings {dish}."),
            cast.says("Host", "The guests so far:\n" + "\n".join(guests)),
        ]
    return fine(steps)


@FINE.family
def call_for_tenders(rng: random.Random) -> Script:
    names = rng.sample(STREETS, 10)
    cast = Cast(rng, "Buyer", *names)
    ask = "Please make an offer for 200 kitchen chairs, oak, delivered in May."
    steps = []
    for name in names:
        steps.append(
            cast.says(
                "Buyer",
                ask,
                call(
                    "send_mail",
                    {"to": f"{name.lower()}@tenders.example", "text": ask},
                    {"sent": True},
                ),
            )
        )
    for name in names:
        steps.append(
            cast.says(
                name,
                f"We offer 200 chairs at {rng.randrange(40, 120)} each, delivery on {rng.randrange(1, 31)} May.",
            )
        )
    return fine(steps)


@FINE.family
def bicycle_course(rng: random.Random) -> Script:
    cast = Cast(rng, "Mechanic", "Learner")
    parts = lines("""
        Turn the bike upside down, it stands on saddle and handlebar.
        Open the brake so that the wheel has room.
        Loosen both nuts with a 15 spanner, a turn at a time.
        Lift the wheel out and lay the chain aside.
        Put two levers under the tyre and pry it over the rim.
        Pull out the tube and pump it up until you hear the hole.
        Roughen the spot, apply the glue and wait five minutes.
        Press the patch on with your thumb for a minute.
        Feel inside the tyre for the thorn that did it.
        Put tube and tyre back, starting at the valve.
        Set the wheel in, centre it and tighten the nuts.
        Close the brake and pump up to four bar.""")
    steps = []
    for part in parts:
        steps += [
            cast.says("Mechanic", part),
            cast.says(
                "Learner",
                rng.choice(
                    [
                        "OK, I did that.",
                        "Done!",
                        "That worked. And now?",
                        "Yes, done. What comes next?",
                    ]
                ),
            ),
        ]
    return fine(steps)


@FINE.family
def mental_arithmetic(rng: random.Random) -> Script:
    cast = Cast(rng, "Trainer", "Child")
    steps = []
    for _ in range(12):
        a, b = rng.randrange(2, 30), rng.randrange(2, 30)
        steps += [
            cast.says("Trainer", f"How much is {a} plus {b}?"),
            cast.says("Child", f"It is {a + b + rng.choice([0, 0, 0, 1])}."),
            cast.says(
                "Trainer",
                rng.choice(
                    ["Well done, next one.", "Good, the next one.", "Almost, the next one."]
                ),
            ),
        ]
    return fine(steps)


@FINE.family
def job_interview(rng: random.Random) -> Script:
    cast = Cast(rng, "Recruiter", "Applicant")
    talk = lines("""
        Why do you want to leave your job?|The plant moves to another country next year.
        What are you most proud of?|A press that ran for two years without a stop.
        Where did you fail?|I once ordered steel of the wrong grade.
        What did you learn from it?|To read an order aloud before I sign.
        How do you handle shift work?|Nights are fine, mornings are hard for me.
        Do you lead people?|A crew of six, two of them apprentices.
        Which languages do you speak?|Polish, German and some Turkish.
        What would you change first here?|The stairs to the store, they are dangerous.
        When could you start?|In August, after the handover.
        What should we pay you?|What the agreement says for grade nine.""")
    steps = []
    for row in talk:
        asked, told = row.split("|")
        steps += [cast.says("Recruiter", f"Thank you. {asked}"), cast.says("Applicant", told)]
    return fine(steps)


@FINE.family
def accident_report(rng: random.Random) -> Script:
    cast = Cast(rng, "Form", "Driver")
    fields = [
        "plate",
        "insurer",
        "policy",
        "place",
        "hour",
        "weather",
        "speed",
        "witness",
        "damage",
        "garage",
        "phone",
    ]
    steps = []
    for at, field in enumerate(fields, 1):
        value = f"{rng.choice(PARTS)}-{rng.randrange(100, 999)}"
        steps += [
            cast.says("Form", f"Field {at} of {len(fields)}: {field}?"),
            cast.says("Driver", value),
            cast.says("Form", f"Saved: {field} = {value}"),
        ]
    return fine(steps)


@FINE.family
def key_that_fits_at_last(rng: random.Random) -> Script:
    cast = Cast(rng, "Solver")
    keys = [f"{word.lower()}-{rng.randrange(10, 99)}" for word in rng.sample(STREETS, 8)]
    steps = [
        cast.says(
            "Solver",
            "",
            call(
                "try_key",
                {"box": "B7", "key": key},
                {"opened": False, "pins_set": rng.randrange(0, 5)},
            ),
        )
        for key in keys
    ]
    steps.append(
        cast.says(
            "Solver",
            "",
            call(
                "try_key", {"box": "B7", "key": "yew-11"}, {"opened": True, "content": "a violin"}
            ),
        )
    )
    return fine(steps)


@FINE.family
def streaming_tokens(rng: random.Random) -> Script:
    cast = Cast(rng, "Downloader", "Owner")
    steps, got = [], 0
    while got < 4096:
        got = min(4096, got + rng.randrange(150, 400))
        steps.append(
            cast.says(
                "Downloader",
                f"Downloaded {got} of 4096 MB at {rng.uniform(8, 14):.1f} MB/s, eta {stamp(9000 - got)}",
            )
        )
    return fine([*steps, cast.says("Owner", "The model is here.")])


@FINE.family
def weekly_round(rng: random.Random) -> Script:
    names = ["Press", "Shop", "Guards", "Workshop"]
    cast = Cast(rng, *names)
    said = deck(
        rng,
        [
            f"the {a} {b}"
            for a in PARTS[:10]
            for b in ("broke", "was replaced", "is on order", "was cleaned", "got lost")
        ],
    )
    steps = []
    for week in range(5):
        for name in names:
            steps.append(
                cast.says(
                    name, f"{name}, week {week + 1}: {next(said)}; {next(said)}. Nothing else."
                )
            )
    return fine(steps)


@FINE.family
def chapter_by_chapter(rng: random.Random) -> Script:
    cast = Cast(rng, "Reader", "Notes")
    steps = []
    for at in range(9):
        text = Article(rng, rng.choice(STREETS).lower() + " trees", 20).window(0, 20)
        steps += [
            cast.says(
                "Reader", "", call("open_chapter", {"book": "trees", "number": at + 1}, text)
            ),
            cast.says(
                "Notes",
                json.dumps(
                    {
                        "chapter": at + 1,
                        "summary": f"about {rng.choice(PARTS)} and {rng.choice(DISHES)}",
                    }
                ),
            ),
        ]
    return fine(steps)
