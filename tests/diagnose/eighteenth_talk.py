"""The eighteenth bank's manner: what a model says is a few statements, each in one of several
wordings, in an order that changes, with or without what models put around them.
"""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from .bank import Script, Turn, loop, turn
from .spin import spin

_LEADS = (
    "", "", "", "Good point. ", "Thank you for the update. ", "Here is where we stand. ", "Understood, and thanks. ",
    "Let me respond to that. ", "Right, so: ", "Okay, ",
)  # fmt: skip
_TAILS = (
    "", "", "", " Let me know how that sounds.", " Happy to adjust.", " Over to you.", " Please advise.",
    " I will keep an eye on it.",
)  # fmt: skip
_TASKS = (
    "Find the three cheapest night trains between the two capitals and put them in a table.",
    "Work out why last month's numbers differ from the forecast, and write one page about it.",
    "Get the staging system ready for the demo and tell the customer when it is up.",
    "Collect what is known about the old waterworks and prepare a talk of ten minutes.",
    "Port the nightly job to the new scheduler and show that it does the same.",
    "Answer the open questions of the museum's newsletter readers, politely and in short.",
)
_SETTLED = (
    "I suggest we {split this|divide the work}: {sources|reading} first, {writing|drafting} after that.",
    "One {constraint|condition} from my side: nothing {goes out|is published} without {a second look|a check}.",
    "The {material|input} came as {a zip file|two folders|an export}; {half of it|most of it} is from {March|last year}.",
    "{For context|Background}: the people who asked are not {technical|specialists}.",
    "{Deadline|Due date} is {Friday|the 12th|end of week}, {length|size} is {free|up to us}.",
)


class Voice:
    """One case's manner of speaking: plain, as models are, or with headings and bullets."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.manner = rng.choice(["plain", "model", "model", "marked"])
        self.more = (
            {"conversation": f"conv_{rng.getrandbits(32):08x}"} if rng.random() < 0.4 else {}
        )

    def text(self, *statements: str, **values: Any) -> str:
        """The statements in some wording; in some order when there are more than two."""
        told = [spin(self.rng, each, **values) for each in statements]
        if self.manner == "plain":
            return " ".join(told)
        if len(told) > 2:
            first, *rest = told
            self.rng.shuffle(rest)
            told = [first, *rest]
        if self.manner == "marked" and len(told) > 1:
            return "\n".join([f"**{told[0]}**", *(f"- {each}" for each in told[1:])])
        return f"{self.rng.choice(_LEADS)}{' '.join(told)}{self.rng.choice(_TAILS)}"

    def says(self, agent: str, *statements: str, **values: Any) -> Turn:
        return turn(agent, self.text(*statements, **values), **self.more)

    def does(self, agent: str, *calls: Script, say: str = "", **more: Any) -> Turn:
        return turn(agent, say, *calls, **self.more, **more)

    def begin(self, *agents: str) -> list[Turn]:
        picked = self.rng.sample(_SETTLED, self.rng.randrange(1, 4))
        first = turn(agents[0], self.rng.choice(_TASKS), **self.more)
        return [
            first,
            *(self.says(agents[(at + 1) % len(agents)], each) for at, each in enumerate(picked)),
        ]

    def rounds(
        self, agents: Sequence[str], one: Callable[[int], list[Turn]], times: int = 8, **more: Any
    ) -> Script:
        """A loop after a healthy beginning."""
        names = list(dict.fromkeys(agents))
        return loop(self.begin(*names), [one(at) for at in range(times)], names, **more)
