"""The seventh bank: loops written out line by line, as transcripts read. Never tuned on."""

# ruff: noqa: E501 one line of a transcript a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, call, loop, turn

LOOPS = Bank("seventh loops")

_START = """Goal: publish the trail guide before the season opens.
I walked the upper ridge yesterday; two bridges are out.
The ranger station sent GPX files for nine of the fourteen routes.
Photos are licensed until March, except those of the waterfall.
Page count is fixed at ninety-six because of the binding.
Our printer needs the final PDF ten working days ahead.
The map scale should be one to twenty-five thousand throughout.
Dogs are banned on routes three and seven during nesting.""".splitlines()


def start(rng: random.Random, *agents: str) -> list[Turn]:
    count = rng.randrange(1, 7)
    return [
        turn(agents[at % len(agents)], line) for at, line in enumerate(rng.sample(_START, count))
    ]


def dealt(rng: random.Random, agents: list[str], lines: list[str], rounds: int) -> list[list[Turn]]:
    """Rounds in which each agent says one of its lines, never the one it said last."""
    said = dict.fromkeys(agents, "")
    made: list[list[Turn]] = []
    rows = {agent: list(row.strip().splitlines()) for agent, row in zip(agents, lines, strict=True)}
    for _ in range(rounds):
        one: list[Turn] = []
        for agent in agents:
            said[agent] = rng.choice([line for line in rows[agent] if line != said[agent]])
            one.append(turn(agent, said[agent]))
        made.append(one)
    return made


@LOOPS.family
def who_has_the_files(rng: random.Random) -> Script:
    agents = ["mapmaker", "ranger"]
    lines = [
        "Could you send me the five missing GPX files?\nI still need the five GPX files that are missing.\nWhere are the missing GPX files? There should be five.\nPlease share the five GPX tracks we do not have yet.",
        "Which GPX files are missing? I sent all I have.\nI already sent everything. Which files do you lack?\nEverything was sent. What files exactly are missing?\nAs far as I know all files were sent; which ones do you miss?",
    ]
    return loop(start(rng, *agents), dealt(rng, agents, lines, 8), agents)


@LOOPS.family
def glad_it_works(rng: random.Random) -> Script:
    agents = ["assistant", "user_proxy"]
    lines = [
        "You're welcome! If there is anything else, let me know. Have a great day!\nMy pleasure. Don't hesitate to reach out. Enjoy your day!\nHappy to help! Have a wonderful day ahead!\nGlad I could be of service. Take care!",
        "Thanks again, you too!\nThank you so much, same to you!\nMuch appreciated. Goodbye!\nThanks, have a nice one as well!",
    ]
    return loop(start(rng, *agents), dealt(rng, agents, lines, 8), agents)


@LOOPS.family
def port_in_use(rng: random.Random) -> Script:
    commands = [
        "npm run dev",
        "npm start",
        "yarn dev",
        "PORT=3000 npm run dev",
        "npx vite --port 3000",
    ]
    rounds = [
        [
            turn(
                "builder",
                rng.choice(
                    [
                        "Starting the server.",
                        "Let me start the dev server again.",
                        "Trying to launch it once more.",
                    ]
                ),
                call(
                    "terminal",
                    {"command": rng.choice(commands), "timeout": 30},
                    f"Error: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle (node:net:1{rng.randrange(100, 999)}:16)\nexit status 1",
                ),
            )
        ]
        for _ in range(9)
    ]
    return loop(start(rng, "builder"), rounds, ["builder"])


@LOOPS.family
def translator_asks_tone(rng: random.Random) -> Script:
    agents = ["Übersetzerin", "Lektor"]
    lines = [
        "Soll ich die Leser duzen oder siezen?\nDuzen oder siezen wir die Leser?\nBevor ich beginne: Wird geduzt oder gesiezt?\nIch brauche noch die Anrede: du oder Sie?",
        "Das hängt von der Zielgruppe ab. Wen sprechen wir an?\nWer ist denn die Zielgruppe? Davon hängt es ab.\nDas kommt auf die Zielgruppe an, die müssen Sie mir nennen.\nDie Anrede richtet sich nach der Zielgruppe. Welche ist es?",
    ]
    return loop(start(rng, *agents), dealt(rng, agents, lines, 8), agents)


@LOOPS.family
def same_three_files(rng: random.Random) -> Script:
    files = {
        "src/app.py": "def main():\n    run(load())\n" * 6,
        "src/load.py": "def load():\n    return open('x').read()\n" * 5,
        "README.md": "# Trail guide\nRun `python -m app`.\n" * 4,
    }

    def one() -> list[Turn]:
        names = list(files)
        rng.shuffle(names)
        says = [
            "Let me look at the code.",
            "I'll check the files first.",
            "Reading the sources to understand them.",
            "",
        ]
        return [
            turn("dev", rng.choice(says), call("read_file", {"path": name}, files[name]))
            for name in names
        ]

    return loop(start(rng, "dev"), [one() for _ in range(6)], ["dev"])


@LOOPS.family
def hotel_search(rng: random.Random) -> Script:
    queries = [
        "hotels near trailhead cheap",
        "cheap hotel close to the trailhead",
        "affordable lodging by the trailhead",
        "budget hotels around trailhead",
        "low cost accommodation near the trailhead",
    ]
    rounds = [
        [
            turn(
                "planner",
                rng.choice(
                    [
                        "Searching for a place to stay.",
                        "Let me look for hotels.",
                        "I need accommodation options.",
                    ]
                ),
                call("web_search", {"query": rng.choice(queries)}, {"results": [], "total": 0}),
            )
        ]
        for _ in range(9)
    ]
    return loop(start(rng, "planner"), rounds, ["planner"])


@LOOPS.family
def editor_wants_voice(rng: random.Random) -> Script:
    body = "Route four begins behind the mill and follows the stream for two kilometres. After the second gate it climbs through beech woods to the saddle, where a bench offers a view of three valleys. The descent is steep in places; sticks are a help. Allow four hours, and more with children. Water is found only at the start. In wet weather take the forest road instead, which is longer by a kilometre."
    swaps = [
        ("is found", "can be had"),
        ("steep in places", "steep at times"),
        ("a help", "helpful"),
        ("offers", "has"),
        ("Allow", "Plan"),
        ("climbs", "rises"),
    ]
    notes = [
        "More personality, please.",
        "It still lacks a voice.",
        "I want to hear the author more.",
        "Give it more character.",
        "Not enough personality yet.",
    ]
    rounds = []
    for _ in range(7):
        text = body
        for old, new in rng.sample(swaps, 2):
            text = text.replace(old, new)
        rounds.append([turn("writer", text), turn("editor", rng.choice(notes))])
    return loop(
        start(rng, "writer", "editor"), rounds, ["writer", "editor"], alternatives=[["writer"]]
    )


@LOOPS.family
def four_departments(rng: random.Random) -> Script:
    agents = ["Legal", "Print", "Design", "Sales"]
    lines = [
        "Print has to confirm the paper before we can sign.\nWe sign when Print has confirmed the paper.\nNo signature before Print confirms the paper.",
        "The paper depends on Design's page count.\nWithout the page count from Design we cannot fix the paper.\nDesign must give us the page count, then we choose paper.",
        "Our page count follows from how many copies Sales wants.\nSales has to tell the print run, then we know the pages.\nPages? Ask Sales for the run first.",
        "We plan the run once Legal has signed.\nThe run is set after Legal's signature.\nLegal must sign before we can set a run.",
    ]
    return loop(start(rng, *agents), dealt(rng, agents, lines, 6), agents)


@LOOPS.family
def quota_exceeded(rng: random.Random) -> Script:
    def one() -> list[Turn]:
        size = rng.randrange(40, 60)
        return [
            turn(
                "uploader",
                rng.choice(
                    [
                        "Uploading the guide.",
                        "Second attempt at the upload.",
                        "I compress it and upload it.",
                        "Retry.",
                    ]
                ),
                call(
                    "upload",
                    {"file": f"guide-{rng.choice(['small', 'v2', 'final', 'web'])}.pdf"},
                    {
                        "error": {
                            "code": 403,
                            "message": "storage quota exceeded for this account",
                        },
                        "size_mb": size,
                    },
                ),
            )
        ]

    return loop(start(rng, "uploader"), [one() for _ in range(9)], ["uploader"])


@LOOPS.family
def ledger_says_no_progress(rng: random.Random) -> Script:
    agents = ["Orchestrator", "FileSurfer"]
    lines = [
        "We are not making progress. FileSurfer, please open the licence folder and list the photos.\nStalled again. FileSurfer: list the photos in the licence folder.\nLet's get unstuck: FileSurfer should list all photos of the licence folder.\nNo progress was made. Please list the licence folder's photos, FileSurfer.",
        "The folder address does not exist, so there is nothing to list.\nI cannot list it: the address of the folder does not exist.\nNothing listed, since that folder address does not exist.\nThere is no such folder address, so I list nothing.",
    ]
    return loop(start(rng, *agents), dealt(rng, agents, lines, 8), agents)


@LOOPS.family
def toggles_the_flag(rng: random.Random) -> Script:
    def one() -> list[Turn]:
        return [
            turn(
                "ops",
                rng.choice(
                    ["Caching on, pages were slow.", "I turn caching on again because it is slow."]
                ),
                call("set_config", {"key": "cache", "value": "on"}, "cache=on"),
            ),
            turn("qa", rng.choice(["Maps are outdated with caching.", "Now the maps are stale."])),
            turn(
                "ops",
                rng.choice(["Then caching off.", "I turn caching off again."]),
                call("set_config", {"key": "cache", "value": "off"}, "cache=off"),
            ),
            turn("qa", rng.choice(["Pages are slow without caching.", "Now it is slow."])),
        ]

    return loop(start(rng, "ops", "qa"), [one() for _ in range(5)], ["ops", "qa"])


@LOOPS.family
def silent_assistant(rng: random.Random) -> Script:
    asks = [
        "Are you there?",
        "Please answer.",
        "I did not get a reply.",
        "Hello? Please respond.",
        "Still nothing from you. Please reply.",
    ]
    rounds = [[turn("lead", rng.choice(asks)), turn("helper", "")] for _ in range(8)]
    return loop(
        start(rng, "lead", "helper"),
        rounds,
        ["lead", "helper"],
        alternatives=[["lead"], ["helper"]],
    )


@LOOPS.family
def handed_round(rng: random.Random) -> Script:
    ring = ["triage", "billing", "tech"]

    def one() -> list[Turn]:
        return [
            turn(
                who,
                "",
                call(
                    f"transfer_to_{ring[(at + 1) % 3]}",
                    {},
                    f"Transferred to {ring[(at + 1) % 3]}, adopting the role of {ring[(at + 1) % 3]} immediately.",
                ),
            )
            for at, who in enumerate(ring)
        ]

    return loop(start(rng, *ring), [one() for _ in range(5)], ring)


@LOOPS.family
def summary_not_accepted(rng: random.Random) -> Script:
    heads = ["Here is the summary:", "Summary:", "To sum up:", "The summary again:"]
    points = [
        "fourteen routes, nine of them with tracks",
        "two bridges out on the ridge",
        "ninety-six pages, fixed",
        "photos until March",
    ]

    def one() -> list[Turn]:
        rng.shuffle(points)
        return [
            turn("scribe", f"{rng.choice(heads)} " + "; ".join(points) + "."),
            turn(
                "checker",
                rng.choice(
                    [
                        "The format is not correct, please redo it.",
                        "Wrong format. Please do it again.",
                        "That is not in the right format. Redo it, please.",
                        "Please redo this, the format is not right.",
                    ]
                ),
            ),
        ]

    return loop(start(rng, "scribe", "checker"), [one() for _ in range(7)], ["scribe", "checker"])
