"""The bank that nothing was ever tuned on. Kinds and forms differ from `tuned.py`'s."""

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import gc
import itertools
import logging
import mmap
import os
import re
import socket
import sys
import tempfile
import threading
import weakref
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).parent))

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from autogen_core import (
    AgentId,
    CancellationToken,
    MessageContext,
    SingleThreadedAgentRuntime,
)
from autogen_core.memory import ListMemory, MemoryContent, MemoryMimeType
from lab import Note, Talker, Worker, main

BUS: list[Any] = []
log = logging.getLogger("leak_programs")
log.propagate = False


# -- leaking -------------------------------------------------------------------------------------
class ClassState(Worker):
    seat = "planner"
    plans: ClassVar[dict[int, str]] = {}

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.plans[message.number] = f"plan for {message.text}"


class Listeners(Worker):
    seat = "critic"

    async def work(self, message: Note, ctx: MessageContext) -> None:
        BUS.append(self.note)
        BUS.append(lambda event, text=message.text + ".": (self, event, text))


class Handlers(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 2:
            log.addHandler(logging.NullHandler())


class Generators(Worker):
    def setup(self) -> None:
        self.open: collections.deque[Any] = collections.deque()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        lines = (line for line in [message.text + str(i) for i in range(5)])
        next(lines)
        self.open.append(lines)


class LinkedList(Worker):
    def setup(self) -> None:
        self.head: Any = None

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.head = (message.text + "-", self.head)


class Finalizers(Worker):
    seat = "reader"

    def setup(self) -> None:
        self.anchor = {1}.__class__.__mro__

    async def work(self, message: Note, ctx: MessageContext) -> None:
        weakref.finalize(self, print, message.text + "f")


class Counts(Worker):
    def setup(self) -> None:
        self.counts: collections.Counter[str] = collections.Counter()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.counts.update(f"{word}-{message.number}" for word in message.text.split())


class Token(Worker):
    """A token that lives as long as the service collects a callback a request."""

    def setup(self) -> None:
        self.token = CancellationToken()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        future = asyncio.get_running_loop().create_future()
        self.token.link_future(future)
        future.set_result(None)
        await future


class Errors(Worker):
    """Kept on the way of an error only, one request in twelve."""

    seat = "writer"

    def setup(self) -> None:
        self.letters: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 12 == 5:
            try:
                raise ValueError(message.text)
            except ValueError as error:
                self.letters.append((message, error))
                raise


class Buffers(Worker):
    seat = "planner"

    def setup(self) -> None:
        self.audio: list[bytearray] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.audio.append(bytearray(4_000))


class Maps(Worker):
    def setup(self) -> None:
        self.maps: list[mmap.mmap] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 4 == 0:
            file = tempfile.TemporaryFile()  # noqa: SIM115
            file.truncate(4_096)
            self.maps.append(mmap.mmap(file.fileno(), 4_096))
            file.close()


class Sockets(Worker):
    seat = "reader"

    def setup(self) -> None:
        self.pairs: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 6 == 0:
            self.pairs.append(socket.socketpair())


class Executors(Worker):
    def setup(self) -> None:
        self.pools: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 8 == 0:
            pool = concurrent.futures.ThreadPoolExecutor(1)
            self.pools.append(pool)
            await asyncio.get_running_loop().run_in_executor(pool, len, "x")


class Polls(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        async def poll() -> None:
            while True:
                await asyncio.sleep(30)

        if message.number % 3 == 0:
            task = asyncio.create_task(poll())
            BUS.append(weakref.ref(task))


class Zombies(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 12 == 0 and os.fork() == 0:
            os._exit(0)


class Files(Worker):
    seat = "writer"

    async def work(self, message: Note, ctx: MessageContext) -> None:
        with tempfile.NamedTemporaryFile("w", prefix="leak-programs-", delete=False) as file:
            file.write(message.text)


class Snapshots(Worker):
    def setup(self) -> None:
        self.states: dict[str, Any] = {}

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.states[f"{message.number}"] = {"agent": {"steps": list(range(20)), "t": message.text}}


async def endless_context(iterations: int) -> None:
    agent = AssistantAgent("poet", Talker())
    for number in range(iterations):
        await agent.run(task=f"Line {number}")


async def memory(iterations: int) -> None:
    store = ListMemory()
    agent = AssistantAgent("poet", Talker())

    for number in range(min(iterations, 300)):
        await store.add(MemoryContent(content=f"fact {number}", mime_type=MemoryMimeType.TEXT))
        await agent.on_messages(
            [TextMessage(content=f"{number}", source="user")], CancellationToken()
        )


async def runtime_instances(iterations: int) -> None:
    """An agent type for each tenant, on one runtime."""
    runtime = SingleThreadedAgentRuntime()
    await Worker.register(runtime, "front", Worker)
    runtime.start()
    for number in range(iterations):
        await runtime.send_message(Note(number, "hello there"), AgentId("front", "default"))
        await runtime.send_message(Note(number, "hello you"), AgentId("front", f"tenant{number}"))
    await runtime.stop()


async def passed_on(iterations: int) -> None:
    """The maker's documents end up with the archive."""
    archive: list[Any] = []

    class Maker(Worker):
        async def work(self, message: Note, ctx: MessageContext) -> None:
            made = Note(message.number, "document", [[f"{i} {message.text}"] for i in range(15)])
            await self.send_message(made, AgentId("archive", "default"))

    class Archive(Worker):
        def setup(self) -> None:
            self.shelf = archive

        async def work(self, message: Note, ctx: MessageContext) -> None:
            self.shelf.append(message)

    runtime = SingleThreadedAgentRuntime()
    for name, kind in (("maker", Maker), ("archive", Archive), ("clerk", Worker)):
        await kind.register(runtime, name, kind)
    runtime.start()
    for number in range(iterations):
        await runtime.send_message(Note(number, "one more"), AgentId("maker", "default"))
        await runtime.send_message(Note(number, "two more"), AgentId("clerk", "default"))
    await runtime.stop()


# -- clean -----------------------------------------------------------------------------------------
class Ring(Worker):
    def setup(self) -> None:
        self.recent: collections.deque[str] = collections.deque(maxlen=64)

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.recent.append(message.text + "r")


class Patterns(Worker):
    """The cache of `re` fills and is cleared."""

    async def work(self, message: Note, ctx: MessageContext) -> None:
        re.search(f"request number {message.number % 300}x?", message.text)


class WeakCache(Worker):
    def setup(self) -> None:
        self.cache: weakref.WeakValueDictionary[int, Note] = weakref.WeakValueDictionary()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.cache[message.number] = Note(message.number, message.text + "w")


class Replaced(Worker):
    def setup(self) -> None:
        self.state: Any = None

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.state = [f"{message.text} {i}" for i in range(self.random.randrange(50, 150))]


class Imports(Worker):
    names = itertools.cycle(
        "calendar cmd colorsys difflib fileinput fractions html.parser imaplib mailbox netrc "
        "optparse pdb pickletools plistlib poplib profile pyclbr sched shelve smtplib".split()
    )

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 20 == 0:
            __import__(next(self.names))


class Collects(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        ring: list[Any] = [0] * 50
        ring.append(ring)
        if message.number % 30 == 0:
            gc.collect()


class Locks(Worker):
    def setup(self) -> None:
        self.lock = asyncio.Lock()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        async with self.lock:
            await asyncio.wait_for(asyncio.sleep(0), 10)


class Cancelled(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        task = asyncio.create_task(asyncio.sleep(100))
        await asyncio.sleep(0)
        task.cancel()


class Fails(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 7 == 0:
            raise RuntimeError(message.text * 10)


class Walk(Worker):
    """A level that wanders up and down."""

    def setup(self) -> None:
        self.items: list[list[str]] = [[] for _ in range(500)]

    async def work(self, message: Note, ctx: MessageContext) -> None:
        for _ in range(4):
            if self.random.random() < 0.5:
                self.items.append(message.text.split())
            elif self.items:
                self.items.pop()


class ShortThreads(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 10 == 0:
            thread = threading.Thread(target=len, args=("x",))
            thread.start()
            thread.join()


class Connections(Worker):
    """A pool of connections that grows under load to its size and stays."""

    def setup(self) -> None:
        self.free: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if len(self.free) < 10 and message.number % 15 == 0:
            self.free.append(socket.socketpair())


class Slow(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        await asyncio.sleep(0.001)


class Logs(Worker):
    def setup(self) -> None:
        self.file = tempfile.TemporaryFile("w")  # noqa: SIM115

    async def work(self, message: Note, ctx: MessageContext) -> None:
        print(message.text, file=self.file, flush=True)


async def plain_team(iterations: int) -> None:
    for number in range(min(iterations, 150)):
        team = RoundRobinGroupChat(
            [AssistantAgent("poet", Talker()), AssistantAgent("judge", Talker())],
            termination_condition=MaxMessageTermination(4),
        )
        await team.run(task=f"Line {number}")


async def selector(iterations: int) -> None:
    for number in range(min(iterations, 120)):
        team = SelectorGroupChat(
            [AssistantAgent("poet", Talker()), AssistantAgent("judge", Talker())],
            model_client=Talker(["judge", "poet"]),
            termination_condition=MaxMessageTermination(4),
        )
        await team.run(task=f"Line {number}")


async def new_runtimes(iterations: int) -> None:
    for number in range(iterations):
        runtime = SingleThreadedAgentRuntime()
        await Worker.register(runtime, "front", Worker)
        runtime.start()
        for key in "abc":
            await runtime.send_message(Note(number, "hello there"), AgentId("front", key))
        await runtime.stop()


LEAKING: dict[str, tuple[Any, str]] = {
    "class attribute": (ClassState, "planner"),
    "listeners": (Listeners, "critic"),
    "log handlers": (Handlers, "parser"),
    "open generators": (Generators, "parser"),
    "linked list": (LinkedList, "parser"),
    "finalizers": (Finalizers, "reader"),
    "counter of ids": (Counts, "parser"),
    "token's callbacks": (Token, "parser"),
    "8 % error path": (Errors, "writer"),
    "buffers": (Buffers, "planner"),
    "memory maps": (Maps, "parser"),
    "sockets": (Sockets, "reader"),
    "executors": (Executors, "parser"),
    "polling tasks": (Polls, "parser"),
    "zombies": (Zombies, "parser"),
    "temp files": (Files, "writer"),
    "snapshots": (Snapshots, "parser"),
    "unbounded context": (endless_context, "poet"),
    "ListMemory and chat": (memory, "poet"),
    "tenants": (runtime_instances, "front"),
    "passed on": (passed_on, "archive"),
}
CLEAN: dict[str, Any] = {
    "ring": Ring,
    "re's cache": Patterns,
    "weak cache": WeakCache,
    "replaced state": Replaced,
    "late imports": Imports,
    "collects itself": Collects,
    "locks": Locks,
    "cancelled tasks": Cancelled,
    "failing": Fails,
    "walk": Walk,
    "short threads": ShortThreads,
    "connection pool": Connections,
    "slow": Slow,
    "log file": Logs,
    "new team each time": plain_team,
    "selector team each time": selector,
    "new runtime each time": new_runtimes,
}

if __name__ == "__main__":
    main({**{kind: program for kind, (program, _) in LEAKING.items()}, **CLEAN})
