"""The sixth bank's tuned half: work that looks like a loop, as users told of false alarms."""

# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, fine
from .sixth_scene import Scene

FINE = Bank("sixth tuning fine")

COMPONENTS = "Button Card Dialog Dropdown Footer Gallery Header Input Label Menu Navbar Panel Slider Table Tooltip".split()
TOWNS = "Aarhus Bergen Cadiz Delft Evora Ghent Hull Izmir Jena Kotor Lugano Malmo Nantes Oulu Porto Quimper".split()


@FINE.family
def moves_files_and_imports(rng: random.Random) -> Script:
    """File after file: search for references, move, mend the imports (gemini-cli#5873)."""
    scene = Scene(rng, "assistant")
    steps: list[Turn] = []
    for name in rng.sample(COMPONENTS, 9):
        users = rng.sample(["App", "Home", "Profile", "Search", "Admin"], rng.randrange(0, 3))
        found = (
            "\n".join(f"src/{u}.tsx:3: import {name} from './components/{name}'" for u in users)
            or "No matches found"
        )
        steps.append(
            scene.says(
                "assistant",
                "{Next is|Now} $n: {who uses it|where is it used}?",
                scene.tool("search_file_content", {"pattern": f"components/{name}"}, found),
                n=name,
            )
        )
        steps.append(
            scene.says(
                "assistant",
                "{I move|Moving} the file.",
                scene.tool(
                    "run_shell_command",
                    {"command": f"git mv src/components/{name}.tsx src/ui/{name}.tsx"},
                    "(no output)",
                ),
            )
        )
        if users:
            steps.append(
                scene.says(
                    "assistant",
                    "{And|Then} the imports.",
                    *(
                        scene.tool(
                            "replace",
                            {
                                "file": f"src/{u}.tsx",
                                "old": f"./components/{name}",
                                "new": f"./ui/{name}",
                            },
                            "Successfully modified file (1 replacement).",
                        )
                        for u in users
                    ),
                )
            )
    return fine(steps)


@FINE.family
def blocks_of_data(rng: random.Random) -> Script:
    """A large table is read and told of block by block (gemini-cli#8234)."""
    scene = Scene(rng, "analyst")
    steps: list[Turn] = []
    for at in range(12):
        rows = [
            [at * 500 + n, rng.randrange(100, 999), rng.choice(["A", "B", "C"])] for n in range(3)
        ]
        steps.append(
            scene.says(
                "analyst",
                "{I load|Loading} the next block of rows.",
                scene.tool(
                    "read_rows",
                    {"table": "sales", "offset": at * 500, "limit": 500},
                    {"rows": rows, "more": at < 11},
                ),
            )
        )
        steps.append(
            scene.says(
                "analyst",
                "Block $k: {mean|average} $m, {most|the greatest share} in class $c.",
                k=at + 1,
                m=round(rng.uniform(300, 700), 1),
                c=rng.choice("ABC"),
            )
        )
    return fine(steps)


@FINE.family
def edit_fails_then_reads(rng: random.Random) -> Script:
    """Two edits miss, then the file is read, and the next ones hit."""
    scene = Scene(rng, "coder")
    steps: list[Turn] = []
    for path in rng.sample(["a.py", "b.py", "c.py", "d.py", "e.py"], 4):
        for _ in range(rng.randrange(1, 3)):
            steps.append(
                scene.says(
                    "coder",
                    "{I change|Let me change} the {call|signature} in $p.",
                    scene.fails(
                        "edit",
                        {
                            "path": path,
                            "old": "run(x)" + " " * rng.randrange(3),
                            "new": "run(x, y)",
                        },
                        "Could not find oldString in the file. It must match exactly.",
                    ),
                    p=path,
                )
            )
        steps.append(
            scene.says(
                "coder",
                "{I read it first|Let me look at the file}.",
                scene.tool(
                    "read",
                    {"path": path},
                    f"def main_{path[0]}():\n    value = {rng.randrange(90)}\n    return run(value)\n",
                ),
            )
        )
        steps.append(
            scene.says(
                "coder",
                "{Now it matches|There it is}.",
                scene.tool(
                    "edit",
                    {"path": path, "old": "run(value)", "new": "run(value, y)"},
                    "Edit applied",
                ),
            )
        )
    return fine(steps)


@FINE.family
def remembers_many_things(rng: random.Random) -> Script:
    """One fact after another goes into the memory; its answer is always the same."""
    scene = Scene(rng, "rag_agent")
    facts = [
        "The user lives in Ghent.",
        "The user plays the cello.",
        "Meetings are never before ten.",
        "The budget for travel is 1,200 a year.",
        "Invoices go to the Antwerp office.",
        "The user's sister is called Ines.",
        "The favourite editor is vim.",
        "Reports are due on the 5th.",
    ]
    answer = rng.choice(["Memory saved.", "Saved to long-term memory.", {"ok": True}])
    return fine(
        [
            scene.says(
                "rag_agent",
                "{I note|I remember} {that|this}.",
                scene.tool("save_memory", {"content": fact}, answer),
            )
            for fact in rng.sample(facts, 8)
        ]
    )


@FINE.family
def towers(rng: random.Random) -> Script:
    """The towers of Hanoi: the same few moves, in an order that leads somewhere."""
    scene = Scene(rng, "solver", "referee")
    pegs: dict[str, list[int]] = {"A": list(range(5, 0, -1)), "B": [], "C": []}
    steps: list[Turn] = []

    def move(disk: int, source: str, target: str, spare: str) -> None:
        if not disk:
            return
        move(disk - 1, source, spare, target)
        pegs[target].append(pegs[source].pop())
        state = " ".join(f"{peg}={disks}" for peg, disks in pegs.items())
        steps.append(
            scene.says("solver", "{Move|I move} disk $d from $s to $t.", d=disk, s=source, t=target)
        )
        steps.append(scene.says("referee", "{Legal|Fine}. $x", x=state))
        move(disk - 1, spare, target, source)

    move(5, "A", "C", "B")
    return fine(steps[: rng.randrange(40, 62)])


@FINE.family
def sorts_by_hand(rng: random.Random) -> Script:
    """The same numbers in ever another order: an algorithm told swap by swap."""
    scene = Scene(rng, "teacher")
    row = rng.sample(range(1, 60), 8)
    steps: list[Turn] = []
    for end in range(len(row) - 1, 0, -1):
        for at in range(end):
            if row[at] > row[at + 1]:
                row[at], row[at + 1] = row[at + 1], row[at]
                steps.append(
                    scene.says(
                        "teacher", "{Swap|We swap} $a and $b: $r", a=row[at + 1], b=row[at], r=row
                    )
                )
    return fine(steps)


@FINE.family
def patients_no(rng: random.Random) -> Script:
    """A form is filled in; most answers are no."""
    scene = Scene(rng, "nurse", "patient")
    asks = [
        "Do you smoke?",
        "Any allergies to medicines?",
        "Have you had surgery in the last year?",
        "Do you take blood thinners?",
        "Is there diabetes in the family?",
        "Do you have a pacemaker?",
        "Could you be pregnant?",
        "Any trouble with anaesthetics?",
        "Do you drink alcohol every day?",
        "Have you travelled to the tropics?",
        "Do you wear contact lenses?",
    ]
    steps: list[Turn] = []
    for ask in rng.sample(asks, 10):
        steps.append(scene.says("nurse", ask))
        steps.append(
            scene.says("patient", rng.choice(["No.", "No.", "No.", "No, I don't.", "Yes."]))
        )
    return fine(steps)


@FINE.family
def same_answer_to_many(rng: random.Random) -> Script:
    """Customer after customer gets the same kind answer, each about his own order."""
    scene = Scene(rng, "router", "refunds")
    steps: list[Turn] = []
    for town in rng.sample(TOWNS, 9):
        order = f"{rng.randrange(10_000, 99_999)}"
        steps.append(
            scene.says(
                "router",
                "{A customer|Somebody} from $t {asks for|wants} a refund of order $o.",
                t=town,
                o=order,
            )
        )
        steps.append(
            scene.says(
                "refunds",
                "{Your refund has been issued|The refund is on its way}. It takes three to five days. Thank you for your patience!",
                scene.tool("issue_refund", {"order": order}, {"state": "issued"}),
            )
        )
    return fine(steps)


@FINE.family
def pipeline_stages(rng: random.Random) -> Script:
    """A build is polled; it stays in a stage for a while, then goes on to the next."""
    scene = Scene(rng, "release_bot")
    steps: list[Turn] = []
    for stage in ("checkout", "compile", "unit tests", "package", "publish"):
        for _ in range(rng.randrange(2, 5)):
            steps.append(
                scene.says(
                    "release_bot",
                    "{I check|Checking} the pipeline.",
                    scene.tool(
                        "get_pipeline_status", {"id": 771}, {"state": "running", "stage": stage}
                    ),
                )
            )
    steps.append(
        scene.says(
            "release_bot",
            "Published.",
            scene.tool("get_pipeline_status", {"id": 771}, {"state": "success"}),
        )
    )
    return fine(steps)


@FINE.family
def long_corridor(rng: random.Random) -> Script:
    """A text adventure in which some rooms look alike and the way leads back once."""
    scene = Scene(rng, "player", "narrator")
    rooms = [
        "You are in a long corridor. It goes on.",
        "You are in a long corridor. It goes on.",
        "A door with a brass knob. It is locked.",
        "You are back in the long corridor.",
        "A niche with an oil lamp. You may take it.",
        "The lamp is yours.",
        "A stair leads down.",
        "Cold air. Water drips.",
        "You are in a long corridor. It goes on.",
        "A key hangs on a nail.",
        "The key is yours.",
        "The door with the brass knob opens.",
        "A library, dusty and dark.",
        "By the lamp's light you read: the end.",
    ]
    moves = [
        "go north",
        "go north",
        "open the door",
        "go south",
        "look around",
        "take lamp",
        "go down",
        "go north",
        "go north",
        "look around",
        "take key",
        "open the door",
        "go in",
        "read book",
    ]
    steps: list[Turn] = []
    for move, room in zip(moves, rooms, strict=True):
        steps += [scene.shows("player", f"> {move}"), scene.shows("narrator", room)]
    return fine(steps)


@FINE.family
def approvals(rng: random.Random) -> Script:
    """A reviewer looks at one request after another and finds most of them good."""
    scene = Scene(rng, "author", "reviewer")
    steps: list[Turn] = []
    topics = [
        "retry on 503",
        "drop Python 3.8",
        "faster startup",
        "typed settings",
        "new icons",
        "fix the flaky clock",
        "log levels by module",
        "smaller images",
    ]
    for topic in topics:
        number = rng.randrange(200, 900)
        steps.append(
            scene.says("author", "{Please review|Ready for review}: #$n, $t.", n=number, t=topic)
        )
        steps.append(
            scene.says(
                "reviewer",
                "{LGTM|Looks good to me}, {approved|ship it}.",
                scene.tool(
                    "get_diff",
                    {"pr": number},
                    f"+{rng.randrange(3, 400)} -{rng.randrange(0, 90)} in {topic.replace(' ', '_')}.py",
                ),
            )
        )
    return fine(steps)


@FINE.family
def story_grows(rng: random.Random) -> Script:
    """Two writers tell a story in turn; each message has all of it and one sentence more."""
    scene = Scene(rng, "first_writer", "second_writer")
    parts = [
        "The harbour was empty that morning.",
        "Only the pilot's boat rocked at its rope.",
        "Mira found the letter under the bench.",
        "It was addressed to her grandmother.",
        "Inside lay a map of the old salt works.",
        "A cross marked the third basin.",
        "She took the bicycle, and the rain began.",
        "At the gate stood a man she knew.",
        "He held out his hand without a word.",
        "The key in it was still warm.",
    ]
    steps = [
        scene.shows(scene.roles[at % 2], " ".join(parts[: at + 1])) for at in range(len(parts))
    ]
    return fine(steps)


@FINE.family
def tests_first(rng: random.Random) -> Script:
    """Test-driven: a failing test, the code for it, green; then the next."""
    scene = Scene(rng, "tester", "developer")
    steps: list[Turn] = []
    for at, what in enumerate(
        [
            "empty input",
            "one row",
            "two currencies",
            "negative sums",
            "rounding",
            "unknown currency",
            "leap day",
        ]
    ):
        steps.append(
            scene.says(
                "tester",
                "{Next test|The next one}: $w.",
                scene.tool(
                    "run_tests",
                    {},
                    f"FAILED test_totals.py::test_{what.replace(' ', '_')}\n1 failed, {at} passed",
                ),
                w=what,
            )
        )
        steps.append(
            scene.says(
                "developer",
                "{Here is|That is} the least code that {passes|will do}.",
                scene.tool("run_tests", {}, f"{at + 1} passed"),
            )
        )
    return fine(steps)


@FINE.family
def trickle_of_results(rng: random.Random) -> Script:
    """Workers report to a manager who thanks each in nearly the same words."""
    scene = Scene(rng, "manager", "north", "south", "east", "west")
    steps: list[Turn] = []
    for _ in range(3):
        for role in ("north", "south", "east", "west"):
            steps.append(
                scene.says(
                    role,
                    "{We counted|The count is} $n {visitors|guests} {today|so far} and $m {complaints|returns}.",
                    n=rng.randrange(200, 2000),
                    m=rng.randrange(2, 40),
                )
            )
            steps.append(
                scene.says(
                    "manager", "{Thank you|Thanks}, {noted|recorded}. {Next please|Who is next?}"
                )
            )
    return fine(steps)


@FINE.family
def ten_drafts_get_better(rng: random.Random) -> Script:
    """A text is shortened and sharpened until the critic is content."""
    scene = Scene(rng, "writer", "critic")
    lines = [
        "Our bicycles are made by hand in a small workshop at the river, where it all began.",
        "Each frame is brazed, filed and painted by one person, who signs it.",
        "We use steel because it can be repaired anywhere in the world, by anyone.",
        "You choose the colour, the bars, the saddle and the bell.",
        "Delivery takes about six weeks, and the first service is free.",
    ]
    notes = [
        "cut the second clause of the first sentence",
        "say who signs",
        "drop 'by anyone'",
        "name one colour",
        "end on the bell",
        "good, publish it",
    ]
    changes = [
        ("in a small workshop at the river, where it all began", "at the river"),
        ("by one person, who signs it", "by Ada, who signs it"),
        (", by anyone", ""),
        ("the colour", "petrol or rust"),
        (" Delivery takes about six weeks, and the first service is free.", ""),
        ("", ""),
    ]
    text = " ".join(lines)
    steps: list[Turn] = []
    for note, (old, new) in zip(notes, changes, strict=True):
        steps += [
            scene.shows("writer", text),
            scene.says("critic", f"{{Better|Getting there}}: {note}."),
        ]
        text = text.replace(old, new) if old else text
    return fine(steps)
