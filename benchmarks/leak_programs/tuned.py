"""The bank that thresholds were looked at with. `culprit` is the agent to be named, None: clean."""

from __future__ import annotations

import asyncio
import contextvars
import csv
import ctypes
import functools
import gc
import io
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import (
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
    message_handler,
)
from autogen_core.model_context import BufferedChatCompletionContext
from lab import Note, Talker, Worker, main

CSV = "\n".join(",".join(f"cell {row} {column}" for column in range(8)) for row in range(12))
REGISTRY: dict[str, Any] = {}


# -- leaking -------------------------------------------------------------------------------------
class History(Worker):
    def setup(self) -> None:
        self.history: list[Note] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.history.append(Note(message.number, message.text + "!"))


class Closures(Worker):
    def setup(self) -> None:
        self.undo: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        big = message.text * 3
        self.undo.append(lambda: big)


class CachedMethod(Worker):
    @functools.lru_cache(None)  # noqa: B019
    def score(self, text: str) -> list[str]:
        return text.split()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.score(message.text)


class Tracebacks(Worker):
    seat = "critic"

    def setup(self) -> None:
        self.errors: list[Exception] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        try:
            rows = message.text.split()
            rows[100]
        except IndexError as error:
            self.errors.append(error)


class Registry(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        REGISTRY[f"{message.number}"] = {"text": message.text, "done": [False]}


class Timers(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        asyncio.get_running_loop().call_later(3600, print, message.text + "late")


_chain: contextvars.ContextVar[Any] = contextvars.ContextVar("chain", default=None)


class Chain(Worker):
    """Each context keeps the one before: no container that grows, one that gets deeper."""

    def setup(self) -> None:
        self.last: Any = None

    async def work(self, message: Note, ctx: MessageContext) -> None:
        _chain.set((self.last, message.text + "?"))
        self.last = contextvars.copy_context()


class Mailbox(Worker):
    seat = "writer"

    def setup(self) -> None:
        self.inbox: asyncio.Queue[Note] = asyncio.Queue()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.inbox.put_nowait(Note(message.number, message.text + "m"))


class Rows(Worker):
    def setup(self) -> None:
        self.rows: list[list[str]] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.rows += list(csv.reader(io.StringIO(CSV)))


class Tiny(Worker):
    seat = "reader"

    def setup(self) -> None:
        self.seen: set[str] = set()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.seen.add(f"id {message.number}")


class RarePath(Worker):
    def setup(self) -> None:
        self.failed: list[list[str]] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 50 == 7:
            self.failed.append([f"{message.text} {i}" for i in range(40)])


class Sessions(Worker):
    key = staticmethod(lambda number: f"session-{number}")  # type: ignore[assignment]


async def topics(iterations: int) -> None:
    class Listener(RoutedAgent):
        @message_handler
        async def heard(self, message: Note, ctx: MessageContext) -> None:
            await asyncio.sleep(0)

    class Speaker(RoutedAgent):
        @message_handler
        async def say(self, message: Note, ctx: MessageContext) -> None:
            await self.publish_message(message, TopicId("news", f"request-{message.number}"))

    runtime = SingleThreadedAgentRuntime()
    await Listener.register(runtime, "listener", lambda: Listener("listens"))
    await Speaker.register(runtime, "speaker", lambda: Speaker("speaks"))
    await runtime.add_subscription(TypeSubscription("news", "listener"))
    await runtime.add_subscription(TypeSubscription("ask", "speaker"))
    runtime.start()
    for number in range(iterations):
        await runtime.publish_message(Note(number, f"request {number}"), TopicId("ask", "default"))
        await asyncio.sleep(0.001)
    await runtime.stop_when_idle()


def _team(*agents: AssistantAgent) -> RoundRobinGroupChat:
    return RoundRobinGroupChat(list(agents), termination_condition=MaxMessageTermination(4))


async def unreset(iterations: int) -> None:
    team = _team(AssistantAgent("poet", Talker()), AssistantAgent("judge", Talker()))
    for number in range(min(iterations, 250)):
        await team.run(task=f"Line {number}")


class Off(Worker):
    def setup(self) -> None:
        gc.disable()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        ring: list[Any] = [message.text.split()]
        ring.append(ring)


class Futures(Worker):
    def setup(self) -> None:
        self.pending: dict[int, asyncio.Future[str]] = {}

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.pending[message.number] = asyncio.get_running_loop().create_future()


_libc = ctypes.CDLL(None)
_libc.malloc.restype = ctypes.c_void_p


class Native(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        _libc.malloc(900)


class Descriptors(Worker):
    def setup(self) -> None:
        self.files: list[int] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.files.append(os.open(__file__, os.O_RDONLY))


class Threads(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 5 == 0:
            threading.Thread(target=threading.Event().wait, daemon=True).start()


class Tasks(Worker):
    def setup(self) -> None:
        self.waiters: set[Any] = set()

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.waiters.add(asyncio.create_task(asyncio.Event().wait()))


class Processes(Worker):
    def setup(self) -> None:
        self.children: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 10 == 0:
            self.children.append(subprocess.Popen(["sleep", "120"]))


class TempFolders(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        folder = tempfile.mkdtemp(prefix="leak-programs-")
        Path(folder, "rows.csv").write_text(CSV)


async def transfer(iterations: int) -> None:
    """The reader makes the rows, the writer keeps them."""
    await _transfer(iterations, keeps=True)


async def _transfer(iterations: int, *, keeps: bool) -> None:
    from autogen_core import AgentId

    class Reader(Worker):
        async def work(self, message: Note, ctx: MessageContext) -> None:
            rows = list(csv.reader(io.StringIO(CSV)))
            await self.send_message(Note(message.number, "rows here", rows), AgentId("writer", "x"))

    class Writer(Worker):
        def setup(self) -> None:
            self.table: list[Any] = []

        async def work(self, message: Note, ctx: MessageContext) -> None:
            if keeps:
                self.table.append(message.rows)

    runtime = SingleThreadedAgentRuntime()
    for name, kind in (("reader", Reader), ("writer", Writer), ("critic", Worker)):
        await kind.register(runtime, name, kind)
    runtime.start()
    for number in range(iterations):
        note = Note(number, f"request {number}")
        await runtime.send_message(note, AgentId("reader", "x"))
        await runtime.send_message(note, AgentId("critic", "x"))
    await runtime.stop()


# -- clean -----------------------------------------------------------------------------------------
class WarmUp(Worker):
    def setup(self) -> None:
        self.known: dict[int, list[str]] = {}

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.known.setdefault(message.number % 60, message.text.split())


class Lru(Worker):
    @functools.lru_cache(200)  # noqa: B019
    def score(self, number: int) -> list[int]:
        return [number] * 20

    async def work(self, message: Note, ctx: MessageContext) -> None:
        for _ in range(3):
            self.score(self.random.randrange(400))


class Sawtooth(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        ring: list[Any] = [f"{message.text} {i}" for i in range(200)]
        ring.append(ring)


class Plateau(Worker):
    def setup(self) -> None:
        self.kept: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number < 190:
            self.kept.append(message.text.split())


class OneOff(Worker):
    def setup(self) -> None:
        self.model: Any = None

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number == 330:
            self.model = [f"weight {i}" for i in range(30_000)]


class Steps(Worker):
    def setup(self) -> None:
        self.tables: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number in (100, 260, 400):
            self.tables.append([f"row {i}" for i in range(5_000)])


class GrowThenFree(Worker):
    def setup(self) -> None:
        self.batch: list[Any] = []

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.batch.append(message.text.split())
        if len(self.batch) == 90:
            self.batch.clear()


class Churn(Worker):
    def setup(self) -> None:
        self.slots: list[Any] = [None] * 300

    async def work(self, message: Note, ctx: MessageContext) -> None:
        for _ in range(20):
            size = self.random.choice((10, 100, 1_000, 5_000))
            self.slots[self.random.randrange(300)] = bytearray(size)


class Pool(Worker):
    def setup(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self.pool = ThreadPoolExecutor(12)

    async def work(self, message: Note, ctx: MessageContext) -> None:
        await asyncio.get_running_loop().run_in_executor(self.pool, sorted, [3, 1, 2])


class Bursts(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 40 < 4:
            await asyncio.gather(*(asyncio.sleep(0) for _ in range(200)))


class Growing(Worker):
    """What is sent grows, what is kept does not."""

    async def work(self, message: Note, ctx: MessageContext) -> Note:
        return Note(message.number, "w", [["cell"] * 5 for _ in range(message.number)])


class Expiring(Worker):
    def setup(self) -> None:
        self.entries: dict[int, tuple[int, list[str]]] = {}

    async def work(self, message: Note, ctx: MessageContext) -> None:
        self.entries[message.number] = (message.number + 80, message.text.split())
        for key in [k for k, (until, _) in self.entries.items() if until < message.number]:
            del self.entries[key]


class Reaped(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        if message.number % 25 == 0:
            child = await asyncio.create_subprocess_exec("true")
            await child.wait()


class CleanedFolders(Worker):
    async def work(self, message: Note, ctx: MessageContext) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "rows.csv").write_text(CSV)


class BigReplies(Worker):
    """A big answer that the sender drops."""

    async def work(self, message: Note, ctx: MessageContext) -> Note:
        return Note(message.number, "big", [[f"{i} {j}" for j in range(10)] for i in range(100)])


async def reset(iterations: int) -> None:
    team = _team(AssistantAgent("poet", Talker()), AssistantAgent("judge", Talker()))
    for number in range(min(iterations, 250)):
        await team.run(task=f"Line {number}")
        await team.reset()


async def buffered(iterations: int) -> None:
    agent = AssistantAgent(
        "poet", Talker(), model_context=BufferedChatCompletionContext(buffer_size=12)
    )
    for number in range(iterations):
        await agent.run(task=f"Line {number}")


async def handed_on(iterations: int) -> None:
    await _transfer(iterations, keeps=False)


LEAKING: dict[str, tuple[Any, str]] = {
    "history": (History, "parser"),
    "closures": (Closures, "parser"),
    "cached method": (CachedMethod, "parser"),
    "tracebacks": (Tracebacks, "critic"),
    "registry": (Registry, "parser"),
    "timers": (Timers, "parser"),
    "context chain": (Chain, "parser"),
    "mailbox": (Mailbox, "writer"),
    "CSV rows": (Rows, "parser"),
    "100 bytes a message": (Tiny, "reader"),
    "2 % error path": (RarePath, "parser"),
    "session instances": (Sessions, "parser"),
    "topic a request": (topics, "listener"),
    "team without reset": (unreset, "poet judge RoundRobinGroupChatManager"),
    "collector off": (Off, ""),
    "futures": (Futures, "parser"),
    "native malloc": (Native, "parser"),
    "descriptors": (Descriptors, "parser"),
    "threads": (Threads, "parser"),
    "tasks": (Tasks, "parser"),
    "processes": (Processes, "parser"),
    "temp folders": (TempFolders, "parser"),
    "transfer": (transfer, "writer"),
    "buffered context": (buffered, "poet"),  # bounds what is sent and keeps every message
}
CLEAN: dict[str, Any] = {
    "plain work": Worker,  # what is found here is our own
    "warm-up": WarmUp,
    "LRU filling": Lru,
    "sawtooth": Sawtooth,
    "plateau": Plateau,
    "one-off": OneOff,
    "steps": Steps,
    "grow then free": GrowThenFree,
    "churn": Churn,
    "thread pool": Pool,
    "bursts": Bursts,
    "growing payload": Growing,
    "expiring entries": Expiring,
    "reaped children": Reaped,
    "cleaned folders": CleanedFolders,
    "big replies": BigReplies,
    "team with reset": reset,
    "handed on": handed_on,
}

if __name__ == "__main__":
    main({**{kind: program for kind, (program, _) in LEAKING.items()}, **CLEAN})
