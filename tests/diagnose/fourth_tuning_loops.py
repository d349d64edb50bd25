"""The fourth bank's tuning half. Loops in chatty group chats, browsers and ticket systems."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import random
from collections.abc import Sequence

from .bank import Bank, Script, Turn, call, turn

LOOPS = Bank("fourth tuning loops")

_OPENINGS = """**Kick-off.** We have until Thursday to draft the migration runbook; legal wants a copy.
Quick context: the old billing service writes to two databases and nobody knows which one wins.
Understood. I'd start with an inventory of the cron jobs, there are 41 of them.
Seven of those jobs have not succeeded since March 😬 – I listed them in the wiki.
From a UX point of view the biggest pain is the third screen of the wizard.
I measured it: p95 of the checkout is 2.8 s, of which 1.9 s is the tax lookup.
@finance could you confirm the ceiling? I have 18,400 € in my notes.
Confirmed: 18,400 €, but hardware comes out of a different pot.
Then let's keep the vendor's SDK and drop our fork, it has three known CVEs.
One more thing – the contract with the courier ends in June and renews silently.
I pulled the numbers for Q2: returns went up by four points in the north.
Draft outline: 1) goals 2) constraints 3) rollout 4) rollback 5) owners.""".splitlines()


def opening(rng: random.Random, agents: Sequence[str], most: int = 9) -> list[Turn]:
    """Some healthy talk before it starts."""
    lines = rng.sample(_OPENINGS, rng.randrange(2, most))
    return [turn(agents[at % len(agents)], line) for at, line in enumerate(lines)]


def one(rng: random.Random, *groups: Sequence[str]) -> str:
    """A message made of one sentence out of each group."""
    return " ".join(sentence for group in groups if (sentence := rng.choice(list(group))))


def looping(
    before: list[Turn],
    rounds: Sequence[Sequence[Turn]],
    agents: Sequence[str],
    after: Sequence[Turn] = (),
) -> Script:
    """Healthy steps, rounds of a loop, perhaps a way out of it."""
    steps = [*before, *(entry for each in rounds for entry in each), *after]
    truth = {"agents": list(agents), "onset": len(before), "period": len(rounds[0])}
    return {"steps": steps, "truth": truth}


@LOOPS.family
def six_person_standoff(rng: random.Random) -> Script:
    names = ["moderator", "frontend", "backend", "security", "finance", "support"]
    said = {
        "moderator": [
            ["Let's converge.", "We need a decision.", "Can we close this?"],
            [
                "What is everybody's position?",
                "Where does everyone stand?",
                "Please state your position.",
            ],
        ],
        "frontend": [
            [
                "I still favour the incremental rollout,",
                "My vote stays with the incremental rollout,",
                "As I said, an incremental rollout,",
            ],
            ["because users dislike big changes.", "since big changes annoy users."],
        ],
        "backend": [
            [
                "A big-bang release is simpler for us,",
                "For the backend a big-bang release is easier,",
            ],
            [
                "two schemas in parallel are a nightmare.",
                "running two schemas at once is a nightmare.",
            ],
        ],
        "security": [
            [
                "Neither, before the audit is through.",
                "Nothing should ship before the audit is finished.",
                "First the audit, then anything else.",
            ]
        ],
        "finance": [
            ["Whatever is cheaper.", "The cheaper one, please.", "I go with the cheaper option."]
        ],
        "support": [
            [
                "We have no capacity in either case.",
                "Support has no capacity for either of them.",
                "Either way, support lacks capacity.",
            ]
        ],
    }
    rounds = [[turn(who, one(rng, *said[who])) for who in names] for _ in range(6)]
    return looping(opening(rng, names), rounds, names)


@LOOPS.family
def two_stuck_while_three_work(rng: random.Random) -> Script:
    done = iter(rng.sample(WORK, 24))
    asks = [
        "@ops please grant me access to the staging cluster.",
        "@ops I still need access to staging.",
        "Could ops give me access to the staging cluster?",
        "I am blocked: no access to the staging cluster, @ops?",
    ]
    refuses = [
        "You need to file a request with your manager first.",
        "Please file a request through your manager first.",
        "That has to go through your manager first, file a request.",
    ]
    rounds = [
        [
            turn("dev", rng.choice(asks)),
            turn("writer", next(done)),
            turn("ops", rng.choice(refuses)),
            turn("tester", next(done)),
        ]
        for _ in range(9)
    ]
    return looping(opening(rng, ["dev", "writer", "ops", "tester"]), rounds, ["dev", "ops"])


WORK = """Chapter on installation is done, 1,200 words.
Smoke tests of the login page are green on Firefox.
Rewrote the glossary, forty terms, two of them disputed.
Found a broken redirect from /pricing to /plans.
The diagram of the event flow is in the repo now.
Safari crops the avatar; ticket UI-311 opened.
Added a FAQ entry about password rules.
Load test: 340 requests per second before the first timeout.
Proofread the privacy section together with legal.
The CSV export drops the last row when it ends in a comma.
Release notes for 4.2 are drafted, screenshots are missing.
Dark mode breaks the contrast of the warning banner.
Shortened the onboarding mail from nine to four paragraphs.
Verified that the webhook retries three times.
New section about backups, including the restore drill.
Keyboard navigation skips the date picker.
Merged both tutorials into one and cut the overlap.
The search index takes 40 minutes to rebuild.
Added alt texts to all twenty-seven images.
Currency rounding differs between invoice and receipt.
Wrote the page on rate limits after talking to Kim.
Printing the report cuts off the right margin.
Linked every error code to its explanation.
The French locale falls back to English in two dialogs.
Recorded a three-minute video of the import wizard.
The mobile menu stays open after a tap outside.""".splitlines()


@LOOPS.family
def ticket_ping_pong(rng: random.Random) -> Script:
    why = {
        "Billing": [
            "This is a technical issue, Tech must take it.",
            "Looks technical to me, passing it to Tech.",
            "Not a billing matter; Tech should handle it.",
        ],
        "Tech": [
            "This concerns an invoice, Billing is responsible.",
            "It is about an invoice, so back to Billing.",
            "An invoice question, Billing should handle it.",
        ],
    }
    to = {"Billing": "Tech", "Tech": "Billing"}
    rounds = [
        [
            turn(
                who,
                rng.choice(why[who]),
                call(
                    "reassign_ticket",
                    {
                        "ticket": "INC-20418",
                        "queue": to[who],
                        "note": rng.choice(why[who]),
                        "request_id": f"{rng.getrandbits(64):016x}",
                    },
                    {
                        "ok": True,
                        "ticket": "INC-20418",
                        "assigned_to": to[who],
                        "etag": f"{rng.getrandbits(40):010x}",
                    },
                ),
            )
            for who in ("Billing", "Tech")
        ]
        for _ in range(8)
    ]
    return looping(opening(rng, ["Billing", "Tech"], 4), rounds, ["Billing", "Tech"])


def _page(rng: random.Random, title: str, words: int) -> str:
    pool = "museum opening hours visitors tickets exhibition gallery guided tours collection history building members donate cafe shop newsletter contact press accessibility events calendar archive research loans education school groups".split()
    body = " ".join(rng.choice(pool) for _ in range(words))
    return f"# {title}\n\n{body}\n\n© All rights reserved. Cookie settings | Imprint | Privacy"


@LOOPS.family
def scrolling_where_nothing_moves(rng: random.Random) -> Script:
    page = _page(rng, "City Museum", 420)
    rounds = [
        [
            turn(
                "WebSurfer",
                "",
                call(
                    "page_down",
                    {
                        "reason": rng.choice(
                            [
                                "look further below",
                                "see the rest of the page",
                                "find the opening hours further down",
                            ]
                        )
                    },
                    f"The viewport shows 100% of the webpage.\n{page}\n<!-- rendered {rng.randrange(10, 99)} ms, nonce {rng.getrandbits(48):012x} -->",
                ),
            )
        ]
        for _ in range(8)
    ]
    return looping(opening(rng, ["Orchestrator", "WebSurfer"], 5), rounds, ["WebSurfer"])


@LOOPS.family
def search_echoes_the_query(rng: random.Random) -> Script:
    queries = [
        "annual rainfall of Tavira district",
        "Tavira district yearly precipitation",
        "how much does it rain in Tavira district per year",
        "precipitation per year, Tavira district",
        "rain statistics for the district of Tavira",
        "yearly rainfall figures Tavira district",
        "Tavira district rain amount annually",
        "district of Tavira precipitation totals",
    ]
    rounds = [
        [
            turn(
                "researcher",
                "",
                call(
                    "web_search",
                    {"query": query},
                    f"No results found for '{query}'. Try different keywords or remove quotes.",
                ),
            )
        ]
        for query in rng.sample(queries, 8)
    ]
    return looping(opening(rng, ["lead", "researcher"], 6), rounds, ["researcher"])


@LOOPS.family
def permuted_nested_arguments(rng: random.Random) -> Script:
    rounds = []
    for _ in range(7):
        filters = [
            {"field": "status", "op": "eq", "value": "open"},
            {"op": "gt", "field": "amount", "value": 100},
        ]
        pairs = [
            ("table", "orders"),
            ("filters", [dict(rng.sample(list(f.items()), 3)) for f in filters]),
            ("limit", 20),
            ("options", dict(rng.sample([("explain", False), ("cache", "no")], 2))),
        ]
        rounds.append(
            [
                turn(
                    "dba",
                    "",
                    call(
                        "run_query",
                        dict(rng.sample(pairs, 4)),
                        {
                            "rows": [
                                {
                                    "id": 7,
                                    "amount": 140,
                                    "status": "open",
                                    "customer": "Okafor & Sons",
                                },
                                {
                                    "id": 9,
                                    "amount": 910,
                                    "status": "open",
                                    "customer": "Lindqvist AB",
                                },
                            ],
                            "count": 2,
                        },
                    ),
                )
            ]
        )
    return looping(opening(rng, ["analyst", "dba"], 6), rounds, ["dba"])


@LOOPS.family
def connection_in_many_words(rng: random.Random) -> Script:
    errors = [
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "requests.exceptions.ConnectionError: HTTPConnectionPool(host='inventory', port=8080): Max retries exceeded (Caused by NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused)",
        "httpx.ConnectError: All connection attempts failed",
        "curl: (7) Failed to connect to inventory port 8080 after 2 ms: Connection refused",
        "aiohttp.ClientConnectorError: Cannot connect to host inventory:8080 ssl:default [Connect call failed]",
        "urllib.error.URLError: <urlopen error [Errno 111] Connection refused>",
    ]
    ways = ["requests", "httpx", "curl", "aiohttp", "urllib"]
    rounds = [
        [
            turn(
                "engineer",
                "",
                call(
                    "run_code",
                    {
                        "code": f"import {rng.choice(ways)}\nprint(get('http://inventory:8080/items', timeout={rng.choice([2, 5, 10])}))"
                    },
                    "",
                    error=rng.choice(errors),
                ),
            )
        ]
        for _ in range(9)
    ]
    return looping(opening(rng, ["engineer", "lead"], 6), rounds, ["engineer"])


@LOOPS.family
def three_way_courtesy(rng: random.Random) -> Script:
    names = ["Ada", "Grace", "Linus"]
    first = [
        "Thank you so much, everyone!",
        "Many thanks to all of you! 🎉",
        "Thanks again, team!",
        "Really appreciate it, folks!",
    ]
    then = [
        "It was a pleasure working together.",
        "Always a pleasure.",
        "Lovely working with you.",
        "It has been wonderful to collaborate.",
        "Great teamwork!",
    ]
    last = [
        "Let me know if anything else comes up!",
        "Reach out any time.",
        "Don't hesitate to ask if you need anything.",
        "Have a great day!",
        "",
    ]
    rounds = [[turn(who, one(rng, first, then, last)) for who in names] for _ in range(7)]
    return looping(opening(rng, names), rounds, names)


@LOOPS.family
def vague_clarifications(rng: random.Random) -> Script:
    asks = [
        [
            "Could you be more specific about the format?",
            "Which format exactly do you need?",
            "Please clarify the output format.",
            "I need to know the format you expect.",
        ],
        ["", "CSV, JSON, something else?", "Should it be CSV or JSON?"],
    ]
    dodges = [
        [
            "Just use a sensible format.",
            "Any reasonable format will do.",
            "Use whatever format makes sense.",
            "The usual format.",
        ],
        ["", "You know best.", "You are the expert."],
    ]
    rounds = [
        [turn("exporter", one(rng, *asks)), turn("requester", one(rng, *dodges))] for _ in range(8)
    ]
    return looping(opening(rng, ["requester", "exporter"]), rounds, ["exporter", "requester"])


@LOOPS.family
def edited_by_a_word(rng: random.Random) -> Script:
    base = "The new library of Westhaven opens its doors on the first Sunday in May. Visitors will find forty thousand books on three floors, a reading garden under old chestnut trees and a workshop where children can build small machines. The architect kept the brick front of the former cannery and set a glass hall behind it, so that daylight reaches even the lowest shelves. Admission is free, and the first hundred guests receive a printed map of the house."
    swaps = [
        ("new", "brand-new"),
        ("find", "discover"),
        ("small", "little"),
        ("old", "ancient"),
        ("front", "façade"),
        ("guests", "visitors"),
        ("printed", "illustrated"),
        ("reaches", "gets to"),
    ]
    comments = iter(
        rng.sample(
            [
                "Stronger opening, please.",
                "Where is the human angle?",
                "The second sentence drags on.",
                "Mention why this matters to commuters.",
                "Tone: less brochure, more news.",
                "I miss a quote from the mayor.",
                "Could the ending surprise us?",
                "Who is the audience of this?",
                "Give the history of the cannery more room.",
            ],
            9,
        )
    )
    rounds = []
    for _ in range(7):
        text = base
        for old, new in rng.sample(swaps, 2):
            text = text.replace(f" {old} ", f" {new} ", 1)
        rounds.append([turn("copywriter", text), turn("editor", next(comments))])
    script = looping(opening(rng, ["editor", "copywriter"], 5), rounds, ["copywriter"])
    return either(script, ["copywriter", "editor"])


def either(script: Script, *others: list[str]) -> Script:
    """Who else may be named as the loop's agents."""
    script["truth"]["alternatives"] = list(others)
    return script
