"""More of the eighteenth bank's look-alikes, in the same two halves."""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import random

from .bank import Script, Turn, call
from .eighteenth_fine import KEPT, NAMES, PARTS, TOWNS, VIEW, every
from .eighteenth_talk import Voice


@VIEW.family
def glossary(rng: random.Random) -> Script:
    v = Voice(rng)
    pairs = [
        ("sluice", "Schleuse"),
        ("boiler", "Kessel"),
        ("well", "Brunnen"),
        ("pump", "Pumpe"),
        ("valve", "Ventil"),
        ("dam", "Damm"),
        ("gauge", "Messuhr"),
        ("brick", "Ziegel"),
        ("chimney", "Schornstein"),
    ]
    rng.shuffle(pairs)
    return every(
        v,
        ["asker", "linguist"],
        [
            [
                v.says(
                    "asker", '{What is|How do you say} "$e" {in German|in the German edition}?', e=e
                ),
                v.says("linguist", '"$e" {is|becomes} "$d".', e=e, d=d),
            ]
            for e, d in pairs
        ],
    )


@KEPT.family
def quiz_show(rng: random.Random) -> Script:
    v = Voice(rng)
    pairs = [
        ("the capital of Norway", "Oslo"),
        ("seven times eight", "fifty-six"),
        ("the chemical sign of iron", "Fe"),
        ("the author of Emma", "Jane Austen"),
        ("the longest river of France", "the Loire"),
        ("the opposite of zenith", "nadir"),
        ("the currency of Japan", "the yen"),
        ("the home of the Beatles", "Liverpool"),
    ]
    rng.shuffle(pairs)
    return every(
        v,
        ["quizmaster", "team_red"],
        [
            [
                v.says(
                    "quizmaster",
                    "{Correct|That's right}! {For ten points|Next question}: {what is|name} $q?",
                    q=q,
                ),
                v.says("team_red", "{We say|Our answer is|It's} $a.", a=a),
            ]
            for q, a in pairs
        ],
    )


@VIEW.family
def house_auction(rng: random.Random) -> Script:
    v, price = Voice(rng), rng.randrange(40, 90)
    rounds: list[list[Turn]] = []
    for at in range(9):
        price += rng.choice([5, 10, 15])
        rounds.append(
            [
                v.says(["buyer_one", "buyer_two"][at % 2], "{I bid|I offer|My bid:} $p.", p=price),
                v.says("auctioneer", "{I have|The bid is} $p. {Any more|Do I hear more}?", p=price),
            ]
        )
    return every(v, ["auctioneer", "buyer_one", "buyer_two"], rounds)


@KEPT.family
def haggling(rng: random.Random) -> Script:
    v, low, high = Voice(rng), 200, 900
    rounds: list[list[Turn]] = []
    for _ in range(8):
        low, high = low + rng.randrange(10, 50), high - rng.randrange(10, 50)
        rounds.append(
            [
                v.says("seller", "{I could go down to|My last word is|I can do} $p.", p=high),
                v.says(
                    "buyer", "{That is too much|Still too high}. {I can pay|What about} $p?", p=low
                ),
            ]
        )
    return every(v, ["seller", "buyer"], rounds)


@VIEW.family
def itinerary(rng: random.Random) -> Script:
    v = Voice(rng)
    towns = rng.sample(TOWNS, 8)
    return every(
        v,
        ["guide", "scribe"],
        [
            [
                v.says(
                    "guide",
                    "Day $d: {we travel to|on to} $t {by train|by boat}, {one night|a night} there.",
                    d=at + 1,
                    t=t,
                ),
                v.says("scribe", "{Written down|In the plan}: $t on day $d.", d=at + 1, t=t),
            ]
            for at, t in enumerate(towns)
        ],
    )


@KEPT.family
def mail_merge(rng: random.Random) -> Script:
    v = Voice(rng)
    return every(
        v,
        ["mailer"],
        [
            [
                v.does(
                    "mailer",
                    call(
                        "send_mail",
                        {
                            "to": f"{n.lower()}@readers.example",
                            "subject": "Your question",
                            "body": f"Dear {n}, thank you for writing to us. The hall is open on Sundays. Yours, the museum",
                        },
                        {"queued": True},
                    ),
                    say=v.text("{Writing to|Mail to} $n.", n=n),
                )
            ]
            for n in rng.sample(NAMES, 9)
        ],
    )


@VIEW.family
def paragraph_by_paragraph(rng: random.Random) -> Script:
    v = Voice(rng)
    about = rng.sample(
        [
            "the wells",
            "the mills",
            "the engines",
            "the flood",
            "the strike",
            "the closing",
            "the park",
            "the exhibition",
            "the archive",
        ],
        8,
    )
    return every(
        v,
        ["author", "editor"],
        [
            [
                v.says(
                    "author",
                    "{Here is|This is} the paragraph {about|on} $a.",
                    "{I kept it short|It is short}.",
                    a=a,
                ),
                v.says(
                    "editor",
                    "{Good|Fine|Approved}, {please go on with|now} the {next|following} paragraph.",
                ),
            ]
            for a in about
        ],
    )


@KEPT.family
def pull_requests(rng: random.Random) -> Script:
    v = Voice(rng)
    numbers = sorted(rng.sample(range(200, 990), 8))
    return every(
        v,
        ["bot", "maintainer"],
        [
            [
                v.says(
                    "bot",
                    "Pull request #$n {is ready for review|wants a review}: $p.",
                    n=n,
                    p=rng.choice(PARTS),
                ),
                v.says("maintainer", "{Looks good to me|LGTM}, {merged|merging} #$n.", n=n),
            ]
            for n in numbers
        ],
    )


@VIEW.family
def sensor_log(rng: random.Random) -> Script:
    v, level = Voice(rng), 40.0
    rounds: list[list[Turn]] = []
    for _ in range(9):
        level += rng.choice([-1.2, -0.4, 0.7, 1.9])
        rounds.append(
            [
                v.says("probe", "{Level|The level is} at $x percent.", x=f"{level:.1f}"),
                v.says("keeper", "{Noted|Thank you}, {keep measuring|go on}."),
            ]
        )
    return every(v, ["probe", "keeper"], rounds)


@KEPT.family
def polled_build(rng: random.Random) -> Script:
    v, done = Voice(rng), 0
    rounds: list[list[Turn]] = []
    for _ in range(9):
        done += rng.randrange(3, 14)
        rounds.append(
            [
                v.does(
                    "waiter",
                    call(
                        "build_status", {"id": 4411}, {"state": "running", "percent": min(done, 99)}
                    ),
                    say=v.text("{Still building|Not done yet}."),
                )
            ]
        )
    return every(v, ["waiter"], rounds)


@VIEW.family
def backs_off_and_gets_it(rng: random.Random) -> Script:
    v, at = Voice(rng), 100.0
    rounds: list[list[Turn]] = []
    for go in range(5):
        rounds.append(
            [
                v.does(
                    "fetcher",
                    call(
                        "get",
                        {"url": "https://api.example/rates"},
                        error="HTTP 503: try again later",
                    ),
                    at=at,
                )
            ]
        )
        at += 4.0 * 3**go
    rounds.append(
        [
            v.does(
                "fetcher",
                call("get", {"url": "https://api.example/rates"}, {"rates": [1.02, 0.97]}),
                at=at,
            ),
            v.says("fetcher", "{Got the rates|The rates are here}."),
        ]
    )
    return every(v, ["fetcher"], rounds)


@KEPT.family
def tutor(rng: random.Random) -> Script:
    v = Voice(rng)
    sums = [(rng.randrange(3, 20), rng.randrange(3, 20)) for _ in range(9)]
    return every(
        v,
        ["tutor", "pupil"],
        [
            [
                v.says(
                    "tutor", "{Well done|Correct|Great}! {Now|Next}: what is $a plus $b?", a=a, b=b
                ),
                v.says("pupil", "{It is|That makes|I get} $s.", s=a + b),
            ]
            for a, b in sums
        ],
    )


@VIEW.family
def debate_that_moves(rng: random.Random) -> Script:
    v = Voice(rng)
    points = rng.sample(
        [
            "cost of upkeep",
            "safety at night",
            "jobs for the town",
            "noise of coaches",
            "schools that visit",
            "flood insurance",
            "the listed roof",
            "parking",
            "volunteers",
        ],
        8,
    )
    return every(
        v,
        ["pro", "contra"],
        [
            [
                v.says(
                    "pro",
                    "{You have a point there|I see that}, {but|yet} {think of|consider} $a: {it speaks for|that is in favour of} opening.",
                    a=points[at],
                ),
                v.says(
                    "contra",
                    "{I disagree|I do not follow}: $b {speaks against|is against} it.",
                    b=points[at - 1],
                ),
            ]
            for at in range(8)
        ],
    )


@KEPT.family
def scenes(rng: random.Random) -> Script:
    v = Voice(rng)
    acts = rng.sample(
        [
            "the miller loses his keys",
            "a storm breaks the gate",
            "two children find a map",
            "the engine starts by itself",
            "the mayor hides a letter",
            "a boat comes without crew",
            "the clock stops",
            "everybody dances",
        ],
        8,
    )
    return every(
        v,
        ["writer", "director"],
        [
            [
                v.says("writer", "Scene $n: $a.", n=at + 1, a=a),
                v.says("director", "{Lovely|I like it}. {What happens next|And then}?"),
            ]
            for at, a in enumerate(acts)
        ],
    )


@VIEW.family
def checks_off(rng: random.Random) -> Script:
    v = Voice(rng)
    items = rng.sample(
        [
            "oxygen",
            "flaps",
            "fuel",
            "transponder",
            "doors",
            "altimeter",
            "lights",
            "brakes",
            "radio",
            "trim",
        ],
        10,
    )
    return every(
        v,
        ["captain", "copilot"],
        [
            [
                v.says("captain", "$i?", i=i.capitalize()),
                v.says("copilot", rng.choice(["Checked.", "Set.", "Checked and set."])),
            ]
            for i in items
        ],
    )


@KEPT.family
def shift_handover(rng: random.Random) -> Script:
    v = Voice(rng)
    beds = rng.sample(range(1, 40), 8)
    return every(
        v,
        ["night", "day"],
        [
            [
                v.says(
                    "night",
                    "Bed $b: $n, {slept well|had a calm night|was restless}, {no fever|temperature is normal}.",
                    b=b,
                    n=rng.choice(NAMES),
                ),
                v.says("day", "{Thank you|Noted}. {Next bed|The next one}, please."),
            ]
            for b in beds
        ],
    )


@VIEW.family
def same_question_of_many(rng: random.Random) -> Script:
    """One question to each of a row of experts, whose answers differ."""
    v = Voice(rng)
    names = rng.sample(NAMES, 8)
    said = rng.sample(
        [
            "rather not before spring",
            "only with new pumps",
            "yes if the city pays",
            "ask the engineers first",
            "the roof comes first",
            "no objections from me",
            "I would wait for the survey",
            "it depends on the wells",
        ],
        8,
    )
    return every(
        v,
        ["chair", *[n.lower() for n in names]],
        [
            [
                v.says(
                    "chair",
                    "$n, {should|do you think} the hall {open|be opened} to the public?",
                    n=n,
                ),
                v.says(n.lower(), "{My view|In my opinion}: $s.", s=s),
            ]
            for n, s in zip(names, said, strict=True)
        ],
    )


@KEPT.family
def refactoring_commits(rng: random.Random) -> Script:
    v = Voice(rng)
    return every(
        v,
        ["dev", "ci"],
        [
            [
                v.says(
                    "dev",
                    "{Renamed|I renamed} the {props|parameters} of $p; {tests next|running the tests}.",
                    p=p,
                ),
                v.does(
                    "ci",
                    call(
                        "pytest",
                        {"k": p},
                        f"{rng.randrange(3, 30)} passed in {rng.uniform(0.2, 4):.2f}s",
                    ),
                ),
            ]
            for p in rng.sample(PARTS, 9)
        ],
    )
