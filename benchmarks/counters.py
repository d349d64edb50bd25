"""What the always-on counters cost: CPU time of all threads with them and without, paired.

    loupe run --out /tmp/team.loupe benchmarks/counters.py team
    loupe run --out /tmp/big.loupe benchmarks/counters.py two-gb
    loupe run --python V02/bin/python --out /tmp/chat.loupe benchmarks/counters.py group-chat

One process under `loupe run`, in which everything is recorded all the time. Blocks of equal work
alternate between sampling (as shipped) and none: no readings at the end of steps, no slices, no
callback of the collector, no audit hook. Blocks are short and many, so that neighbours have the
same load; the figure is the median of their ratios, with the interval that holds the true median
in 95 of 100 measurements (by ranks, whatever the distribution). The other is an account: what
readings took in thread time, plus the calls at every step, slice and delivery times what one takes.
`two-gb` is the team in a process that holds 2 GB in 20 million objects, where a reading of the heap
is dear.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from agentloupe.tracer.recorder import Recorder, active
from agentloupe.tracer.sampler import Sampler

sys.path.insert(0, str(Path(__file__).parent / "leak_programs"))

_NEVER = 1 << 63


@contextmanager
def without(recorder: Recorder) -> Any:
    """The recorder without its counters, until the block ends."""
    sampler = recorder.sampler
    tick, collected = recorder._tick, sampler._collected
    recorder._tick = lambda run, step, time_ns: None
    sampler.tallies.next_ns, due = _NEVER, sampler.tallies.next_ns
    gc.callbacks.remove(collected)
    sampler._deaf()
    began = time.perf_counter_ns()
    try:
        yield
    finally:
        sampler.tallies.next_ns = due
        _put_off(sampler, time.perf_counter_ns() - began)
        recorder._tick = tick
        gc.callbacks.append(collected)
        from agentloupe.tracer.audit import listen

        sampler._deaf = listen(sampler._files, sampler._resources)


def _put_off(sampler: Sampler, passed: int) -> None:
    """Time without counters does not count: what became due meanwhile would be read in the next
    block with them, which would have twice as many readings as the program has."""
    sampler._next_ns += passed
    sampler._next_blocks += passed
    sampler._next_slow += passed
    sampler._next_unique += passed
    sampler.tallies.next_ns += passed


class Account:
    """CPU time that goes into the counters, by what they do."""

    def __init__(self, recorder: Recorder) -> None:
        self.sampler = recorder.sampler
        self.readings = 0
        read = self.sampler._sample

        def timed(*args: Any, **kwargs: Any) -> None:
            began = time.thread_time_ns()
            try:
                read(*args, **kwargs)
            finally:
                self.readings += time.thread_time_ns() - began

        self.sampler._sample = timed
        self.began = time.process_time_ns()
        self.messages = self.sampler.messages
        self.slices = self._slices()

    def _slices(self) -> int:
        return sum(tally.slices for tally in self.sampler.tallies.by_agent.values())

    def share(self) -> float:
        """Of all CPU time since the account was opened."""
        total = time.process_time_ns() - self.began
        steps, slices = self.sampler.messages - self.messages, self._slices() - self.slices
        tick = _each(lambda: self.sampler.tick(0, 0, -1), 20_000)
        measures = _each(lambda: self.sampler.measures("nobody/default", -1), 20_000)
        mark = _each(self.sampler.tallies.mark, 200)
        return (self.readings + steps * (tick + measures) + 2 * slices * mark) / total


def _each(call: Callable[[], object], times: int) -> float:
    began = time.thread_time_ns()
    for _ in range(times):
        call()
    return (time.thread_time_ns() - began) / times


def compare(work: Callable[[], None], rounds: int) -> tuple[float, float, float]:
    """Median of the ratios of a block with counters to its neighbour without, and its interval."""
    recorder = active()
    if recorder is None:
        sys.exit("run it under `loupe run`")
    work()  # warm
    ratios: list[float] = []
    for turn in range(rounds):
        spent: dict[bool, float] = {}
        for counting in (turn % 2 == 0, turn % 2 != 0):
            around: AbstractContextManager[Any] = nullcontext() if counting else without(recorder)
            with around:
                began = time.process_time()
                work()
                spent[counting] = time.process_time() - began
        ratios.append(spent[True] / spent[False])
    ratios.sort()
    beside = round(0.98 * math.sqrt(rounds))
    low, high = max(0, rounds // 2 - beside), min(rounds - 1, rounds // 2 + beside)
    return statistics.median(ratios), ratios[low], ratios[high]


def team(runs: int) -> Callable[[], None]:
    from autogen_agentchat.agents import AssistantAgent
    from autogen_agentchat.conditions import MaxMessageTermination
    from autogen_agentchat.teams import RoundRobinGroupChat
    from lab import Talker

    loop = asyncio.new_event_loop()

    async def work() -> None:
        for number in range(runs):
            chat = RoundRobinGroupChat(
                [AssistantAgent(name, Talker()) for name in ("poet", "judge", "clerk")],
                termination_condition=MaxMessageTermination(12),
            )
            await chat.run(task=f"line {number}")

    return lambda: loop.run_until_complete(work())


def group_chat(runs: int) -> Callable[[], None]:
    from autogen import ConversableAgent, GroupChat, GroupChatManager

    def answer(*_: Any, **__: Any) -> tuple[bool, str]:
        return True, "so it is, and it was so before"

    def work() -> None:
        for number in range(runs):
            agents = [
                ConversableAgent(name, llm_config=False, human_input_mode="NEVER")
                for name in ("poet", "judge", "clerk")
            ]
            for each in agents:
                each.register_reply([ConversableAgent, None], answer)
            chat = GroupChat(agents, [], max_round=12, speaker_selection_method="round_robin")
            manager = GroupChatManager(chat, llm_config=False)
            agents[0].initiate_chat(manager, message=f"line {number}", silent=True)

    return work


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("subject", choices=("team", "group-chat", "two-gb"))
    parser.add_argument("--rounds", type=int, default=120)
    parser.add_argument("--runs", type=int, default=0, help="of a block")
    chosen = parser.parse_args()
    kept: list[Any] = []
    if chosen.subject == "two-gb":
        for start in range(0, 20_000_000, 1_000_000):  # 20 million strings, lists of a thousand
            numbers = range(start, start + 1_000_000)
            kept.append([f"{n:060d}" for n in numbers])
        gc.collect()
    work = (group_chat if chosen.subject == "group-chat" else team)(chosen.runs or 6)
    recorder = active()
    if recorder is None:
        sys.exit("run it under `loupe run`")
    work()  # warm
    account = Account(recorder)
    for _ in range(chosen.rounds):
        work()
    share = account.share()
    middle, least, most = compare(work, chosen.rounds)
    from psutil import Process

    rss = Process().memory_info().rss / 2**20
    print(
        f"| {chosen.subject} | {rss:,.0f} MB | {100 * share:.1f} % | {100 * (middle - 1):+.1f} % "
        f"| {100 * (least - 1):+.1f} to {100 * (most - 1):+.1f} % |"
    )


if __name__ == "__main__":
    main()
