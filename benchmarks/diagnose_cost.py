"""What judging costs: CPU time of the loop rules a message, and of `loupe check` on a long file.

    python benchmarks/diagnose_cost.py [--rounds N] [--only KIND]
    python benchmarks/diagnose_cost.py --whole STEPS

Four agents talk in turn, or call tools; texts are made of words as frequent as words are, of 1 and
8 KB. What is read of the trace is included, importing it is not. The least of the rounds is told,
and that in units of one `zlib.compress` of two texts of the same size, the cheapest of the usual
ways to tell how alike two messages are. `--whole` writes a file of OTLP/JSON with all of these
kinds mixed and tells the CPU time of `loupe check` on it beside that of `json.load`.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[1]))

from agentloupe.diagnose import check
from agentloupe.tracer.wire.files import open_any
from tests.diagnose.bank import Script, Turn, call, fine, turn
from tests.diagnose.spin import write_otlp

AGENTS = ("planner", "coder", "critic", "scribe")
SYLLABLES = "ba co di fe gu la mi no pe ra si to vu za or en al is ut".split()


def _words(rng: random.Random) -> list[str]:
    return sorted({"".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(4000)})


class Texts:
    """Texts of one size, of words drawn as Zipf's law has it."""

    def __init__(self, size: int, seed: str) -> None:
        self.rng = random.Random(seed)
        self.words = _words(self.rng)
        self.rng.shuffle(self.words)
        self.weights = [1 / rank for rank in range(1, len(self.words) + 1)]
        self.size = size

    def fresh(self) -> str:
        count = self.size // 6 + 1
        drawn = self.rng.choices(self.words, self.weights, k=count)
        for at in range(0, count - 1, 14):
            drawn[at] = drawn[at].capitalize()
            drawn[at - 1] += "."
        return " ".join(drawn)[: self.size]

    def near(self, text: str) -> str:
        """One word in twenty is another."""
        words = text.split(" ")
        for at in self.rng.sample(range(len(words)), max(1, len(words) // 20)):
            words[at] = self.rng.choice(self.words)
        return " ".join(words)


def talk(say: Callable[[int, str], str], size: int, seed: str, steps: int) -> Iterator[Turn]:
    """Each agent has a text of its own, of which `say` makes what it says."""
    texts = Texts(size, seed)
    own = {agent: texts.fresh() for agent in AGENTS}
    for at in range(steps):
        agent = AGENTS[at % len(AGENTS)]
        yield turn(agent, say(at, own[agent]))


def fresh(size: int, seed: str, steps: int) -> Iterator[Turn]:
    texts = Texts(size, seed)
    return talk(lambda _at, _text: texts.fresh(), size, seed, steps)


def number(size: int, seed: str, steps: int) -> Iterator[Turn]:
    return talk(lambda at, text: f"{text} It is {at} now.", size, seed, steps)


def again(size: int, seed: str, steps: int) -> Iterator[Turn]:
    return talk(lambda _at, text: text, size, seed, steps)


def near(size: int, seed: str, steps: int) -> Iterator[Turn]:
    texts = Texts(size, seed)
    return talk(lambda _at, text: texts.near(text), size, seed, steps)


def calls(size: int, seed: str, steps: int) -> Iterator[Turn]:
    texts = Texts(size, seed)
    for at in range(steps):
        args = {"path": f"notes/{texts.rng.choice(texts.words)}-{at}.txt"}
        yield turn(AGENTS[at % len(AGENTS)], "", call("read", args, texts.fresh()))


def failing(size: int, seed: str, steps: int) -> Iterator[Turn]:
    texts = Texts(size, seed)
    log = texts.fresh()
    for at in range(steps):
        args = {"query": " ".join(texts.rng.choices(texts.words, k=6))}
        error = f"ConnectionError: no route to host {texts.rng.randrange(256)}: {log}"
        yield turn(AGENTS[at % len(AGENTS)], "", call("search", args, error=error))


KINDS: dict[str, Callable[[int, str, int], Iterator[Turn]]] = {
    "fresh texts": fresh,
    "one number changes": number,
    "the same again": again,
    "near repeats": near,
    "calls": calls,
    "failing calls": failing,
}


def mixed(steps: int) -> Script:
    """A file's worth of all kinds, a few hundred steps of each in turn."""
    made: list[Turn] = []
    kinds = list(KINDS.values())
    while len(made) < steps:
        which = len(made) // 300
        count = min(300, steps - len(made))
        size = (200, 600, 1000, 1000, 3000)[which % 5]
        made += kinds[which % len(kinds)](size, f"{which}", count)
    return fine(made)


def per_message(name: str, size: int, steps: int, folder: Path) -> float:
    """CPU µs a message."""
    path = write_otlp(folder / "texts.json", fine(list(KINDS[name](size, name, steps))), name)
    with open_any(path) as recording:
        start = process_time()
        check(recording, select=["loop"])
        return (process_time() - start) / steps * 1e6


def one_compression(size: int) -> float:
    """CPU µs of compressing two near texts of that size."""
    texts = Texts(size, "unit")
    one = texts.fresh()
    both = f"{one} {texts.near(one)}".encode()
    start = process_time()
    for _ in range(100):
        zlib.compress(both)
    return (process_time() - start) * 1e4


def messages(rounds: int, only: str) -> None:
    print("| texts | KB | µs a message | of one compression |")
    print("| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        per_message("fresh texts", 1000, 50, Path(folder))  # what happens once is not told
        for size, steps in ((1000, 1000), (8000, 200)):
            unit = min(one_compression(size) for _ in range(3))
            for name in KINDS:
                if only in name:
                    took = min(per_message(name, size, steps, Path(folder)) for _ in range(rounds))
                    print(f"| {name} | {size // 1000} | {took:.0f} | {took / unit:.2g} |")


def whole(steps: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_otlp(Path(folder, "long.json"), mixed(steps), "long")
        megabytes = path.stat().st_size / 1e6
        load = "import json, sys; json.load(open(sys.argv[1], encoding='utf-8'))"
        plain = _used([sys.executable, "-c", load, str(path)])
        loupe = Path(sys.executable).with_name("loupe")
        judged = _used([str(loupe), "check", "--format", "json", str(path)])
        print(f"{steps:,} steps, {megabytes:.0f} MB: {judged:.1f} CPU s, json.load {plain:.1f}")


def _used(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="a part of the kind's name")
    parser.add_argument("--whole", type=int, default=0, metavar="STEPS")
    given = parser.parse_args()
    if given.whole:
        whole(given.whole)
    else:
        messages(given.rounds, given.only)
