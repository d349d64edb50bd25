"""The third bank's tuning half, more of it: what came up while the rules were being mended."""
# ruff: noqa: E501, PERF401 one wording a line, one step after another

from __future__ import annotations

import itertools
import random
import uuid

from .bank import Bank, Script, call, fine, loop, turn
from .spin import spin
from .third_tuning_loops import code, opening

LOOPS = Bank("third tuning more loops")
FINE = Bank("third tuning more fine")
_TREES = "alder aspen beech birch chestnut elm fir hazel holly larch linden oak pine rowan spruce willow yew".split()
_TASKS = [
    "login page",
    "search box",
    "export button",
    "dark theme",
    "audit log",
    "rate limiter",
    "user avatar",
    "price filter",
    "bulk import",
    "help pages",
    "mail digest",
    "tag cloud",
]


def guid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


# -- fine ------------------------------------------------------------------------------------------
@FINE.family
def delete_by_uuid(rng: random.Random) -> Script:
    return fine(
        [
            turn("janitor", "", call("delete_session", {"id": guid(rng)}, {"deleted": True}))
            for _ in range(14)
        ]
    )


@FINE.family
def tag_every_commit(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "git",
                "",
                call("tag", {"sha": f"{rng.getrandbits(160):040x}", "label": "reviewed"}, "ok"),
            )
            for _ in range(12)
        ]
    )


@FINE.family
def look_up_orders(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "desk",
                "",
                call("order_state", {"order_id": f"ord_{code(rng, 8)}"}, {"state": "shipped"}),
            )
            for _ in range(12)
        ]
    )


@FINE.family
def hosts_that_are_all_down(rng: random.Random) -> Script:
    return fine(
        [
            turn("probe", "", call("ping", {"host": f"rack{n:02}"}, "request timed out"))
            for n in range(1, 11)
        ]
        + [turn("probe", "All ten racks are down: it must be the switch.")]
    )


@FINE.family
def clean_between_edits(rng: random.Random) -> Script:
    steps = []
    for task in rng.sample(_TASKS, 9):
        steps.append(
            turn(
                "dev",
                f"I build the {task}.",
                call(
                    "write_file",
                    {"path": f"{task.split()[0]}.py", "text": code(rng, 30)},
                    "written",
                ),
            )
        )
        steps.append(
            turn("dev", "", call("git_status", {}, "nothing to commit, working tree clean"))
        )
        steps.append(turn("dev", "", call("run_tests", {}, "all tests passed")))
    return fine(steps)


@FINE.family
def boilerplate_invoices(rng: random.Random) -> Script:
    steps = []
    for tree in rng.sample(_TREES, 9):
        steps.append(
            turn(
                "billing",
                f"Invoice to the {tree.title()} Company. Thank you for your order of {rng.randrange(2, 40)} crates. Please transfer the amount within fourteen days to the account that is printed below, quoting the number of this invoice. Goods remain our property until they are paid. For questions our office is open on weekdays from nine to five, and on Saturdays from ten to noon. Total: {rng.randrange(100, 9000)} euros.",
            )
        )
    return fine(steps)


@FINE.family
def endpoints_by_entity(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "coder",
                f"@app.get('/{t}s')\ndef list_{t}s(db):\n    return db.query({t.title()}).all()\n\n@app.post('/{t}s')\ndef add_{t}(db, {t}: {t.title()}):\n    db.add({t})\n    db.commit()\n    return {t}\n\n@app.delete('/{t}s/{{key}}')\ndef drop_{t}(db, key: int):\n    db.delete({t.title()}, key)\n    db.commit()",
            )
            for t in rng.sample(_TREES, 8)
        ]
    )


@FINE.family
def i_do_not_know(rng: random.Random) -> Script:
    asked = [
        "Who owned the mill in 1820?",
        "Why was the canal moved?",
        "Did the bishop visit the fair?",
        "How deep is the well?",
        "Which wood is the altar made of?",
        "When did the bakery close?",
        "Who painted the town hall?",
    ]
    steps = []
    for question in asked:
        steps += [
            turn("host", question),
            turn("guest", "I do not know, the archive says nothing about it."),
        ]
    return fine(steps)


@FINE.family
def scene_by_scene(rng: random.Random) -> Script:
    moods = ["angry", "hopeful", "bored", "curious", "tired", "proud"]
    acts = [
        "leaves the room",
        "opens the letter",
        "pours some tea",
        "looks out of the window",
        "hides the key",
        "lights a candle",
    ]
    steps = []
    for _ in range(11):
        for who in ("clara", "victor"):
            steps.append(turn(who, f"*{who.title()}, {rng.choice(moods)}, {rng.choice(acts)}.*"))
    return fine(steps)


@FINE.family
def weather_of_a_small_world(rng: random.Random) -> Script:
    steps = []
    for day in [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "next Monday",
        "next Tuesday",
    ]:
        steps.append(
            turn("world", f"It is {day}. It is {rng.choice(['sunny', 'rainy', 'windy'])}.")
        )
        steps.append(turn("farmer", f"I {rng.choice(['plough', 'sow', 'harvest', 'rest'])}."))
        steps.append(
            turn(
                "trader",
                f"I {rng.choice(['buy', 'sell'])} {rng.choice(['wheat', 'milk', 'wool'])}.",
            )
        )
    return fine(steps)


@FINE.family
def companies_without_hits(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "scout",
                "",
                call("sanctions_list", {"name": f"{tree.title()} {kind} Ltd"}, "No results found."),
            )
            for tree, kind in zip(
                rng.sample(_TREES, 12), ["Trading", "Shipping", "Metals"] * 4, strict=True
            )
        ]
    )


@FINE.family
def two_takes_a_scene(rng: random.Random) -> Script:
    steps = []
    for n in range(1, 7):
        steps += [
            turn("director", f"Scene {n}, take one, action!"),
            turn("actor", f"I say my line about the {rng.choice(_TREES)}."),
            turn("director", f"Scene {n}, take two, action!"),
            turn("actor", f"I say my line about the {rng.choice(_TREES)} more softly."),
            turn("director", "Cut, we have it."),
        ]
    return fine(steps)


@FINE.family
def thanks_in_passing(rng: random.Random) -> Script:
    steps = []
    for task in rng.sample(_TASKS, 9):
        steps += [
            turn("boss", f"Thank you! Next, please build the {task}."),
            turn(
                "dev", f"You're welcome. The {task} is built, its code is in branch {code(rng, 5)}."
            ),
            turn("boss", "Thanks, great work!"),
        ]
    return fine(steps)


@FINE.family
def reading_one_file_in_windows(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "reader",
                "",
                call(
                    "read",
                    {"path": "big.log", "start": 50 * n, "end": 50 * n + 49},
                    " ".join(rng.choices(_TREES, k=40)),
                ),
            )
            for n in range(14)
        ]
    )


@FINE.family
def bigger_font_each_time(rng: random.Random) -> Script:
    words = ["tiny", "small", "medium", "large", "huge", "enormous", "gigantic"]
    return fine(
        [
            s
            for w in words
            for s in (
                turn("client", f"Make the title {w}."),
                turn("designer", f"The title is {w} now."),
            )
        ]
    )


@FINE.family
def commits_of_equal_form(rng: random.Random) -> Script:
    return fine(
        [
            turn(
                "dev",
                f"feat: add {task}",
                call(
                    "commit",
                    {"message": f"feat: add {task}"},
                    f"[main {code(rng, 7)}] 1 file changed",
                ),
            )
            for task in _TASKS
        ]
    )


@FINE.family
def kanban(rng: random.Random) -> Script:
    cols = ["todo", "doing", "done"]
    steps = []
    for task in rng.sample(_TASKS, 6):
        steps += [
            turn("board", f"{task} moves from {a} to {b}.") for a, b in itertools.pairwise(cols)
        ]
    return fine(steps)


@FINE.family
def exam_with_hints(rng: random.Random) -> Script:
    steps = []
    for tree in rng.sample(_TREES, 6):
        steps += [
            turn("tutor", f"Which tree has the leaf on picture {rng.randrange(1, 90)}?"),
            turn("pupil", "I am not sure, could you give me a hint?"),
            turn("tutor", f"It begins with {tree[:2]}."),
            turn("pupil", f"The {tree}!"),
            turn("tutor", "Well done."),
        ]
    return fine(steps)


@FINE.family
def elevator_log(rng: random.Random) -> Script:
    floor, steps = 0, []
    for _ in range(20):
        floor = max(0, min(6, floor + rng.choice([-1, 1])))
        steps.append(
            turn(
                "lift",
                f"Now at floor {['ground', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth'][floor]}.",
            )
        )
    return fine(steps)


@FINE.family
def three_polite_rounds(rng: random.Random) -> Script:
    """A talk that ends with courtesies and then does end."""
    steps = opening(rng, "ann", "ben")
    for _ in range(2):
        steps += [
            turn("ann", "Thank you so much for your help!"),
            turn("ben", "You're welcome, have a nice day!"),
        ]
    return fine(steps)


# -- loops -----------------------------------------------------------------------------------------
@LOOPS.family
def guessing_paths(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "dev",
                "",
                call(
                    "read_file",
                    {
                        "path": f"{rng.choice(['app', 'src', '.', 'lib', 'var'])}/{rng.choice(['config', 'settings', 'conf'])}.{rng.choice(['json', 'yml', 'toml'])}"
                    },
                    "Error: no such file",
                ),
            )
        ]
        for _ in range(10)
    ]
    return loop(opening(rng, "dev"), rounds, ["dev"])


@LOOPS.family
def three_broken_phrasings(rng: random.Random) -> Script:
    texts = [
        "I'll check the calendar and get back to you.",
        "Let me look at the calendar and come back to you.",
        "I am going to consult the calendar, then I will come back to you.",
    ]
    replies = ["Did you find a date?", "Have you found a date yet?", "Any date found?"]
    rounds = [
        [turn("aide", rng.choice(texts)), turn("boss", rng.choice(replies))] for _ in range(9)
    ]
    return loop(opening(rng, "aide", "boss"), rounds, ["aide", "boss"])


@LOOPS.family
def review_without_end(rng: random.Random) -> Script:
    rounds = [
        [
            turn("coder", "```python\ndef area(r):\n    return 3.14 * r * r\n```"),
            turn(
                "reviewer",
                spin(
                    rng,
                    "{Please add|Add|You should add} {a docstring|documentation} and {handle|treat} negative {radii|values}.",
                ),
            ),
        ]
        for _ in range(8)
    ]
    return loop(opening(rng, "coder", "reviewer"), rounds, ["coder", "reviewer"])


@LOOPS.family
def blames(rng: random.Random) -> Script:
    texts = {
        "frontend": "{The problem|The bug|This issue} {is|must be|has to be} {in|on the side of} the backend.",
        "backend": "{The problem|The bug|This issue} {is|must be|has to be} {in|on the side of} the frontend.",
    }
    rounds = [[turn(w, spin(rng, t)) for w, t in texts.items()] for _ in range(10)]
    return loop(opening(rng, *texts), rounds, list(texts))


@LOOPS.family
def empty_promises(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "worker",
                spin(
                    rng,
                    "{I am working on it|I'm on it|Working on it}{.|, it will be done soon.|, almost there.}",
                ),
            ),
            turn(
                "chief",
                spin(
                    rng,
                    "{Great|OK|Good}, {keep me posted|let me know when it is ready|tell me when it is done}.",
                ),
            ),
        ]
        for _ in range(11)
    ]
    return loop(opening(rng, "worker", "chief"), rounds, ["worker", "chief"])


@LOOPS.family
def tool_never_there(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "agent",
                spin(rng, "I {call|use|try} the {calculator|calculator tool}."),
                call(
                    "calculator",
                    {"expression": f"{rng.randrange(2, 99)} * {rng.randrange(2, 99)}"},
                    "",
                    error="KeyError: unknown tool 'calculator'",
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(opening(rng, "agent"), rounds, ["agent"])


@LOOPS.family
def compile_fails_alike(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "coder",
                "",
                call(
                    "write",
                    {
                        "path": "main.c",
                        "text": f"int main(void) {{ return foo({n}); }} // {code(rng, 6)}",
                    },
                    "ok",
                ),
                call(
                    "make",
                    {},
                    f"main.c:{n + 1}:{rng.randrange(5, 30)}: error: implicit declaration of function 'foo'",
                ),
            )
        ]
        for n in range(9)
    ]
    return loop(opening(rng, "coder"), rounds, ["coder"])


@LOOPS.family
def deutsch(rng: random.Random) -> Script:
    texts = {
        "meister": "{Bitte prüfe|Prüfe bitte|Kannst du bitte} {nochmals |noch einmal |}die {Rechnung|Abrechnung} vom {letzten Monat|Vormonat} {prüfen?|.|!}",
        "lehrling": "Die {Rechnung|Abrechnung} {habe ich|hab ich} {schon |bereits |}geprüft, {sie stimmt|alles stimmt|sie ist richtig}.",
    }
    rounds = [[turn(w, spin(rng, t)) for w, t in texts.items()] for _ in range(11)]
    return loop(opening(rng, *texts), rounds, list(texts))
