"""The fourth bank's tuning half: more loops."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Script, call, turn
from .fourth_tuning_loops import LOOPS, WORK, looping, one, opening


@LOOPS.family
def replanning_for_ever(rng: random.Random) -> Script:
    heads = [
        "Here is a revised plan:",
        "Updated plan:",
        "Let me re-plan:",
        "New plan, taking the failure into account:",
    ]
    steps = [
        [
            "1. Log in to the portal.",
            "1. Sign in to the portal.",
            "1. Start by logging in to the portal.",
        ],
        ["2. Download the tax form.", "2. Fetch the tax form.", "2. Get the form for the taxes."],
        ["3. Fill in the totals.", "3. Enter the totals.", "3. Put the totals in."],
        ["4. Submit it.", "4. Hand it in.", "4. Send it off."],
    ]
    fails = [
        "The portal rejects our certificate, I cannot log in.",
        "Login failed: the portal does not accept the certificate.",
        "Could not log in, our certificate is rejected by the portal.",
    ]
    rounds = [
        [turn("Planner", one(rng, heads, *steps)), turn("Executor", rng.choice(fails))]
        for _ in range(7)
    ]
    return looping(opening(rng, ["Planner", "Executor"], 5), rounds, ["Planner", "Executor"])


@LOOPS.family
def apology_and_same_code(rng: random.Random) -> Script:
    sorry = [
        "I apologize for the oversight.",
        "Sorry about that!",
        "My mistake – thank you for your patience.",
        "I apologize for the confusion.",
    ]
    lead = [
        "Here is the corrected code:",
        "This version should work:",
        "Below is the fixed script:",
        "Try this instead:",
    ]
    code = "```python\nimport pandas as pd\ndf = pd.read_csv('sales.csv')\nprint(df.groupby('Region')['Amount'].sum().sort_values())\n```"
    rounds = [
        [
            turn("assistant", f"{one(rng, sorry, lead)}\n{code}"),
            turn(
                "executor",
                f'exitcode: 1 (execution failed)\nCode output: Traceback (most recent call last):\n  File "/tmp/tmp{rng.getrandbits(32):08x}.py", line 3, in <module>\n  File "pandas/core/frame.py", line {rng.randrange(8000, 9000)}, in groupby\nKeyError: \'Region\'',
            ),
        ]
        for _ in range(7)
    ]
    return looping(opening(rng, ["assistant", "executor"], 4), rounds, ["assistant", "executor"])


@LOOPS.family
def flag_on_flag_off(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "admin",
                "",
                call(
                    "set_option",
                    {"name": "strict_mode", "value": True},
                    "",
                    error="ConfigError: strict_mode=true conflicts with legacy_auth",
                ),
            ),
            turn(
                "admin",
                "",
                call(
                    "set_option",
                    {"name": "strict_mode", "value": False},
                    "",
                    error="ConfigError: legacy_auth requires strict_mode to be on",
                ),
            ),
        ]
        for _ in range(6)
    ]
    return looping(opening(rng, ["admin", "auditor"], 5), rounds, ["admin"])


@LOOPS.family
def five_pass_a_json_form(rng: random.Random) -> Script:
    names = ["intake", "triage", "scoring", "compliance", "archive"]

    def form(stage: str) -> str:
        return f'{{"message_id": "{rng.getrandbits(48):012x}", "sent_at": "2026-03-0{rng.randrange(1, 9)}T10:{rng.randrange(10, 59)}:{rng.randrange(10, 59)}Z", "stage": "{stage}", "case": {{"customer": "Brandt", "status": "incomplete", "missing": ["signature"]}}, "next": "forward"}}'

    rounds = [[turn(who, form(who)) for who in names] for _ in range(6)]
    return looping(opening(rng, names, 6), rounds, names)


@LOOPS.family
def thinking_aloud(rng: random.Random) -> Script:
    start = [
        "Let me think about this again.",
        "Let me reconsider.",
        "Hmm, let me go over it once more.",
        "Wait, let me think.",
    ]
    middle = [
        "The key question is which of the two caches holds the stale entry.",
        "What matters is which one of both caches has the stale entry.",
        "So which cache holds the stale entry, that is the key question.",
    ]
    end = [
        "I should check both before deciding.",
        "Before deciding I ought to check both of them.",
        "I need to check both and then decide.",
    ]
    rounds = [[turn("Solver", one(rng, start, middle, end))] for _ in range(9)]
    return looping(opening(rng, ["Solver", "User_Proxy"], 5), rounds, ["Solver"])


@LOOPS.family
def nudged_but_silent(rng: random.Random) -> Script:
    nudge = [
        "Please continue.",
        "Go on, please.",
        "Continue. If everything is done, reply TERMINATE.",
    ]
    rounds = [
        [turn("user_proxy", rng.choice(nudge)), turn("assistant", rng.choice([" ", "…", "..."]))]
        for _ in range(9)
    ]
    return looping(
        opening(rng, ["user_proxy", "assistant"], 5), rounds, ["user_proxy", "assistant"]
    )


@LOOPS.family
def final_or_not(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "manager",
                one(
                    rng,
                    [
                        "Is this the final version?",
                        "So this is final?",
                        "Can I take this as the final version?",
                        "Just to be sure: final?",
                    ],
                ),
            ),
            turn(
                "author",
                one(
                    rng,
                    [
                        "Yes, this is the final version.",
                        "Yes, it is final.",
                        "Correct, the version is final.",
                        "Indeed, that is the final one.",
                    ],
                    ["", "Nothing will change any more.", "No further changes."],
                ),
            ),
        ]
        for _ in range(9)
    ]
    return looping(opening(rng, ["manager", "author"]), rounds, ["manager", "author"])


@LOOPS.family
def one_thread_of_three(rng: random.Random) -> Script:
    work = iter(rng.sample(WORK, 26))
    stuck = [
        (
            "buyer",
            [
                "Can you ship on Monday?",
                "Is delivery on Monday possible?",
                "Would Monday work for the delivery?",
            ],
        ),
        (
            "seller",
            [
                "I will check with the warehouse.",
                "Let me ask the warehouse.",
                "I need to check that with the warehouse.",
            ],
        ),
    ]
    before = [
        turn(who, text, conversation="thread-7")
        for who, text in [
            ("buyer", "We need 200 chairs of the oak series."),
            ("seller", "Oak is in stock, 39 € each."),
        ]
    ]
    rounds = []
    for _ in range(8):
        other = (
            [
                turn("docs", next(work), conversation="thread-2"),
                turn("qa", next(work), conversation="thread-9"),
            ]
            if rng.random() < 0.9
            else []
        )
        talk = [turn(who, rng.choice(texts), conversation="thread-7") for who, texts in stuck]
        rounds.append([talk[0], *other[:1], talk[1], *other[1:]])
    script = looping(before, rounds, ["buyer", "seller"])
    script["truth"]["period"] = 4
    return script


@LOOPS.family
def attempts_are_counted(rng: random.Random) -> Script:
    budget = 128_000
    rounds = []
    for attempt in range(1, 10):
        budget -= rng.randrange(900, 1400)
        rounds.append(
            [
                turn(
                    "runner",
                    f"Attempt #{attempt}: deploying service `geo` to eu-west.",
                    call(
                        "deploy",
                        {"service": "geo", "region": "eu-west"},
                        {
                            "status": "failed",
                            "reason": "image geo:latest not found in registry",
                            "attempt": attempt,
                        },
                    ),
                ),
                turn(
                    "overseer",
                    f"Attempt {attempt} failed: image not found. Please try again. ({attempt} so far)",
                ),
            ]
        )
    return looping(opening(rng, ["overseer", "runner"], 5), rounds, ["runner", "overseer"])


@LOOPS.family
def pages_that_are_all_the_first(rng: random.Random) -> Script:
    items = [
        {"sku": f"K-{rng.randrange(1000, 9999)}", "name": name}
        for name in ("kettle", "toaster", "blender", "grinder", "steamer")
    ]
    rounds = [
        [
            turn(
                "crawler",
                "",
                call(
                    "list_products",
                    {"category": "kitchen", "page": page},
                    {"items": items, "has_more": True},
                ),
            )
        ]
        for page in range(1, 10)
    ]
    return looping(opening(rng, ["crawler", "lead"], 5), rounds, ["crawler"])


@LOOPS.family
def cheering(rng: random.Random) -> Script:
    names = ["coach", "player", "fan", "mascot"]
    rounds = [
        [
            turn(
                who,
                one(
                    rng,
                    ["Amazing work! 🎉", "We did it! 🥳", "Fantastic job! 🙌", "Incredible! 🚀"],
                    ["So proud of this team!", "What a team!", "Proud of everyone here!"],
                ),
            )
            for who in names
        ]
        for _ in range(6)
    ]
    return looping(opening(rng, names, 5), rounds, names)


@LOOPS.family
def deadlocked_debate(rng: random.Random) -> Script:
    pro = [
        [
            "Remote work raises productivity,",
            "Productivity goes up with remote work,",
            "People get more done when working remotely,",
        ],
        [
            "because there are fewer interruptions.",
            "as interruptions are fewer.",
            "since nobody interrupts them.",
        ],
    ]
    con = [
        [
            "But teams lose cohesion,",
            "Yet cohesion of teams suffers,",
            "However, the team's cohesion is lost,",
        ],
        [
            "when nobody meets in person.",
            "if people never meet in person.",
            "without meeting in person.",
        ],
    ]
    rounds = [[turn("Pro", one(rng, *pro)), turn("Con", one(rng, *con))] for _ in range(8)]
    return looping(opening(rng, ["Pro", "Con"], 4), rounds, ["Pro", "Con"])


@LOOPS.family
def required_field_missing(rng: random.Random) -> Script:
    rounds = []
    for _ in range(8):
        args = {
            "title": rng.choice(["Offsite", "Team offsite", "Offsite 2026"]),
            "when": rng.choice(["2026-06-01", "June 1st", "01.06.2026"]),
            "attendees": rng.sample(["ann", "bob", "cy", "dee"], 3),
        }
        rounds.append(
            [
                turn(
                    "scheduler",
                    rng.choice(
                        ["Creating the event.", "Let me create it now.", "I'll retry the creation."]
                    ),
                    call(
                        "create_event",
                        args,
                        "",
                        error=f"1 validation error for Event\nroom\n  Field required [type=missing, input_value={args!r}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.7/v/missing",
                    ),
                )
            ]
        )
    return looping(opening(rng, ["scheduler", "host"], 5), rounds, ["scheduler"])


@LOOPS.family
def recovers_after_a_while(rng: random.Random) -> Script:
    say = {
        "driver": ["Where should I park?", "Which spot should I take?", "Where can I park?"],
        "guard": ["Ask the front desk.", "The front desk knows.", "Please ask at the front desk."],
        "desk": [
            "The guard assigns the spots.",
            "Spots are assigned by the guard.",
            "You get your spot from the guard.",
        ],
    }
    rounds = [[turn(who, rng.choice(texts)) for who, texts in say.items()] for _ in range(6)]
    after = [
        turn("guard", "Fine, take number 14 next to the ramp."),
        turn("driver", "Parked, thanks."),
        turn("desk", "I noted 14 as taken until six."),
    ]
    return looping(opening(rng, list(say), 5), rounds, list(say), after)


@LOOPS.family
def portugues(rng: random.Random) -> Script:
    ask = [
        "Você pode enviar o relatório de vendas?",
        "Por favor, envie o relatório de vendas.",
        "Preciso do relatório de vendas, pode enviar?",
    ]
    no = [
        "Ainda não recebi os números da filial.",
        "Os números da filial ainda não chegaram.",
        "Continuo sem os números da filial.",
    ]
    rounds = [
        [turn("gerente", rng.choice(ask)), turn("analista", rng.choice(no))] for _ in range(9)
    ]
    return looping(opening(rng, ["gerente", "analista"], 3), rounds, ["gerente", "analista"])
