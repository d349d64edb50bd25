"""The eighteenth bank's loops: what real teams were seen to get stuck in. See eighteenth_talk.

Every other family is in view of whoever mends the rules; of the others only the rates are looked at.
"""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, call, page, turn
from .eighteenth_talk import Voice

VIEW = Bank("eighteenth loops in view")
KEPT = Bank("eighteenth loops kept")


@VIEW.family
def ready_to_start(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "lead",
                "{I am ready to begin|We can start|Everything is in place to start} whenever {you are|the analyst is}.",
                "{Shall I|Should I|Do you want me to} {kick off|start} with the {first|opening} section?",
            ),
            v.says(
                "analyst",
                "{Yes, please go ahead|Go ahead|By all means, start}.",
                "{I will follow|I'll join in} once the {first|opening} section is {there|on the table}.",
            ),
        ]

    return v.rounds(["lead", "analyst"], one)


@KEPT.family
def after_you(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "writer",
                "I {need|am waiting for} the {researcher's|collected} figures before I can {write|draft} anything.",
                "{Without them|Until then} the {page|report} stays {empty|as it is}.",
            ),
            v.says(
                "researcher",
                "The figures depend on {the outline|how the writer lays out the page}.",
                "{As soon as|Once} the {writer|outline} {is done|exists}, I will {collect|look up} them.",
            ),
        ]

    return v.rounds(["writer", "researcher"], one)


@VIEW.family
def same_instruction_reworded(rng: random.Random) -> Script:
    """An orchestrator asks again in other words; the surfer cannot."""
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "Orchestrator",
                "{Please|WebSurfer, please|Could you} {open|visit|go to} the {timetable|schedule} page of the {railway|train operator} and {extract|read out|note} the departure times {for the night trains|of all night trains}.",
                "{Only the night trains matter|We need the night trains only}.",
            ),
            v.says(
                "WebSurfer",
                "{I tried|I attempted} to open the {timetable|schedule} page but {the content did not load|it stays blank}.",
                "{The viewport|The page} shows {a spinner|a loading animation} and {0%|none} of the {timetable|content} is visible.",
            ),
        ]

    return v.rounds(["Orchestrator", "WebSurfer"], one)


@KEPT.family
def instruction_to_a_wrong_agent(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "Orchestrator",
                "{FileSurfer|Please, FileSurfer}, {open|load} the {attached|enclosed} spreadsheet and {tell us|report} the {total|sum} of column {F|F, please}.",
            ),
            v.says(
                "FileSurfer",
                "{I'm unable to|I cannot} {find|locate} {an attachment|the spreadsheet} in {this folder|the working directory}.",
                "{Maybe|Perhaps} {Assistant|the Assistant} {has it|can provide it}?",
            ),
            v.says(
                "Assistant",
                "{I have no file access|I don't have access to files}; {FileSurfer|the FileSurfer} should {open|load} the {attached|enclosed} {spreadsheet|file}.",
            ),
        ]

    return v.rounds(["Orchestrator", "FileSurfer", "Assistant"], one)


@VIEW.family
def corrected_code_same_traceback(rng: random.Random) -> Script:
    v = Voice(rng)
    name = rng.choice(["load_orders", "read_meters", "parse_tickets"])

    def one(at: int) -> list[Turn]:
        extra = rng.choice(
            [
                "# handle missing values",
                "# make it robust",
                "# new approach",
                "# use a context manager",
            ]
        )
        code = f"```python\n{extra}\nfrom pipeline import {name}\nrows = {name}('in.csv')\nprint(len(rows))\n```"
        line = rng.randrange(40, 90)
        return [
            turn(
                "coder",
                v.text(
                    "{The error came from|I see, the cause was} the {import|loading step}.",
                    "{This version|The code below} {fixes|should fix} it.",
                )
                + "\n"
                + code,
                **v.more,
            ),
            turn(
                "executor",
                f'exitcode: 1 (execution failed)\nTraceback (most recent call last):\n  File "/tmp/run_{rng.getrandbits(24):06x}.py", line 2, in <module>\n  File "/srv/pipeline.py", line {line}, in {name}\nValueError: columns must be same length as key',
                **v.more,
            ),
        ]

    return v.rounds(["coder", "executor"], one)


@KEPT.family
def failing_test_by_call(rng: random.Random) -> Script:
    v = Voice(rng)
    test = rng.choice(["test_rounding", "test_leap_day", "test_retry"])

    def one(at: int) -> list[Turn]:
        took = rng.uniform(0.3, 2.8)
        return [
            v.does(
                "dev",
                call(
                    "run_tests",
                    {"select": test, "verbosity": at % 3},
                    f"F\n=== FAILURES ===\n{test}: assert 30.1 == 30.2\n1 failed in {took:.2f}s",
                ),
                say=v.text(
                    "{Trying again|Running the test again|One more run}.",
                    "{I changed|I have adjusted} the {tolerance|formatting} {slightly|a bit}.",
                ),
            )
        ]

    return v.rounds(["dev"], one)


@VIEW.family
def synonyms_of_a_search(rng: random.Random) -> Script:
    v = Voice(rng)
    words = [
        "waterworks opening year",
        "when did the waterworks open",
        "waterworks founded",
        "waterworks inauguration",
        "year waterworks built",
        "history of waterworks start",
        "waterworks commissioning date",
        "waterworks origins",
    ]

    def one(at: int) -> list[Turn]:
        return [
            v.does(
                "librarian",
                call(
                    "archive_search",
                    {"query": words[at], "limit": rng.choice([5, 10, 20])},
                    {"hits": [], "total": 0, "took_ms": rng.randrange(3, 90)},
                ),
                say=v.text("{Let me rephrase|I will try other terms|Another wording}."),
            ),
        ]

    return v.rounds(["librarian"], one)


@KEPT.family
def schema_refused(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        args = {
            "title": rng.choice(["Demo", "The demo", "Demo day"]),
            "when": rng.choice(["Friday", "next Friday", "Fri 10am", "2026-05-08"]),
        }
        return [
            v.does(
                "scheduler",
                call(
                    "create_event",
                    args,
                    error=f"ValidationError: 1 validation error for Event\nattendees\n  Field required [type=missing, input_value={{'title': '{args['title']}'}}, input_type=dict]",
                ),
            )
        ]

    return v.rounds(["scheduler"], one)


@VIEW.family
def polite_ping_pong(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "host",
                "{Thank you|Many thanks|Thanks} for {all your help|the great teamwork}!",
                "{It was a pleasure|I enjoyed} {working with you|our work}.",
            ),
            v.says(
                "guest",
                "{The pleasure was mine|Likewise|Same here}!",
                "{Wishing you|Have} a {wonderful|great|lovely} {day|rest of the day}.",
            ),
        ]

    return v.rounds(["host", "guest"], one)


@KEPT.family
def nobody_says_the_word(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "assistant",
                "{The task is complete|Everything you asked for is done|All of it is finished}.",
                "{Is there anything else|Do you need anything else} {I can help with|from me}?",
            ),
            v.says(
                "user_proxy",
                "{Please continue if there is anything left to do|Continue with the rest, if any}.",
                "{Otherwise|If not,} {reply with the stop word|say the stop word}.",
            ),
        ]

    return v.rounds(["assistant", "user_proxy"], one)


@VIEW.family
def reviewer_wants_the_same(rng: random.Random) -> Script:
    v = Voice(rng)
    base = "The waterworks was the first of its kind in the region. It drew on three wells and served the eastern quarter, where most of the mills stood. Its engines were replaced twice, and the last one can still be seen. Visitors come for the brick hall, the quiet park behind it and the small exhibition in the former boiler room."

    def one(at: int) -> list[Turn]:
        text = (
            base.replace("small", rng.choice(["small", "modest", "tiny"]))
            .replace("quiet", rng.choice(["quiet", "calm"]))
            .replace("most of", rng.choice(["most of", "nearly all"]))
        )
        return [
            turn(
                "author",
                f"{v.text('{Here is|Please find} the {revised|updated} text.')}\n\n{text}",
                **v.more,
            ),
            v.says(
                "editor",
                "{It reads well|Nice flow|I like the tone}, {but|however} it {still lacks|does not have} {a source|any source} for the {wells|number of wells}.",
                "{Please add one|Can you add it} and {resubmit|send it again}.",
            ),
        ]

    return v.rounds(["author", "editor"], one)


@KEPT.family
def json_please(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "extractor",
                v.text(
                    "{Here is the JSON you asked for|Sure, the JSON|The requested JSON follows}."
                )
                + '\n{"train": "night", "stops": ["A", "B"]',
                **v.more,
            ),
            v.says(
                "validator",
                "{That is not valid JSON|The JSON cannot be parsed|Parsing failed}: {the closing brace is missing|a brace is missing at the end}.",
                "{Return|Send} {only|nothing but} {the corrected|valid} JSON.",
            ),
        ]

    return v.rounds(["extractor", "validator"], one)


@VIEW.family
def login_wall(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        tool, args = rng.choice(
            [
                ("click", {"id": rng.randrange(3, 40)}),
                ("visit_url", {"url": "https://rail.example/timetable?ref=" + rng.choice("abc")}),
                ("scroll_down", {}),
            ]
        )
        return [
            v.does(
                "surfer",
                call(
                    tool,
                    args,
                    "Sign in to continue\nEmail address\nPassword\nForgot your password?\nCreate an account\nBy continuing you accept the terms and the privacy notice.",
                ),
                say=v.text(
                    "{I will try to get past the sign-in page|The page asks me to sign in, I will look for a way around}."
                ),
            )
        ]

    return v.rounds(["surfer"], one)


@KEPT.family
def up_and_down_a_page(rng: random.Random) -> Script:
    v = Voice(rng)
    top, bottom = page(rng, 220), page(rng, 220)

    def one(at: int) -> list[Turn]:
        return [
            v.does("surfer", call("page_down", {}, bottom)),
            v.does("surfer", call("page_up", {}, top)),
        ]

    return v.rounds(["surfer"], one)


@VIEW.family
def plan_over_plan(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "planner",
                "{Here is the plan|The updated plan|Our plan}:",
                "{First|Step one}: {gather|collect} the {forecast|planned} numbers from {finance|the finance team}.",
                "{Then|Step two}: {compare|line up} them with {last month's|the actual} numbers.",
                "{Finally|Step three}: {explain|write up} the {difference|gap} on one page.",
            ),
            v.says(
                "manager",
                "{I like the plan|The plan makes sense|Good plan}.",
                "{Could you|Please} {spell out|restate} the steps {once more|again} so that {everyone|the team} is {aligned|on the same page}?",
            ),
        ]

    return v.rounds(["planner", "manager"], one)


@KEPT.family
def approval_goes_round(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "legal",
                "{From a legal view|Legally} this {needs|requires} the {sign-off|approval} of {security|the security team} {first|before we act}.",
            ),
            v.says(
                "security",
                "{Security|We} can only {sign off|approve} once {product|the product owner} has {confirmed|fixed} the scope.",
            ),
            v.says(
                "product",
                "{The scope|Scope} is {final|settled} as soon as {legal|the lawyers} {approve|agree}.",
            ),
        ]

    return v.rounds(["legal", "security", "product"], one)


@VIEW.family
def echo_of_the_task(rng: random.Random) -> Script:
    """A small model hands the text on."""
    v = Voice(rng)
    task = "Write a one-page summary of the old waterworks, with three dates and one picture, for readers of the newsletter."

    def one(at: int) -> list[Turn]:
        cut = rng.choice(
            [
                task,
                task.replace("one-page", "one page"),
                task.replace(", for readers of the newsletter", ""),
            ]
        )
        return [turn("drafter", cut, **v.more), turn("checker", task, **v.more)]

    return v.rounds(["drafter", "checker"], one)


@KEPT.family
def drifting_template(rng: random.Random) -> Script:
    v = Voice(rng)

    def one(at: int) -> list[Turn]:
        return [
            v.says(
                "alpha",
                "The {most important|key|main} {thing|point|aspect} is to {make sure|ensure} that the {team|group} {understands|knows} the {goal|aim|objective} and {works|can work} {together|as one}.",
                "{This|That} is {important|key} because the {team|group} {needs|has} to {understand|know} the {goal|aim}.",
            ),
            v.says(
                "beta",
                "I {agree|think so too}. The {team|group} {should|must} {understand|know} the {goal|aim|objective}, and it is {important|key} to {work|act} {together|as one}.",
            ),
        ]

    return v.rounds(["alpha", "beta"], one)
