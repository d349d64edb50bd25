"""More of the eighteenth bank's loops, in the same two halves."""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import random

from .bank import Script, Turn, call, news, turn
from .eighteenth_loops import KEPT, VIEW
from .eighteenth_talk import Voice


@VIEW.family
def human_is_asked_again(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.does(
                "clerk",
                call(
                    "ask_operator",
                    {
                        "question": v.rng.choice(
                            [
                                "What is the password of the ticket system?",
                                "Could you give me the ticket system's password?",
                                "I need the password for the ticket system, please.",
                            ]
                        )
                    },
                    rng.choice(["(no answer)", "(no answer)", "(no answer)"]),
                ),
            )
        ]

    return v.rounds(["clerk"], one)


@KEPT.family
def denied_in_many_words(rng: random.Random) -> Script:
    v = Voice(rng)
    errors = [
        "AccessDenied: user svc-demo is not allowed to perform s3:PutObject",
        "403 Forbidden: svc-demo lacks s3:PutObject",
        "PermissionError: svc-demo has no permission for this operation (PutObject)",
    ]

    def one(at: int) -> list[Turn]:
        path = rng.choice(["demo/page.html", "demo/index.html", "staging/page.html"])
        return [
            v.does(
                "ops",
                call(
                    "upload",
                    {"path": path, "acl": rng.choice(["public-read", "private"])},
                    error=errors[at % 3],
                ),
                say=v.text("{Retrying the upload|Let me upload it again|Another attempt}."),
            )
        ]

    return v.rounds(["ops"], one)


@VIEW.family
def quibble_over_a_word(rng: random.Random) -> Script:
    v = Voice(rng)
    a, b = rng.choice([("harbour", "port"), ("autumn", "fall"), ("lift", "elevator")])

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "translator",
                '{I would keep|Let us keep|I\'d stay with} "$a", {since|because} the {readers|audience} {expect|are used to} British English.',
                a=a,
                b=b,
            ),
            v.says(
                "proofreader",
                '{I changed it to|I\'d rather have|It should be} "$b", {since|as} the {client|customer} {writes|uses} American English.',
                a=a,
                b=b,
            ),
        ]

    return v.rounds(["translator", "proofreader"], one)


@KEPT.family
def stuck_pair_amid_news(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "ops",
                "{The deploy|Deployment} is {blocked|on hold}: {I need|we need} the {release notes|notes of the release} from docs.",
            ),
            v.says(
                "docs",
                "{The release notes|Our notes} {need|require} the {final build number|number of the final build} from ops.",
            ),
            turn("reporter", news(rng), **v.more),
        ]

    return v.rounds(["ops", "docs", "reporter"], one, alternatives=[["ops", "docs"]])
