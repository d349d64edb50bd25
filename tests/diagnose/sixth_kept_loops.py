"""The sixth bank's kept half: other loops after public reports."""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import random

from .bank import Bank, Script, Turn, loop
from .sixth_scene import Scene, rounds_of

LOOPS = Bank("sixth kept loops")

WORK = (
    "{The harvest|Harvest} {starts|begins} in {August|September}, {two|three} weeks {earlier|later} than {planned|last year}.",
    "{I phoned|I called} the {mill|bakery}: they {take|buy} {oats|rye} only {by the ton|in bulk}.",
    "The {northern|southern} field {needs|wants} {lime|drainage} before {winter|the frost}.",
    "{Two|Three} of the {tractors|trailers} {are due|have to go} for inspection.",
    "{Diesel|Seed} {went up|rose} by {six|nine} per cent {since spring|this quarter}.",
    "{Our|The} apprentice {wrote|made} a {map|table} of all {gates|hedges}.",
    "The {insurer|bank} {asks for|wants} photographs of the {barn roof|silo}.",
    "{Rain|Hail} is {forecast|expected} from {Tuesday|Friday} on, {so we cover the bales|which delays the hay}.",
)


def before(scene: Scene, most: int = 7) -> list[Turn]:
    """Some healthy turns, each about something else."""
    rng = scene.rng
    picked = rng.sample(WORK, rng.randrange(2, most))
    return [scene.says(scene.roles[at % len(scene.roles)], text) for at, text in enumerate(picked)]


@LOOPS.family
def lists_the_folder(rng: random.Random) -> Script:
    """The folder is listed with other switches, and listed again, and nothing is written."""
    scene = Scene(rng, "agent")
    files = "config.yaml\ncustom.css\ncustom.js\nnotes.md\nREADME.md"

    def one(_: int) -> list[Turn]:
        command = rng.choice(["ls", "ls -1", "ls --color=never", "ls -B"])
        return [
            scene.says(
                "agent",
                "{Before I write|Before writing} {the file|custom.css}, {I check|let me see} {what is there|the state of the folder}.",
                scene.tool("bash", {"command": f"{command} /srv/site/custom/"}, files),
            )
        ]

    return loop(before(scene), rounds_of(9, one), scene.who())


@LOOPS.family
def unknown_command(rng: random.Random) -> Script:
    """A tool that does not exist is called, with other thoughts each time."""
    scene = Scene(rng, "autonomous")
    name = rng.choice(["do_research", "think_step", "browse"])

    def one(_: int) -> list[Turn]:
        return [
            scene.says(
                "autonomous",
                "THOUGHTS: {I should|I must} {gather facts|learn more} {about|on} the {oat|grain} market. REASONING: {without facts|lacking them} {no plan is possible|I cannot plan}. NEXT ACTION: $n",
                scene.fails(
                    name,
                    {"topic": scene.words("{oat|grain} {prices|market}")},
                    f"Unknown command '{name}'. Please refer to the 'COMMANDS' list for available commands and only respond in the specified JSON format.",
                ),
                n=name,
            )
        ]

    return loop(before(scene), rounds_of(9, one), scene.who())


@LOOPS.family
def same_worker_again(rng: random.Random) -> Script:
    """A supervisor routes to the same worker, who delivers the report that is there already."""
    scene = Scene(rng, "supervisor", "research_team")
    facts = [
        "Oats are grown on about nine per cent of the arable land.", "The mills at the canal take two thirds of the harvest.", "Prices follow the Chicago market with a lag of some weeks.",
        "Organic growers are paid a premium of roughly a fifth.", "Storage losses are below two per cent in cooled silos.", "The export goes mostly to the Nordic countries.", "Demand for oat drinks doubled within five years.",
    ]  # fmt: skip

    def one(_: int) -> list[Turn]:
        told = rng.sample(facts, len(facts))
        return [
            scene.says(
                "supervisor",
                "{Next|Next worker}: research_team. {They should|Please} {collect|gather} the {facts|information} {on|about} the oat market.",
            ),
            scene.shows(
                "research_team",
                f"{rng.choice(['Findings', 'Our findings', 'Report', 'Research results'])}:\n\n"
                + "\n".join(f"{n}. {fact}" for n, fact in enumerate(told, 1)),
            ),
        ]

    return loop(before(scene), rounds_of(7, one), scene.who())


@LOOPS.family
def nothing_to_commit(rng: random.Random) -> Script:
    """Stage, commit, look: the tree is clean and the assistant does not believe it."""
    scene = Scene(rng, "git_agent")

    def one(_: int) -> list[Turn]:
        message = scene.words("{fix|mend|correct} {the|} {date|time} {parser|parsing}")
        return [
            scene.says(
                "git_agent",
                "{I stage|Staging} the changes.",
                scene.tool(
                    "shell", {"cmd": rng.choice(["git add .", "git add -A", "git add --all"])}, ""
                ),
            ),
            scene.says(
                "git_agent",
                "{Now|Next} {I commit|the commit}.",
                scene.tool(
                    "shell",
                    {"cmd": f'git commit -m "{message}"'},
                    "On branch fix/dates\nnothing to commit, working tree clean",
                ),
            ),
            scene.says(
                "git_agent",
                "{Did it work|Let me see}?",
                scene.tool(
                    "shell",
                    {"cmd": "git status"},
                    "On branch fix/dates\nnothing to commit, working tree clean",
                ),
            ),
        ]

    return loop(before(scene), rounds_of(6, one), scene.who())


@LOOPS.family
def cookie_banner(rng: random.Random) -> Script:
    """Accept is clicked in all kinds of ways and the banner stays."""
    scene = Scene(rng, "browser_agent")
    state = "[1] <div role=dialog> We value your privacy\n[2] <button> Accept all\n[3] <button> Manage options\n[4] <a> Imprint\n(page is covered by a dialog)"

    def one(_: int) -> list[Turn]:
        where = rng.choice(
            [
                {"selector": "#accept"},
                {"selector": "button.accept-all"},
                {"text": "Accept all"},
                {"index": 2},
                {"xpath": "//button[1]"},
            ]
        )
        return [
            scene.says(
                "browser_agent",
                "{The banner|A cookie dialog} {covers|hides} the {page|content}. {I click|Clicking} {accept|the accept button}.",
                scene.tool("click", where, state),
            ),
        ]

    return loop(before(scene), rounds_of(10, one), scene.who())


@LOOPS.family
def plans_again(rng: random.Random) -> Script:
    """The plan is put in other words, the executor begins with its first step, and again."""
    scene = Scene(rng, "planner", "executor")
    items = [
        "{collect|gather} {offers|quotes} {from|of} {three|several} {dealers|vendors}",
        "{compare|weigh} {prices|costs} and {warranty|guarantees}",
        "{choose|pick} {one|a dealer} and {sign|order}",
    ]

    def one(_: int) -> list[Turn]:
        return [
            scene.says(
                "planner",
                "{Let us revise the plan|Here is the revised plan|I have updated the plan}: 1. "
                + items[0]
                + " 2. "
                + items[1]
                + " 3. "
                + items[2],
            ),
            scene.says(
                "executor",
                "{Very well|Fine}, {I begin|I start} with {step one|the first step}: {collecting|gathering} {offers|quotes}. {Is the plan final|Should the plan change}?",
            ),
        ]

    return loop(before(scene), rounds_of(7, one), scene.who())


@LOOPS.family
def statement_timeout(rng: random.Random) -> Script:
    """A query is rewritten over and over and always cancelled by the same limit."""
    scene = Scene(rng, "analyst", "database")

    def one(_: int) -> list[Turn]:
        order = rng.choice(["ORDER BY total DESC", "ORDER BY 2 DESC", "ORDER BY sum(amount) DESC"])
        alias = rng.choice("abcdefgh")
        sql = f"SELECT {alias}.farm, sum({alias}.amount) AS total FROM deliveries {alias} GROUP BY {alias}.farm {order}"
        error = f"ERROR: canceling statement due to statement timeout (after {rng.uniform(30, 31):.2f} s, pid {rng.randrange(1000, 9999)})"
        return [
            scene.says(
                "analyst",
                "{Let me|I} {rewrite|rephrase|simplify} the query {so that it is faster|to speed it up}.",
                scene.fails("run_sql", {"query": sql}, error),
            )
        ]

    return loop(before(scene), rounds_of(9, one), scene.who("analyst"))


@LOOPS.family
def schema_says_no(rng: random.Random) -> Script:
    """The guard wants a number, then a string, then the number: two complaints in turn."""
    scene = Scene(rng, "extractor", "validator")

    def one(_: int) -> list[Turn]:
        acres = rng.choice([42, 42.0])
        return [
            scene.shows("extractor", f'{{"farm": "Upper Mill", "acres": "{acres:g}"}}'),
            scene.says(
                "validator",
                "{Validation failed|Invalid}: acres {must be|should be} a number{, got a string|}.",
            ),
            scene.shows("extractor", f'{{"farm": "Upper Mill", "acres": {acres:g}}}'),
            scene.says(
                "validator",
                "{Validation failed|Invalid}: acres {must|should} {carry|have} a unit{, for example '42 ac'|}.",
            ),
        ]

    return loop(before(scene), rounds_of(5, one), scene.who())


@LOOPS.family
def take_your_time(rng: random.Random) -> Script:
    """Both wait, and tell each other that there is no hurry."""
    scene = Scene(rng, "buyer", "seller")

    def one(_: int) -> list[Turn]:
        return [
            scene.says(
                "buyer", "{I'll|I will} {wait for|await} your {confirmation|approval}{, no rush|}."
            ),
            scene.says(
                "seller",
                "{Take your time|No hurry}, {I'm here|I am around} {whenever you're ready|when you are}.",
            ),
        ]

    return loop(before(scene), rounds_of(9, one), scene.who())


@LOOPS.family
def six_agree_to_meet(rng: random.Random) -> Script:
    """A committee of six resolves to talk about it at the next meeting, at every meeting."""
    scene = Scene(rng, "chair", "treasurer", "secretary", "warden", "tenant", "architect")
    lines = {
        "chair": "{Shall we|Do we want to} {decide|vote} {on the roof|about the roof} {now|today}?",
        "treasurer": "{Without|Lacking} {an estimate|figures} I {cannot|can not} {release|free} {money|funds}.",
        "secretary": "{The minutes|My minutes} {say|state} that the {architect|planner} {brings|presents} the estimate.",
        "warden": "{The roof|It} {leaks|drips} {more every week|worse than before}.",
        "tenant": "{My|Our} ceiling is {wet|damp} {again|still}.",
        "architect": "{I need|An estimate needs} {a decision|a vote} {first|beforehand}{. Let us adjourn|, so next time}.",
    }

    return loop(
        before(scene, 8),
        rounds_of(5, lambda _: [scene.says(role, text) for role, text in lines.items()]),
        scene.who(),
    )


@LOOPS.family
def one_of_two_threads(rng: random.Random) -> Script:
    """One conversation works, the other goes round."""
    scene = Scene(rng, "buyer", "broker")
    steps: list[list[Turn]] = []
    for at in range(8):
        work = scene.words(WORK[at % len(WORK)])
        good = [
            {
                "agent": "clerk",
                "say": f"{work} ({rng.randrange(100, 999)})",
                "conversation": "thread-good",
            }
        ]
        bad = [
            scene.says(
                "buyer",
                "{Which price|What price} {did you mean|do you have in mind}, {per ton or per sack|by ton or sack}?",
            ),
            scene.says(
                "broker",
                "{As I said|As mentioned}, {the usual|the normal} price. {Which one|What price} {do you have in mind|did you mean}?",
            ),
        ]
        for entry in bad:
            entry["conversation"] = "thread-bad"
        steps.append([*good, *bad])
    return loop(
        [{**entry, "conversation": "thread-bad"} for entry in before(scene)], steps, scene.who()
    )


@LOOPS.family
def to_german_and_back(rng: random.Random) -> Script:
    """A sentence is translated, translated back, and handed on for translation."""
    scene = Scene(rng, "german", "english")
    en = "The barn door must be closed before the storm reaches the valley."
    de = "Das Scheunentor muss geschlossen werden, bevor der Sturm das Tal erreicht."

    def one(_: int) -> list[Turn]:
        return [
            scene.shows("german", f"{rng.choice(['Deutsch', 'Auf Deutsch', 'Übersetzung'])}: {de}"),
            scene.shows("english", f"{rng.choice(['English', 'In English', 'Translation'])}: {en}"),
        ]

    return loop(before(scene), rounds_of(6, one), scene.who())


@LOOPS.family
def almost_clicks(rng: random.Random) -> Script:
    """A screenshot, a click some pixels beside, a screenshot."""
    scene = Scene(rng, "vision_agent")

    def one(_: int) -> list[Turn]:
        x, y = 640 + rng.randrange(-6, 7), 412 + rng.randrange(-6, 7)
        return [
            scene.says(
                "vision_agent",
                "{I take|Taking} a screenshot.",
                scene.tool(
                    "screenshot",
                    {},
                    "A form with the fields Name and Acreage and a grey button Submit. Nothing is selected.",
                ),
            ),
            scene.says(
                "vision_agent",
                "{I click|Clicking} {the button|Submit}.",
                scene.tool("left_click", {"coordinate": [x, y]}, "Clicked."),
            ),
        ]

    return loop(before(scene), rounds_of(8, one), scene.who())


@LOOPS.family
def dead_loop_said_aloud(rng: random.Random) -> Script:
    """The agent knows that it is stuck, and goes on saying so."""
    scene = Scene(rng, "writer")

    def one(_: int) -> list[Turn]:
        return [
            scene.says(
                "writer",
                "{OK|Right}, {I am|I'm} {stuck in a loop|going in circles}. {Let me|I will} {just|finally} write the {summary|report} {now|}.",
            )
        ]

    return loop(before(scene), rounds_of(10, one), scene.who())
