"""Random programs of agents: what they post is in the messages, so that a program is data.

A job is a list of actions that whoever handles it carries out. Its log is the order in which
handlers began and ended and what their sends came to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autogen_core import (
    AgentId,
    BaseAgent,
    CancellationToken,
    MessageContext,
    TopicId,
    TypeSubscription,
)
from autogen_core.exceptions import UndeliverableException
from hypothesis import strategies as st

AGENTS = ("a0", "a1", "a2")
TOPICS = ("t0", "t1", "t2", "nobody")
TURNS = 5_000  # of the event loop: no program of this size takes as many


class Broken(Exception):
    pass


@dataclass(frozen=True)
class Send:
    to: str
    job: Job
    waits: bool = True  # else it goes on, and gathers its sends at the end
    cancelled_after: int | None = None  # turns until its token is cancelled


@dataclass(frozen=True)
class Publish:
    topic: str
    job: Job


@dataclass(frozen=True)
class Pause:
    turns: int


@dataclass(frozen=True)
class Fail:
    pass


@dataclass(frozen=True)
class Job:
    name: int
    actions: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Program:
    subscriptions: tuple[tuple[str, str], ...]
    slow: tuple[int, ...]  # turns that the factory of each agent takes
    main: Job
    stops_after: int | None = None  # turns; else when idle


@dataclass
class Outcome:
    log: list[tuple[Any, ...]] = field(default_factory=list)
    ended: bool = False


pauses = st.builds(Pause, st.integers(1, 4))
names = st.integers(0, 999)


def _jobs(depth: int, least: int = 0) -> st.SearchStrategy[Job]:
    """Jobs whose messages lead to messages, so many times. Small ones would hardly ever meet."""
    some: list[st.SearchStrategy[Any]] = [pauses]
    if not least:
        some.append(st.just(Fail()))
    if depth:
        inner = _jobs(depth - 1)
        sends = st.builds(
            Send, st.sampled_from(AGENTS), inner, st.booleans(), st.none() | st.integers(0, 4)
        )
        publishes = st.builds(Publish, st.sampled_from(TOPICS), inner)
        some = [sends, sends, sends, publishes, publishes, *some]
    actions = st.lists(st.one_of(some), min_size=least, max_size=2 * least + 3)
    return st.builds(Job, names, actions.map(tuple))


subscriptions = st.lists(
    st.tuples(st.sampled_from(TOPICS[:3]), st.sampled_from(AGENTS)),
    min_size=2,
    max_size=6,
    unique=True,
).map(tuple)


def programs(*, stops: bool) -> st.SearchStrategy[Program]:
    slow = st.tuples(*(st.sampled_from([0, 0, 0, 3]) for _ in AGENTS))
    when = st.none() | st.integers(0, 30) if stops else st.none()
    return st.builds(Program, subscriptions, slow, _jobs(3, least=4), when)


class Worker(BaseAgent):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__("worker")
        self.outcome = outcome
        self.handled = 0

    async def on_message_impl(self, message: Any, ctx: MessageContext) -> Any:
        name = self.id.type
        self.outcome.log.append(("start", name, message.name, str(ctx.sender)))
        try:
            await carry_out(message, self.outcome, name, self)
        finally:
            self.outcome.log.append(("end", name, message.name))
        self.handled += 1
        return message.name

    async def save_state(self) -> dict[str, int]:
        return {"handled": self.handled}

    async def load_state(self, state: Mapping[str, Any]) -> None:
        self.handled = state["handled"]


async def carry_out(job: Job, outcome: Outcome, who: str, poster: Any) -> None:
    """`poster` sends and publishes: an agent, or the runtime itself for the program."""
    loose: list[asyncio.Task[None]] = []
    for action in job.actions:
        match action:
            case Send(waits=True):
                await _send(action, outcome, who, poster)
            case Send():
                loose.append(asyncio.create_task(_send(action, outcome, who, poster)))
            case Publish():
                await _publish(action, outcome, who, poster)
            case Pause():
                for _ in range(action.turns):
                    await asyncio.sleep(0)
            case Fail():
                raise Broken(job.name)
    if loose:
        await asyncio.wait(loose)


async def _publish(action: Publish, outcome: Outcome, who: str, poster: Any) -> None:
    try:
        await poster.publish_message(action.job, TopicId(action.topic, "default"))
    except UndeliverableException as error:
        outcome.log.append(("error", who, type(error).__name__))


async def _send(action: Send, outcome: Outcome, who: str, poster: Any) -> None:
    token = CancellationToken()
    if action.cancelled_after is not None:
        canceller = asyncio.create_task(_cancel(token, action.cancelled_after))
    try:
        answer = await poster.send_message(
            action.job, AgentId(action.to, "default"), cancellation_token=token
        )
        outcome.log.append(("answer", who, answer))
    except asyncio.CancelledError:
        outcome.log.append(("cancelled", who, action.job.name))
    except Exception as error:
        outcome.log.append(("error", who, type(error).__name__))
    if action.cancelled_after is not None:
        await canceller


async def _cancel(token: CancellationToken, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    token.cancel()


async def prepare(runtime: Any, program: Program, outcome: Outcome) -> None:
    """Registers the agents and their subscriptions."""
    for name, turns in zip(AGENTS, program.slow, strict=True):

        async def make(turns: int = turns) -> Worker:
            worker = Worker(outcome)
            for _ in range(turns):
                await asyncio.sleep(0)
            return worker

        await runtime.register_factory(name, make if turns else lambda: Worker(outcome))
    for topic, name in program.subscriptions:
        await runtime.add_subscription(TypeSubscription(topic, name))


async def main_of(runtime: Any, program: Program, outcome: Outcome) -> None:
    """What the program itself does, besides its agents."""
    try:
        await carry_out(program.main, outcome, "main", runtime)
    except Broken:
        outcome.log.append(("broken", "main"))
    if program.stops_after is None:
        try:
            await runtime.stop_when_idle()
        except Exception as error:
            outcome.log.append(("surfaced", type(error).__name__))
    outcome.ended = True


async def run(make: Callable[[], Any], program: Program) -> Outcome:
    """Runs it until nothing is left to run; `ended` says whether it came to its end."""
    loop: Any = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)
    outcome = Outcome()
    runtime = make()
    await prepare(runtime, program, outcome)
    runtime.start()
    main = asyncio.create_task(main_of(runtime, program, outcome))
    for turn in range(TURNS):
        if turn == program.stops_after:
            await runtime.stop()
        await asyncio.sleep(0)
        if not loop._ready and turn >= (program.stops_after or 0):
            break
    else:
        raise AssertionError("it goes on for ever")
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    outcome.log.append(("left over", len(rest - {main})) if program.stops_after else ())
    log = list(outcome.log)
    while (rest := asyncio.all_tasks() - {asyncio.current_task()}) or loop._ready:
        for task in rest:  # whose end may let others begin that wait for each other again
            task.cancel()
        await asyncio.sleep(0)
    outcome.log = log
    return outcome
