"""The eighth bank: loops of tools, in the forms in which AutoGen's teams have them."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Script, Turn, call, loop, turn
from .eighth_loops import LOOPS, opening
from .spin import spin


@LOOPS.family
def refund_desk_swarm(rng: random.Random) -> Script:
    """A swarm whose two agents hand over to each other."""

    def one() -> list[Turn]:
        return [
            turn(
                "travel_agent",
                "",
                call(
                    "transfer_to_flights_refunder",
                    {},
                    "Transferred to flights_refunder, adopting the role of flights_refunder immediately.",
                ),
            ),
            turn(
                "flights_refunder",
                spin(rng, "{|I need the flight number first.|The booking reference is missing.}"),
                call(
                    "transfer_to_travel_agent",
                    {},
                    "Transferred to travel_agent, adopting the role of travel_agent immediately.",
                ),
            ),
        ]

    return loop(
        opening(rng, "user", "travel_agent"),
        [one() for _ in range(7)],
        ["travel_agent", "flights_refunder"],
    )


@LOOPS.family
def surfer_before_a_captcha(rng: random.Random) -> Script:
    """The web surfer opens a page that asks whether it is human."""
    host = rng.choice(["tickets.example", "maps.example", "rates.example"])
    page = f"I typed '{host}' into the browser address bar.\n\nThe web browser is open to the page [Just a moment...](https://{host}/).\nThe viewport shows 100% of the webpage, and is positioned at the top of the page\nThe following text is visible in the viewport:\n\nVerify you are human by completing the action below. {host} needs to review the security of your connection before proceeding."

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "Orchestrator",
                spin(
                    rng,
                    f"{{Please|Now}} {{open|go to|visit}} {host} and {{read|note|tell us}} the {{opening hours|prices}}{{.| listed there.}}",
                ),
            ),
            turn(
                "WebSurfer",
                "",
                call(
                    "visit_url",
                    {
                        "reasoning": spin(
                            rng, "{the page has the hours|need prices|asked by the orchestrator}"
                        ),
                        "url": f"https://{host}/",
                    },
                    page,
                ),
            ),
        ]

    return loop(
        opening(rng, "user", "Orchestrator"),
        [one(at) for at in range(7)],
        ["Orchestrator", "WebSurfer"],
        alternatives=[["WebSurfer"]],
    )


@LOOPS.family
def page_down_at_the_end(rng: random.Random) -> Script:
    """The file surfer scrolls where a file has ended."""
    name = rng.choice(["minutes.pdf", "lease.docx", "log.txt"])
    shown = f"Path: /data/{name}\nViewport position: Showing page 4 of 4.\n=======================\nSigned on behalf of both parties. Annex B lists the meters and their readings at hand-over. End of document."
    steps = [[turn("FileSurfer", "", call("page_down", {}, shown))] for _ in range(8)]
    return loop(opening(rng, "Orchestrator", "FileSurfer"), steps, ["FileSurfer"])


@LOOPS.family
def column_that_is_not_there(rng: random.Random) -> Script:
    """Text to SQL: every variant names the column that is not there."""
    column = rng.choice(["order_total", "shipped_on", "customer_tier"])
    forms = [
        f"SELECT {column} FROM orders LIMIT 10",
        f"SELECT o.{column} FROM orders o",
        f"SELECT {column}, id FROM orders ORDER BY id",
        f"SELECT COUNT({column}) FROM orders",
        f"SELECT id, {column} FROM orders WHERE id > 100",
        f"SELECT DISTINCT {column} FROM orders",
        f"SELECT MAX({column}) FROM orders",
    ]
    rng.shuffle(forms)
    steps = [
        [
            turn(
                "sql_agent",
                spin(rng, "{Let me try|Trying|I will try} {another|a different} query."),
                call(
                    "run_sql",
                    {"query": form},
                    error=f'UndefinedColumn: column "{column}" does not exist',
                ),
            )
        ]
        for form in forms
    ]
    return loop(opening(rng, "analyst", "sql_agent"), steps, ["sql_agent"])


@LOOPS.family
def arguments_do_not_validate(rng: random.Random) -> Script:
    """A FunctionTool whose arguments the model never gets right."""
    values = ["tomorrow", "next Friday", "2026-13-01", "soon", "Friday 9am", "01/02/26", "at noon"]
    rng.shuffle(values)
    steps = [
        [
            turn(
                "scheduler",
                "",
                call(
                    "book_room",
                    {"room": "Oak", "start": value, "hours": 2},
                    f"1 validation error for book_roomargs\nstart\n  Input should be a valid datetime, invalid character in year [type=datetime_from_date_parsing, input_value='{value}', input_type=str]\n    For further information visit https://errors.pydantic.dev/2.9/v/datetime_from_date_parsing",
                ),
            )
        ]
        for value in values
    ]
    return loop(opening(rng, "assistant", "scheduler"), steps, ["scheduler"])


@LOOPS.family
def entity_exists_already(rng: random.Random) -> Script:
    """A memory server that is told the same again and again."""
    who = rng.choice(["Mara Lindt", "Jo Adeyemi"])
    forms = ["likes tea", "prefers tea", "drinks tea", "tea, no coffee"]
    steps = [
        [
            turn(
                "assistant",
                spin(rng, "{I will remember that|Noting this down|Let me save that}."),
                call(
                    "create_entities",
                    {
                        "entities": [
                            {
                                "name": who,
                                "entityType": "person",
                                "observations": [rng.choice(forms)],
                            }
                        ]
                    },
                    "[]",
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(opening(rng, "user", "assistant"), steps, ["assistant"])


@LOOPS.family
def push_pull_conflict(rng: random.Random) -> Script:
    """Push is rejected, pull conflicts, abort, push again."""
    branch = rng.choice(["feature/cart", "fix/dates"])

    def one() -> list[Turn]:
        return [
            turn(
                "dev",
                "",
                call(
                    "shell",
                    {"command": f"git push origin {branch}"},
                    f"! [rejected] {branch} -> {branch} (non-fast-forward)\nerror: failed to push some refs",
                ),
            ),
            turn(
                "dev",
                spin(
                    rng,
                    "{I need to pull first|Pulling the remote changes|Let me get the remote commits}.",
                ),
                call(
                    "shell",
                    {"command": f"git pull origin {branch}"},
                    "CONFLICT (content): Merge conflict in src/cart.py\nAutomatic merge failed; fix conflicts and then commit the result.",
                ),
            ),
            turn(
                "dev",
                spin(rng, "{Aborting the merge|I will abort this merge}{.| and push.}"),
                call("shell", {"command": "git merge --abort"}, ""),
            ),
        ]

    return loop(opening(rng, "lead", "dev"), [one() for _ in range(6)], ["dev"])


@LOOPS.family
def installs_what_is_there(rng: random.Random) -> Script:
    """pip is content, the program is not: two interpreters."""
    name = rng.choice(["cv2", "sklearn", "yaml"])

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "coder",
                spin(
                    rng,
                    "{Installing|Let me install|I will install} the {missing|required} package.",
                ),
                call(
                    "shell",
                    {"command": f"pip install {name}"},
                    f"Requirement already satisfied: {name} in /usr/lib/python3/dist-packages (1.4.2)",
                ),
            ),
            turn(
                "executor",
                "",
                call(
                    "run_python",
                    {"file": "main.py"},
                    f"ModuleNotFoundError: No module named '{name}'",
                ),
            ),
        ]

    return loop(
        opening(rng, "coder", "executor"), [one(at) for at in range(7)], ["coder", "executor"]
    )


@LOOPS.family
def looks_at_the_head_again(rng: random.Random) -> Script:
    """An analyst that prints the first rows in ever other ways."""
    ways = [
        "df.head()",
        "print(df.head())",
        "df[:5]",
        "df.iloc[:5]",
        "df.head(5)",
        "display(df.head())",
        "df.head().copy()",
    ]
    rng.shuffle(ways)
    rows = "   id region  amount\n0   1  north   12.5\n1   2  south    9.0\n2   3   east   14.2\n3   4   west    7.7\n4   5  north   11.1"
    steps = [
        [
            turn(
                "analyst",
                spin(rng, "{Let me look at|First I look at|Let us inspect} the data."),
                call(
                    "python",
                    {"code": f"import pandas as pd\ndf = pd.read_csv('sales.csv')\n{way}"},
                    rows,
                ),
            )
        ]
        for way in ways
    ]
    return loop(opening(rng, "lead", "analyst"), steps, ["analyst"])


@LOOPS.family
def bing_finds_nothing(rng: random.Random) -> Script:
    """Searches in other words that find nothing."""
    words = "{autogen|agent framework} {memory|retention} {benchmark|comparison|test results} {2019|before 2020|2018}"
    steps = [
        [
            turn(
                "researcher",
                spin(rng, "{Let me rephrase|Another wording|I will search differently}."),
                call("bing_search", {"query": spin(rng, words), "num_results": 5}, {"results": []}),
            )
        ]
        for _ in range(9)
    ]
    return loop(opening(rng, "lead", "researcher"), steps, ["researcher"])


@LOOPS.family
def mail_needs_a_confirmation(rng: random.Random) -> Script:
    """A tool wants a token that another tool never gives."""

    def one() -> list[Turn]:
        return [
            turn(
                "mailer",
                "",
                call(
                    "send_mail",
                    {"to": "board@example.org", "subject": "Minutes"},
                    {"status": "error", "message": "confirmation token required"},
                ),
            ),
            turn(
                "mailer",
                spin(rng, "{Asking for the token|I need a token first|Requesting confirmation}."),
                call(
                    "request_confirmation",
                    {"action": "send_mail"},
                    {"status": "error", "message": "no approver is online"},
                ),
            ),
        ]

    return loop(opening(rng, "secretary", "mailer"), [one() for _ in range(7)], ["mailer"])


@LOOPS.family
def no_slot_for_the_four(rng: random.Random) -> Script:
    """The same four people, named in any order, have no time this week."""
    people = ["kim", "lou", "max", "nia"]

    def one() -> list[Turn]:
        rng.shuffle(people)
        return [
            turn(
                "organiser",
                spin(
                    rng,
                    "{Let us see when all have time|Checking everybody's calendar|Looking for a common slot}.",
                ),
                call("find_slot", {"people": list(people), "week": 34}, {"slots": []}),
            ),
            turn(
                "assistant",
                spin(
                    rng,
                    "{Nothing found|No common slot|They have no time in common} in that week. {Can you check again|Please try again|Try once more}{?|.}",
                ),
            ),
        ]

    return loop(
        opening(rng, "organiser", "assistant"),
        [one() for _ in range(7)],
        ["organiser", "assistant"],
        alternatives=[["organiser"]],
    )
