"""Memory or resources of the process grow with every message and do not come back.

Samples taken right after a garbage collection are compared, where possible between two runs, on
the axis of messages, never of seconds. The first two fifths are warm-up; the rest is cut into six
segments, and a counter leaks when its floor rises in every one of them without fading, and the
rate is over what healthy programs creep by. Counters: allocated Python blocks, C heap, asyncio
tasks, threads, child processes, agents of each type, temporary files, undelivered messages, open
files; resident memory only supports. A container that the looks at the heap found longer again
and again is a leak too, also when it grows by few entries now and then; one that is not yet full (a
cache or deque with a bound, or what gets entries more and more seldom) is none, and the run
inconclusive. The culprit is the agent that holds what grew, where the looks at the heap of
`loupe run --ci` found that, else the one whose handlers left most allocated. What Python itself
keeps of modules and patterns is no leak. In fewer than 500 repetitions only what rises about as
much in every segment is one, the rest inconclusive. So is a run that is too short, and the smallest
leak that it could have shown is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from pydantic import JsonValue

from ...tracer.model import INSTANCES, Holder, Sample
from ..finding import Cost, Evidence, Finding, Quote
from ..growth import (
    COUNTERS,
    ENOUGH,
    RSS,
    SOME,
    WEIGHED,
    Growth,
    allocated,
    detected_at,
    entries,
    filling_up,
    growth,
    growths,
    holding,
    judged,
    learns,
    ranking,
)
from ..rule import AtEnd, Ending, Outcome, Rule
from ..words import amount

UNITS = 250  # iterations of a scenario for "ok"; a single long run counts five messages as one
PLENTY = 2 * UNITS  # iterations of which what rises by fits and starts is a leak, too
LOOPING = 8  # runs that make a recording a repeated scenario


class LeakDetector(AtEnd):
    """Looks at the samples once the process is done with its runs."""

    def end(self, ending: Ending) -> Outcome:
        if ending.samples is None:
            return Outcome(needs=f"the whole process: it is judged with run {ending.judged_at}")
        if not ending.samples:
            if ending.recording.forced:
                why = "a longer run: it ended before memory was read once, and could show no leak"
                return Outcome(undecided=why)
            return Outcome(needs="memory samples (recorded by loupe run, not imported)")
        samples = judged(ending.samples)
        filled = entries(ending.samples)
        all_found = growths(samples)
        found = [each for each in all_found if not learns(each, samples)]
        if found and not filled and found[0].counter.name in WEIGHED:
            filling = filling_up(found[0], ending.samples)
            if filling is not None:
                return Outcome(undecided=_until_full(filling), quiet=not ending.recording.forced)
        found = found or filled
        if found and _repeats(ending) < PLENTY:
            found = [each for each in found if each.trend.even]
        if found:
            return Outcome([_finding(found, samples, ending.samples)])
        if all_found or filled:
            return Outcome(undecided=_until_even(ending), quiet=not ending.recording.forced)
        return _silence(samples, ending)


def _until_even(ending: Ending) -> str:
    return (
        f"a longer run: memory or resources grow, but by fits and starts or by what Python itself "
        f"keeps of modules and patterns, and {_repeats(ending)} repetitions (of {PLENTY}) are too "
        "few to tell whether that ends"
    )


def _repeats(ending: Ending) -> int:
    every = ending.samples or ()
    messages = every[-1].messages if every else 0
    return ending.runs if ending.runs >= LOOPING else messages // 5


def _until_full(what: Holder) -> str:
    way = " > ".join(what.path)
    if what.bound is None:
        has = f"has {what.size:,} entries, and gets new ones more and more seldom"
    else:
        has = f"has {what.size:,} of the {what.bound:,} entries that it may have"
    return (
        f"a longer run: memory grows, and so does {way}, which {has}; when it is full the growth "
        "should end"
    )


def _silence(samples: list[Sample], ending: Ending) -> Outcome:
    every = ending.samples or ()
    messages = every[-1].messages if every else 0
    repeats = _repeats(ending)
    if len(samples) >= ENOUGH and repeats >= UNITS:
        return Outcome()
    blocks = next(counter for counter in COUNTERS if counter.name == "blocks")
    least = blocks.least(messages)
    why = (
        f"a longer run: {len(samples)} samples after collections (of {ENOUGH}) and {repeats} "
        f"repetitions (of {UNITS}) are too few to say; "
    )
    if len(samples) >= SOME:
        why += f"it could have shown a leak of {least:.2g} blocks a message, no smaller one"
    elif ending.recording.forced and repeats:
        enough = blocks.least(UNITS * messages / repeats)
        why += f"this one could show none, {UNITS} one of {enough:.2g} blocks a message"
    else:
        why += "record it with `loupe run --ci`, which collects at even steps"
    return Outcome(undecided=why, quiet=not ending.recording.forced)


def _finding(found: list[Growth], samples: list[Sample], every: Sequence[Sample]) -> Finding:
    main = found[0]
    ranked = ranking(main, every, found[1:])
    retention = [_held(holder) for holder in holding(every)]
    agents = [name for name, _ in ranked]
    trend = main.trend
    rate = amount(trend.rate, main.counter.unit)
    who = f", most of it in {agents[0]!r}" if agents else ""
    first = _step(main.first, every)
    detected = detected_at(main, samples)
    words = "\0".join(["LEAK001", main.counter.name, *agents[:1]])
    rss = growth(RSS, samples)
    lines: list[JsonValue] = [f"{file}:{line}" for file, line, _, _ in allocated(every)]
    return RULE.finding(
        f"{main.counter.label}: {rate} more with every message{who}",
        agents=agents,
        confidence=0.96 if main.samples >= ENOUGH else 0.85,
        first_step=first,
        last_step=_step(main.last, every),
        detected_at_step=_step(detected, every),
        fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
        cost=Cost(
            steps=main.last.messages - main.first.messages,
            seconds=round((main.last.time_ns - main.first.time_ns) / 1e9, 3),
            bytes=max(0, main.last.rss - main.first.rss),
        ),
        evidence=Evidence(
            quotes=_quotes(main, first, retention, every),
            last_healthy_step=first,
            counterfactual=_counterfactual(detected, main),
            facts={
                "counter": main.counter.name,
                "unit": main.counter.unit,
                "rate_per_message": round(trend.rate, 4),
                "rate_spread": round(trend.spread, 4),
                "growth": round(trend.growth, 1),
                "messages": main.last.messages,
                "samples": main.samples,
                "shares": {name: round(share, 3) for name, share in ranked[:8]},
                "also_growing": [
                    {"counter": g.counter.name, "rate_per_message": round(g.trend.rate, 4)}
                    for g in found[1:]
                ],
                "rss_grows_too": rss is not None,
                **({"retention": [*retention]} if retention else {}),
                **({"allocated_at": lines} if lines else {}),
            },
        ),
        advice=_ADVICE.get(main.counter.name, RULE.advice),
    )


def _quotes(
    main: Growth, first: int | None, retention: Sequence[str], every: Sequence[Sample]
) -> tuple[Quote, ...]:
    """The levels of the segments, who holds what grew, the lines whose allocations stayed."""
    levels = tuple(
        Quote(
            step=first if i == 0 else None,
            label=f"segment {i + 1} of 6",
            text=f"{level:,.0f} {main.counter.unit}",
        )
        for i, level in enumerate(main.trend.levels)
    )
    ways = tuple(Quote(step=None, text=f"held by {way}", label="the heap") for way in retention)
    lines = tuple(
        Quote(
            step=None,
            text=f"{'/'.join(Path(file).parts[-2:])}:{line}: {count:,} blocks stayed",
            label="allocated at",
        )
        for file, line, count, _ in allocated(every)
    )
    return levels + ways + lines


def _held(holder: Holder) -> str:
    way = " > ".join(holder.path)
    if holder.what.endswith(INSTANCES):
        return f"{way} (one of {holder.size:,} {holder.what}, {holder.grew:,} more than at first)"
    return f"{way} ({holder.what} of {holder.size:,}, {holder.grew:,} more than at first)"


def _counterfactual(detected: Sample, main: Growth) -> str:
    where = f"after {detected.messages:,} of {main.last.messages:,} messages"
    hours = max(1e-9, (main.last.time_ns - main.first.time_ns) / 3.6e12)
    per_hour = amount(main.trend.growth / hours, main.counter.unit)
    return f"would have fired {where}; at the load of this run it grows by {per_hour} an hour"


def _step(sample: Sample, every: Sequence[Sample]) -> int | None:
    """The sample's step, if all samples are of one run: their steps then never go back."""
    one = all(a.step <= b.step for a, b in pairwise(every))
    return sample.step if one else None


_ADVICE = {
    "tasks": (
        "keep a reference to every task and await or cancel it:\n"
        "    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task(...)"
    ),
    "threads": "close each executor: `with ThreadPoolExecutor(...) as pool:`, or share one",
    "children": "await each process and stop the code executor: `await executor.stop()`",
    "fds": "close what is opened: `with open(...)`, `async with httpx.AsyncClient() as client`",
}

RULE = Rule(
    code="LEAK001",
    slug="leak.growth",
    title="memory or resources grow with every message",
    severity="error",
    about=__doc__,
    needs="memory samples of a long enough run (record with loupe run --ci)",
    doubt=(
        "a cache or pool that is not yet full grows in the same way until it is: run it longer, "
        "and the growth ends"
    ),
    advice=(
        "bound what the agent named first keeps between messages: look for lists, dicts and caches "
        "on it that are only ever added to. An AssistantAgent keeps all messages until\n"
        "    await team.reset()\n"
        "also with a BufferedChatCompletionContext, which bounds what is sent, not what is kept"
    ),
    start=lambda context: LeakDetector(),
)
