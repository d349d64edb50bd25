"""The third bank's tuning half: more loops."""

# ruff: noqa: E501 one wording a line, one step after another

from __future__ import annotations

import random

from .bank import Script, Turn, call, loop, turn
from .spin import spin
from .third_tuning_loops import LOOPS, code, opening


@LOOPS.family
def drifting_parameter(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "tuner",
                "",
                call(
                    "train",
                    {"lr": round(0.1 / (n + 1), 4), "epochs": 3 + n, "data": "s3://bucket/train"},
                    {
                        "error": "NoSuchBucket: The specified bucket does not exist",
                        "trace": code(rng, 16),
                    },
                ),
            )
        ]
        for n in range(9)
    ]
    return loop(opening(rng, "tuner"), rounds, ["tuner"])


@LOOPS.family
def pipeline_of_four(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "drafter",
                spin(
                    rng,
                    "{Here is|This is|I submit} the {press release|release} about the new ferry line, {please check|ready for checking}.",
                ),
            ),
            turn(
                "style",
                spin(
                    rng,
                    "{Style is fine|The style is good|No remarks on style}, {over to|I pass it to} compliance.",
                ),
            ),
            turn(
                "compliance",
                spin(
                    rng,
                    "{The disclaimer is missing|A disclaimer is missing|It lacks the disclaimer}, {back to|return to} the drafter.",
                ),
            ),
            turn(
                "coordinator",
                spin(
                    rng,
                    "{Drafter, please|Please, drafter,} {fix|correct|repair} it and {send it round again|start the round again}.",
                ),
            ),
        ]
        for _ in range(7)
    ]
    return loop([], rounds, ["drafter", "style", "compliance", "coordinator"])


@LOOPS.family
def toggling(rng: random.Random) -> Script:
    rounds = [
        [
            turn("home", "", call("set_light", {"on": True}, "ok")),
            turn("home", "", call("set_light", {"on": False}, "ok")),
        ]
        for _ in range(9)
    ]
    return loop(opening(rng, "home"), rounds, ["home"])


@LOOPS.family
def apology_and_same_call(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "helper",
                spin(
                    rng,
                    "{I apologize|Sorry|My apologies} for the {confusion|mistake|error}. {Let me|I will} {try|do} {that|it} {again|properly|differently}.",
                ),
                call(
                    "send_mail",
                    {"to": "team@", "subject": "minutes"},
                    "",
                    error="ValueError: 'team@' is not an address",
                ),
            )
        ]
        for _ in range(8)
    ]
    return loop(opening(rng, "helper"), rounds, ["helper"])


@LOOPS.family
def spanish(rng: random.Random) -> Script:
    a = "{Por favor|Te pido que}, {revisa|comprueba|mira} {otra vez|de nuevo} el {presupuesto|informe} {del mes pasado|de marzo}."
    b = "{Ya lo|Lo} {he revisado|revisé|comprobé} y {todo está correcto|no hay errores|está bien}."
    rounds = [[turn("jefa", spin(rng, a)), turn("contable", spin(rng, b))] for _ in range(10)]
    return loop(opening(rng, "jefa", "contable"), rounds, ["jefa", "contable"])


@LOOPS.family
def react_as_text(rng: random.Random) -> Script:
    thought = "{I need to|I should|I must} {look up|find|get} the {population|number of inhabitants} of {the town|the city}"
    rounds = [
        [
            turn(
                "agent",
                f'Thought: {spin(rng, thought)}.\nAction: lookup\nAction Input: {{"q": "population"}}',
            ),
            turn(
                "env",
                "Observation: the term is ambiguous, try one of: Population (biology), Population (film).",
            ),
        ]
        for _ in range(8)
    ]
    return loop(opening(rng, "agent", "env"), rounds, ["agent", "env"])


@LOOPS.family
def numbered_attempts(rng: random.Random) -> Script:
    start = rng.randrange(2, 30)
    rounds = [
        [
            turn(
                "caller",
                f"Attempt #{start + n}: the line is {spin(rng, '{busy|still busy|engaged}')}, I {spin(rng, '{redial|dial again|try again}')}.",
            )
        ]
        for n in range(12)
    ]
    return loop(opening(rng, "caller"), rounds, ["caller"])


@LOOPS.family
def nested_quotes(rng: random.Random) -> Script:
    """Everybody answers by quoting what was said and nothing of their own."""
    steps: list[Turn] = []
    quoted = "We should decide on the venue."
    for n in range(12):
        quoted = f"> {quoted}\n{spin(rng, '{Yes, we should decide.|Indeed, we should decide.|Right, we should decide.}')}"
        if len(quoted) > 600:
            quoted = quoted[-300:]
        steps.append(turn("left" if n % 2 == 0 else "right", quoted))
    before = opening(rng, "left", "right")
    return {
        "steps": [*before, *steps],
        "truth": {"agents": ["left", "right"], "onset": len(before), "period": 2},
    }


@LOOPS.family
def one_agent_capped(rng: random.Random) -> Script:
    """A lone agent repeats its answer a few times until a cap ends the run."""
    answer = rng.choice(
        [
            "The answer is forty-two.",
            "I have completed the task. The report is ready for your review.",
            "Let me know if there is anything else that I can help you with today.",
        ]
    )
    rounds = [[turn("solo", answer)] for _ in range(rng.choice([5, 6, 7]))]
    return loop([], rounds, ["solo"])


@LOOPS.family
def three_on_a_treadmill(rng: random.Random) -> Script:
    rounds = [
        [
            turn("manager", spin(rng, "{Status|What is the status|Any news}, {please|team}?")),
            turn(
                "worker",
                spin(
                    rng,
                    "{Blocked|Still blocked|I am blocked} {on|by} the {missing|absent} {credentials|access}.",
                ),
            ),
            turn(
                "admin",
                spin(
                    rng,
                    "{Credentials|Access} {will be|is going to be} {granted|given} by the {manager|project manager}.",
                ),
            ),
        ]
        for _ in range(9)
    ]
    return loop(opening(rng, "manager", "worker", "admin"), rounds, ["manager", "worker", "admin"])


@LOOPS.family
def clicks_that_do_nothing(rng: random.Random) -> Script:
    rounds = [
        [
            turn(
                "browser",
                spin(rng, "{I click|Clicking|Let me click} the {Next|Submit} button."),
                call(
                    "click",
                    {"x": 600 + rng.randrange(-4, 5), "y": 410 + rng.randrange(-4, 5)},
                    {"url": "https://shop.example/cart", "title": "Your cart", "changed": False},
                ),
            )
        ]
        for _ in range(9)
    ]
    return loop(opening(rng, "browser"), rounds, ["browser"])
