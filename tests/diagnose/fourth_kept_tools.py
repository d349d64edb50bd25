"""The fourth bank's kept half: never tuned on. More loops."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Script, call, turn
from .fourth_kept_loops import LOOPS, long_page, opening, talk
from .fourth_tuning_loops import looping, one


@LOOPS.family
def ledger_goes_round(rng: random.Random) -> Script:
    rounds = []
    for _ in range(7):
        facts = rng.choice(
            [
                "No timetable has been found.",
                "We have not found a timetable.",
                "The timetable is still unknown.",
            ]
        )
        step = rng.choice(
            [
                "Search for the timetable of the ferry.",
                "Look up the ferry's timetable.",
                "Find the timetable of the ferry.",
            ]
        )
        rounds.append(
            [
                turn(
                    "Orchestrator",
                    f'{{"is_request_satisfied": false, "facts": "{facts}", "next_speaker": "FileSurfer", "instruction": "{step}"}}',
                ),
                turn(
                    "FileSurfer",
                    rng.choice(
                        [
                            "The file does not hold a timetable.",
                            "There is no timetable in the file.",
                            "I looked through the file, it has no timetable.",
                        ]
                    ),
                ),
            ]
        )
    return looping(
        opening(rng, ["Orchestrator", "FileSurfer"], 4), rounds, ["Orchestrator", "FileSurfer"]
    )


@LOOPS.family
def fixing_one_breaks_the_other(rng: random.Random) -> Script:
    rounds = []
    for _ in range(6):
        rounds.append(
            [
                turn(
                    "coder",
                    rng.choice(
                        [
                            "Round half up now.",
                            "Rounding half up again.",
                            "I switched rounding to half up.",
                        ]
                    ),
                    call(
                        "pytest",
                        {"args": "-q"},
                        f"FAILED test_bank.py::test_even - assert 3 == 2\n1 failed, 11 passed in {rng.uniform(0.3, 0.9):.2f}s",
                    ),
                ),
                turn(
                    "coder",
                    rng.choice(
                        [
                            "Back to banker's rounding.",
                            "I switched rounding back to half even.",
                            "Half even again, then.",
                        ]
                    ),
                    call(
                        "pytest",
                        {"args": "-q"},
                        f"FAILED test_bank.py::test_shop - assert 2 == 3\n1 failed, 11 passed in {rng.uniform(0.3, 0.9):.2f}s",
                    ),
                ),
            ]
        )
    return looping(opening(rng, ["coder", "lead"], 5), rounds, ["coder"])


@LOOPS.family
def up_and_down_the_page(rng: random.Random) -> Script:
    top, bottom = long_page(rng, 300), long_page(rng, 300)
    rounds = [
        [
            turn("surfer", "", call("scroll", {"direction": "down"}, bottom)),
            turn("surfer", "", call("scroll", {"direction": "up"}, top)),
        ]
        for _ in range(6)
    ]
    return looping(opening(rng, ["surfer", "lead"], 5), rounds, ["surfer"])


@LOOPS.family
def echo_of_each_other(rng: random.Random) -> Script:
    text = "As discussed, the ferry leaves the dock on the 21st and the crew boards on the 20th."
    rounds = [[turn("mate", text), turn("bosun", text)] for _ in range(7)]
    return looping(opening(rng, ["mate", "bosun"], 6), rounds, ["mate", "bosun"])


@LOOPS.family
def about_to_start(rng: random.Random) -> Script:
    groups = [
        [
            "Next, I will analyse the passenger data.",
            "I will now proceed to analyse the data on passengers.",
            "I'm going to analyse the passenger data now.",
        ],
        [
            "Then I will write the summary.",
            "After that, a summary follows.",
            "A summary will be written afterwards.",
        ],
    ]
    rounds = [[turn("Analyst", one(rng, *groups))] for _ in range(9)]
    return looping(opening(rng, ["Analyst", "Manager"], 6), rounds, ["Analyst"])


@LOOPS.family
def automatic_reply(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "user_proxy",
                'There is no code from the last message for me to execute. Group chat manager should let other participants continue the conversation. If the group chat manager want to end the conversation, you should let other participant reply me only with "TERMINATE"',
            ),
            turn(
                "assistant",
                rng.choice(
                    [
                        "The task is complete, no code is needed.",
                        "No code is needed, as the task is complete.",
                        "Everything is complete; there is no code to run.",
                    ]
                ),
            ),
        ]
        for _ in range(7)
    ]
    return looping(
        opening(rng, ["user_proxy", "assistant"], 4), rounds, ["user_proxy", "assistant"]
    )


@LOOPS.family
def wrong_one_answers(rng: random.Random) -> Script:
    texts = {
        "Moderator": [
            [
                "Purser, what is the number of bookings?",
                "I'd like the purser to tell us the bookings.",
                "Purser, please give the number of bookings.",
            ]
        ],
        "Cook": [
            [
                "I'm the cook, I don't have the bookings.",
                "That is not for me, I am the cook.",
                "Sorry, I am the cook and do not know the bookings.",
            ]
        ],
    }
    return looping(
        opening(rng, ["Moderator", "Cook"], 6), talk(rng, texts, 9), ["Moderator", "Cook"]
    )


@LOOPS.family
def after_sixty_good_steps(rng: random.Random) -> Script:
    before = [
        turn(
            ["surveyor", "clerk"][at % 2],
            f"Frame {at + 1}: {rng.choice(['rust', 'paint loss', 'a crack', 'sound', 'a loose rivet'])} near the {rng.choice(['keel', 'bow', 'stern', 'hatch', 'ramp'])}, about {rng.randrange(2, 90)} cm, {rng.choice(['photographed', 'marked in red', 'scraped', 'measured twice'])}.",
        )
        for at in range(60)
    ]
    texts = {
        "surveyor": [["Did you save the sheet?", "Is the sheet saved?", "Please save the sheet."]],
        "clerk": [
            [
                "The sheet is locked by you.",
                "You have the sheet locked.",
                "It is locked by your session.",
            ]
        ],
    }
    return looping(before, talk(rng, texts, 9), ["surveyor", "clerk"])


@LOOPS.family
def still_at_45_percent(rng: random.Random) -> Script:
    rounds = []
    for at in range(12):
        rounds.append(
            [
                turn(
                    "watcher", rng.choice(["Any progress?", "How far are we?", "Status, please."])
                ),
                turn(
                    "uploader",
                    f"[{10 + at // 6}:{at * 7 % 60:02d}:12] Still at 45 %, no data is being sent.",
                ),
            ]
        )
    return looping(opening(rng, ["watcher", "uploader"], 5), rounds, ["watcher", "uploader"])


@LOOPS.family
def same_file_by_other_paths(rng: random.Random) -> Script:
    body = long_page(rng, 150)
    paths = [
        "README.md",
        "./README.md",
        "/repo/README.md",
        "repo/../README.md",
        "/repo/./README.md",
        "../repo/README.md",
    ]
    rounds = [
        [turn("reader", "", call("read_file", {"path": rng.choice(paths)}, body))] for _ in range(9)
    ]
    return looping(opening(rng, ["reader", "lead"], 5), rounds, ["reader"])


@LOOPS.family
def francais(rng: random.Random) -> Script:
    texts = {
        "Chef": [
            [
                "Le budget est-il validé ?",
                "A-t-on validé le budget ?",
                "Est-ce que le budget est validé ?",
            ]
        ],
        "Comptable": [
            [
                "Il me manque la signature du directeur.",
                "La signature du directeur me manque toujours.",
                "Je n'ai toujours pas la signature du directeur.",
            ]
        ],
    }
    return looping(
        opening(rng, ["Chef", "Comptable"], 4), talk(rng, texts, 9), ["Chef", "Comptable"]
    )


@LOOPS.family
def final_offers(rng: random.Random) -> Script:
    texts = {
        "buyer": [
            [
                "500 is my final offer.",
                "I cannot pay more than 500.",
                "My limit is 500, that's final.",
            ]
        ],
        "seller": [
            ["Below 600 I won't sell.", "600 is the least I can accept.", "I can't go below 600."]
        ],
    }
    return looping(opening(rng, ["buyer", "seller"], 4), talk(rng, texts, 9), ["buyer", "seller"])


@LOOPS.family
def invalid_json_for_ever(rng: random.Random) -> Script:
    rounds = []
    for _ in range(8):
        at = rng.randrange(30, 400)
        rounds.append(
            [
                turn(
                    "extractor",
                    f'{{"vessel": "Aurelia", "length_m": {rng.choice(["92,5", "92,50"])}, "decks": 4,}}',
                ),
                turn(
                    "validator",
                    f"Invalid JSON: Expecting property name enclosed in double quotes: line 1 column {at} (char {at - 1}). Return valid JSON only.",
                ),
            ]
        )
    return looping(opening(rng, ["extractor", "validator"], 4), rounds, ["extractor", "validator"])


@LOOPS.family
def three_hand_over(rng: random.Random) -> Script:
    order = ["triage", "refunds", "sales"]
    rounds = [
        [
            turn(
                who,
                "",
                call(
                    f"transfer_to_{order[(at + 1) % 3]}",
                    {},
                    f"Transferred to {order[(at + 1) % 3]}, adopting the role of {order[(at + 1) % 3]} immediately.",
                ),
            )
            for at, who in enumerate(order)
        ]
        for _ in range(6)
    ]
    return looping(opening(rng, order, 5), rounds, order)


@LOOPS.family
def long_context_recap(rng: random.Random) -> Script:
    recap = "To recap what we know so far: the ferry is due in dock on the 12th, two injectors are out of tolerance, the wiring of the crew cabins is to be renewed, and the insurer wants to see certificates for the lifeboats before the end of July. "
    ends = [
        [
            "The open question is who signs for the paint.",
            "Still open: who will sign for the paint?",
            "We must find out who signs for the paint.",
        ]
    ]
    rounds = [
        [
            turn("Secretary", recap + one(rng, *ends)),
            turn(
                "Owner",
                one(
                    rng,
                    [
                        "Good recap. Who signs for the paint?",
                        "Thanks for the recap; and who signs for the paint?",
                        "Fine. So who signs?",
                    ],
                ),
            ),
        ]
        for _ in range(7)
    ]
    return looping(opening(rng, ["Secretary", "Owner"], 5), rounds, ["Secretary", "Owner"])
