"""What the eleventh bank's families have in common: a room of agents with a way of talking.

A case is told plainly (every text in its first wording), in varied wordings, or amid small talk;
its tools answer in text or in an envelope; its conversation has a name or none.
"""

# ruff: noqa: E501 small talk by the line

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from .bank import Script, Turn, call, loop, turn
from .spin import spin

_BEFORE = (
    "Morning all.", "Back from lunch.", "Sorry, the line was bad.", "Nice one.", "OK!", "So,", "Hello again.",
    "Coffee in hand, here we go.", "That rain again today...", "Thanks for bearing with me.", "Ha, fair enough.",
    "Before I forget:", "As for this one:", "Cheers, team.", "Let me see.", "Quick one:",
)  # fmt: skip
_AFTER = (
    "Have a good one!", "Hope that helps.", "Shout if anything is unclear.", "The kettle is on.", "Onwards.",
    "Sunny here, by the way.", "Anyway.", "Appreciate it.", "My cat agrees.", "Back to you.", "Happy Tuesday!",
    "I'll grab some water.", "Enjoy the match tonight.", "Talk soon.",
)  # fmt: skip
_WORK = (
    "The {brief|order} came in {yesterday|on Monday}; {two|three} parts of it are {new|unclear}.",
    "Scope: {the northern|the eastern} site first, the {rest|others} {later|in spring}.",
    "We agreed on {weekly|short} notes and {one|a single} owner per {item|topic}.",
    "Budget is {tight|fixed}, so no {extras|travel} without {asking|a note}.",
    "I put the {background|old report} in the {folder|wiki}, page {four|nine|twelve}.",
)


class _First(random.Random):
    """Always takes the first of what there is to choose from."""

    def choice(self, seq: Sequence[Any]) -> Any:
        return seq[0]


class Room:
    """One case's manner of talking, and of its tools."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.tone = rng.choice(["plain", "varied", "varied", "chatty"])
        self.envelope = rng.choice(["text", "text", "record"])
        self.more = {"conversation": f"c-{rng.getrandbits(40):x}"} if rng.random() < 0.5 else {}

    def say(self, agent: str, text: str, *calls: Script, **values: Any) -> Turn:
        told = spin(_First() if self.tone == "plain" else self.rng, text, **values)
        if told and self.tone == "chatty" and self.rng.random() < 0.7:
            before, after = self.rng.choice(_BEFORE), self.rng.choice(_AFTER)
            told = self.rng.choice(
                [f"{before} {told}", f"{told} {after}", f"{before} {told} {after}"]
            )
        return turn(agent, told, *calls, **self.more)

    def does(self, agent: str, *calls: Script, at: float | None = None) -> Turn:
        when = {} if at is None else {"at": at}
        return turn(agent, "", *calls, **self.more, **when)

    def tool(self, name: str, args: Any, result: Any) -> Script:
        if self.envelope == "record" and isinstance(result, str):
            return call(name, args, {"ok": True, "out": result, "ms": self.rng.randrange(9, 400)})
        return call(name, args, result)

    def fails(self, name: str, args: Any, error: str) -> Script:
        if self.envelope == "record":
            return call(name, args, {"ok": False, "error": error, "ms": self.rng.randrange(9, 400)})
        return call(name, args, error=error)

    def begin(self, *agents: str) -> list[Turn]:
        texts = self.rng.sample(_WORK, self.rng.randrange(1, 4))
        first = turn(agents[0], f"Please take care of {self.rng.choice(_TASKS)}.", **self.more)
        return [
            first,
            *(self.say(agents[(at + 1) % len(agents)], text) for at, text in enumerate(texts)),
        ]

    def goes_round(
        self, agents: Sequence[str], one: Callable[[int], list[Turn]], rounds: int = 7, **more: Any
    ) -> Script:
        return loop(
            self.begin(*agents),
            [one(at) for at in range(rounds)],
            list(dict.fromkeys(agents)),
            **more,
        )


_TASKS = (
    "the move of the archive",
    "the spring catalogue",
    "the booking site",
    "the water meters",
    "the member survey",
    "the new payroll",
)
