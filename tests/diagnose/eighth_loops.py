"""The eighth bank: loops as AutoGen's own samples and users' teams run into them. Never tuned on.

Written before any rule had seen it: two-agent chats with code, selector groups, swarms, reflection,
Magentic-One's surfers, retrieval chats. Tools' loops are in the module beside.
"""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import json
import random

from .bank import Bank, Script, Turn, loop, turn
from .spin import spin

LOOPS = Bank("eighth loops")

_TASKS = (
    "Plot the closing prices of three chip makers for this year and save the chart.",
    "Find out which ferry lines to the islands run in winter and write a short guide.",
    "Clean the survey data of the sports club and report the median age by department.",
    "Draft an offer for the roof of the town library with a cost table.",
    "Compare four open-source vector stores and recommend one for a small team.",
)
_STARTS = (
    "I will split this into {gathering sources|collecting data}, {checking|cleaning} them and writing it up.",
    "First we need to know {which format is wanted|who will read it}; I assume {a page of Markdown|a notebook}.",
    "The {archive|folder} holds {eleven|seven|nineteen} files, {two|three} of them from last year.",
    "Note for everyone: the deadline is {Thursday|next week|the end of the month}, so keep it {short|simple}.",
    "I looked at the {requirements|brief}; the hard part is the {dates|units|naming}.",
)


def opening(rng: random.Random, *agents: str) -> list[Turn]:
    """A task and a few healthy steps."""
    steps = [turn(agents[0], rng.choice(_TASKS))]
    texts = rng.sample(_STARTS, rng.randrange(1, 4))
    steps += [
        turn(agents[(at + 1) % len(agents)], spin(rng, text)) for at, text in enumerate(texts)
    ]
    return steps


@LOOPS.family
def code_that_needs_a_module(rng: random.Random) -> Script:
    """v0.2's pair: the same import fails whatever the assistant promises."""
    module = rng.choice(["yfinance", "geopandas", "openpyxl"])

    def one(at: int) -> list[Turn]:
        lead = spin(
            rng,
            "{Sorry about that|My apologies|I apologise for the trouble}. {Here is|This is} the {corrected|updated|revised} code:",
        )
        body = f"```python\nimport {module}\nimport matplotlib.pyplot as plt\n\n{'# retry' if at % 2 else '# second thoughts'}\nframe = {module}.read('prices.csv')\nprint(frame.tail())\n```"
        return [
            turn("assistant", f"{lead}\n\n{body}"),
            turn(
                "user_proxy",
                f"exitcode: 1 (execution failed)\nCode output: \nTraceback (most recent call last):\n  File \"/srv/tmp_code_{rng.getrandbits(64):016x}.py\", line {rng.choice([1, 2])}, in <module>\n    import {module}\nModuleNotFoundError: No module named '{module}'\n",
            ),
        ]

    return loop(
        opening(rng, "user_proxy", "assistant"),
        [one(at) for at in range(8)],
        ["assistant", "user_proxy"],
    )


@LOOPS.family
def task_done_please_continue(rng: random.Random) -> Script:
    """The proxy's default reply meets an assistant that is done and does not say the word."""

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "assistant",
                spin(
                    rng,
                    "{The task is complete|Everything you asked for is done|All steps are finished}. {If you need anything else, just ask|Let me know if there is more I can do|Feel free to ask for further changes}{.|!}",
                ),
            ),
            turn(
                "user_proxy",
                "Please continue. If everything is done, reply with the agreed word.",
            ),
        ]

    return loop(
        opening(rng, "user_proxy", "assistant"),
        [one(at) for at in range(8)],
        ["assistant", "user_proxy"],
    )


@LOOPS.family
def planner_reassigns_the_search(rng: random.Random) -> Script:
    """SelectorGroupChat: the planner gives out a task that the searcher cannot do."""
    team = rng.choice(["2006-2007 Miami Heat", "1998 Chicago Bulls", "2013 Spurs"])

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "PlanningAgent",
                spin(
                    rng,
                    f"{{Assignment|Next task|To do}}:\n1. WebSearchAgent: {{find|look up|search for}} the player with the {{highest|most}} points in the {team} season{{.| and report back.}}",
                ),
            ),
            turn(
                "WebSearchAgent",
                spin(
                    rng,
                    f"{{I could not find|My search gave no|There was no}} {{per-player figures|scoring table|list of points by player}} for the {team}{{; the pages only have team totals| - only totals of the team came up|, only team totals}}.",
                ),
            ),
        ]

    return loop(
        opening(rng, "user", "PlanningAgent", "DataAnalystAgent"),
        [one(at) for at in range(9)],
        ["PlanningAgent", "WebSearchAgent"],
    )


@LOOPS.family
def critic_never_approves(rng: random.Random) -> Script:
    """Reflection: a poem that is handed in again, a critic with standing wishes."""
    poem = [
        "Autumn walks the harbour wall",
        "with salt upon its sleeve",
        "the gulls recite a grey roll call",
        "for ships about to leave",
        "and every lamp along the quay",
        "is lit for those who grieve",
    ]

    def one(at: int) -> list[Turn]:
        lines = list(poem)
        lines[rng.randrange(6)] += rng.choice([",", " -", ";"])
        return [
            turn("primary", "\n".join(lines)),
            turn(
                "critic",
                spin(
                    rng,
                    "{Nice start|A good attempt|Evocative}, but the {imagery|images} could be {more vivid|stronger|richer} and the {rhythm|metre} {tighter|more even}. {Please revise.|Revise it, please.|One more revision, please.}",
                ),
            ),
        ]

    return loop(
        opening(rng, "primary", "critic"), [one(at) for at in range(8)], ["primary", "critic"]
    )


@LOOPS.family
def shall_i_proceed(rng: random.Random) -> Script:
    """An assistant that asks for leave and gets it, and asks again."""

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "migration_agent",
                spin(
                    rng,
                    "{Before I start|Just to be sure|To confirm}: {shall|should|may} I {proceed with|go ahead with|begin} the {migration|move} of the customer tables{?| now?| as planned?}",
                ),
            ),
            turn(
                "ops_lead",
                spin(
                    rng,
                    "{Yes|Yes, please|Sure}, {go ahead|proceed|you may proceed}{.| with the migration.| with it.}",
                ),
            ),
        ]

    return loop(
        opening(rng, "ops_lead", "migration_agent"),
        [one(at) for at in range(9)],
        ["migration_agent", "ops_lead"],
    )


@LOOPS.family
def solvers_stick_to_their_answers(rng: random.Random) -> Script:
    """Multi-agent debate: three solvers, three answers, round after round the same reasons."""
    answers = dict(
        zip(
            ("MathSolverA", "MathSolverB", "MathSolverC"), rng.sample(range(40, 90), 3), strict=True
        )
    )
    why = {
        "MathSolverA": "the {clips|items} sold in May are half of those in April",
        "MathSolverB": "May's figure already {includes|contains} those of April",
        "MathSolverC": "the {question|text} asks for {the difference|what is left over}",
    }

    def one(at: int) -> list[Turn]:
        return [
            turn(
                who,
                spin(
                    rng,
                    f"{{After reading the others' solutions|Having considered the other answers|Looking at the other solvers}}, I {{still get|stay with|keep}} {{{{{value}}}}}, {{since|because|as}} {why[who]}.".replace(
                        "{{", "{"
                    ).replace("}}", "}"),
                ),
            )
            for who, value in answers.items()
        ]

    return loop(
        opening(rng, "Aggregator", "MathSolverA"), [one(at) for at in range(7)], list(answers)
    )


@LOOPS.family
def reviewer_wants_a_docstring(rng: random.Random) -> Script:
    """Coder and reviewer in JSON: a verdict that does not change, code that does not either."""
    code = "def total(rows):\\n    return sum(row['price'] * row['count'] for row in rows)"

    def one(at: int) -> list[Turn]:
        remark = spin(
            rng,
            "{Please add a docstring|A docstring is missing|The function has no docstring}. {Otherwise fine.|The rest is good.|Apart from that it looks good.}",
        )
        return [
            turn(
                "coder",
                spin(rng, "{Thought|Plan}: {handle the request|answer the review}.\n")
                + f"```python\n{code}\n```",
            ),
            turn(
                "reviewer",
                json.dumps(
                    {
                        "correctness": "ok",
                        "efficiency": "ok",
                        "approval": "REVISE",
                        "suggested_changes": remark,
                    }
                ),
            ),
        ]

    return loop(
        opening(rng, "coder", "reviewer"), [one(at) for at in range(7)], ["coder", "reviewer"]
    )


@LOOPS.family
def everybody_waits_for_the_report(rng: random.Random) -> Script:
    """A round robin in which each waits for another's part."""
    ring = ["researcher", "writer", "editor"]
    waits = {
        "researcher": "{I need|I am waiting for} the editor's {outline|list of questions} before I can {start|go on}.",
        "writer": "{As soon as|Once} the {research notes|notes} are here I {can begin|will begin|shall start} {writing|the draft}.",
        "editor": "{There is nothing to edit yet|I have no draft to edit}; {writer, please send one|I will look at it when the writer has one}.",
    }
    return loop(
        opening(rng, *ring),
        [[turn(who, spin(rng, waits[who])) for who in ring] for _ in range(7)],
        ring,
    )


@LOOPS.family
def update_context_without_end(rng: random.Random) -> Script:
    """RetrieveChat: the assistant asks for other context, the proxy has nothing but the same."""
    docs = rng.sample(["setup.md", "faq.md", "tuning.md", "changes.md"], 2)

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "ragproxyagent",
                f"Context is: # {docs[0]}\nRun the installer and accept the defaults. The service listens on port 8080.\n# {docs[1]}\nRestart the service after any change of its settings.\n\nUser's question is: how do I rotate the keys?",
            ),
            turn("assistant", rng.choice(["UPDATE CONTEXT", "UPDATE CONTEXT", "UPDATE CONTEXT."])),
        ]

    return loop(
        opening(rng, "ragproxyagent", "assistant"),
        [one(at) for at in range(7)],
        ["ragproxyagent", "assistant"],
    )


@LOOPS.family
def thanks_at_the_door(rng: random.Random) -> Script:
    """Three agents who cannot leave each other without a kind word."""
    ring = rng.sample(["Ada", "Bruno", "Chidi", "Dora"], 3)
    words = (
        "{It was a pleasure|What a pleasure|A real pleasure} {working|to work} with you {both|all}{!|.}",
        "{Likewise|Same here|The pleasure was mine}! {Have a great day|Take care|All the best}{.|!}",
        "{Thanks again, everyone|Thank you both|Many thanks to you all}{!|, see you next time.|, until next time!}",
    )
    return loop(
        opening(rng, *ring),
        [[turn(who, spin(rng, rng.choice(words))) for who in ring] for _ in range(8)],
        ring,
    )


@LOOPS.family
def zustaendigkeit(rng: random.Random) -> Script:
    """Two desks in German that send a customer to each other."""
    nummer = rng.randrange(10_000, 99_999)

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "vertrieb",
                spin(
                    rng,
                    f"{{Für|Bei}} Vertrag {nummer} {{ist die Technik zuständig|muss die Technik ran|liegt die Zuständigkeit bei der Technik}}, {{bitte dort nachfragen|bitte an die Technik wenden}}.",
                ),
            ),
            turn(
                "technik",
                spin(
                    rng,
                    f"{{Das ist eine Vertragsfrage|Das betrifft den Vertrag {nummer}}}, {{dafür ist der Vertrieb zuständig|das macht der Vertrieb|bitte an den Vertrieb wenden}}.",
                ),
            ),
        ]

    return loop(
        opening(rng, "kunde", "vertrieb"), [one(at) for at in range(9)], ["vertrieb", "technik"]
    )


@LOOPS.family
def society_asks_for_the_file(rng: random.Random) -> Script:
    """A society of mind whose inner team has no file and asks the outer agent, who has none."""

    def one(at: int) -> list[Turn]:
        return [
            turn(
                "society_of_mind",
                spin(
                    rng,
                    "{The team|Our team|The inner team} {cannot|is unable to} {continue|go on} without the {spreadsheet|file with the figures}. {Could you|Can you|Please} {upload|share|provide} it{?|.}",
                ),
            ),
            turn(
                "coordinator",
                spin(
                    rng,
                    "{The file was already shared|You should have the file already|It is in the shared folder}; {please use it|please go on with it|continue with that one}.",
                ),
            ),
        ]

    return loop(
        opening(rng, "coordinator", "society_of_mind"),
        [one(at) for at in range(9)],
        ["society_of_mind", "coordinator"],
    )
