"""The tuning bank's loops: the rules were shaped with these in view."""

from __future__ import annotations

import random
import uuid

from .bank import Bank, Script, call, healthy, loop, news, page, turn

LOOPS = Bank("tuning loops")
family = LOOPS.family


def _before(rng: random.Random, *agents: str) -> list[dict]:
    return healthy(rng, list(agents), rng.randrange(0, 9))


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128)))


@family
def exact_pair(rng: random.Random) -> Script:
    a, b = news(rng), news(rng)
    rounds = [[turn("writer", a), turn("critic", b)] for _ in range(8)]
    return loop(_before(rng, "writer", "critic"), rounds, ["writer", "critic"])


@family
def exact_single(rng: random.Random) -> Script:
    text = news(rng)
    return loop(_before(rng, "solo"), [[turn("solo", text)] for _ in range(9)], ["solo"])


@family
def exact_trio(rng: random.Random) -> Script:
    texts = [news(rng) for _ in range(3)]
    names = ["planner", "coder", "tester"]
    rounds = [[turn(n, t) for n, t in zip(names, texts, strict=True)] for _ in range(7)]
    return loop(_before(rng, *names), rounds, names)


@family
def exact_six(rng: random.Random) -> Script:
    names = [f"expert_{at}" for at in range(6)]
    texts = [news(rng) for _ in names]
    rounds = [[turn(n, t) for n, t in zip(names, texts, strict=True)] for _ in range(6)]
    return loop(_before(rng, *names), rounds, names)


@family
def one_agent_three_texts(rng: random.Random) -> Script:
    texts = [news(rng) for _ in range(3)]
    rounds = [[turn("solo", t) for t in texts] for _ in range(6)]
    return loop(_before(rng, "solo"), rounds, ["solo"])


@family
def near_pair(rng: random.Random) -> Script:
    fill = ["please", "now", "kindly", "again", "really", "just"]
    a, b = news(rng).rstrip("."), news(rng).rstrip(".")
    rounds = [
        [
            turn("writer", f"{rng.choice(fill)} {a} {rng.choice(fill)}"),
            turn("critic", f"{b} {rng.choice(fill)}"),
        ]
        for _ in range(9)
    ]
    return loop(_before(rng, "writer", "critic"), rounds, ["writer", "critic"])


@family
def courtesy(rng: random.Random) -> Script:
    one = [
        "Thank you so much for your help, have a great day!",
        "Thanks again for your help! Have a wonderful day!",
        "Thank you for the help, and have a great day too!",
    ]
    two = [
        "You're welcome! If you need anything else, feel free to ask.",
        "You are welcome! Feel free to ask if you need anything else.",
        "You're very welcome! If you have any questions, feel free to ask.",
    ]
    rounds = [[turn("user", rng.choice(one)), turn("helper", rng.choice(two))] for _ in range(12)]
    return loop(_before(rng, "user", "helper"), rounds, ["user", "helper"])


@family
def same_call(rng: random.Random) -> Script:
    result = news(rng)
    rounds = [[turn("agent", "", call("lookup", {"city": "Oslo"}, result))] for _ in range(8)]
    return loop(_before(rng, "agent"), rounds, ["agent"])


@family
def same_error(rng: random.Random) -> Script:
    error = f"FileNotFoundError: {rng.choice(['a', 'b'])}/data.csv"
    rounds = [
        [turn("coder", news(rng), call("run", {"file": "main.py"}, "", error=error))]
        for _ in range(8)
    ]
    return loop(_before(rng, "coder"), rounds, ["coder"])


@family
def drifting_error(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "agent",
                "",
                call(
                    "query",
                    {"sql": f"SELECT * FROM sales WHERE region = {at}", "limit": 10 * at},
                    "ProgrammingError: relation sales does not exist",
                ),
            )
        ]
        for at in range(8)
    ]
    return loop(_before(rng, "agent"), rounds, ["agent"])


@family
def error_alternation(rng: random.Random) -> Script:
    rounds = [
        [
            turn("agent", "", call("login", {"user": "x"}, "Error: session expired")),
            turn("agent", "", call("refresh", {}, "token refreshed for the account of user x")),
        ]
        for _ in range(7)
    ]
    return loop(_before(rng, "agent"), rounds, ["agent"])


@family
def plan_replan(rng: random.Random) -> Script:
    goals = [news(rng) for _ in range(3)]
    blocked = "I cannot proceed because I have no access to the shared drive of the company."
    rounds = []
    for _ in range(7):
        order = rng.sample(goals, 3)
        rounds.append([turn("planner", "The plan: " + " ".join(order)), turn("executor", blocked)])
    return loop(_before(rng, "planner", "executor"), rounds, ["planner", "executor"])


@family
def handoff(rng: random.Random) -> Script:
    rounds = [
        [
            turn("sales", "", call("transfer_to_support", {}, "Transferred to support.")),
            turn("support", "", call("transfer_to_sales", {}, "Transferred to sales.")),
        ]
        for _ in range(7)
    ]
    return loop(_before(rng, "sales", "support"), rounds, ["sales", "support"])


@family
def counter(rng: random.Random) -> Script:
    rounds = [
        [
            turn("retrier", f"Attempt {at}: trying to reach the billing service once more."),
            turn("watcher", f"Attempt {at} did not work, the billing service is silent."),
        ]
        for at in range(1, 9)
    ]
    return loop(_before(rng, "retrier", "watcher"), rounds, ["retrier", "watcher"])


@family
def stamped(rng: random.Random) -> Script:
    rounds = [
        [
            turn("logger", f"[2026-03-01 10:{at:02d}:07] still no answer from the upstream queue"),
            turn("router", f"[2026-03-01 10:{at:02d}:09] asking the upstream queue for an answer"),
        ]
        for at in range(8)
    ]
    return loop(_before(rng, "logger", "router"), rounds, ["logger", "router"])


@family
def fresh_ids(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "agent",
                "",
                call(
                    "create_ticket",
                    {"request_id": _uuid(rng), "title": "printer is broken"},
                    {"ok": False, "error": "duplicate title", "trace_id": _uuid(rng)},
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(_before(rng, "agent"), rounds, ["agent"])


@family
def permuted_arguments(rng: random.Random) -> Script:
    items = [("city", "Oslo"), ("unit", "C"), ("days", 3)]
    rounds = []
    for _ in range(8):
        rng.shuffle(items)
        rounds.append(
            [turn("agent", "", call("forecast", dict(items), "cold and rain for three days"))]
        )
    return loop(_before(rng, "agent"), rounds, ["agent"])


@family
def synonym_search(rng: random.Random) -> Script:
    queries = [
        "cheap flights to Oslo", "low cost airfare Oslo", "budget plane tickets Oslo",
        "inexpensive flights Norway", "affordable air travel Oslo", "bargain flight Oslo",
        "discount airline tickets Norway", "economy flights to Oslo", "flight deals Oslo",
    ]  # fmt: skip
    rounds = [
        [turn("agent", "", call("search", {"query": query}, {"results": []}))] for query in queries
    ]
    return loop(_before(rng, "agent"), rounds, ["agent"])


@family
def resubmitted_draft(rng: random.Random) -> Script:
    words = page(rng, 90).split()
    rounds = []
    for _ in range(7):
        words[rng.randrange(len(words))] = rng.choice(["swift", "tall", "broad", "calm"])
        rounds.append(
            [turn("author", " ".join(words)), turn("reviewer", "Please improve it. " + news(rng))]
        )
    return loop(
        _before(rng, "author", "reviewer"),
        rounds,
        ["author"],
        alternatives=[["author", "reviewer"]],
    )


@family
def same_page(rng: random.Random) -> Script:
    text = page(rng)
    rounds = [
        [turn("browser", news(rng), call("open_page", {"url": "http://a.example/x"}, text))]
        for _ in range(8)
    ]
    return loop(_before(rng, "browser"), rounds, ["browser"])


@family
def amid_traffic(rng: random.Random) -> Script:
    a, b = news(rng), news(rng)
    rounds = [[turn("asker", a), turn("reporter", news(rng)), turn("teller", b)] for _ in range(10)]
    return loop(_before(rng, "asker", "reporter", "teller"), rounds, ["asker", "teller"])


@family
def clarify(rng: random.Random) -> Script:
    ask = [
        "Could you please clarify which report you would like me to prepare?",
        "Please clarify which report you would like me to prepare.",
        "Could you clarify which of the reports you would like me to prepare?",
    ]
    tell = [
        "Please prepare the report that we talked about before.",
        "The report that we talked about, please prepare it.",
        "Prepare the report that we talked about before, please.",
    ]
    rounds = [[turn("helper", rng.choice(ask)), turn("boss", rng.choice(tell))] for _ in range(10)]
    return loop(_before(rng, "helper", "boss"), rounds, ["helper", "boss"])


@family
def waiting(rng: random.Random) -> Script:
    one = ["I am waiting for the data from the analyst.", "Still waiting for the analyst's data."]
    two = ["I will send the data once the manager confirms.", "I send the data once confirmed."]
    rounds = [[turn("manager", one[at % 2]), turn("analyst", two[at % 2])] for at in range(9)]
    return loop(_before(rng, "manager", "analyst"), rounds, ["manager", "analyst"])


@family
def same_traceback(rng: random.Random) -> Script:
    code = f"import pandas as pd\nprint(pd.read_csv('{rng.choice(['x', 'y'])}.csv').head())"
    trace = "exitcode: 1 (execution failed)\nModuleNotFoundError: No module named 'pandas'"
    rounds = [[turn("coder", code), turn("runner", trace)] for _ in range(7)]
    return loop(_before(rng, "coder", "runner"), rounds, ["coder", "runner"])


@family
def echo(rng: random.Random) -> Script:
    text = news(rng)
    rounds = [[turn("left", text), turn("right", text)] for _ in range(7)]
    return loop(_before(rng, "left", "right"), rounds, ["left", "right"])


@family
def one_of_two_conversations(rng: random.Random) -> Script:
    a, b = news(rng), news(rng)
    before = healthy(rng, ["writer", "critic"], 4)
    rounds = [
        [
            turn("writer", a, conversation="c1"),
            turn("writer", news(rng), conversation="c2"),
            turn("critic", b, conversation="c1"),
            turn("critic", news(rng), conversation="c2"),
        ]
        for _ in range(7)
    ]
    return loop(before, rounds, ["writer", "critic"])


@family
def acknowledge(rng: random.Random) -> Script:
    rounds = [[turn("left", "LGTM"), turn("right", "Great, thanks!")] for _ in range(14)]
    return loop(_before(rng, "left", "right"), rounds, ["left", "right"])


@family
def futile_fix(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "coder",
                news(rng),
                call("edit", {"file": "app.py", "text": news(rng)}, "ok"),
                call("test", {}, "FAILED test_total - AssertionError: 3 != 4"),
            )
        ]
        for _ in range(8)
    ]
    return loop(_before(rng, "coder"), rounds, ["coder"])


@family
def apology(rng: random.Random) -> Script:
    answer = news(rng)
    sorry = ["I apologize for the confusion.", "Sorry about the confusion.", "My apologies."]
    rounds = [
        [
            turn("helper", f"{rng.choice(sorry)} {answer}"),
            turn("user", "That is not what I asked for, please read the question again."),
        ]
        for _ in range(8)
    ]
    return loop(_before(rng, "helper", "user"), rounds, ["helper", "user"])


@family
def chatter_on_error(rng: random.Random) -> Script:
    rounds = [
        [
            turn("coder", news(rng), call("deploy", {"env": "prod"}, "Error: quota exceeded")),
            turn("lead", news(rng)),
        ]
        for _ in range(8)
    ]
    return loop(_before(rng, "coder", "lead"), rounds, ["coder", "lead"], alternatives=[["coder"]])


@family
def broken_arguments(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "agent",
                "",
                call(
                    "save",
                    '{"path": "a.txt", "text": "unfinis',
                    "JSONDecodeError: Unterminated string",
                ),
            )
        ]
        for _ in range(7)
    ]
    return loop(_before(rng, "agent"), rounds, ["agent"])


@family
def same_answer_same_question(rng: random.Random) -> Script:
    ask, tell = news(rng).replace(".", "?"), news(rng)
    rounds = [
        [turn("user", ask), turn("rag", tell, call("retrieve", {"q": ask}, tell))] for _ in range(7)
    ]
    return loop(_before(rng, "user", "rag"), rounds, ["user", "rag"])
