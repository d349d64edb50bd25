"""The eighth bank: work that looks like loops, by agents with tools. Never tuned on.

Written before any rule had seen it. Games and small worlds are in the module beside.
"""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, call, fine, news, turn
from .spin import spin

FINE = Bank("eighth fine")

TOWNS = (
    "Aalen Bergen Cadiz Delft Evora Faro Ghent Huelva Ivrea Jena Kotka Lugano Malmo Nantes".split()
)


@FINE.family
def quotes_of_many_tickers(rng: random.Random) -> Script:
    tickers = rng.sample("AMD NVDA INTC TSM ASML QCOM MU AVGO TXN ADI".split(), 8)
    steps: list[Turn] = []
    for name in tickers:
        price = round(rng.uniform(20, 900), 2)
        steps.append(
            turn(
                "stock_agent",
                spin(rng, f"{{Getting|Looking up}} {name}."),
                call("get_stock_price", {"ticker": name}, {"ticker": name, "price": price}),
            )
        )
    return fine([*steps, turn("writer", "The table has all of them, sorted by price.")])


@FINE.family
def rows_into_a_table(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "loader",
                "",
                call(
                    "execute_sql",
                    {"statement": f"INSERT INTO stops VALUES ({at}, '{town}')"},
                    "1 row affected",
                ),
            )
            for at, town in enumerate(rng.sample(TOWNS, 11), 1)
        ]
    )


@FINE.family
def looks_good_to_me(rng: random.Random) -> Script:
    files = rng.sample(
        ["cart", "mail", "login", "dates", "search", "cache", "users", "export", "admin"], 8
    )
    steps: list[Turn] = []
    for name in files:
        steps += [
            turn(
                "coder",
                f"Next file: src/{name}.py, {rng.randrange(3, 60)} lines changed.",
                call(
                    "git_diff",
                    {"path": f"src/{name}.py"},
                    f"@@ -1 +1 @@\n-{news(rng)}\n+{news(rng)}",
                ),
            ),
            turn(
                "reviewer",
                rng.choice(["LGTM.", "Looks good to me.", "Approved.", "LGTM, next one."]),
            ),
        ]
    return fine(steps)


@FINE.family
def ledger_that_moves_on(rng: random.Random) -> Script:
    """Magentic-One's orchestrator, a step at a time."""
    tasks = [
        (
            "WebSurfer",
            "open the site of the museum and find its opening hours",
            "It opens at ten and closes at six, on Mondays it is shut.",
        ),
        (
            "WebSurfer",
            "find the price of a family ticket",
            "A family ticket is 22 euros, under sixes are free.",
        ),
        (
            "FileSurfer",
            "open the list of participants",
            "The list holds nine adults and five children.",
        ),
        (
            "Coder",
            "compute the cheapest set of tickets",
            "Two family tickets and five single ones are cheapest.",
        ),
        (
            "WebSurfer",
            "look up the tram from the station",
            "Line 4 goes there every eight minutes.",
        ),
        ("FileSurfer", "check who needs a step-free way", "One of them comes in a wheelchair."),
        (
            "WebSurfer",
            "check whether the museum is step-free",
            "There is a lift at the side entrance.",
        ),
        (
            "Coder",
            "write the invitation as a text file",
            "The invitation is written, one page long.",
        ),
    ]
    steps: list[Turn] = []
    for who, what, answer in tasks:
        steps += [
            turn(
                "Orchestrator",
                f'{{"is_request_satisfied": false, "is_in_loop": false, "is_progress_being_made": true, "next_speaker": "{who}", "instruction_or_question": "Please {what}."}}',
            ),
            turn(who, answer),
        ]
    return fine(steps)


@FINE.family
def scrolls_through_a_report(rng: random.Random) -> Script:
    pages = rng.randrange(8, 11)
    return fine(
        [
            turn(
                "WebSurfer",
                "",
                call(
                    "page_down",
                    {"reasoning": "the figures may be further down"},
                    f"The viewport shows {100 // pages}% of the webpage, and is positioned {100 * at // pages}% down from the top of the page\nThe following text is visible in the viewport:\n\n{news(rng)} {news(rng)} {news(rng)}",
                ),
            )
            for at in range(pages)
        ]
    )


@FINE.family
def third_run_is_green(rng: random.Random) -> Script:
    """A flaky test, run again twice, then the work goes on."""
    fails = f"FAILED tests/test_socket.py::test_reconnect - TimeoutError\n1 failed, {rng.randrange(80, 120)} passed"
    return fine(
        [
            turn("tester", "Running the tests.", call("run_tests", {}, fails)),
            turn("tester", "That one is known to be flaky. Again.", call("run_tests", {}, fails)),
            turn(
                "tester",
                "Once more.",
                call("run_tests", {}, fails.partition("\n")[2].replace("1 failed, ", "")),
            ),
            turn("coder", "Then I merge it."),
            *[turn(rng.choice(["coder", "tester"]), news(rng)) for _ in range(4)],
        ]
    )


@FINE.family
def retry_after_and_through(rng: random.Random) -> Script:
    at, steps = 0.0, []
    for wait in (2, 5, 11, 24, 50):
        steps.append(
            turn(
                "fetcher",
                spin(rng, "{Asking|Calling} the service."),
                call(
                    "get_page",
                    {"url": "https://api.example/v2/items"},
                    error=f"429 Too Many Requests, Retry-After: {wait}",
                ),
                at=at,
            )
        )
        at += wait + 1
    return fine(
        [
            *steps,
            turn(
                "fetcher",
                "There it is.",
                call(
                    "get_page",
                    {"url": "https://api.example/v2/items"},
                    {"items": [rng.randrange(99) for _ in range(4)]},
                ),
                at=at,
            ),
            turn("writer", "Four items, thank you."),
        ]
    )


@FINE.family
def epochs_of_a_training(rng: random.Random) -> Script:
    loss, steps = rng.uniform(2, 3), []
    for epoch in range(1, rng.randrange(10, 14)):
        loss *= rng.uniform(0.8, 0.97)
        steps.append(turn("trainer", f"Epoch {epoch} done, validation loss {loss:.3f}."))
        if epoch % 3 == 0:
            steps.append(
                turn(
                    "watcher",
                    rng.choice(
                        [
                            "Still going down, go on.",
                            "Good, continue.",
                            "No sign of overfitting, continue.",
                        ]
                    ),
                )
            )
    return fine(steps)


@FINE.family
def job_with_plateaus(rng: random.Random) -> Script:
    done, steps, at = 0, [], 0.0
    while done < 100:
        steps.append(
            turn(
                "operator",
                "",
                call("get_job", {"job_id": "batch-7"}, {"state": "RUNNING", "percent": done}),
                at=at,
            )
        )
        done += rng.choice([0, 5, 10, 15, 20])
        at += 15
    return fine(
        [
            *steps,
            turn(
                "operator",
                "The batch is through.",
                call("get_job", {"job_id": "batch-7"}, {"state": "SUCCEEDED", "percent": 100}),
                at=at,
            ),
        ]
    )


@FINE.family
def contract_says_nothing_of_it(rng: random.Random) -> Script:
    """One question to many documents, most of which do not answer it."""
    steps: list[Turn] = []
    for town in rng.sample(TOWNS, 9):
        found = (
            "Not mentioned." if rng.random() < 0.75 else f"Yes, in section {rng.randrange(2, 14)}."
        )
        steps.append(
            turn(
                "reader",
                f"Contract {town}: is there a break clause?",
                call(
                    "ask_document",
                    {
                        "document": f"lease_{town.lower()}.pdf",
                        "question": "is there a break clause?",
                    },
                    found,
                ),
            )
        )
    return fine(steps)


@FINE.family
def sentiment_of_reviews(rng: random.Random) -> Script:
    steps: list[Turn] = []
    for _ in range(9):
        steps += [
            turn("feeder", f"Review: {news(rng)}"),
            turn("labeller", rng.choice(["positive", "negative", "positive", "neutral"])),
        ]
    return fine(steps)


@FINE.family
def subtitles_line_by_line(rng: random.Random) -> Script:
    pairs = [
        ("Where is the key?", "Wo ist der Schlüssel?"),
        ("Under the mat.", "Unter der Matte."),
        ("It is gone.", "Er ist weg."),
        ("Look again.", "Sieh noch mal nach."),
        ("Somebody was here.", "Jemand war hier."),
        ("Call the porter.", "Ruf den Pförtner."),
        ("He is on leave.", "Er hat Urlaub."),
        ("Then break the door.", "Dann brich die Tür auf."),
    ]
    steps: list[Turn] = []
    for at, (text, told) in enumerate(pairs, 1):
        steps += [turn("script", f"Line {at}: {text}"), turn("translator", f"Line {at}: {told}")]
    return fine(steps)


@FINE.family
def a_date_for_the_workshop(rng: random.Random) -> Script:
    days = rng.sample(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"], 6)
    why = rng.sample(
        [
            "the hall is let",
            "I am at the dentist",
            "the trainer teaches elsewhere",
            "half of the team is away",
            "it is a holiday in Bern",
            "the trains are on strike",
        ],
        6,
    )
    steps: list[Turn] = []
    for day, reason in zip(days[:-1], why, strict=False):
        steps += [
            turn("anna", spin(rng, f"{{How about|What about|Would}} {day}{{?| then?}}")),
            turn("ben", spin(rng, f"{{Sorry|I am afraid not}}, {reason}.")),
        ]
    return fine(
        [
            *steps,
            turn("anna", f"And {days[-1]}?"),
            turn("ben", "That works, I put it in the calendar."),
        ]
    )


@FINE.family
def tickets_across_the_board(rng: random.Random) -> Script:
    steps = []
    for _ in range(12):
        card = f"SHOP-{rng.randrange(100, 999)}"
        steps.append(
            turn(
                "scrum_bot",
                "",
                call(
                    "move_card", {"card": card, "to": rng.choice(["doing", "review", "done"])}, "ok"
                ),
            )
        )
    return fine(steps)


@FINE.family
def one_bug_after_another(rng: random.Random) -> Script:
    errors = [
        "NameError: name 'rows' is not defined",
        "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
        "KeyError: 'price'",
        "IndexError: list index out of range",
        "ValueError: could not convert string to float: 'n/a'",
        "ZeroDivisionError: division by zero",
    ]
    steps: list[Turn] = []
    for at, error in enumerate(rng.sample(errors, 6)):
        steps += [
            turn(
                "assistant",
                f"{rng.choice(['I fixed that.', 'Fixed.', 'Corrected:'])}\n```python\n# version {at}\n{news(rng)}\n```",
            ),
            turn(
                "user_proxy",
                f'exitcode: 1 (execution failed)\nCode output: Traceback (most recent call last):\n  File "main.py", line {rng.randrange(3, 40)}, in <module>\n{error}',
            ),
        ]
    return fine(
        [*steps, turn("user_proxy", "exitcode: 0 (execution succeeded)\nCode output: 412.50")]
    )


@FINE.family
def inbox_is_sorted(rng: random.Random) -> Script:
    kinds = ["invoice", "newsletter", "complaint", "application"]
    return fine(
        [
            turn(
                "mail_bot",
                f"From {town.lower()}@example.org: {rng.choice(kinds)}.",
                call(
                    "archive",
                    {"id": rng.randrange(1000, 9999), "folder": rng.choice(kinds)},
                    {"archived": True},
                ),
            )
            for town in rng.sample(TOWNS, 10)
        ]
    )


@FINE.family
def red_green_refactor(rng: random.Random) -> Script:
    wishes = rng.sample(
        [
            "an empty cart costs nothing",
            "one item costs its price",
            "three of a kind are cheaper",
            "vouchers are taken off",
            "shipping is free above fifty",
            "gifts are wrapped",
            "prices are rounded",
        ],
        6,
    )
    steps: list[Turn] = []
    for at, wish in enumerate(wishes):
        steps += [
            turn("driver", f"Test: {wish}.", call("pytest", {}, f"1 failed, {at} passed")),
            turn(
                "navigator",
                rng.choice(["Make it pass.", "Now the code.", "Go on."]),
                call("write", {"file": "cart.py", "text": news(rng)}, "written"),
            ),
            turn("driver", "", call("pytest", {}, f"{at + 1} passed")),
        ]
    return fine(steps)


@FINE.family
def three_tries_then_the_cache(rng: random.Random) -> Script:
    host = rng.choice(["rates.example", "news.example"])
    tries = [
        turn(
            "fetcher",
            spin(rng, "{Trying|Trying to reach} the feed."),
            call(
                "http_get",
                {"url": f"https://{host}/feed"},
                error="ReadTimeout: timed out after 10 s",
            ),
        )
        for _ in range(3)
    ]
    return fine(
        [
            turn("lead", news(rng)),
            *tries,
            turn(
                "fetcher",
                "I use yesterday's copy instead.",
                call("read_file", {"path": "feed.xml"}, news(rng)),
            ),
            *[turn("lead", news(rng)) for _ in range(4)],
        ]
    )


@FINE.family
def beats_of_workers(rng: random.Random) -> Script:
    return fine(
        [
            turn(f"node_{at % 2}", "alive, queue empty", at=60.0 * at)
            for at in range(rng.randrange(16, 22))
        ]
    )
