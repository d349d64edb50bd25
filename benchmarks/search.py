"""How fast recordings are opened, read, searched and listed, and how large they are.

    python benchmarks/search.py --spans 1000000 --recordings 1000

CPU milliseconds of this process, the best of several calls on a warm page cache; texts are slices
of Python's own documentation. The work folder is deleted at the end.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from pydoc_data.topics import topics

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.bodies import Context, text
from agentloupe.tracer.catalog import NAME, Catalog
from agentloupe.tracer.recorder import LiveSpan, Recorder
from agentloupe.tracer.search import find

PROSE = "\n".join(topics.values())
SPANS_A_STEP = 4


def prose(source: random.Random, size: int = 1_000) -> str:
    """Real text, no two slices alike: two halves from anywhere."""
    half = size // 2
    a, b = (source.randrange(len(PROSE) - half) for _ in range(2))
    return PROSE[a : a + half] + PROSE[b : b + half]


def step(
    recorder: Recorder, root: LiveSpan, number: int, agents: int, source: random.Random
) -> None:
    """A message and its handling with a model call and a tool call: four spans of 1 KB each."""
    sender, recipient = f"a{number % agents}/default", f"a{(number + 1) % agents}/default"
    send = recorder.span(c.SEND, "", agent=sender, parent=root)
    message = ("send", sender, recipient, "Note", "", f"m{send.id:x}", send.start_ns)
    send.message = message
    send.body(c.MESSAGE_BODY, prose(source))
    process = LiveSpan(recorder, c.PROCESS, "", recipient, root.id, root.run.next_step, root.run)
    root.run.next_step += 1
    process.boundary = True
    process.message = message
    process.links = ((send.id, "message"),)
    process.body(c.REPLY_BODY, prose(source))
    recorder.put(process)
    chat = recorder.span(c.CHAT, "chat model", agent=recipient, parent=process)
    chat.body(c.OUTPUT_MESSAGES, prose(source))
    chat.set(c.INPUT_TOKENS, 900)
    chat.set(c.OUTPUT_TOKENS, 250)
    chat.end()
    tool = recorder.span(c.TOOL, "execute_tool look", agent=recipient, parent=process)
    tool.body(c.TOOL_RESULT, prose(source))
    tool.end()
    process.end()
    send.end()


def recorded(path: Path, runs: int, steps: int, seed: int, needle: str = "") -> float:
    """Write a recording; returns CPU seconds, those of the texts' making left out."""
    source = random.Random(seed)
    gc.collect()
    with Recorder(path, program="bench") as recorder:
        start = time.process_time()
        for number in range(runs):
            root = recorder.start_run(f"run {number}")
            for index in range(steps):
                step(recorder, root, index, 8, source)
            if needle:
                with recorder.use(root), recorder.record(c.TOOL, "execute_tool find") as span:
                    span.body(c.TOOL_RESULT, f"{prose(source)} {needle} {number}")
            root.end()
    spent = time.process_time() - start
    source = random.Random(seed)
    start = time.process_time()
    for _ in range(runs * steps * SPANS_A_STEP):
        prose(source)
    return spent - (time.process_time() - start)


def cost(call: Callable[[], object], times: int = 5) -> float:
    """The best of several calls, CPU milliseconds."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best * 1e3


def large(folder: Path, spans: int) -> Iterator[tuple[str, str, str]]:
    """One recording with runs of 5,000 spans."""
    steps = 5_000 // SPANS_A_STEP
    runs = max(1, spans // 5_000)
    path = folder / "large.loupe"
    spent = recorded(path, runs, steps, 1, "zymurgy")
    total = runs * steps * SPANS_A_STEP
    yield f"spans written ({total:,})", f"{total / spent:,.0f} per CPU s", "≥ 50,000"
    yield "bytes a span", f"{path.stat().st_size / total:,.0f}", "≤ 1,200"

    def first_window() -> None:
        with open_recording(path) as recording:
            run = recording.run(len(recording.runs) - 1)
            for each in run.steps(0, 50):
                run.text(each.body or "")

    yield "open and first window", f"{cost(first_window):.1f} ms", "< 50"

    def fresh(call: Callable[[object], object]) -> float:
        def opened() -> float:
            with open_recording(path) as recording:
                run = recording.run(len(recording.runs) // 2)
                start = time.process_time()
                call(run)
                return time.process_time() - start

        return min(opened() for _ in range(5)) * 1e3

    yield "tree of a run of 5,000 spans", f"{fresh(lambda run: run.spans()):.1f} ms", "< 50"  # type: ignore[attr-defined]  a Run
    one = fresh(lambda run: run.steps_of("a3/default"))  # type: ignore[attr-defined]  a Run
    yield "one agent's messages in it", f"{one:.1f} ms", "< 5"
    yield "text in it", f"{fresh(lambda run: find(run, 'zymurgy')):.1f} ms", "< 50"  # type: ignore[arg-type]  a Run


def many(folder: Path, recordings: int) -> Iterator[tuple[str, str, str]]:
    """Many recordings with a run of 200 spans each."""
    for number in range(recordings):
        recorded(folder / f"r{number}.loupe", 1, 49, number, "zymurgy" if number % 50 == 0 else "")
    start = time.process_time()
    with Catalog(folder) as catalog:
        made = time.process_time() - start
        catalog.index()
        indexed = time.process_time() - start - made
    yield f"catalog of {recordings:,} recordings made", f"{made * 1e3:,.0f} ms", ""
    yield "texts indexed, each recording", f"{indexed / recordings * 1e3:.1f} ms", ""
    size = sum(path.stat().st_size for path in folder.glob("*.loupe"))
    yield "catalog's size", f"{(folder / NAME).stat().st_size / size:.0%} of the recordings", ""

    def listed() -> None:
        with Catalog(folder) as catalog:
            catalog.entries()

    def searched(words: str) -> Callable[[], None]:
        def search() -> None:
            with Catalog(folder) as catalog:
                catalog.search(words)

        return search

    yield f"list of {recordings:,} runs", f"{cost(listed):.0f} ms", ""
    yield f"rare word over {recordings:,} runs", f"{cost(searched('zymurgy')):.0f} ms", "< 200"
    common = cost(searched("the object is"))
    yield f"words of most steps over {recordings:,} runs", f"{common:.0f} ms", "< 200"


def csv(folder: Path) -> Iterator[tuple[str, str, str]]:
    """A program that puts a growing conversation of CSV files before a model, 60 times."""
    source = random.Random(3)
    path = folder / "csv.loupe"
    said: list[str] = []
    shown = distinct = 0
    with Recorder(path, program="csv") as recorder:
        root = recorder.start_run("csv")
        for turn in range(60):
            rows = "\n".join(
                f"{turn},{n},{source.random():.6f},{prose(source, 40)!r}" for n in range(14_600)
            )[: 968 << 10]
            answer = prose(source, 400)
            with recorder.use(root), recorder.record(c.CHAT, "chat model", agent="a") as span:
                said += [json.dumps({"role": "user", "content": rows})]
                span.body(c.INPUT_MESSAGES, Context("a", [text(each) for each in said]))
                span.body(c.OUTPUT_MESSAGES, answer)
            shown += sum(map(len, said))
            distinct += len(rows) + len(answer)
            recorder.flush()
        root.end()
    ratio = path.stat().st_size / distinct
    yield f"60 turns with {shown / 1e9:.2f} GB before the model", f"{ratio:.3f} × its text", "≤ 1.2"


def chat(folder: Path) -> Iterator[tuple[str, str, str]]:
    """The same conversation of 500 turns, and of half as many."""
    sizes: list[int] = []
    for turns in (250, 500):
        source = random.Random(4)
        path = folder / f"chat{turns}.loupe"
        said: list[str] = []
        with Recorder(path, program="chat") as recorder:
            root = recorder.start_run("chat")
            for turn in range(turns):
                with recorder.use(root), recorder.record(c.CHAT, "chat m", agent="a") as span:
                    said.append(f"{turn} {prose(source)}")
                    span.body(c.INPUT_MESSAGES, Context("a", [text(each) for each in said]))
                    span.body(c.OUTPUT_MESSAGES, said[-1])
                if turn % 10 == 0:
                    recorder.flush()
            root.end()
        sizes.append(path.stat().st_size)
    yield "chat of 500 turns, to one of 250", f"{sizes[1] / sizes[0]:.2f} × its size", "≤ 2.1"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--recordings", type=int, default=1_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="search-"))
    try:
        print("| | | wanted |\n| --- | --- | --- |")
        for part in (
            csv(folder),
            chat(folder),
            large(folder, asked.spans),
            many(folder / "many", asked.recordings),
        ):
            for row in part:
                print(f"| {' | '.join(row)} |", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
