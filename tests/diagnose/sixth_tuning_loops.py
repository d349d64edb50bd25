"""The sixth bank's tuned half: loops after public reports of assistants and crews that got stuck."""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, loop
from .sixth_scene import Scene, rounds_of

LOOPS = Bank("sixth tuning loops")

WORK = (
    "{The repository has|There are} three packages; the {web front end|api server} is the one that {fails|breaks}.",
    "{I went through|I have read} the {ticket|issue}: the {export|import} must {cope with|survive} empty rows.",
    "The {settings page|login form} uses the old component library, so {we keep its classes|nothing new is pulled in}.",
    "{Continuous integration|The nightly build} ran {green|clean} on the commit before the {merge|rebase}.",
    "{According to the changelog|The release notes say that} version four {renames|drops} two options.",
    "{A quick look at the logs|The logs} {shows|show} that only requests from {mobile|tablet} clients are {affected|slow}.",
    "The {product owner|customer} wants this {before the holidays|in the next release}, documentation {later|can follow}.",
    "{I compared|Comparing} both branches: the {cache layer|retry helper} is {the only difference|where they differ}.",
)


def before(scene: Scene, most: int = 7) -> list[Turn]:
    """Some healthy turns, each about something else."""
    rng = scene.rng
    picked = rng.sample(WORK, rng.randrange(2, most))
    return [scene.says(scene.roles[at % len(scene.roles)], text) for at, text in enumerate(picked)]


@LOOPS.family
def old_string_not_found(rng: random.Random) -> Script:
    """An assistant guesses the text to be replaced, each time with other blanks."""
    scene = Scene(rng, "coder")
    line = rng.choice(["return total / count", "if user is None: continue", "self.cache.clear()"])
    path = rng.choice(["src/report.py", "app/models.py", "lib/store.ts"])

    def one(at: int) -> list[Turn]:
        guess = (
            rng.choice(["", "    ", "\t", "        ", "  "])
            + line
            + rng.choice(["", " ", "\n", ";"])
        )
        error = rng.choice(
            [
                f"Could not find oldString in {path}. It must match exactly, including whitespace, indentation, and line endings.",
                f"Failed to edit, 0 occurrences found for old_string in {path}. Original old_string was ({guess.strip()}).",
            ]
            if at % 3
            else [
                f"Could not find oldString in {path}. It must match exactly, including whitespace, indentation, and line endings."
            ]
        )
        return [
            scene.says(
                "coder",
                "{The whitespace|My indentation|The text I searched for} {was|must have been} {off|slightly wrong}. {I will|Let me} {adjust|correct} {it|the old string} and {try|apply} the {edit|replacement} again.",
                scene.fails(
                    "edit",
                    {"filePath": path, "oldString": guess, "newString": f"{line}  # checked"},
                    error,
                ),
            )
        ]

    return loop(before(scene), rounds_of(9, one), scene.who())


@LOOPS.family
def reads_and_apologises(rng: random.Random) -> Script:
    """Read, fail to replace, apologise, promise to be careful, read again."""
    scene = Scene(rng, "assistant")
    body = "\n".join(f".card-{n} {{ padding: {4 * n}px; }}" for n in range(1, 15))

    def one(_: int) -> list[Turn]:
        return [
            scene.says(
                "assistant",
                "{You are right to be frustrated.|I apologise for the {trouble|repeated errors}.|Sorry about {that|the failed edit}.} I will {read|open} the {stylesheet|file} {first|once more} to {see|get} its {current|exact} {content|state}.",
                scene.tool("read_file", {"path": "styles/settings.css"}, body),
            ),
            scene.says(
                "assistant",
                "{Now|With that} {I will|I can} {apply|make} the {targeted|precise} {replacement|change} to the {cards|card styles}.",
                scene.fails(
                    "replace",
                    {
                        "path": "styles/settings.css",
                        "old": f".card-{rng.randrange(1, 15)} {{ margin",
                        "new": "...",
                    },
                    "0 occurrences found for old_string",
                ),
            ),
        ]

    return loop(before(scene), rounds_of(8, one), scene.who())


@LOOPS.family
def search_and_overwrite(rng: random.Random) -> Script:
    """The same few results are looked up in other words and saved to the same file again."""
    scene = Scene(rng, "researcher")
    topic = rng.choice(["home fitness plan", "vegan meal prep", "lisbon apartment rent"])
    hits = [
        {
            "title": f"{topic.title()}: {w}",
            "url": f"https://{w.split()[0].lower()}.example/{topic.replace(' ', '-')}",
            "snippet": f"{w} on {topic}, with tables and hints for newcomers.",
        }
        for w in ("The Basics", "Ten Mistakes", "A Complete Guide", "What Experts Say")
    ]
    text = "\n".join(f"- {hit['title']}" for hit in hits)

    def one(_: int) -> list[Turn]:
        query = scene.words(
            "{best|top|good} $t {guide|tips|advice} {for beginners|2024|}", t=topic
        ).strip()
        return [
            scene.says(
                "researcher",
                "{I need|I should gather} {more|further} {information|details} {on|about} the $t.",
                scene.tool("google", {"input": query}, hits),
                t=topic,
            ),
            scene.says(
                "researcher",
                "{I will|Next I} {save|write down|store} what I {found|learned} so that {it is not lost|I remember it}.",
                scene.tool(
                    "write_to_file",
                    {"file": "notes.txt", "text": text},
                    "File written to successfully.",
                ),
            ),
        ]

    return loop(before(scene), rounds_of(8, one), scene.who())


ABOUT = ["what does the company do", "what is this company about", "what do they offer"]
RIVALS = [
    "indie game studios marketing",
    "indie games marketing studios",
    "marketing indie game studios",
]
FEED = "\n".join(
    f"@harbourgames: {news}"
    for news in ("the demo is out", "4,000 wishlists", "we are hiring", "patch notes are online")
)


@LOOPS.family
def everything_from_scratch(rng: random.Random) -> Script:
    """A long round of five sound steps, and then all of it again."""
    scene = Scene(rng, "strategist")
    site = "Welcome to Harbour Games. " + " ".join(
        f"Section {n}: {w} for players and press."
        for n, w in enumerate("news artwork engine jobs forum trailers".split())
    )
    plan = {"path": "strategy.md", "content": "# Strategy\n1. short clips\n2. creators"}

    def one(_: int) -> list[Turn]:
        asked = {"url": "https://harbour.example", "question": rng.choice(ABOUT)}
        query = {"query": rng.choice(RIVALS)}
        says = (
            "{First|To begin}, {I look at|let me visit} the {company's|studio's} {site|home page}.",
            "{Next|Then} {I check|a look at} their {social media|short messages}.",
            "{I create|Let me create} {a|the} file {for|with} the {marketing|social media} strategy.",
            "{I analyse|Now I look at} the {competitors|competition}.",
        )
        calls = (
            scene.tool("browse_website", asked, site),
            scene.tool("get_posts", {"account": "harbourgames"}, FEED),
            scene.tool("write_file", plan, "ok"),
            scene.tool("google", query, ["Pixel Forge", "Owl Cellar", "Two Lanterns", "Moss & Co"]),
        )
        steps = [scene.says("strategist", *each) for each in zip(says, calls, strict=True)]
        done = "{The strategy is|I have} {drafted|outlined}: clips, creators, and the demo festival. {Now|Next} {to the|on to the} {work|goals}."
        return [*steps, scene.says("strategist", done)]

    return loop(before(scene, 4), rounds_of(6, one), scene.who())


@LOOPS.family
def saves_the_same_memory(rng: random.Random) -> Script:
    """The same fact is remembered in other words; each time the store says that it has it."""
    scene = Scene(rng, "rag_agent")
    fact = rng.choice(
        [
            "{The user|User} {prefers|likes} {answers|replies} {in|written in} {German|the German language} and {works|is working} {as a|in the job of a} nurse",
            "{User's|The user's} {dog|pet dog} {is called|is named|has the name} Bruno and {is|he is} {nine|nine years old}",
        ]
    )

    def one(_: int) -> list[Turn]:
        return [
            scene.says(
                "rag_agent",
                "{I will|Let me} {remember|store|keep} {this|that} {for later|for future conversations}.",
                scene.tool(
                    "save_memory",
                    {"content": scene.words(fact)},
                    f"Memory saved with id {rng.getrandbits(64):016x}",
                ),
            )
        ]

    return loop(before(scene), rounds_of(10, one), scene.who())


@LOOPS.family
def delegated_and_returned(rng: random.Random) -> Script:
    """The manager delegates, the coworker hands it back, politely, and so on."""
    scene = Scene(rng, "manager", "analyst")
    task = rng.choice(["quarterly churn analysis", "warehouse cost report", "survey evaluation"])

    def one(_: int) -> list[Turn]:
        ask = scene.words(
            "{Please|Could you} {carry out|do|take over} the $t {and report back|for the board|}",
            t=task,
        )
        reply = scene.words(
            "{I believe|I think} {the manager|my manager} {should|is the one to} {decide on|define} {the scope|what is in scope} {first|before I start}."
        )
        return [
            scene.says(
                "manager",
                "{This is for|I leave this to|It is best done by} the {analyst|data analyst}.",
                scene.tool(
                    "delegate_work_to_coworker",
                    {
                        "coworker": "analyst",
                        "task": ask,
                        "context": scene.words(
                            "{The board|Management} {needs|wants} {it|the $t}", t=task
                        ),
                    },
                    reply,
                ),
            ),
            scene.says(
                "analyst",
                "{Before I can|To} {start|begin} {with|on} the $t {I need|someone must give me} the scope. {I hand this|This goes} back to the {manager|project manager}.",
                scene.tool(
                    "delegate_work_to_coworker",
                    {
                        "coworker": "manager",
                        "task": scene.words("{define|decide} the scope of the $t", t=task),
                    },
                    scene.words(
                        "{The analyst|Our analyst} {knows|can judge} the scope {best|better than I do}."
                    ),
                ),
                t=task,
            ),
        ]

    return loop(before(scene), rounds_of(8, one), scene.who())


@LOOPS.family
def anything_else(rng: random.Random) -> Script:
    """The question is answered; both go on being helpful, with words of the trade."""
    scene = Scene(rng, "support", "customer_proxy")
    thing = rng.choice(["fittings", "solar panels", "garden hoses"])

    def one(_: int) -> list[Turn]:
        return [
            scene.says(
                "support",
                "{If you have|Should you have} {any|further|more} questions {about|on} {our $t|the $t}, {please let me know|just ask|I am here to help}. {How|In what way} {may|can} I {assist|help} you {further|today}?",
                t=thing,
            ),
            scene.says(
                "customer_proxy",
                "{It seems|I think} {we have covered|there was} {everything|all} {about|on} the $t. {Is there|Would you like} {anything else|something more} {you would like to know|to discuss}?",
                t=thing,
            ),
        ]

    return loop(before(scene), rounds_of(8, one), scene.who())


@LOOPS.family
def mends_one_breaks_other(rng: random.Random) -> Script:
    """Two compiler errors take turns: each edit brings the other one back."""
    scene = Scene(rng, "coder", "compiler")
    errors = (
        "error[E0502]: cannot borrow `buffer` as mutable because it is also borrowed as immutable\n --> src/ring.rs:$l:$c",
        "error[E0382]: use of moved value: `buffer`\n --> src/ring.rs:$l:$c",
    )

    def half(which: int) -> list[Turn]:
        fix = (
            "{cloning|making a clone of} the buffer before the loop",
            "{passing|handing over} the buffer by reference",
        )[which]
        code = (
            "let copy = buffer.clone();\nfor x in copy { push(&mut buffer, x); }",
            "for x in &buffer { push(&mut buffer, *x); }",
        )[which]
        error = (
            errors[which]
            .replace("$l", str(rng.randrange(20, 60)))
            .replace("$c", str(rng.randrange(4, 40)))
        )
        return [
            scene.says(
                "coder",
                f"{{The borrow checker complains|I see the problem}}. {{I fix it by|It is solved by}} {fix}.",
                scene.tool("write", {"path": "src/ring.rs", "content": code}, "Wrote file"),
            ),
            scene.says(
                "compiler",
                "{The build|Building} {fails|does not pass}, see the error.",
                scene.fails("cargo_build", {}, error),
            ),
        ]

    return loop(before(scene), rounds_of(6, lambda _: half(0) + half(1)), scene.who())


@LOOPS.family
def already_satisfied(rng: random.Random) -> Script:
    """A package that is there is installed again; the import fails as before."""
    scene = Scene(rng, "executor")
    name = rng.choice(["opencv-python", "pyyaml", "scikit-learn"])
    module = {"opencv-python": "cv2", "pyyaml": "yaml", "scikit-learn": "sklearn"}[name]

    def one(_: int) -> list[Turn]:
        flag = rng.choice(["", "--upgrade ", "--user ", "-q ", "--no-cache-dir "])
        return [
            scene.says(
                "executor",
                "{The module|It} is {missing|not there}, so {I install it|let me install the package}.",
                scene.tool(
                    "bash",
                    {"command": f"pip install {flag}{name}"},
                    f"Requirement already satisfied: {name} in /usr/lib/python3/dist-packages ({rng.choice(['', 'from -r requirements.txt '])}4.1)",
                ),
            ),
            scene.says(
                "executor",
                "{Now|Next} {I run|let me run} the {script|program} {again|once more}.",
                scene.fails(
                    "bash",
                    {
                        "command": rng.choice(
                            ["python main.py", "python3 main.py", "cd . && python main.py"]
                        )
                    },
                    f"Traceback (most recent call last):\n  File \"main.py\", line {rng.choice([1, 2])}, in <module>\n    import {module}\nModuleNotFoundError: No module named '{module}'",
                ),
            ),
        ]

    return loop(before(scene), rounds_of(7, one), scene.who())


@LOOPS.family
def todo_list_toggles(rng: random.Random) -> Script:
    """A list of tasks is written anew all the time, its states going to and fro."""
    scene = Scene(rng, "assistant")
    tasks = ["set up the schema", "write the importer", "cover it with tests", "update the docs"]

    def one(_: int) -> list[Turn]:
        made = []
        for state in ("in_progress", "pending"):
            todos = [
                {
                    "content": task,
                    "status": state if at == 1 else "pending" if at > 1 else "completed",
                }
                for at, task in enumerate(tasks)
            ]
            made.append(
                scene.says(
                    "assistant",
                    "{I update|Let me update|I will update} the {list|todo list} {before going on|first}.",
                    scene.tool(
                        "todowrite",
                        {"todos": todos},
                        f"{3} todos\n"
                        + "\n".join(f"[{t['status']}] {t['content']}" for t in todos),
                    ),
                )
            )
        return made

    return loop(before(scene), rounds_of(7, one), scene.who())
