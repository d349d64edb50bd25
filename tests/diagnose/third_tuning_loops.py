"""The third bank's tuning half: loops in the ways that other people's agents get stuck."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import random
import string

from .bank import Bank, Script, Turn, call, loop, turn
from .spin import spin

LOOPS = Bank("third tuning loops")

_OPENING = [
    "Here is how I see the job: first we collect the sources, then somebody checks the figures.",
    "I have read the brief. The customer wants a comparison of three suppliers by Friday.",
    "Supplier one is the cheapest but has no warehouse in the region.",
    "The second supplier answered with a catalogue of two hundred pages, mostly about pumps.",
    "Shipping by rail would take nine days, by lorry four.",
    "Our contract expires in spring, so a short commitment would be better.",
    "I noted the questions of the finance department and will come back to them.",
    "The risk register mentions currency fluctuation as the main concern.",
]


def opening(rng: random.Random, *agents: str) -> list[Turn]:
    """Different things said by different agents, as many as chance has it."""
    lines = rng.sample(_OPENING, rng.randrange(2, 7))
    return [turn(agents[at % len(agents)], line) for at, line in enumerate(lines)]


def code(rng: random.Random, size: int = 10) -> str:
    return "".join(rng.choices(string.ascii_lowercase + string.digits, k=size))


@LOOPS.family
def ring_of_paraphrases(rng: random.Random) -> Script:
    a = "{Could|Would} you {please |}{check|verify|look at} the {numbers|figures} in table two{?| again?| once more?}"
    b = "{I looked at|I checked|I verified} the {figures|numbers} in table two{, they are fine.| and they are fine.|; they look fine.}"
    c = "{Before we go on|Before moving on|Before we continue}, the {figures|numbers} in table two {must|have to|need to} be {checked|verified}."
    rounds = [
        [turn("lead", spin(rng, a)), turn("analyst", spin(rng, b)), turn("auditor", spin(rng, c))]
        for _ in range(9)
    ]
    return loop(opening(rng, "lead", "analyst", "auditor"), rounds, ["lead", "analyst", "auditor"])


@LOOPS.family
def fresh_request_ids(rng: random.Random) -> Script:
    name = rng.choice(
        ["rid", "request_id", "idempotencyKey", "x-request-id", "nonce", "client_ref"]
    )
    rounds = [
        [
            turn(
                "clerk",
                "",
                call(
                    "book_slot",
                    {name: code(rng, 12), "day": "tuesday", "room": "B"},
                    {"ok": False, "reason": "slot taken", name: code(rng, 12)},
                ),
            )
        ]
        for _ in range(10)
    ]
    return loop(opening(rng, "clerk"), rounds, ["clerk"])


@LOOPS.family
def shuffled_json(rng: random.Random) -> Script:
    def shuffled() -> dict:
        inner = [("sort", "asc"), ("limit", 20), ("tags", ["new", "open"])]
        outer = [("table", "orders"), ("where", None), ("dry_run", False)]
        rng.shuffle(inner)
        rng.shuffle(outer)
        return {k: dict(inner) if k == "where" else v for k, v in outer}

    rounds = [
        [turn("db", "", call("query", shuffled(), {"rows": [{"id": 1}, {"id": 2}], "total": 2}))]
        for _ in range(9)
    ]
    return loop(opening(rng, "db"), rounds, ["db"])


@LOOPS.family
def synonym_searches(rng: random.Random) -> Script:
    query = "{cheap|affordable|inexpensive|low cost|budget} {flat|apartment|accommodation|lodging} {near|close to|next to} {the harbour|the port|the docks}"
    nothing = rng.choice(
        ["No results found.", "[]", {"hits": [], "count": 0}, "0 documents matched."]
    )
    rounds = [
        [turn("scout", "", call("search", {"q": spin(rng, query)}, nothing))] for _ in range(12)
    ]
    return loop(opening(rng, "scout"), rounds, ["scout"])


@LOOPS.family
def synonym_searches_same_hits(rng: random.Random) -> Script:
    query = "{who|which person} {founded|started|established|created} {the|} {lighthouse|beacon} {company|firm|business}"
    hits = {
        "results": [
            {"title": "Lighthouse (disambiguation)", "url": "https://example.org/a"},
            {"title": "List of beacons by height", "url": "https://example.org/b"},
            {"title": "Companies House search tips", "url": "https://example.org/c"},
        ]
    }
    rounds = [
        [turn("scout", "", call("web", {"query": spin(rng, query)}, hits))] for _ in range(12)
    ]
    return loop(opening(rng, "scout"), rounds, ["scout"])


@LOOPS.family
def one_root_cause(rng: random.Random) -> Script:
    errors = [
        "PermissionError: [Errno 13] Permission denied: '/srv/out/report.csv'",
        "OSError: cannot write /srv/out/report.csv: Permission denied",
        "bash: /srv/out/report.csv: Permission denied",
        "cp: cannot create regular file '/srv/out/report.csv': Permission denied",
        "tee: /srv/out/report.csv: Permission denied",
    ]
    commands = [
        "python save.py",
        "cp /tmp/r /srv/out/report.csv",
        "tee /srv/out/report.csv",
        "cat > /srv/out/report.csv",
    ]
    rounds = [
        [
            turn(
                "dev",
                "",
                call("shell", {"cmd": rng.choice(commands)}, "", error=rng.choice(errors)),
            )
        ]
        for _ in range(12)
    ]
    return loop(opening(rng, "dev"), rounds, ["dev"])


@LOOPS.family
def courtesy_of_many_words(rng: random.Random) -> Script:
    a = "{Thank you|Thanks|Many thanks} {so much|a lot|again} for {your|all the} {help|support|kind words}! {Have a great day|Take care|All the best}!"
    b = "{You're|You are} {very |most |}welcome{!|, any time!} {It was a pleasure|Always happy to help|Glad I could help}. {Have a great day|Take care} {too|as well}!"
    rounds = [[turn("ann", spin(rng, a)), turn("ben", spin(rng, b))] for _ in range(10)]
    return loop(opening(rng, "ann", "ben"), rounds, ["ann", "ben"])


@LOOPS.family
def clarify(rng: random.Random) -> Script:
    a = "{Which|What} {report|document} {do you mean|are you referring to|would you like}? {Please be more specific.|Could you specify?|Please clarify.}"
    b = "{The|I mean the} {usual one|one we talked about|one from before}{.|, as I said.|, please.}"
    rounds = [[turn("bot", spin(rng, a)), turn("client", spin(rng, b))] for _ in range(10)]
    return loop(opening(rng, "bot", "client"), rounds, ["bot", "client"])


@LOOPS.family
def please_wait(rng: random.Random) -> Script:
    a = "{One moment|Just a moment|Hold on|Please wait}{, please|,|} {I am looking into it|I'm checking that|let me check}{.| for you.}"
    b = "{Sure|Of course|No problem}, {take your time|no hurry|I will wait|I'm waiting}."
    rounds = [[turn("desk", spin(rng, a)), turn("guest", spin(rng, b))] for _ in range(12)]
    return loop(opening(rng, "desk", "guest"), rounds, ["desk", "guest"])


@LOOPS.family
def restated_instruction(rng: random.Random) -> Script:
    a = "{Please|} {navigate to|open|visit|go to} the {museum's|museum} {website|web page|site} and {find|look up|note|determine} the {opening hours|hours of opening} {on|for} {holidays|public holidays}."
    b = "{The page|The website|The site} {shows|displays|only shows} a {cookie banner|consent dialog} and I {cannot|could not|was unable to} {see|read|reach} the {hours|opening hours}."
    rounds = [[turn("orchestrator", spin(rng, a)), turn("surfer", spin(rng, b))] for _ in range(9)]
    return loop(opening(rng, "orchestrator", "surfer"), rounds, ["orchestrator", "surfer"])


_ESSAY = """Remote work has {changed|altered|transformed} how teams plan their week. Meetings {move|shift} to
 the middle of the day, when people in {several|different} time zones are awake, and written notes replace
 the {quick|short} talk at the coffee machine. Managers who {measure|count} hours instead of results find the
 change {hard|difficult}, while those who agree on outcomes report {fewer|less} interruptions. The cost of
 office space falls, yet the {cost|price} of loneliness rises, and newcomers need a guide who answers
 questions that nobody {wrote|put} down. A {fair|good} policy sets core hours, pays for a desk at home and
 brings the team together twice a year."""


@LOOPS.family
def draft_with_other_synonyms(rng: random.Random) -> Script:
    vague = "{It does not read well yet|It still lacks flow|This is not quite there}. {Please revise it|Please polish it|Have another go}."
    rounds = [
        [
            turn("author", spin(rng, _ESSAY.replace("\n", ""))),
            turn("editor", spin(rng, vague)),
        ]
        for _ in range(8)
    ]
    return loop(
        opening(rng, "author", "editor"), rounds, ["author", "editor"], alternatives=[["author"]]
    )


def webpage(rng: random.Random, csrf: str) -> str:
    body = " ".join(
        f"Paragraph {n} tells about the history of the old canal and its locks." for n in range(60)
    )
    return f"<html><meta name=csrf content={csrf}><body>{body}<p>Served in {rng.randrange(9, 99)} ms</p></body></html>"


@LOOPS.family
def page_fetched_again(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "reader",
                spin(rng, "{Let me|I will|I'll} {open|load|read} the page {again|once more|}."),
                call("fetch", {"url": "https://example.org/canal"}, webpage(rng, code(rng, 24))),
            )
        ]
        for _ in range(8)
    ]
    return loop(opening(rng, "reader"), rounds, ["reader"])


@LOOPS.family
def apply_and_revert(rng: random.Random) -> Script:
    on = call(
        "edit", {"file": "app.cfg", "old": "retries = 2", "new": "retries = 5"}, "1 line changed"
    )
    off = call(
        "edit", {"file": "app.cfg", "old": "retries = 5", "new": "retries = 2"}, "1 line changed"
    )
    test = call("test", {}, "2 passed, 1 failed: test_timeout")
    rounds = [[turn("dev", "", on, test), turn("dev", "", off, test)] for _ in range(7)]
    return loop(opening(rng, "dev"), rounds, ["dev"])


@LOOPS.family
def polite_handoffs(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "sales",
                spin(
                    rng, "{This is a matter for support|Support can help|I pass this to support}."
                ),
                call(
                    "transfer_to_support",
                    {},
                    "Transferred to support, adopting the role of support immediately.",
                ),
            ),
            turn(
                "support",
                spin(rng, "{Sales handles this|Sales should answer this|I hand this to sales}."),
                call(
                    "transfer_to_sales",
                    {},
                    "Transferred to sales, adopting the role of sales immediately.",
                ),
            ),
        ]
        for _ in range(8)
    ]
    return loop(opening(rng, "sales", "support"), rounds, ["sales", "support"])


@LOOPS.family
def plan_by_version(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "planner",
                f"Plan, version {n}: 1. Gather the requirements. 2. Draft the interface. 3. Review with the users. 4. Build. {spin(rng, '{Comments?|Any comments?|Thoughts?}')}",
            ),
            turn(
                "critic",
                spin(
                    rng,
                    "{The plan is too coarse|The plan lacks detail|The steps are too coarse}, {please refine|refine it|make it finer}.",
                ),
            ),
        ]
        for n in range(1, 10)
    ]
    return loop(opening(rng, "planner", "critic"), rounds, ["planner", "critic"])


@LOOPS.family
def passing_the_buck(rng: random.Random) -> Script:
    def defer(who: str) -> str:
        return spin(
            rng,
            "{I would defer to|This is for|That is a question for|Better ask} $who{ on this.|.| here.}",
            who=who,
        )

    rounds = [
        [
            turn("legal", defer("finance")),
            turn("finance", defer("security")),
            turn("security", defer("legal")),
        ]
        for _ in range(8)
    ]
    return loop(
        opening(rng, "legal", "finance", "security"), rounds, ["legal", "finance", "security"]
    )


@LOOPS.family
def cosmetic_fixes(rng: random.Random) -> Script:
    failing = "FAILED tests/test_tax.py::test_rounding - assert 19.99 == 20.0\n1 failed, 41 passed in {0:.2f}s"
    rounds = [
        [
            turn(
                "coder",
                spin(
                    rng,
                    "{I adjusted|I changed|I tweaked} the {rounding|way we round}, {now it should pass|this should fix it|that ought to do it}.",
                ),
                call(
                    "write_file",
                    {
                        "path": "tax.py",
                        "content": f"# attempt: {spin(rng, '{use round|half up|decimal|quantize}')}\ndef total(x):\n    return x\n",
                    },
                    "written",
                ),
                call("run_tests", {"path": "tests"}, failing.format(rng.uniform(0.5, 2.5))),
            )
        ]
        for _ in range(9)
    ]
    return loop(opening(rng, "coder"), rounds, ["coder"])


@LOOPS.family
def other_conversation_is_fine(rng: random.Random) -> Script:
    steps: list[Turn] = []
    places: list[int] = []
    for at in range(9):
        if at % 2 == 0:
            steps.append(
                turn(
                    "tutor",
                    f"Lesson {at}: {rng.choice(_OPENING)} Note the word number {rng.randrange(99)}.",
                    conversation="blue",
                )
            )
        places.append(len(steps))
        steps.append(
            turn(
                "cook",
                spin(rng, "{Shall|Should} I {add|put in} the {salt|salt now}?"),
                conversation="red",
            )
        )
        steps.append(
            turn(
                "taster",
                spin(rng, "{Ask|Better ask} the {cook|chef} {about|regarding} the salt."),
                conversation="red",
            )
        )
    return {
        "steps": steps,
        "truth": {"agents": ["cook", "taster"], "onset": places[0], "period": 3},
    }
