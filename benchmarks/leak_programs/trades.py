"""Twenty-four small trades, half of them leaking: agents made of functions that hear of orders by
topic, assistants with workbenches and caches, teams that are selected, reset and broken off, and
what Python has beside the heap (pipes, shared memory, compressors, exit handlers). Written before
any was judged.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import logging
import logging.handlers
import math
import multiprocessing.shared_memory
import os
import queue
import random
import sqlite3
import sys
import tempfile
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat
from autogen_core import (
    CancellationToken,
    ClosureContext,
    try_get_known_serializers_for_type,
)
from autogen_core.tools import FunctionTool, StaticWorkbench, ToolResult
from autogen_ext.models.cache import ChatCompletionCache
from lab import Talker
from office_parts import Caller
from pydantic import create_model
from trade_parts import Order, Voice, idle, street


# -- leaking -------------------------------------------------------------------------------------
async def forecasts(days: int) -> None:
    """Every answer of the model is cached, no question comes twice."""
    model = ChatCompletionCache(Talker(["Rain.", "Sun."]))
    for day in range(days):
        team = RoundRobinGroupChat(
            [Voice("sailor"), AssistantAgent("forecaster", model)],
            termination_condition=MaxMessageTermination(3),
        )
        await team.run(task=f"the weather of day {day}")


class Counter(StaticWorkbench):
    """A workbench that notes what its tools gave, by who asked for what."""

    def __init__(self, tools: list[Any]) -> None:
        super().__init__(tools)
        self.given: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)

    async def call_tool(self, name: str, *args: Any, **kwargs: Any) -> ToolResult:
        result = await super().call_tool(name, *args, **kwargs)
        self.given[name].append((time.time(), result.to_text()))
        return result


async def counter(days: int) -> None:
    def change(sum: int) -> str:
        """Counts coins."""
        return f"{sum // 50} of fifty, {sum % 50} of one"

    bench = Counter([FunctionTool(change, "Counts coins")])
    model = Caller("change", '{"sum": NUMBER}')
    for day in range(days):
        teller = AssistantAgent("teller", model, workbench=bench)
        team = RoundRobinGroupChat(
            [Voice("customer"), teller], termination_condition=MaxMessageTermination(4)
        )
        await team.run(task=f"day {day}")


async def letters(days: int) -> None:
    """Letters are put into a queue that nobody empties."""
    box: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()

    def porter(agent: ClosureContext, order: Order) -> None:
        box.put((f"letter about {order.text}", order.day))

    await street(days, {"baker": idle, "porter": porter, "smith": idle})


async def packing(days: int) -> None:
    """A compressor a parcel, each a quarter of a megabyte that Python does not see."""
    parcels: dict[int, Any] = {}

    def packer(agent: ClosureContext, order: Order) -> None:
        if order.day % 5 == 0:
            parcels[order.day] = zlib.compressobj(6)
            parcels[order.day].compress(order.text.encode())

    await street(days, {"packer": packer, "baker": idle})


async def farewells(days: int) -> None:
    """Something more to be done at the end of the program."""

    def bye(text: str) -> None: ...

    def undertaker(agent: ClosureContext, order: Order) -> None:
        atexit.register(bye, f"farewell, {order.text}")

    await street(days, {"baker": idle, "smith": idle, "undertaker": undertaker})
    atexit.unregister(bye)


async def pipes(days: int) -> None:
    """Every ninth order lays a pipe, and leaves both ends open."""
    laid: list[int] = []

    def plumber(agent: ClosureContext, order: Order) -> None:
        if order.day % 9 == 0:
            laid.extend(os.pipe())

    await street(days, {"plumber": plumber, "baker": idle, "smith": idle})
    for each in laid:
        os.close(each)


async def canvases(days: int) -> None:
    """Shared memory that is neither closed nor unlinked."""
    hung: list[multiprocessing.shared_memory.SharedMemory] = []

    async def painter(agent: ClosureContext, order: Order) -> None:
        if order.day % 8 == 3:
            canvas = multiprocessing.shared_memory.SharedMemory(create=True, size=16_384)
            canvas.buf[:5] = b"paint"
            hung.append(canvas)
        await asyncio.sleep(0)

    await street(days, {"baker": idle, "painter": painter})
    for each in hung:
        each.close()
        each.unlink()


async def vigils(days: int) -> None:
    """One future that everybody hopes for gets a callback with each order."""
    dawn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def ring(day: int, done: Any) -> None: ...

    def watchman(agent: ClosureContext, order: Order) -> None:
        dawn.add_done_callback(functools.partial(ring, order.day))

    await street(days, {"watchman": watchman, "smith": idle, "baker": idle})
    dawn.cancel()


async def forms(days: int) -> None:
    """A message type of its own for every order, made known to the runtime."""

    def notary(agent: ClosureContext, order: Order) -> None:
        form: Any = create_model(f"Form{order.day}", text=(str, ...))
        runtime: Any = agent._runtime  # pyright: ignore[reportAttributeAccessIssue]  a closure has no other way
        runtime.add_message_serializer(try_get_known_serializers_for_type(form))

    await street(days, {"baker": idle, "notary": notary})


async def guests(days: int) -> None:
    """An agent made of a function gathers what it hears, one in twelve, for later."""
    book: set[tuple[int, str]] = set()

    def innkeeper(agent: ClosureContext, order: Order) -> None:
        if order.day % 12 == 0:
            book.add((order.day, f"the guest of {order.text}"))

    await street(days, {"baker": idle, "smith": idle, "innkeeper": innkeeper})


async def minutes(days: int) -> None:
    """Whoever selects the next speaker remembers all that it was shown."""
    shown: list[list[Any]] = []

    def select(thread: Sequence[Any]) -> str:
        shown.append(list(thread))
        return "mason" if len(thread) % 2 else "carpenter"

    for day in range(days):
        team = SelectorGroupChat(
            [Voice("mason"), Voice("carpenter")],
            Talker(),
            selector_func=select,
            termination_condition=MaxMessageTermination(4),
        )
        await team.run(task=f"wall {day}")


async def causes(days: int) -> None:
    """Every failure has the one before as its cause, so none is ever forgotten."""
    last: list[Exception] = [ValueError("the first")]

    def tinker(agent: ClosureContext, order: Order) -> None:
        if order.day % 3:
            return
        try:
            raise RuntimeError(f"{order.text} broke") from last[0]
        except RuntimeError as error:
            last[0] = error

    await street(days, {"tinker": tinker, "baker": idle})


# -- clean -----------------------------------------------------------------------------------------
async def few_forecasts(days: int) -> None:
    """Answers are cached, and the same eighty questions come again in any order."""
    model, chance = ChatCompletionCache(Talker()), random.Random(3)
    for _ in range(days):
        await AssistantAgent("forecaster", model).run(task=f"town {chance.randrange(80)}")
        await asyncio.sleep(0)  # else nothing ever waits, and what the loop is to end piles up


async def sorting(days: int) -> None:
    """A thread empties the queue, now sooner and now later."""
    box: queue.Queue[str | None] = queue.Queue(maxsize=200)
    chance = random.Random(9)

    def sort() -> None:
        while (letter := box.get()) is not None:
            letter.split()

    sorter = threading.Thread(target=sort)
    sorter.start()

    def porter(agent: ClosureContext, order: Order) -> None:
        for n in range(chance.randrange(5)):
            box.put(f"letter {n} about {order.text}")

    await street(days, {"porter": porter, "baker": idle})
    box.put(None)
    sorter.join()


async def unpacking(days: int) -> None:
    """Compressors and buffers of changing size, none of which is kept."""
    chance = random.Random(4)

    def packer(agent: ClosureContext, order: Order) -> None:
        data = chance.randbytes(chance.randrange(100, 60_000))
        zlib.decompress(zlib.compress(data, chance.randrange(1, 9)))

    await street(days, {"packer": packer, "baker": idle})


async def guild(days: int) -> None:
    """A team of which the history is cleared after every fifty runs only."""
    team = RoundRobinGroupChat(
        [Voice("mason"), AssistantAgent("scribe", Talker())],
        termination_condition=MaxMessageTermination(3),
    )
    for day in range(days):
        await team.run(task=f"day {day}")
        if day % 50 == 49:
            await team.reset()


async def hand_over(days: int) -> None:
    """The state is saved, and a new team goes on with it after a reset in between."""
    state: Any = None
    for day in range(days):
        team = RoundRobinGroupChat(
            [Voice("day"), Voice("night")], termination_condition=MaxMessageTermination(3)
        )
        if state is not None and day % 4:
            await team.load_state(state)
        await team.run(task=f"shift {day}")
        state = await team.save_state()


async def gangs(days: int) -> None:
    """Each order is worked on by up to forty tasks at once."""
    chance = random.Random(6)

    async def lift(stone: int) -> int:
        for _ in range(stone % 3):
            await asyncio.sleep(0)
        return stone

    async def foreman(agent: ClosureContext, order: Order) -> None:
        limit = asyncio.Semaphore(7)

        async def one(stone: int) -> int:
            async with limit:
                return await lift(stone)

        await asyncio.gather(*(one(stone) for stone in range(chance.randrange(40))))

    await street(days, {"foreman": foreman, "smith": idle})


async def diary(days: int) -> None:
    """A database on disk that holds the latest hundred orders."""
    with tempfile.TemporaryDirectory() as folder:
        store = sqlite3.connect(Path(folder) / "diary.db")
        store.execute("CREATE TABLE entries (day INTEGER PRIMARY KEY, text TEXT)")

        def clerk(agent: ClosureContext, order: Order) -> None:
            with store:
                store.execute("INSERT INTO entries VALUES (?, ?)", (order.day, order.text * 20))
                store.execute("DELETE FROM entries WHERE day < ?", (order.day - 100,))

        await street(days, {"clerk": clerk, "baker": idle})
        store.close()


async def atlas(days: int) -> None:
    """What is known of each of a hundred and twenty towns is kept for good, once asked for."""
    chance = random.Random(2)

    @functools.cache
    def town(number: int) -> dict[str, Any]:
        return {"number": number, "streets": [f"street {n}" for n in range(number % 9)]}

    def guide(agent: ClosureContext, order: Order) -> None:
        town(chance.randrange(120))

    await street(days, {"guide": guide, "baker": idle})


async def seasons(days: int) -> None:
    """The latest thirty crates, full in summer and empty in winter."""
    crates: list[list[str]] = []

    def grocer(agent: ClosureContext, order: Order) -> None:
        size = int(60 * (1 + math.sin(order.day / 18)))
        crates.append([f"apple {n} of {order.day}" for n in range(size)])
        del crates[:-30]

    await street(days, {"grocer": grocer, "baker": idle})


async def two_drawers(days: int) -> None:
    """A cache of two halves: the older one is thrown away when the younger one is full."""
    young: dict[int, str] = {}
    old: dict[int, str] = {}

    def clerk(agent: ClosureContext, order: Order) -> None:
        nonlocal young, old
        if len(young) >= 64:
            young, old = {}, young
        young[order.day] = f"file about {order.text}"
        old.get(order.day - 70)

    await street(days, {"clerk": clerk, "smith": idle})


async def ledger_lines(days: int) -> None:
    """Log records wait in memory until there are two hundred."""
    log = logging.getLogger("trades.ledger")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(logging.handlers.MemoryHandler(200, target=logging.NullHandler()))

    def clerk(agent: ClosureContext, order: Order) -> None:
        log.info("%s came on day %d", order.text, order.day)

    await street(days, {"clerk": clerk, "baker": idle})


async def broken_off(days: int) -> None:
    """Two runs in three are broken off: by a token, or by leaving the stream."""
    for day in range(days):
        token = CancellationToken()
        team = RoundRobinGroupChat(
            [Voice("mason"), Voice("carpenter")],
            termination_condition=MaxMessageTermination(6) | TextMentionTermination("ENOUGH"),
        )
        stream = team.run_stream(task=f"wall {day}", cancellation_token=token)
        seen = 0
        with contextlib.suppress(asyncio.CancelledError):
            async for _ in stream:
                seen += 1
                if day % 3 == 1 and seen == 2:
                    token.cancel()
                elif day % 3 == 2 and seen == 3:
                    break
        await stream.aclose()


LEAKING: dict[str, tuple[Any, str]] = {
    "answers cached": (forecasts, "forecaster"),
    "workbench that notes": (counter, "teller"),
    "queue nobody empties": (letters, "porter"),
    "compressors": (packing, "packer"),
    "exit handlers": (farewells, "undertaker"),
    "pipes": (pipes, "plumber"),
    "shared memory": (canvases, "painter"),
    "callbacks of a future": (vigils, "watchman"),
    "message types": (forms, "notary"),
    "guests, one in twelve": (guests, "innkeeper"),
    "selector that remembers": (minutes, "SelectorGroupChatManager"),
    "chain of causes": (causes, "tinker"),
}
CLEAN: dict[str, Any] = {
    "few answers cached": few_forecasts,
    "queue that is emptied": sorting,
    "compressors let go": unpacking,
    "reset now and then": guild,
    "state handed over": hand_over,
    "gangs of tasks": gangs,
    "diary of a hundred": diary,
    "atlas filling up": atlas,
    "seasons": seasons,
    "two drawers": two_drawers,
    "log held back": ledger_lines,
    "runs broken off": broken_off,
}

if __name__ == "__main__":
    iterations = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    programs = {**{kind: program for kind, (program, _) in LEAKING.items()}, **CLEAN}
    asyncio.run(programs[sys.argv[1]](iterations))
