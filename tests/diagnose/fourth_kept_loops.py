"""The fourth bank's kept half: never tuned on. Loops."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, call, turn
from .fourth_tuning_loops import either, looping, one

LOOPS = Bank("fourth kept loops")

_OPENINGS = """Welcome all. Today we plan the retrofit of the ferry *Aurelia*; the dock is booked from the 12th.
Engine room first: two of six injectors are out of tolerance.
I got quotes from Kiel and Gdynia, 212k and 187k.
Kiel includes paint, Gdynia does not.
Crew cabins need new wiring, the insurer insists.
My checklist has 63 items, I will share it as a table.
The galley can wait until autumn, in my opinion.
What about the lifeboats? Their certificate expires in July.
Lifeboats: inspection is arranged for the 14th, costs 4,100.
Good. Then passengers must be rebooked for nine days.
Marketing suggests vouchers instead of refunds; a third would accept.
Rebooking mails are drafted in four languages.""".splitlines()


def opening(rng: random.Random, agents: list[str], most: int = 9):
    lines = rng.sample(_OPENINGS, rng.randrange(2, most))
    return [turn(agents[at % len(agents)], line) for at, line in enumerate(lines)]


def talk(rng: random.Random, texts: dict[str, list[list[str]]], count: int):
    return [[turn(who, one(rng, *groups)) for who, groups in texts.items()] for _ in range(count)]


@LOOPS.family
def experts_restate_their_view(rng: random.Random) -> Script:
    texts = {
        "Historian": [
            [
                "History shows that such walls never last.",
                "No wall of this kind has lasted, historically.",
                "Looking back, walls of this kind did not last.",
            ]
        ],
        "Economist": [
            [
                "The costs outweigh the benefits by far.",
                "By far, benefits are smaller than the costs.",
                "It costs far more than it yields.",
            ]
        ],
        "Biologist": [
            [
                "Migrating animals would be cut off.",
                "It would cut off animals on their migration.",
                "Animals that migrate would lose their routes.",
            ]
        ],
        "Engineer": [
            [
                "Technically it can be built.",
                "From a technical view it is feasible.",
                "It is technically feasible to build it.",
            ]
        ],
    }
    return looping(opening(rng, list(texts)), talk(rng, texts, 7), list(texts))


@LOOPS.family
def ring_of_delegation(rng: random.Random) -> Script:
    texts = {
        "CTO": [
            [
                "@TeamLead, please own the outage report.",
                "TeamLead, could you take the outage report?",
                "The outage report is yours, TeamLead.",
            ]
        ],
        "TeamLead": [
            [
                "@Dev, you were on call, please write the outage report.",
                "Dev, you had the shift, so the outage report should come from you.",
            ]
        ],
        "Dev": [
            [
                "I think the CTO has the full picture of the outage.",
                "The CTO knows most about the outage, it should be theirs.",
                "For the outage report, the CTO has all the facts.",
            ]
        ],
    }
    return looping(opening(rng, list(texts)), talk(rng, texts, 7), list(texts))


def long_page(rng: random.Random, count: int) -> str:
    words = "station platform departure arrival delay coach seat ticket fare region express night train timetable connection transfer luggage bicycle discount card online counter machine hall bridge elevator track".split()
    return " ".join(rng.choice(words) for _ in range(count))


@LOOPS.family
def told_in_other_words_same_page(rng: random.Random) -> Script:
    page = long_page(rng, 500)
    asks = [
        "Please look for the price of the night train to Split.",
        "Find out what the night train to Split costs.",
        "Check the page again for the fare of the night train to Split.",
        "Could you locate the fare for the Split night train?",
        "We still lack the night train's price for Split, please search the page.",
    ]
    rounds = [
        [
            turn("Orchestrator", rng.choice(asks)),
            turn(
                "WebSurfer",
                f"I scrolled the page. Here is the text of [Night trains](https://rail.example/night):\n{page}\nThe screenshot was taken at {rng.randrange(10, 23)}:{rng.randrange(10, 59)}:{rng.randrange(10, 59)}.",
            ),
        ]
        for _ in range(7)
    ]
    return looping(
        opening(rng, ["Orchestrator", "Assistant"], 5), rounds, ["Orchestrator", "WebSurfer"]
    )


@LOOPS.family
def every_link_is_the_login(rng: random.Random) -> Script:
    login = (
        "Sign in to continue. "
        + long_page(rng, 180)
        + " Forgot your password? Create an account. Terms and privacy."
    )
    links = [
        "/reports/2025",
        "/reports/annual",
        "/downloads",
        "/press/figures",
        "/investors",
        "/documents/annual-report",
        "/archive",
        "/reports/latest",
    ]
    rounds = [
        [
            turn(
                "browser",
                "",
                call(
                    "open_url",
                    {"url": f"https://portal.example{link}"},
                    {
                        "status": 200,
                        "title": "Sign in",
                        "text": login,
                        "session": f"{rng.getrandbits(64):016x}",
                    },
                ),
            )
        ]
        for link in rng.sample(links, 8)
    ]
    return looping(opening(rng, ["lead", "browser"], 5), rounds, ["browser"])


@LOOPS.family
def same_hits_for_synonyms(rng: random.Random) -> Script:
    hits = [
        {
            "title": "Ferry retrofit guide",
            "url": "https://a.example/1",
            "snippet": "A short guide on refitting ferries.",
        },
        {
            "title": "Docks of the Baltic",
            "url": "https://b.example/2",
            "snippet": "List of docks by depth.",
        },
    ]
    queries = [
        "dry dock prices Baltic Sea",
        "cost of dry docking in the Baltic",
        "how much is a dry dock, Baltic region",
        "Baltic dry dock price list",
        "prices for docking ships in the Baltic Sea",
        "dry docking costs around the Baltic Sea",
        "Baltic Sea: fees for dry docks",
    ]
    rounds = [
        [
            turn(
                "scout",
                "",
                call("search", {"q": query}, {"took_ms": rng.randrange(20, 400), "results": hits}),
            )
        ]
        for query in rng.sample(queries, 7)
    ]
    return looping(opening(rng, ["chief", "scout"], 5), rounds, ["scout"])


@LOOPS.family
def new_idempotency_keys(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "cashier",
                rng.choice(
                    ["Charging the card.", "I'll try the charge again.", "Retrying the payment."]
                ),
                call(
                    "charge",
                    {
                        "amount": 4100,
                        "currency": "EUR",
                        "idempotency_key": f"{rng.getrandbits(64):016x}",
                    },
                    {
                        "error": {
                            "type": "card_declined",
                            "message": "Your card was declined.",
                            "request_id": f"req_{rng.getrandbits(48):012x}",
                        }
                    },
                ),
            )
        ]
        for _ in range(8)
    ]
    return looping(opening(rng, ["cashier", "captain"], 5), rounds, ["cashier"])


@LOOPS.family
def may_not_write(rng: random.Random) -> Script:
    errors = [
        "PermissionError: [Errno 13] Permission denied: '/etc/motd'",
        "bash: /etc/motd: Permission denied",
        "tee: /etc/motd: Permission denied",
        "cp: cannot create regular file '/etc/motd': Permission denied",
        "OSError: [Errno 30] Read-only file system: '/etc/motd'",
        "sed: couldn't open temporary file /etc/sedXk2p: Permission denied",
    ]
    ways = [
        "echo hello > /etc/motd",
        "echo hello | tee /etc/motd",
        "cp /tmp/motd /etc/motd",
        "sed -i 's/.*/hello/' /etc/motd",
        "python3 -c \"open('/etc/motd','w').write('hello')\"",
        "install -m 644 /tmp/motd /etc/motd",
    ]
    rounds = [
        [
            turn(
                "operator",
                "",
                call(
                    "shell",
                    {"command": rng.choice(ways)},
                    {"exit_code": 1, "output": rng.choice(errors)},
                ),
            )
        ]
        for _ in range(10)
    ]
    return looping(opening(rng, ["operator", "captain"], 5), rounds, ["operator"])


@LOOPS.family
def give_me_a_moment(rng: random.Random) -> Script:
    texts = {
        "concierge": [
            [
                "One moment, I am still looking.",
                "Just a second, still on it.",
                "Bear with me, I'm still checking.",
                "Almost there, a little more patience.",
            ]
        ],
        "guest": [
            [
                "No problem, take your time.",
                "Sure, no rush.",
                "Of course, I'll wait.",
                "Fine, I can wait.",
            ]
        ],
    }
    return looping(
        opening(rng, ["guest", "concierge"], 5), talk(rng, texts, 9), ["concierge", "guest"]
    )


@LOOPS.family
def you_choose(rng: random.Random) -> Script:
    texts = {
        "Kim": [
            [
                "I'm fine with either restaurant.",
                "Both restaurants are okay with me.",
                "Either place works for me.",
            ],
            ["What would you prefer?", "You choose!", "Which one do you like?"],
        ],
        "Sam": [
            ["I have no preference.", "No strong opinion here.", "I don't mind."],
            ["You decide!", "Pick whichever you like.", "What do you want?"],
        ],
    }
    return looping(opening(rng, ["Kim", "Sam"], 4), talk(rng, texts, 9), ["Kim", "Sam"])


@LOOPS.family
def renamed_variables(rng: random.Random) -> Script:
    rounds = []
    for _ in range(7):
        a, b, c = rng.sample(["total", "acc", "result", "s", "summed", "value", "out"], 3)
        code = f"def mean(xs):\n    {a} = 0\n    for {b} in xs:\n        {a} += {b}\n    {c} = {a} / len(xs)\n    return {c}"
        rounds.append(
            [
                turn("coder", f"I changed the implementation:\n```python\n{code}\n```"),
                turn(
                    "tester",
                    "",
                    call(
                        "run_tests",
                        {"target": "tests/test_mean.py"},
                        f"F\ntests/test_mean.py::test_empty FAILED - ZeroDivisionError: division by zero\n1 failed, 3 passed in 0.{rng.randrange(10, 99)}s",
                    ),
                ),
            ]
        )
    return either(
        looping(opening(rng, ["coder", "tester"], 5), rounds, ["coder", "tester"]), ["tester"]
    )
