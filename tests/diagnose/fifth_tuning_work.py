"""The fifth bank's tuning half: more work that goes on."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import json
import random

from .bank import Script, call, fine
from .fifth_tuning_fine import _CONTRA, FINE, FIRST, GOODS, LAST
from .fifth_voices import Article, Cast, lines, stamp


@FINE.family
def rollback_once(rng: random.Random) -> Script:
    cast = Cast(rng, "Ops", "QA")
    return fine(
        [
            cast.says("Ops", "", call("deploy", {"version": "4.1"}, {"ok": True})),
            cast.says("QA", "The cart is empty after login with 4.1."),
            cast.says("Ops", "Rolling back.", call("deploy", {"version": "4.0"}, {"ok": True})),
            cast.says("QA", "With 4.0 the cart is there again."),
            cast.says(
                "Ops",
                "I found the session bug and built 4.1.1.",
                call("deploy", {"version": "4.1.1"}, {"ok": True}),
            ),
            cast.says("QA", "The cart survives the login now, and logout empties it."),
            cast.says("Ops", "", call("tag", {"version": "4.1.1", "name": "stable"}, {"ok": True})),
        ]
    )


@FINE.family
def answers_that_quote(rng: random.Random) -> Script:
    cast = Cast(rng, "Customer", "Support")
    questions = lines("""
        Can the lamp be dimmed with an ordinary switch?
        How long is the cable of the lamp?
        Is the shade washable?
        Which bulbs fit into it?
        Does the warranty cover the glass?
        Can I return it after four weeks?
        Is there a version for the wall?
        Do you ship to islands?
        What does the large one weigh?""")
    replies = lines("""
        Only with an electronic one, the old kind makes it flicker.
        1.8 metres, and there is an extension of two more.
        By hand, with lukewarm water, never in the machine.
        Any E14 up to nine watts.
        Glass is excluded, everything else is covered for three years.
        Up to thirty days, if it is in its box.
        Not yet, one is planned for spring.
        We do, at eleven extra, it takes a week.
        Four kilograms and a half with its foot.""")
    steps = []
    for question, reply in zip(questions, replies, strict=True):
        steps += [
            cast.says("Customer", question),
            cast.says(
                "Support", f"> {question}\n{reply}\n\nIs there anything else I can help you with?"
            ),
        ]
    return fine(steps)


@FINE.family
def proverbs_translated(rng: random.Random) -> Script:
    cast = Cast(rng, "Source", "Translator")
    pairs = [
        ("Morgenstund hat Gold im Mund", "The early bird catches the worm"),
        ("Wer rastet, der rostet", "Use it or lose it"),
        ("Übung macht den Meister", "Practice makes perfect"),
        ("Viele Köche verderben den Brei", "Too many cooks spoil the broth"),
        ("Aller Anfang ist schwer", "All beginnings are hard"),
        ("Ende gut, alles gut", "All is well that ends well"),
        ("Kleider machen Leute", "Clothes make the man"),
        ("Hunger ist der beste Koch", "Hunger is the best sauce"),
        ("Stille Wasser sind tief", "Still waters run deep"),
        ("Lügen haben kurze Beine", "Lies have short legs"),
    ]
    steps = []
    for german, english in rng.sample(pairs, len(pairs)):
        steps += [
            cast.says("Source", f"Please translate into English: »{german}«"),
            cast.says("Translator", f"The translation is: “{english}”."),
        ]
    return fine(steps)


@FINE.family
def inventory_table(rng: random.Random) -> Script:
    cast = Cast(rng, "Counter", "Clerk")
    steps, rows = [], ["| item | pieces |", "| --- | --- |"]
    for item in rng.sample(GOODS, 11):
        rows.append(f"| {item} | {rng.randrange(1, 90)} |")
        steps += [
            cast.says("Counter", "Here is the table so far:\n" + "\n".join(rows)),
            cast.says("Clerk", "Thank you, please go on with the next shelf."),
        ]
    return fine(steps)


@FINE.family
def one_task_to_many(rng: random.Random) -> Script:
    names = rng.sample(FIRST, 9)
    cast = Cast(rng, "Chief", *names)
    steps = [cast.says("Chief", "Everybody please estimate the repair in hours and say why.")]
    reasons = rng.sample(_CONTRA, 9)
    for name, reason in zip(names, reasons, strict=True):
        steps.append(
            cast.says("Chief", f"{name}, what is your estimate for the repair in hours, and why?")
        )
        steps.append(cast.says(name, f"I estimate {rng.randrange(2, 40)} hours. {reason}"))
    return fine(steps)


@FINE.family
def bread_tutorial(rng: random.Random) -> Script:
    cast = Cast(rng, "Teacher", "Pupil")
    parts = lines("""
        Step 1: weigh 500 g of flour into a wide bowl.
        Step 2: dissolve the yeast in 330 ml of lukewarm water.
        Step 3: pour it into the flour and stir with a spoon.
        Step 4: add 10 g of salt once no dry flour is left.
        Step 5: knead for eight minutes on the table.
        Step 6: cover it with a cloth and wait for an hour.
        Step 7: fold the dough four times from all sides.
        Step 8: shape a loaf and put it into a tin.
        Step 9: heat the oven to 240 degrees with a pan of water.
        Step 10: bake for forty minutes, the last ten without steam.""")
    steps = []
    for part in parts:
        steps += [
            cast.says("Teacher", part),
            cast.says(
                "Pupil",
                rng.choice(
                    ["Done.", "Done, what is next?", "OK, done.", "Ready for the next step."]
                ),
            ),
        ]
    return fine(steps)


@FINE.family
def capitals_quiz(rng: random.Random) -> Script:
    cast = Cast(rng, "Host", "Guest")
    known = {
        "Peru": "Lima",
        "Kenya": "Nairobi",
        "Norway": "Oslo",
        "Cuba": "Havana",
        "Egypt": "Cairo",
        "Nepal": "Kathmandu",
        "Ghana": "Accra",
        "Chile": "Santiago",
        "Latvia": "Riga",
        "Qatar": "Doha",
        "Samoa": "Apia",
        "Mali": "Bamako",
    }
    steps = []
    for land in rng.sample(list(known), 11):
        right = rng.random() < 0.7
        guess = known[land] if right else rng.choice(list(known.values()))
        steps += [
            cast.says("Host", f"What is the capital of {land}?"),
            cast.says("Guest", f"I say {guess}."),
            cast.says(
                "Host", "Correct! One point." if guess == known[land] else "Wrong, no point."
            ),
        ]
    return fine(steps)


@FINE.family
def witness_interview(rng: random.Random) -> Script:
    cast = Cast(rng, "Officer", "Witness")
    asked = lines("""
        Where were you at eight?|At the tram stop near the bakery.
        Who was with you?|Nobody, my sister had left already.
        What did you hear?|A bang, and glass falling.
        What did you see then?|A van that went off without lights.
        Which colour was it?|Grey, or a dirty white.
        Did you see the plate?|Only the last two digits, 4 and 1.
        Was anybody hurt?|A cyclist had a cut on the arm.
        What did you do?|I called the ambulance and stayed.
        When did it arrive?|After some ten minutes.
        Had you seen the van before?|Yes, in the morning, at the school.
        Would you recognise the driver?|I doubt it, he wore a cap.""")
    steps = []
    for row in asked:
        question, answer = row.split("|")
        steps += [cast.says("Officer", question), cast.says("Witness", answer)]
    return fine(steps)


@FINE.family
def visa_form(rng: random.Random) -> Script:
    cast = Cast(rng, "Bot", "Human")
    fields = [
        "surname",
        "first name",
        "date of birth",
        "passport number",
        "issued on",
        "valid until",
        "street",
        "town",
        "postcode",
        "occupation",
        "date of arrival",
        "date of departure",
    ]
    steps = []
    for field in fields:
        value = (
            f"{rng.choice(LAST)}"
            if "name" in field
            else f"{rng.choice(GOODS)} {rng.randrange(10, 99)}"
        )
        steps += [
            cast.says("Bot", f"Please enter your {field}."),
            cast.says("Human", value, call("fill", {"field": field, "value": value}, {"ok": True})),
        ]
    return fine(steps)


@FINE.family
def other_parameters_until_it_fits(rng: random.Random) -> Script:
    cast = Cast(rng, "Packer")
    steps = []
    for level in range(1, 6):
        size = 24 - 3 * level + rng.random()
        fits = size < 10.5
        steps.append(
            cast.says(
                "Packer",
                "",
                call(
                    "compress",
                    {"file": "video.mp4", "level": level, "codec": rng.choice(["h264", "av1"])},
                    {"ok": fits, "size_mb": round(size, 1), "limit_mb": 10.5}
                    if fits
                    else f"error: result has {size:.1f} MB, the limit is 10.5 MB",
                ),
            )
        )
    steps.append(
        cast.says(
            "Packer",
            "",
            call(
                "compress",
                {"file": "video.mp4", "level": 6, "codec": "av1"},
                {"ok": True, "size_mb": 6.2},
            ),
        )
    )
    return fine([*steps, cast.says("Packer", "The video fits now.")])


@FINE.family
def streamed_progress(rng: random.Random) -> Script:
    cast = Cast(rng, "Renderer", "Viewer")
    steps, done = [], 0
    while done < 100:
        done = min(100, done + rng.randrange(3, 9))
        steps.append(
            cast.says(
                "Renderer",
                json.dumps({"status": "rendering", "frames_done": done * 24, "percent": done}),
            )
        )
    return fine([*steps, cast.says("Viewer", "The film looks good.")])


@FINE.family
def stand_up(rng: random.Random) -> Script:
    names = rng.sample(FIRST, 5)
    cast = Cast(rng, *names)
    verbs = (
        "finished started tested drew rewrote measured cleaned presented ordered sketched".split()
    )
    steps = []
    for day in range(4):
        for name in names:
            a, b, c = rng.sample(GOODS, 3)
            steps.append(
                cast.says(
                    name,
                    f"Yesterday I {rng.choice(verbs)} the {a}. Today I work on the {b}. {rng.choice(['No blockers.', f'Blocked by the {c}.'])}",
                    at=day * 40.0,
                )
            )
    return fine(steps)


@FINE.family
def reading_a_long_page(rng: random.Random) -> Script:
    cast = Cast(rng, "Reader")
    page = Article(rng, "lighthouses", 150)
    steps = [
        cast.says(
            "Reader", "", call("page_down", {}, f"Viewport {at // 15 + 1} of 10\n{page.window(at)}")
        )
        for at in range(0, 150, 15)
    ]
    return fine([*steps, cast.says("Reader", f"Read to the end at {stamp(900)}.")])
