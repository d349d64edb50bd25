"""The third bank's kept half: never tuned on. Loops."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, call, loop, turn
from .spin import spin

LOOPS = Bank("third kept loops")

_PRELUDE = [
    "The grant proposal is due at the end of the month and we lack a budget annex.",
    "I spoke to the caterer: forty guests are possible, sixty are not.",
    "For the soil samples we need a permit of the district.",
    "My first idea is a timeline with the four eras of the town.",
    "An older survey puts the number of bats at three hundred.",
    "Let us keep the second floor free for the workshop with children.",
    "The insurer wants photos of the roof, from every side.",
]


def prelude(rng: random.Random, *agents: str) -> list[Turn]:
    lines = rng.sample(_PRELUDE, rng.randrange(1, 6))
    return [turn(agents[at % len(agents)], line) for at, line in enumerate(lines)]


def hexes(rng: random.Random, size: int = 16) -> str:
    return "".join(rng.choices("0123456789abcdef", k=size))


def several(rng: random.Random, texts: dict[str, str], count: int) -> list[list[Turn]]:
    """Rounds in which every agent says its text in one of its wordings."""
    return [[turn(who, spin(rng, text)) for who, text in texts.items()] for _ in range(count)]


@LOOPS.family
def hello_is_anybody_there(rng: random.Random) -> Script:
    texts = {
        "north": "{Hello|Hi|Hey}{, |! }{are you there|can you hear me|is anybody there}?",
        "south": "{Yes|Hello|Hi}, {I am here|I'm here|I can hear you}. {Are you there|Can you hear me}?",
    }
    return loop(prelude(rng, "north", "south"), several(rng, texts, 10), ["north", "south"])


@LOOPS.family
def goodbye_for_ever(rng: random.Random) -> Script:
    texts = {
        "host": "{Goodbye|Bye|Farewell}{, and thanks again|, it was lovely|}! {See you soon|Until next time|Talk soon}!",
        "guest": "{Bye|Bye bye|Goodbye}! {See you|Until then|Talk to you soon}{!| and take care!}",
    }
    return loop(prelude(rng, "host", "guest"), several(rng, texts, 12), ["host", "guest"])


@LOOPS.family
def forgotten_answer(rng: random.Random) -> Script:
    texts = {
        "form": "{To continue|Before we continue}, {what is|please tell me|may I have} your {customer|client} number?",
        "caller": "{My customer number is|It is} 55 120{.|, as I said.|, I told you.}",
    }
    return loop(prelude(rng, "form", "caller"), several(rng, texts, 9), ["form", "caller"])


@LOOPS.family
def two_masters(rng: random.Random) -> Script:
    long = "The harbour festival opens on Saturday with a regatta, a market of local crafts, concerts on three stages and fireworks at midnight; entry is free for children under twelve."
    short = "The harbour festival opens on Saturday with a regatta and fireworks."
    rounds = [
        [
            turn("writer", long),
            turn(
                "editor",
                spin(
                    rng,
                    "{Too long|It is too long}, {shorten it|cut it|make it shorter}{.| please.}",
                ),
            ),
            turn("writer", short),
            turn(
                "sponsor",
                spin(
                    rng,
                    "{Too short|It is too short}, {mention the concerts|we miss the concerts}{.| please.}",
                ),
            ),
        ]
        for _ in range(7)
    ]
    return loop(
        prelude(rng, "writer", "editor", "sponsor"), rounds, ["writer", "editor", "sponsor"]
    )


@LOOPS.family
def sql_that_cannot_work(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "analyst",
                spin(
                    rng, "{I rephrase the query|Let me rewrite the query|Another way to write it}."
                ),
                call(
                    "sql",
                    {
                        "statement": spin(
                            rng,
                            "SELECT {name|n.name|name AS n} FROM {customers|customers n} {WHERE|where} region = 'north'{| LIMIT 10| ORDER BY name}",
                        )
                    },
                    "",
                    error='ProgrammingError: relation "customers" does not exist',
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(prelude(rng, "analyst"), rounds, ["analyst"])


@LOOPS.family
def refused_by_policy(rng: random.Random) -> Script:
    ask = "{Delete|Please delete|Remove} the {account|user account} of {the former colleague|our former colleague}{.| now.| today.}"
    no = "{I cannot do that|I am not allowed to do that|That is not permitted}: {deleting|removing} accounts {needs|requires} {an approval|approval} {of|by} two admins."
    return loop(
        prelude(rng, "admin", "agent"),
        several(rng, {"admin": ask, "agent": no}, 9),
        ["admin", "agent"],
    )


@LOOPS.family
def two_broken_tools(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "agent",
                "",
                call(
                    "maps",
                    {"from": "mill", "to": "quay"},
                    "",
                    error="QuotaExceeded: daily limit reached",
                ),
            ),
            turn(
                "agent",
                "",
                call(
                    "directions",
                    {"a": "mill", "b": "quay"},
                    "",
                    error="ConnectError: name or service not known",
                ),
            ),
        ]
        for _ in range(7)
    ]
    return loop(prelude(rng, "agent"), rounds, ["agent"])


@LOOPS.family
def invalid_json_again(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "extractor",
                '{"name": "Old Mill", "built": 1794, "owner": '
                + spin(rng, "unknown|unknown")
                + "}",
            ),
            turn(
                "validator",
                f"Invalid JSON at position {rng.randrange(40, 60)}: unexpected token. {spin(rng, '{Return|Send|Give} valid JSON{ only|}.')}",
            ),
        ]
        for _ in range(8)
    ]
    return loop(prelude(rng, "extractor", "validator"), rounds, ["extractor", "validator"])


@LOOPS.family
def formatter_war(rng: random.Random) -> Script:
    a = call("format", {"path": "src", "style": "tabs"}, "14 files reformatted")
    b = call("format", {"path": "src", "style": "spaces"}, "14 files reformatted")
    rounds = [[turn("ruff", "", a), turn("black", "", b)] for _ in range(8)]
    return loop(prelude(rng, "ruff", "black"), rounds, ["ruff", "black"])


@LOOPS.family
def token_refresh(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "client",
                "",
                call("refresh_token", {}, {"token": hexes(rng, 32), "expires_in": 3600}),
            ),
            turn(
                "client",
                "",
                call(
                    "get_orders",
                    {"token": hexes(rng, 32)},
                    {"status": 401, "error": "invalid scope"},
                ),
            ),
        ]
        for _ in range(8)
    ]
    return loop(prelude(rng, "client"), rounds, ["client"])


@LOOPS.family
def not_satisfied_ledger(rng: random.Random) -> Script:
    ledger = "{The request is not satisfied yet|The task is not complete}. {Next speaker|Next}: coder. {Instruction|Task}: {fix|repair|correct} the {broken|failing} {import|import statement}."
    coder = "{The import|This import} {fails|is failing} because the {module|package} is not {installed|available} {here|in this environment}."
    return loop(
        prelude(rng, "manager", "coder"),
        several(rng, {"manager": ledger, "coder": coder}, 9),
        ["manager", "coder"],
    )


@LOOPS.family
def summary_of_the_summary(rng: random.Random) -> Script:
    text = "{In summary|To sum up|In short}, the {meeting|session} {covered|was about} the {roof|roof repair} and the {budget|costs}, {with no decision|without a decision|and nothing was decided}."
    return loop(
        prelude(rng, "one", "two"), several(rng, {"one": text, "two": text}, 10), ["one", "two"]
    )


@LOOPS.family
def meeting_dates(rng: random.Random) -> Script:
    texts = {
        "secretary_a": "{Would|Does} Tuesday at ten {suit|work for} {you|your side}?",
        "secretary_b": "{Tuesday|That} {does not work|is not possible}, {how about|what about|would} Wednesday at noon?",
        "secretary_c": "Wednesday {is taken|is full|does not work}, {let us go back to|what about|I suggest} Tuesday at ten.",
    }
    return loop(
        prelude(rng, "secretary_a", "secretary_b", "secretary_c"),
        several(rng, texts, 8),
        ["secretary_a", "secretary_b", "secretary_c"],
    )


@LOOPS.family
def korean(rng: random.Random) -> Script:
    texts = {
        "담당자": "{보고서를|보고서 초안을} {다시 |한번 더 |}{확인해|검토해} 주세요.",
        "검토자": "{이미|벌써} {확인했습니다|검토했습니다}. {문제가 없습니다|이상이 없습니다}.",
    }
    return loop(prelude(rng, "담당자", "검토자"), several(rng, texts, 10), ["담당자", "검토자"])


@LOOPS.family
def scroll_to_and_fro(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "browser",
                "",
                call("scroll", {"direction": "down"}, {"viewport": "rows 40-60 of 60"}),
            ),
            turn(
                "browser", "", call("scroll", {"direction": "up"}, {"viewport": "rows 1-20 of 60"})
            ),
        ]
        for _ in range(8)
    ]
    return loop(prelude(rng, "browser"), rounds, ["browser"])


@LOOPS.family
def payload_under_new_key(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "publisher",
                "",
                call(
                    "publish",
                    {
                        "payload": {
                            "title": "Bats of the region",
                            "tags": rng.sample(["bats", "night", "survey"], 3),
                        },
                        "request": {"id": hexes(rng), "sent": f"2025-03-0{n + 1}T10:{n}0:00Z"},
                    },
                    {
                        "status": "rejected",
                        "because": "missing field: author",
                        "ref": hexes(rng, 8),
                    },
                ),
            )
        ]
        for n in range(8)
    ]
    return loop(prelude(rng, "publisher"), rounds, ["publisher"])


@LOOPS.family
def ask_your_colleague(rng: random.Random) -> Script:
    texts = {
        f"desk{n}": f"{{Please contact|Kindly contact|You should ask}} desk{(n + 1) % 5}{{ for this| about this|}}."
        for n in range(5)
    }
    return loop(prelude(rng, *texts), several(rng, texts, 7), list(texts))


@LOOPS.family
def brainstorm_that_is_dry(rng: random.Random) -> Script:
    texts = {
        "idea": "{We could|Let's|How about we} {organise|hold|run} a {quiz night|pub quiz}{!| for the members!}",
        "scribe": "{Good idea|Nice idea|Great}, {I note|I write down|noted}: quiz night. {Other ideas|More ideas|Anything else}?",
    }
    return loop(prelude(rng, "idea", "scribe"), several(rng, texts, 9), ["idea", "scribe"])


@LOOPS.family
def long_contract_again(rng: random.Random) -> Script:
    clause = " ".join(
        f"{n}. The {'tenant' if n % 2 else 'landlord'} {{shall|must|will}} {verb} the {thing} within {n + 2} weeks."
        for n, (verb, thing) in enumerate(
            [
                ("clean", "stairs"),
                ("insure", "house"),
                ("paint", "rooms"),
                ("announce", "visits"),
                ("repair", "boiler"),
                ("return", "keys"),
                ("pay", "deposit"),
                ("heat", "hall"),
                ("light", "yard"),
                ("sweep", "chimney"),
            ],
            1,
        )
    )
    rounds = [
        [
            turn("lawyer", "Contract. " + spin(rng, clause)),
            turn(
                "client",
                spin(
                    rng,
                    "{I am not happy with it yet|It still feels wrong}, {please improve|rework it}.",
                ),
            ),
        ]
        for _ in range(8)
    ]
    return loop(
        prelude(rng, "lawyer", "client"), rounds, ["lawyer", "client"], alternatives=[["lawyer"]]
    )


@LOOPS.family
def repeats_the_task(rng: random.Random) -> Script:
    task = "Write a short poem about the old lighthouse and finish with the word DONE."
    rounds = [[turn("poet", task), turn("reader", task)] for _ in range(6)]
    return loop([], rounds, ["poet", "reader"])


@LOOPS.family
def stuck_in_long_work(rng: random.Random) -> Script:
    rooms = rng.sample(
        "attic barn cellar dairy entry forge garden hall inglenook kitchen larder mill".split(), 12
    )
    work = [
        turn(
            "mover",
            f"I inventory the {room}.",
            call("scan", {"room": room}, {"items": rng.randrange(3, 90)}),
        )
        for room in rooms
    ]
    rounds = [
        [
            turn(
                "mover",
                spin(rng, "{I try|Trying|Let me try} the {vault|vault door}."),
                call("open", {"door": "vault"}, {"opened": False, "why": "code wrong"}),
            )
        ]
        for _ in range(9)
    ]
    return loop(work, rounds, ["mover"])


@LOOPS.family
def same_stack_trace(rng: random.Random) -> Script:
    trace = "Traceback (most recent call last):\n  File \"/tmp/run_{0}.py\", line {1}, in <module>\n    import pandas\nModuleNotFoundError: No module named 'pandas'"
    rounds = [
        [
            turn(
                "coder",
                spin(rng, "{I simplified|I rewrote|I shortened} the script."),
                call(
                    "python",
                    {
                        "code": f"import pandas\n# {spin(rng, '{first|other|short|new} {try|version}')}\nprint(pandas.read_csv('x.csv'))"
                    },
                    trace.format(hexes(rng, 6), rng.randrange(1, 9)),
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(prelude(rng, "coder"), rounds, ["coder"])


@LOOPS.family
def waiting_for_each_other(rng: random.Random) -> Script:
    texts = {
        "design": "{I will start|I'll begin|I can start} {as soon as|once|when} {engineering|the engineers} {sends|send} the {dimensions|measures}.",
        "engineering": "{We need|We wait for} the {sketch|drawing} {of|from} design {first|before we start}.",
    }
    return loop(
        prelude(rng, "design", "engineering"), several(rng, texts, 9), ["design", "engineering"]
    )


@LOOPS.family
def images_again(rng: random.Random) -> Script:
    prompt = "{a|one} {watercolour|watercolor} of {a|an old} {stone bridge|bridge of stone} {at dusk|in the evening}"
    rounds = [
        [
            turn(
                "artist",
                "",
                call(
                    "draw",
                    {"prompt": spin(rng, prompt)},
                    {"error": "content filter: service unavailable in your region"},
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(prelude(rng, "artist"), rounds, ["artist"])
