"""The fourth bank's tuning half: more work that is fine."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import random
from itertools import pairwise

from .bank import Script, call, fine, turn
from .fourth_tuning_fine import FINE, NOUNS, TOWNS
from .fourth_tuning_loops import one


@FINE.family
def each_quotes_the_last(rng: random.Random) -> Script:
    lines = [
        "Let us paint the hall blue.",
        "Blue is cold, take ochre.",
        "Ochre is fine if the floor is light.",
        "The floor is oak, so light enough.",
        "Then ochre, and white for the ceiling.",
        "White needs two coats.",
        "Two coats then, on Tuesday.",
        "Tuesday the electrician is here.",
        "Then Wednesday.",
        "Wednesday it is, I order the paint.",
    ]
    steps = [turn("Ruth", lines[0])]
    for at, (before, line) in enumerate(pairwise(lines)):
        steps.append(turn(["Omar", "Ruth"][at % 2], f"> {before}\n\n{line}"))
    return fine(steps)


@FINE.family
def invitations(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "mailer",
                "",
                call(
                    "send_mail",
                    {
                        "to": f"{name}@example.org",
                        "subject": "Summer party",
                        "body": f"Dear {name.title()}, we would be delighted to see you at our summer party on the 4th of July. Please reply by Friday.",
                    },
                    "sent",
                ),
            )
            for name in rng.sample(NOUNS, 14)
        ]
    )


@FINE.family
def pages_of_one_shop(rng: random.Random) -> Script:
    """Long pages that share all of their frame."""
    frame = (
        "Home Women Men Kids Sale Stores Help Sign in Basket Free delivery over 50 Returns within 30 days Newsletter About us Careers Press Sustainability Gift cards Size guide Contact Cookies Terms Privacy Facebook Instagram "
        * 3
    )
    steps = []
    for noun in rng.sample(NOUNS, 10):
        steps.append(
            turn(
                "WebSurfer",
                f"I opened the page of the {noun}. The viewport shows 100% of it.\n{frame}\n{noun.title()}: {rng.randrange(5, 90)}.{rng.randrange(10, 99)} €, {rng.choice(['in stock', 'two left', 'sold out'])}, rated {rng.randrange(30, 50) / 10}.\n{frame}",
            )
        )
        steps.append(
            turn(
                "Orchestrator", f"Noted. Please open the page of the next article after the {noun}."
            )
        )
    return fine(steps)


@FINE.family
def edits_that_are_acknowledged(rng: random.Random) -> Script:
    steps = []
    for at, (a, b) in enumerate(pairwise(rng.sample(NOUNS, 14))):
        steps.append(
            turn(
                "SWE",
                rng.choice(["", "Now the next place.", "And here."]),
                call(
                    "str_replace_editor",
                    {
                        "command": "str_replace",
                        "path": "/repo/shop.py",
                        "old_str": f"self.{a} = None",
                        "new_str": f"self.{a}: {b.title()} | None = None",
                    },
                    "The file /repo/shop.py has been edited. Review the changes and make sure they are as expected. Edit the file again if necessary.",
                ),
            )
        )
        if at % 4 == 3:
            steps.append(
                turn(
                    "SWE",
                    "",
                    call(
                        "bash",
                        {"command": "pytest -q"},
                        f"............ \n12 passed in {rng.uniform(0.5, 2):.2f}s",
                    ),
                )
            )
    return fine(steps)


@FINE.family
def customers_one_after_another(rng: random.Random) -> Script:
    steps = []
    for name in rng.sample(TOWNS, 8):
        desk = rng.choice(["billing", "repairs"])
        steps += [
            turn(
                "triage",
                f"Customer {name} asks about {rng.choice(['an invoice', 'a broken lamp', 'a refund', 'a spare part'])}.",
                call(
                    f"transfer_to_{desk}",
                    {},
                    f"Transferred to {desk}, adopting the role of {desk} immediately.",
                ),
            ),
            turn(
                desk,
                f"Solved for {name}: {rng.choice(['credit note', 'appointment', 'replacement'])} number {rng.randrange(1000, 9999)}.",
                call(
                    "transfer_to_triage",
                    {},
                    "Transferred to triage, adopting the role of triage immediately.",
                ),
            ),
        ]
    return fine(steps)


@FINE.family
def fight_in_words(rng: random.Random) -> Script:
    blows = [
        "The dwarf swings his axe and hits the troll on the knee.",
        "The troll roars and throws a rock, which misses.",
        "The dwarf rolls aside.",
        "The troll grabs the bridge's railing.",
        "The dwarf cuts the rope.",
        "The troll slips and holds on with one hand.",
        "The dwarf hesitates.",
        "The troll pulls him down, too.",
        "Both hang over the water.",
        "The dwarf bites the troll's thumb.",
        "The troll lets go and falls.",
        "The dwarf climbs back, wet and proud.",
    ]
    return fine([turn(["Dwarf", "Troll"][at % 2], blow) for at, blow in enumerate(blows)])


@FINE.family
def motions(rng: random.Random) -> Script:
    steps = []
    for at, noun in enumerate(rng.sample(NOUNS, 7), 1):
        steps.append(turn("chair", f"Motion {at}: buy a new {noun} for the hall. All in favour?"))
        steps += [
            turn(who, rng.choice(["Aye.", "Aye.", "Nay."])) for who in ("ann", "bob", "cyd", "dan")
        ]
        steps.append(turn("chair", f"Motion {at} is {rng.choice(['carried', 'lost'])}."))
    return fine(steps)


@FINE.family
def shop_assistant(rng: random.Random) -> Script:
    wants = [
        "Where is my order 5512?",
        "Can I change the address to Oak Street 9?",
        "I'd also like a gift wrap.",
        "Does the lamp come with a bulb?",
        "What is your return policy for sale items?",
        "Please cancel the second lamp then.",
        "Will I get a mail about it?",
        "No, thanks.",
    ]
    answers = [
        "It left our warehouse yesterday and arrives tomorrow.",
        "I changed it to Oak Street 9.",
        "Gift wrap is added for 2 €.",
        "It comes with a warm white bulb.",
        "Sale items go back within 14 days.",
        "The second lamp is cancelled.",
        "You get a mail within the hour.",
        "Have a nice day!",
    ]
    return fine(
        [
            turn(
                "agent",
                f"{answer} Is there anything else I can help you with?" if at < 7 else answer,
                heard=want,
            )
            for at, (want, answer) in enumerate(zip(wants, answers, strict=True))
        ]
    )


@FINE.family
def song_with_refrain(rng: random.Random) -> Script:
    steps = []
    for noun, town in zip(rng.sample(NOUNS, 8), rng.sample(TOWNS, 8), strict=True):
        steps.append(turn("Bard", f"In {town} I lost my {noun} to a girl with eyes of green,"))
        steps.append(
            turn(
                "Choir",
                "And the rain came down, and the rain came down, on the road to Skibbereen.",
            )
        )
    return fine(steps)


@FINE.family
def keys_of_a_cache(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "warmer",
                "",
                call("cache_get", {"key": f"user:{rng.randrange(10**5, 10**6)}"}, "null"),
            )
            for _ in range(16)
        ]
    )


@FINE.family
def hosts_are_fine(rng: random.Random) -> Script:
    return fine(
        [
            turn("monitor", "", call("ping", {"host": f"{town.lower()}.internal"}, "ok"))
            for town in rng.sample(TOWNS, 18)
        ]
    )


@FINE.family
def module_after_module(rng: random.Random) -> Script:
    steps = []
    for noun in rng.sample(NOUNS, 9):
        steps.append(
            turn(
                "Generator",
                f'```python\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass {noun.title()}:\n    """A {noun} as the shop sells it."""\n\n    sku: str\n    price: float\n\n    def label(self) -> str:\n        return f"{noun} {{self.sku}}: {{self.price:.2f}}"\n```',
            )
        )
        steps.append(turn("Saver", "", call("write_file", {"path": f"shop/{noun}.py"}, "written")))
    return fine(steps)


@FINE.family
def i_agree_and(rng: random.Random) -> Script:
    more = [
        "we should also count the bikes at the west gate.",
        "the signs ought to be in three languages.",
        "benches near the school would help.",
        "the lamp at number nine has been dark since May.",
        "the bus stop could move ten metres east.",
        "a zebra crossing costs less than one accident.",
        "trees would hide the wall.",
        "deliveries before eight disturb nobody.",
        "the market needs its stand pipe back.",
        "the fountain's pump is worth repairing.",
    ]
    names = ["Ines", "Tomas", "Uta", "Victor"]
    return fine(
        [
            turn(
                names[at % 4],
                one(rng, ["I agree with that, and", "I agree, and", "Agreed, and"], [line]),
            )
            for at, line in enumerate(rng.sample(more, 10))
        ]
    )


@FINE.family
def two_tries_then_another_road(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "agent",
                "",
                call(
                    "wget", {"url": "http://mirror-a.example/x.iso"}, "", error="timeout after 30 s"
                ),
            ),
            turn(
                "agent",
                "Try once more.",
                call(
                    "wget", {"url": "http://mirror-a.example/x.iso"}, "", error="timeout after 30 s"
                ),
            ),
            turn(
                "agent",
                "Another mirror.",
                call(
                    "wget", {"url": "http://mirror-b.example/x.iso"}, "", error="timeout after 30 s"
                ),
            ),
            turn(
                "agent",
                "The torrent, then.",
                call("torrent", {"magnet": "xt=urn:btih:77"}, "downloaded 4.1 GB"),
            ),
            turn(
                "agent",
                "Checksum matches.",
                call("sha256", {"path": "x.iso"}, f"{rng.getrandbits(128):032x}"),
            ),
        ]
    )


@FINE.family
def chapter_summaries(rng: random.Random) -> Script:
    happens = [
        "the captain hides the map and lies to the crew",
        "a storm takes the mast and two sailors",
        "they find the island empty, with a warm fire",
        "the cook confesses to the theft",
        "a duel on the beach ends without blood",
        "the map turns out to be a copy",
        "the real one is tattooed on the boy",
        "half of the crew leaves at night",
        "the treasure is a library",
        "the boy stays to read",
    ]
    return fine(
        [
            turn(
                "Summariser",
                f"In this chapter, {what}. The tone is {rng.choice(['grim', 'playful', 'tense', 'calm'])} and the style remains close to that of a diary.",
            )
            for what in happens
        ]
    )


@FINE.family
def filling_cells(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "sheet",
                "",
                call(
                    "set_cell",
                    {"cell": f"{column}{row}", "value": rng.choice([0, 1, 2])},
                    {"ok": True},
                ),
            )
            for row in range(1, 6)
            for column in "BCDE"
        ]
    )


@FINE.family
def adventure(rng: random.Random) -> Script:
    plays = [
        ("go north", "You are in a cellar. It smells of apples."),
        ("take lamp", "Taken."),
        ("light lamp", "The lamp glows."),
        ("go east", "A corridor, a locked door."),
        ("open door", "It is locked."),
        ("go west", "You are in a cellar. It smells of apples."),
        ("look", "There is a key under the barrel."),
        ("take key", "Taken."),
        ("go east", "A corridor, a locked door."),
        ("unlock door", "The lock clicks."),
        ("open door", "It opens."),
        ("go in", "A vault with a harp."),
        ("take harp", "Taken."),
        ("go out", "A corridor, an open door."),
    ]
    return fine(
        [
            turn(who, text)
            for pair in plays
            for who, text in zip(("Player", "World"), pair, strict=True)
        ]
    )


@FINE.family
def plan_gets_its_ticks(rng: random.Random) -> Script:
    todo = [
        "read the spec",
        "list the endpoints",
        "write the client",
        "add retries",
        "cover it with tests",
        "write the docs",
        "bump the version",
        "open a pull request",
    ]
    steps = []
    for done in range(len(todo) + 1):
        plan = "\n".join(f"[{'x' if at < done else ' '}] {item}" for at, item in enumerate(todo))
        steps.append(turn("Planner", f"Current plan:\n{plan}"))
        if done < len(todo):
            steps.append(
                turn(
                    "Doer",
                    "Done with that one.",
                    call(
                        "shell",
                        {"cmd": f"make step-{done}"},
                        f"step {done} finished, {rng.randrange(3, 90)} lines changed",
                    ),
                )
            )
    return fine(steps)


@FINE.family
def meeting_dates(rng: random.Random) -> Script:
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    why = [
        "I am in Graz",
        "the room is taken",
        "my kid has a play",
        "we have the audit",
        "the train is on strike",
        "the dentist",
    ]
    steps = []
    for day, reason in zip(rng.sample(days, 5), rng.sample(why, 5), strict=True):
        steps += [turn("Iris", f"Does {day} suit you?"), turn("Paul", f"No, on {day} {reason}.")]
    return fine(
        [*steps, turn("Iris", "Saturday morning then, by phone?"), turn("Paul", "Yes, that works.")]
    )
