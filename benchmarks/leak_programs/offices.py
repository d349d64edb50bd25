"""Twenty-four small offices: assistants with tools, teams, graphs, swarms, executors and agents of
the core, half of them leaking. Written before any was run; who is named was mended after that.
"""

from __future__ import annotations

import array
import asyncio
import collections
import contextlib
import functools
import itertools
import logging
import random
import sys
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from autogen_agentchat.agents import AssistantAgent, CodeExecutorAgent
from autogen_agentchat.base import Response
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import DiGraphBuilder, GraphFlow, RoundRobinGroupChat, Swarm
from autogen_agentchat.tools import AgentTool
from autogen_core import (
    AgentId,
    SingleThreadedAgentRuntime,
)
from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor
from lab import Talker
from office_parts import Caller, Clerk, Done, Front, Job, Staff, Triage, office

# -- leaking -------------------------------------------------------------------------------------
EXPENSES: list[dict[str, str]] = []


async def ledger(days: int) -> None:
    """A tool books into a list of the module."""

    def book(item: str) -> str:
        """Books an expense."""
        EXPENSES.append({"item": item, "at": f"{time.time()}"})
        return "booked"

    book_ = Caller("book", '{"item": "train NUMBER"}')
    for day in range(days):
        team = RoundRobinGroupChat(
            [AssistantAgent("bookkeeper", book_, tools=[book]), Staff("boss")],
            termination_condition=MaxMessageTermination(4),
        )
        await team.run(task=f"day {day}")


def _graph(*staff: Any) -> GraphFlow:
    builder = DiGraphBuilder()
    for each in staff:
        builder.add_node(each)
    for one, other in itertools.pairwise(staff):
        builder.add_edge(one, other)
    return GraphFlow(list(staff), graph=builder.build())


async def drafts(days: int) -> None:
    """The editor of a graph keeps every draft."""

    class Editor(Staff):
        def __init__(self) -> None:
            super().__init__("editor", self.edit)
            self.versions: list[str] = []

        def edit(self, text: str) -> str:
            self.versions.append(text + " edited")
            return self.versions[-1]

    flow = _graph(Staff("writer", lambda text: f"draft of {text}"), Editor(), Staff("printer"))
    for day in range(days):
        await flow.run(task=f"day {day}")
        await flow.reset()


async def scripts(days: int) -> None:
    """The executor leaves each script in its folder."""
    folder = tempfile.mkdtemp(prefix="leak-programs-")
    executor = LocalCommandLineCodeExecutor(work_dir=folder, cleanup_temp_files=False)
    await executor.start()
    for day in range(days // 2):
        coder = Staff("coder", lambda text: f"```sh\necho {len(text)} {uuid.uuid4()}\n```")
        runner = CodeExecutorAgent("runner", code_executor=executor)
        team = RoundRobinGroupChat([coder, runner], termination_condition=MaxMessageTermination(3))
        await team.run(task=f"day {day}")
    await executor.stop()


async def sessions(days: int) -> None:
    """The triage agent of a swarm opens a session a conversation and closes none."""

    class Keeping(Triage):
        def __init__(self) -> None:
            super().__init__("triage")
            self.open: dict[str, dict[str, Any]] = {}

        async def on_messages(self, messages: Any, cancellation_token: Any) -> Response:
            self.open[str(uuid.uuid4())] = {"asked": messages[-1].to_text(), "since": time.time()}
            return await super().on_messages(messages, cancellation_token)

    triage, sales = Keeping(), Staff("sales", lambda text: "sold " + text)
    for day in range(days):
        swarm = Swarm([triage, sales], termination_condition=MaxMessageTermination(3))
        await swarm.run(task=f"day {day}")


async def answers(days: int) -> None:
    """Whoever asks keeps what the others made."""
    kept: dict[int, list[Done]] = {}

    def after(answers: list[Done]) -> None:
        kept[answers[0].id] = answers

    await office(days, {"law": None, "tax": None, "rent": None}, after)


class Bus:
    def __init__(self) -> None:
        self.listeners: list[Callable[[str], None]] = []


async def bus(days: int) -> None:
    """A listener more with every job."""
    events = Bus()

    class Post(Clerk):
        def __init__(self) -> None:
            super().__init__(self.listen)

        def listen(self, job: Job) -> None:
            events.listeners.append(lambda text: self.heard(job, text))

        def heard(self, job: Job, text: str) -> None: ...

    runtime = SingleThreadedAgentRuntime()
    await Front.register(runtime, "front", lambda: Front(["post", "desk"]))
    await Post.register(runtime, "post", Post)
    await Clerk.register(runtime, "desk", Clerk)
    runtime.start()
    for day in range(days):
        await runtime.send_message(Job(day, "letter"), AgentId("front", "default"))
    await runtime.stop()


async def expert(days: int) -> None:
    """An agent that is another's tool is never reset; the one that asks is made anew."""
    expert = AssistantAgent("expert", Talker(["Forty-two.", "It depends."]))
    tool = AgentTool(expert)
    model = Caller("expert", '{"task": "question NUMBER"}')
    for day in range(days):
        asker = AssistantAgent("asker", model, tools=[tool])
        await asker.run(task=f"day {day}")


async def watches(days: int) -> None:
    """A tool starts something that never ends."""
    running: list[Any] = []

    async def forever() -> None:
        await asyncio.Event().wait()

    async def watch() -> str:
        """Watches a share."""
        running.append(asyncio.create_task(forever()))
        return "watching"

    model = Caller("watch")
    for day in range(days):
        team = RoundRobinGroupChat(
            [Staff("chief"), AssistantAgent("broker", model, tools=[watch])],
            termination_condition=MaxMessageTermination(4),
        )
        await team.run(task=f"day {day}")


async def connections(days: int) -> None:
    """Every fourth job opens a connection that nobody closes."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def fetch(job: Job) -> None:
        if job.id % 4 == 0:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)

    await office(days, {"desk": None, "fetcher": fetch, "post": None})
    for each in writers:
        each.close()


async def loggers(days: int) -> None:
    """A logger a job; `logging` keeps them all."""

    def audit(job: Job) -> None:
        logging.getLogger(f"office.job-{job.id}").debug("done")

    await office(days, {"auditor": audit, "desk": None})


async def failures(days: int) -> None:
    """What fails, three in a hundred, is kept with its traceback."""

    class Checker(Clerk):
        def __init__(self) -> None:
            super().__init__(self.check)
            self.failed: list[Exception] = []
            self.chance = random.Random(11)

        def check(self, job: Job) -> None:
            try:
                self.look(job, self.chance.random())
            except ValueError as error:
                self.failed.append(error)

        def look(self, job: Job, chance: float) -> None:
            rows = [f"{job.text} {n}" for n in range(20)]
            if chance < 0.03:
                raise ValueError(f"row {rows[3]!r} is wrong")

    runtime = SingleThreadedAgentRuntime()
    await Front.register(runtime, "front", lambda: Front(["desk", "checker"]))
    await Clerk.register(runtime, "desk", Clerk)
    await Checker.register(runtime, "checker", Checker)
    runtime.start()
    for day in range(days):
        await runtime.send_message(Job(day, "a form"), AgentId("front", "default"))
    await runtime.stop()


async def columns(days: int) -> None:
    """Tables of numbers, kept by a helper: large, and few objects."""

    class Tables:
        def __init__(self) -> None:
            self.columns: list[array.array[float]] = []

    class Loader(Clerk):
        def __init__(self) -> None:
            super().__init__(self.load)
            self.tables = Tables()

        def load(self, job: Job) -> None:
            self.tables.columns.append(array.array("d", range(200)))

    runtime = SingleThreadedAgentRuntime()
    await Front.register(runtime, "front", lambda: Front(["desk", "loader"]))
    await Clerk.register(runtime, "desk", Clerk)
    await Loader.register(runtime, "loader", Loader)
    runtime.start()
    for day in range(days):
        await runtime.send_message(Job(day, "table"), AgentId("front", "default"))
    await runtime.stop()


# -- clean -----------------------------------------------------------------------------------------
async def graph_each_time(days: int) -> None:
    writer, editor = Staff("writer"), Staff("editor", str.lower)
    for day in range(days):
        await _graph(writer, editor).run(task=f"day {day}")


@functools.lru_cache(maxsize=64)
def rate_of(currency: int) -> tuple[int, str]:
    return currency, f"rate of {currency}"


async def cached_tool(days: int) -> None:
    def rate(currency: int) -> str:
        """Looks up a rate."""
        return rate_of(currency % 90)[1]

    model = Caller("rate", '{"currency": NUMBER}')
    for day in range(days):
        await AssistantAgent("teller", model, tools=[rate]).run(task=f"day {day}")


async def clean_scripts(days: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        executor = LocalCommandLineCodeExecutor(work_dir=folder, cleanup_temp_files=True)
        await executor.start()
        for day in range(days // 2):
            coder = Staff("coder", lambda text: f"```sh\necho {len(text)}\n```")
            runner = CodeExecutorAgent("runner", code_executor=executor)
            team = RoundRobinGroupChat(
                [coder, runner], termination_condition=MaxMessageTermination(3)
            )
            await team.run(task=f"day {day}")
        await executor.stop()


async def swarm_with_reset(days: int) -> None:
    swarm = Swarm(
        [Triage("triage"), AssistantAgent("sales", Talker())],
        termination_condition=MaxMessageTermination(3),
    )
    for day in range(days):
        await swarm.run(task=f"day {day}")
        await swarm.reset()


async def tickets(days: int) -> None:
    """A ticket lives for some forty jobs."""
    chance = random.Random(5)
    open_: dict[int, tuple[int, list[str]]] = {}

    def desk(job: Job) -> None:
        open_[job.id] = (job.id + chance.randrange(20, 60), job.text.split())
        for id in [id for id, (until, _) in open_.items() if until <= job.id]:
            del open_[id]

    await office(days, {"desk": desk, "post": None})


async def window(days: int) -> None:
    """The latest 150 answers, for a mean."""
    latest: collections.deque[tuple[int, str]] = collections.deque(maxlen=150)
    await office(days, {"desk": lambda job: latest.append((job.id, f"{job.text} took {job.id}"))})


async def crew(days: int) -> None:
    """Eight workers that are hired when there is work, and stay."""
    queue: asyncio.Queue[Any] = asyncio.Queue()
    hired: list[asyncio.Task[None]] = []

    async def work() -> None:
        while True:
            done = await queue.get()
            await asyncio.sleep(0)
            done.set()

    async def desk(job: Job) -> None:
        if len(hired) < 8 and job.id % 7 == 0:
            hired.append(asyncio.create_task(work()))
        done = asyncio.Event()
        queue.put_nowait(done)
        await done.wait()

    await office(days, {"desk": desk, "post": None})
    for each in hired:
        each.cancel()


async def late_model(days: int) -> None:
    """A big table is loaded when it is first asked for, in the middle of the run."""
    table: dict[int, str] = {}

    def desk(job: Job) -> None:
        if job.id > days * 0.55 and not table:
            table.update((n, f"word {n}") for n in range(20_000))
        table.get(job.id)

    await office(days, {"post": None, "desk": desk})


async def longer_tasks(days: int) -> None:
    """Each task is longer than the one before."""
    for day in range(days):
        team = RoundRobinGroupChat(
            [Staff("writer"), AssistantAgent("reader", Talker())],
            termination_condition=MaxMessageTermination(3),
        )
        await team.run(task="again " * day)


async def retries(days: int) -> None:
    """One job in eight fails twice before it succeeds; what failed is logged."""
    log = logging.getLogger("office.retries")
    log.addHandler(logging.NullHandler())
    log.propagate = False

    async def desk(job: Job) -> None:
        for attempt in range(3):
            try:
                if job.id % 8 == 0 and attempt < 2:
                    raise ConnectionError(f"line busy for {job.id}")
                return
            except ConnectionError:
                log.exception("attempt %d", attempt)
                await asyncio.sleep(0)

    await office(days, {"desk": desk, "post": None})


async def family_trees(days: int) -> None:
    """Big graphs full of cycles, which nobody keeps."""

    class Person:
        def __init__(self, parent: Person | None) -> None:
            self.parent, self.children = parent, list[Person]()
            if parent is not None:
                parent.children.append(self)

    def desk(job: Job) -> None:
        people = [Person(None)]
        for n in range(120):
            people.append(Person(people[n // 2]))

    await office(days, {"desk": desk, "post": None})


async def finalized(days: int) -> None:
    """Things that clean up behind themselves."""

    class Case:
        def __init__(self, id: int) -> None:
            self.id = id

    closed: collections.Counter[str] = collections.Counter()

    def desk(job: Job) -> None:
        case = Case(job.id)
        weakref.finalize(case, closed.update, ["closed"])

    await office(days, {"desk": desk, "post": None})


LEAKING: dict[str, tuple[Any, str]] = {
    "ledger of a tool": (ledger, "bookkeeper"),
    "drafts in a graph": (drafts, "editor"),
    "scripts left": (scripts, "runner"),
    "sessions of a swarm": (sessions, "triage"),
    "answers kept": (answers, "front"),
    "listeners on a bus": (bus, "post"),
    "expert as a tool": (expert, "expert"),
    "watches of a tool": (watches, "broker"),
    "connections": (connections, "fetcher"),
    "a logger a job": (loggers, "auditor"),
    "failures, 3 %": (failures, "checker"),
    "columns of numbers": (columns, "loader"),
}
CLEAN: dict[str, Any] = {
    "graph each time": graph_each_time,
    "cached tool": cached_tool,
    "scripts cleaned up": clean_scripts,
    "swarm with reset": swarm_with_reset,
    "tickets that expire": tickets,
    "window of answers": window,
    "crew hired late": crew,
    "table loaded late": late_model,
    "longer tasks": longer_tasks,
    "retries logged": retries,
    "family trees": family_trees,
    "finalized cases": finalized,
}

if __name__ == "__main__":
    iterations = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    programs = {**{kind: program for kind, (program, _) in LEAKING.items()}, **CLEAN}
    asyncio.run(programs[sys.argv[1]](iterations))
