"""pytest-memray's `limit_leaks` on the programs of `leak_programs/`, unrecorded.

    pip install pytest-memray && python benchmarks/leak_peers.py [--bank tuned,trades]

Each program is a test in a fork of a process that has imported the frameworks: its body runs the
program for so many iterations, after some that warm it up outside of the test, and collects at its
end. A test that fails says that it leaks: a single call stack left more than the limit allocated.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from leaks import bank_of

WARM, LIMIT, PROGRAM = 20, "LEAK_PEERS_LIMIT", "LEAK_PEERS_PROGRAM"

if PROGRAM in os.environ:  # pytest imports this file in the fork

    def program() -> Callable[[int], Awaitable[None]]:
        bank, kind, _ = os.environ[PROGRAM].split("|")
        module = sys.modules.get(bank) or bank_of(bank)
        leaking: dict[str, tuple[Any, str]] = module.LEAKING
        found: Any = leaking[kind][0] if kind in leaking else module.CLEAN[kind]
        if isinstance(found, type):
            from lab import core

            return lambda iterations: core(found, iterations)  # pyright: ignore[reportUnknownArgumentType]  one of the bank's
        return found

    @pytest.fixture
    def body() -> Callable[[], None]:
        made, iterations = program(), int(os.environ[PROGRAM].split("|")[2])
        asyncio.run(made(WARM))
        gc.collect()
        return lambda: asyncio.run(made(iterations))

    @pytest.mark.limit_leaks(os.environ[LIMIT])
    def test_it_keeps_little(body: Callable[[], None]) -> None:
        body()
        gc.collect()


def fails(bank: str, kind: str, iterations: int) -> bool | None:
    """Whether the test fails; None: it could not be run."""
    child = os.fork()
    if child:
        return {0: False, 1: True}.get(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    os.environ[PROGRAM] = f"{bank}|{kind}|{iterations}"
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    with tempfile.TemporaryDirectory() as folder:
        options = ["--memray", "-q", "-p", "no:cacheprovider", "-p", "no:agentloupe"]
        os._exit(pytest.main([*options, f"--rootdir={folder}", __file__]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bank", default="tuned,held,apps,offices,trades")
    parser.add_argument("--iterations", type=int, default=160)
    parser.add_argument("--limit", default="16KB")
    chosen = parser.parse_args()
    os.environ[LIMIT] = chosen.limit
    print("| bank | leaking, found | clean, flagged |\n| --- | --- | --- |")
    for name in chosen.bank.split(","):
        bank = bank_of(name)
        told: dict[bool, list[bool | None]] = {True: [], False: []}
        for leaks, kinds in ((True, bank.LEAKING), (False, bank.CLEAN)):
            for kind in kinds:
                told[leaks].append(fails(name, kind, chosen.iterations))
                print(name, kind, leaks, told[leaks][-1], file=sys.stderr, flush=True)
        found, alarms = (
            f"{sum(map(bool, told[each]))} of {len(told[each])}" for each in (True, False)
        )
        print(f"| {name} | {found} | {alarms} |", flush=True)


if __name__ == "__main__":
    main()
