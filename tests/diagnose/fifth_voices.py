"""What the fifth bank's families have in common: agents with voices, and tools that are simulated.

Every agent of a case keeps one manner of speaking (a letter, a JSON record, thought and action,
bullets, …) around what it has to say, and wordings are dealt from a deck, so that none comes back
before all were used. Tools are small machines with a state: their answers are computed.
"""

# ruff: noqa: E501 one wording a line

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence

from .bank import Script, Turn, turn

Voice = Callable[[str], str]

_THOUGHTS = [
    "Let me think about what is needed here.",
    "I have to take the last message into account.",
    "The next thing to do follows from the above.",
    "I should be careful with this one.",
    "First I recall what the task was.",
]
_CLOSINGS = ["Best regards", "Kind regards", "Cheers", "Yours", "All the best"]


def deck(rng: random.Random, wordings: Sequence[str]) -> Iterator[str]:
    """Wordings without end, none again before all were dealt."""
    while True:
        yield from rng.sample(list(wordings), len(wordings))


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines() if line.strip()]


def voice(rng: random.Random, name: str) -> Voice:
    """A manner of speaking that an agent keeps."""

    def letter(text: str) -> str:
        return f"Dear colleagues,\n\n{text}\n\n{closing},\n{name}"

    def record(text: str) -> str:
        return json.dumps(
            {"from": name, "message": text, "confidence": rng.randrange(70, 96) / 100}
        )

    def thinking(text: str) -> str:
        return f"Thought: {rng.choice(_THOUGHTS)}\nSay: {text}"

    def bullets(text: str) -> str:
        return "\n".join(
            f"- {part.strip()}" for part in text.replace("? ", "?. ").split(". ") if part
        )

    def heading(text: str) -> str:
        return f"### {name}\n{text}"

    def plain(text: str) -> str:
        return text

    closing = rng.choice(_CLOSINGS)
    return rng.choice([plain, plain, plain, letter, record, thinking, bullets, heading])


class Cast:
    """The agents of a case and their voices."""

    def __init__(self, rng: random.Random, *names: str) -> None:
        self.names = list(names)
        self._rng = rng
        self._voices = {name: voice(rng, name) for name in names}

    def says(self, name: str, text: str, *calls: Script, **more: object) -> Turn:
        return turn(name, self._voices[name](text) if text else "", *calls, **more)

    def talk(self, sentences: Sequence[str], least: int = 2, most: int = 8) -> list[Turn]:
        """Some of the sentences, said in turn."""
        count = min(len(sentences), self._rng.randrange(least, most))
        picked = self._rng.sample(list(sentences), count)
        return [self.says(self.names[at % len(self.names)], s) for at, s in enumerate(picked)]


def ident(rng: random.Random, size: int = 12) -> str:
    return f"{rng.getrandbits(4 * size):0{size}x}"


def guid(rng: random.Random) -> str:
    text = ident(rng, 32)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def stamp(second: int) -> str:
    return f"2026-03-04T{9 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def shuffled(rng: random.Random, value: object) -> object:
    """The same JSON value with its keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(rng, value[key]) for key in keys}
    return value


class Store:
    """Key and value under a version, as configuration services have it."""

    def __init__(self, **values: object) -> None:
        self.values = dict(values)
        self.version = 1

    def set(self, key: str, value: object) -> Script:
        self.values[key] = value
        self.version += 1
        return {"key": key, "value": value}


class Suite:
    """Tests that fail until what they need is mended."""

    def __init__(self, rng: random.Random, module: str, names: Sequence[str]) -> None:
        self._rng = rng
        self.module = module
        self.failing = list(names)
        self.total = len(names) + rng.randrange(8, 40)

    def run(self) -> str:
        failed = [
            f"FAILED tests/test_{self.module}.py::test_{name} - AssertionError"
            for name in self.failing
        ]
        passed = self.total - len(self.failing)
        took = f"{self._rng.uniform(0.4, 5):.2f}s"
        end = (
            f"{passed} passed in {took}"
            if not failed
            else f"{len(failed)} failed, {passed} passed in {took}"
        )
        return "\n".join([*failed, f"==== {end} ===="])


class Article:
    """A long page in sentences of its own subject, with furniture that changes at every visit."""

    def __init__(self, rng: random.Random, subject: str, sentences: int = 60) -> None:
        self._rng = rng
        verbs = "describes explains lists covers compares introduces summarises illustrates questions".split()
        things = "origins methods critics costs risks examples rivals materials revisions laws results origins users".split()
        hows = [
            "in detail",
            "briefly",
            "with sources",
            "by region",
            "year by year",
            "for beginners",
            "at length",
        ]
        self.body = [
            f"{rng.choice(['This part', 'The section', 'A paragraph', 'The annex'])} {rng.choice(verbs)} the "
            f"{rng.choice(things)} of {subject} {rng.choice(hows)}"
            + (f" ({rng.randrange(1890, 2024)})" if rng.random() < 0.3 else "")
            + "."
            for _ in range(sentences)
        ]
        self.subject = subject

    def visit(self) -> str:
        ad = self._rng.choice(
            ["mattresses", "cheap flights", "a new phone", "car insurance", "garden tools"]
        )
        return "\n".join(
            [
                f"{self.subject.title()} - Portal",
                f"Advertisement: {ad}",
                *self.body,
                f"{self._rng.randrange(3, 4000)} readers online",
            ]
        )

    def window(self, start: int, size: int = 15) -> str:
        return "\n".join(self.body[start : start + size])
