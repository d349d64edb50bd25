"""What a random program is put under: limits of its runtime, and somebody who controls it.

A regime is data as a program is. Its looks and commands happen at turns of the event loop, so that
no clock decides anything: the same program under the same regime goes the same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from agentloupe.runtime import TracedRuntime
from agentloupe.runtime.beat import Round
from agentloupe.runtime.desk import Desk
from agentloupe.runtime.options import Restart
from agentloupe.runtime.registry import newcomers, pausers
from agentloupe.tracer import control as t
from agentloupe.tracer.telling import listeners

from .programs import AGENTS, Outcome, Program, main_of, prepare

LOOKS = 60  # turns from one look of the watch to the next: more than a program needs for a rest
TURNS = 20_000


@dataclass(frozen=True)
class Command:
    """Something that whoever controls the run does, so many turns after the one before."""

    turns: int
    what: str
    number: int = 0


@dataclass(frozen=True)
class Regime:
    options: tuple[tuple[str, Any], ...] = ()
    commands: tuple[Command, ...] = ()


restarts = st.builds(
    Restart,
    limit=st.integers(0, 2),
    within=st.just(3600.0),
    backoff=st.just(0.0),
    checkpoint_every=st.integers(0, 2),
)
WHAT = ("pause", "resume", "step", "drop", "edit", "break", "unbreak", "waits", "agents")
commands = st.builds(Command, st.integers(0, 9), st.sampled_from(WHAT), st.integers(0, 3))
options = st.fixed_dictionaries(
    {},
    optional={
        "mailbox": st.integers(1, 4),
        "at_once": st.integers(1, 2),
        "mailbox_policy": st.sampled_from(["block", "fail", "drop oldest"]),
        "restart": restarts,
        "handler_deadline": st.just(0.0),  # over at the first look
        "send_deadline": st.just(0.0),
        "max_steps": st.integers(1, 8),
        "accounting": st.just(True),
    },
)
regimes = st.builds(
    Regime,
    options.map(lambda given: tuple(sorted(given.items()))),
    st.lists(commands, max_size=8).map(tuple),
)


@contextmanager
def desk() -> Generator[Desk]:
    """A desk that nobody knows of afterwards."""
    known: list[list[Any]] = [newcomers, pausers, listeners]
    before = [list(each) for each in known]
    try:
        yield Desk(lambda _: None, [])
    finally:
        for each, was in zip(known, before, strict=True):
            each[:] = was


class Hand:
    """Carries out commands at a desk."""

    def __init__(self, at: Desk, todo: tuple[Command, ...]) -> None:
        self.desk = at
        self.todo = list(todo)
        self.next = self.todo[0].turns if todo else None

    def turn(self, turn: int) -> None:
        while self.next is not None and turn >= self.next:
            self._do(self.todo.pop(0))
            self.next = turn + self.todo[0].turns if self.todo else None

    def let_go(self) -> None:
        """Nothing is held back any more."""
        for point in self.desk.answer(t.ListBreaks()).breakpoints:
            self.desk.answer(t.RemoveBreak(id=point.id))
        if self.desk.paused:
            self.desk.answer(t.DoResume())

    def _do(self, command: Command) -> None:
        do, n = self.desk.answer, command.number
        waiting = do(t.ListQueue()).queue
        points = do(t.ListBreaks()).breakpoints
        match command.what:
            case "pause":
                do(t.DoPause())
            case "resume":
                do(t.DoResume())
            case "step":
                do(t.DoStep(n=n + 1))
            case "drop" if waiting:
                do(t.DropQueued(id=waiting[n % len(waiting)].id))
            case "edit" if waiting:
                do(t.EditQueued(id=waiting[n % len(waiting)].id, body={"name": 1_000 + n}))
            case "break":
                do(t.AddBreak(recipient=AGENTS[n % len(AGENTS)]))
            case "unbreak" if points:
                do(t.RemoveBreak(id=points[n % len(points)].id))
            case "waits":
                do(t.AskWaits())
            case _:
                do(t.AskAgents())


async def run(program: Program, regime: Regime) -> Outcome:
    """Runs it until its main part has ended; AssertionError if it goes on for ever."""
    loop: Any = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)
    outcome = Outcome()
    with desk() as at:
        runtime = TracedRuntime(beat=3600.0, grace=0.0, **dict(regime.options))
        watch = runtime._post.watch
        await prepare(runtime, program, outcome)
        runtime.start()
        hand = Hand(at, regime.commands)
        main = asyncio.create_task(main_of(runtime, program, outcome))
        for turn in range(TURNS):
            if turn == program.stops_after:
                await runtime.stop()
            hand.turn(turn)
            if hand.next is None and turn % LOOKS == 0:
                hand.let_go()
                watch.loop = loop
                loop.call_soon(watch.look, Round([watch]))
            if main.done() and hand.next is None and not watch.post.live:
                break
            await asyncio.sleep(0)
        else:
            raise AssertionError(f"it goes on for ever: {runtime.waits()}")
        await runtime.close()  # it may be over before its stop, with messages held back
    log = list(outcome.log)  # what is left over ends in no order: asyncio keeps it in a set
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    outcome.log = log
    return outcome
