"""Banks of scripted runs: what the families of loops and look-alikes have in common.

A family is a function of a seeded generator that returns a script (see scripts.py) with a `truth`:
whether it loops and, if so, the agents, the onset step and the period in steps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Script = dict[str, Any]
Turn = dict[str, Any]
Family = Callable[[random.Random], Script]


@dataclass(frozen=True, slots=True)
class Case:
    """One script of a family."""

    family: str
    seed: int
    script: Script

    @property
    def truth(self) -> Script | None:
        return self.script["truth"]


class Bank:
    """A named collection of families."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.families: dict[str, Family] = {}

    def family(self, function: Family) -> Family:
        self.families[function.__name__] = function
        return function

    def cases(self, seeds: int) -> Iterator[Case]:
        """Every family with `seeds` seeds, the same ones each time."""
        for name, make in self.families.items():
            for seed in range(seeds):
                yield Case(name, seed, make(random.Random(f"{self.name} {name} {seed}")))


def turn(agent: str, say: str = "", *calls: Turn, **more: Any) -> Turn:
    entry: Turn = {"agent": agent, **more}
    if say:
        entry["say"] = say
    if calls:
        entry["calls"] = list(calls)
    return entry


def call(tool: str, args: Any = None, result: Any = "", **more: Any) -> Turn:
    return {"tool": tool, "args": args or {}, "result": result, **more}


def loop(before: list[Turn], rounds: list[list[Turn]], agents: list[str], **more: Any) -> Script:
    """Healthy steps, then rounds of a loop. The period is the length of a round."""
    steps = [*before, *(entry for one in rounds for entry in one)]
    truth = {"agents": agents, "onset": len(before), "period": len(rounds[0])}
    return {"steps": steps, "truth": truth | more}


def fine(steps: list[Turn]) -> Script:
    return {"steps": steps, "truth": None}


_WHO = "team client vendor auditor driver editor nurse pilot farmer judge".split()
_DID = """moved checked drafted rejected shipped measured painted archived counted translated
 repaired postponed compared priced reviewed approved mapped sorted cleaned exported""".split()
_WHAT = """invoice contract bridge schedule orchard engine manuscript budget satellite warehouse
 recipe timetable vaccine mural ledger prototype telescope harbour permit glacier""".split()
_HOW = """before noon|after the storm|with great care|on the second floor|for the northern office
despite the delay|without any help|in three languages|under a new name|because of the audit
near the old station|while travelling|by special request|at half the price""".replace(
    "\n", "|"
).split("|")


def news(rng: random.Random) -> str:
    """A sentence that says something new."""
    return (
        f"The {rng.choice(_WHO)} {rng.choice(_DID)} the {rng.choice(_WHAT)} {rng.choice(_HOW)}, "
        f"so the {rng.choice(_WHO)} {rng.choice(_DID)} the {rng.choice(_WHAT)} {rng.choice(_HOW)}."
    )


def healthy(rng: random.Random, agents: list[str], count: int) -> list[Turn]:
    """Steps in which everybody says something new."""
    return [turn(agents[at % len(agents)], news(rng)) for at in range(count)]


def page(rng: random.Random, words: int = 900) -> str:
    """A long text, different for every call."""
    pool = [*_WHO, *_DID, *_WHAT, *"the of and in with under over past through near".split()]
    return " ".join(rng.choice(pool) for _ in range(words))
