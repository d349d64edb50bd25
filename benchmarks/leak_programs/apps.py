"""Twenty small services in another style than the two banks: publishers and subscribers, tools,
teams, helpers of an agent. Nothing was ever tuned on them.
"""

from __future__ import annotations

import asyncio
import collections
import functools
import io
import random
import sqlite3
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from autogen_agentchat.agents import AssistantAgent, SocietyOfMindAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import (
    CancellationToken,
    DefaultTopicId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    TopicId,
    TypeSubscription,
    default_subscription,
    message_handler,
)
from lab import Talker


@dataclass
class Order:
    id: int
    customer: str
    lines: list[str]


@dataclass
class Priced:
    id: int
    total: float


@dataclass
class Invoice:
    id: int
    text: str


Hook = Callable[["Order | Priced | Invoice", MessageContext], Awaitable[None] | None]


@default_subscription
class Pricing(RoutedAgent):
    """orders in, prices out"""

    def __init__(self, hook: Hook | None = None) -> None:
        super().__init__("prices orders")
        self.hook = hook

    @message_handler
    async def price(self, message: Order, ctx: MessageContext) -> None:
        await _call(self.hook, message, ctx)
        total = float(sum(len(line) for line in message.lines))
        await self.publish_message(Priced(message.id, total), DefaultTopicId())


@default_subscription
class Billing(RoutedAgent):
    """prices in, invoices out"""

    def __init__(self, hook: Hook | None = None) -> None:
        super().__init__("writes invoices")
        self.hook = hook

    @message_handler
    async def bill(self, message: Priced, ctx: MessageContext) -> None:
        await _call(self.hook, message, ctx)
        await self.publish_message(
            Invoice(message.id, f"please pay {message.total}"), DefaultTopicId()
        )


@default_subscription
class Archive(RoutedAgent):
    """invoices in, nothing out"""

    def __init__(self, hook: Hook | None = None) -> None:
        super().__init__("files invoices")
        self.hook = hook

    @message_handler
    async def file(self, message: Invoice, ctx: MessageContext) -> None:
        await _call(self.hook, message, ctx)


async def _call(hook: Hook | None, message: Any, ctx: MessageContext) -> None:
    if hook is not None:
        result = hook(message, ctx)
        if result is not None:
            await result


async def shop(
    orders: int,
    *,
    pricing: Hook | None = None,
    billing: Hook | None = None,
    archive: Hook | None = None,
) -> None:
    """Three agents in a row, each with what it does besides."""
    runtime = SingleThreadedAgentRuntime()
    await Pricing.register(runtime, "pricing", lambda: Pricing(pricing))
    await Billing.register(runtime, "billing", lambda: Billing(billing))
    await Archive.register(runtime, "archive", lambda: Archive(archive))
    runtime.start()
    for id in range(orders):
        order = Order(id, f"customer {id % 20}", [f"item {id + n}" for n in range(5)])
        await runtime.publish_message(order, DefaultTopicId())
        while runtime.unprocessed_messages_count:
            await asyncio.sleep(0)
        await asyncio.sleep(0.0005)
    await runtime.stop_when_idle()


# -- leaking -------------------------------------------------------------------------------------
class Embedder:
    """A helper that an agent owns: it remembers every text."""

    def __init__(self) -> None:
        self.vectors: dict[str, tuple[float, ...]] = {}

    def embed(self, text: str) -> tuple[float, ...]:
        if text not in self.vectors:
            self.vectors[text] = tuple(float(ord(letter)) for letter in text[:8])
        return self.vectors[text]


async def embedder(orders: int) -> None:
    helper = Embedder()

    @default_subscription
    class Searching(Archive):
        def __init__(self) -> None:
            super().__init__(lambda message, ctx: self.remember(message))
            self.helper = helper

        def remember(self, message: Any) -> None:
            self.helper.embed(f"{message.text} for {message.id}")

    runtime = SingleThreadedAgentRuntime()
    await Pricing.register(runtime, "pricing", Pricing)
    await Billing.register(runtime, "billing", Billing)
    await Searching.register(runtime, "searching", Searching)
    runtime.start()
    for id in range(orders):
        await runtime.publish_message(Order(id, "c", ["a"]), DefaultTopicId())
        await asyncio.sleep(0.001)
    await runtime.stop_when_idle()


async def locks(orders: int) -> None:
    held: collections.defaultdict[int, asyncio.Lock] = collections.defaultdict(asyncio.Lock)

    async def billing(message: Any, ctx: MessageContext) -> None:
        async with held[message.id]:
            await asyncio.sleep(0)

    await shop(orders, billing=billing)


async def transcript(orders: int) -> None:
    text = io.StringIO()

    def archive(message: Any, ctx: MessageContext) -> None:
        text.write(f"{message.id}: {message.text}, and the small print of two hundred bytes " * 3)

    await shop(orders, archive=archive)


async def refusals(orders: int) -> None:
    """Kept on a path that chance takes, one order in twenty-five."""
    chance = random.Random(7)
    refused: list[tuple[Any, str]] = []

    def pricing(message: Any, ctx: MessageContext) -> None:
        if chance.random() < 0.04:
            refused.append((message, "no credit"))

    await shop(orders, pricing=pricing)


async def database(orders: int) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE invoices (id INTEGER, text TEXT)")

    def archive(message: Any, ctx: MessageContext) -> None:
        rows = [(message.id, f"{message.text} {n}") for n in range(10)]
        db.executemany("INSERT INTO invoices VALUES (?, ?)", rows)

    await shop(orders, archive=archive)


async def tokens(orders: int) -> None:
    """To be able to cancel, a token a request; nobody takes them away."""
    running: dict[int, CancellationToken] = {}

    def pricing(message: Any, ctx: MessageContext) -> None:
        running[message.id] = CancellationToken()

    await shop(orders, pricing=pricing)


SHEETS: list[list[str]] = []


def look_up(name: str) -> str:
    """Looks up a sheet."""
    SHEETS.append([f"{name} row {n}" for n in range(6)])
    return "a sheet"


async def tool(orders: int) -> None:
    """A tool of one of three agents keeps what it read; the teams are made anew."""

    class Reading(AssistantAgent):
        async def on_messages_stream(self, messages: Any, cancellation_token: Any) -> Any:
            look_up(messages[-1].content if messages else "none")
            async for each in super().on_messages_stream(messages, cancellation_token):
                yield each

    for n in range(min(orders, 200)):
        team = RoundRobinGroupChat(
            [Reading("reader", Talker()), AssistantAgent("clerk", Talker())],
            termination_condition=MaxMessageTermination(3),
        )
        await team.run(task=f"sheet {n}")


async def states(orders: int) -> None:
    saved: list[Any] = []
    team = RoundRobinGroupChat(
        [AssistantAgent("poet", Talker()), AssistantAgent("judge", Talker())],
        termination_condition=MaxMessageTermination(3),
    )
    for n in range(min(orders, 200)):
        await team.run(task=f"line {n}")
        saved.append(await team.save_state())
        await team.reset()


async def subscriptions(orders: int) -> None:
    """A topic a customer session, and a subscription that outlives it."""
    runtime = SingleThreadedAgentRuntime()
    await Pricing.register(runtime, "pricing", Pricing)
    await Archive.register(runtime, "archive", Archive)
    runtime.start()
    for id in range(orders):
        await runtime.add_subscription(TypeSubscription(f"session-{id}", "archive"))
        await runtime.publish_message(Invoice(id, "x"), TopicId(f"session-{id}", "default"))
        await asyncio.sleep(0.001)
    await runtime.stop_when_idle()


async def spools(orders: int) -> None:
    open_files: list[Any] = []

    def archive(message: Any, ctx: MessageContext) -> None:
        if message.id % 4 == 0:
            file = tempfile.TemporaryFile("w+")  # noqa: SIM115
            file.write(message.text)
            open_files.append(file)

    await shop(orders, archive=archive)


# -- clean -----------------------------------------------------------------------------------------
async def own_lru(orders: int) -> None:
    cache: collections.OrderedDict[int, list[str]] = collections.OrderedDict()
    chance = random.Random(3)

    def pricing(message: Any, ctx: MessageContext) -> None:
        key = chance.randrange(1_000)
        cache[key] = [f"price {key} {n}" for n in range(3)]
        cache.move_to_end(key)
        if len(cache) > 120:
            cache.popitem(last=False)

    await shop(orders, pricing=pricing)


@functools.lru_cache(maxsize=2_000)
def taxed(id: int) -> list[int]:
    return [id, id * 2]


async def far_from_full(orders: int) -> None:
    """A cache with a bound that the run does not reach."""

    def billing(message: Any, ctx: MessageContext) -> None:
        taxed(message.id)

    await shop(orders, billing=billing)


async def flushed(orders: int) -> None:
    waiting: list[Any] = []

    def archive(message: Any, ctx: MessageContext) -> None:
        waiting.append((message.id, message.text))
        if len(waiting) >= 64:
            with tempfile.TemporaryFile("w") as file:
                file.writelines(f"{row}\n" for row in waiting)
            waiting.clear()

    await shop(orders, archive=archive)


async def summarised(orders: int) -> None:
    history: list[str] = []

    def billing(message: Any, ctx: MessageContext) -> None:
        history.append(f"{message.id} cost {message.total}")
        if len(history) > 100:
            history[:] = ["in short: a hundred were billed", *history[-10:]]

    await shop(orders, billing=billing)


async def one_helper(orders: int) -> None:
    """A child process that lives as long as the service."""
    helper = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert helper.stdin is not None
    assert helper.stdout is not None

    def billing(message: Any, ctx: MessageContext) -> None:
        if message.id % 10 == 0:
            print(message.id, file=helper.stdin, flush=True)
            helper.stdout.readline()

    try:
        await shop(orders, billing=billing)
    finally:
        helper.stdin.close()
        helper.wait()
        helper.stdout.close()


async def weak_sessions(orders: int) -> None:
    class Session:
        def __init__(self, id: int) -> None:
            self.id = id
            self.me = self  # only the collector ends it

    sessions: weakref.WeakSet[Session] = weakref.WeakSet()

    def pricing(message: Any, ctx: MessageContext) -> None:
        sessions.add(Session(message.id))

    await shop(orders, pricing=pricing)


async def forgetting_agent(orders: int) -> None:
    agent = AssistantAgent("poet", Talker())
    for n in range(orders):
        await agent.run(task=f"line {n}")
        if n % 20 == 19:
            await agent.on_reset(CancellationToken())


async def society(orders: int) -> None:
    """A team within an agent, made anew for each request."""
    for n in range(min(orders, 120)):
        inner = RoundRobinGroupChat(
            [AssistantAgent("poet", Talker()), AssistantAgent("judge", Talker())],
            termination_condition=MaxMessageTermination(3),
        )
        outer = SocietyOfMindAgent("society", team=inner, model_client=Talker())
        await outer.run(task=f"line {n}")


async def longer_reports(orders: int) -> None:
    """Each report is longer than the one before; only the last is kept."""
    last: dict[str, str] = {}

    def archive(message: Any, ctx: MessageContext) -> None:
        last["report"] = "\n".join(f"{message.text} {n}" for n in range(message.id))

    await shop(orders, archive=archive)


async def lost_race(orders: int) -> None:
    """Two suppliers are asked at once, the slower one is cancelled."""

    async def offer(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    async def pricing(message: Any, ctx: MessageContext) -> None:
        asked = [asyncio.create_task(offer(seconds)) for seconds in (0, 5)]
        _, slow = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        for each in slow:
            each.cancel()

    await shop(orders, pricing=pricing)


LEAKING: dict[str, tuple[Any, str]] = {
    "helper's memory": (embedder, "searching"),
    "a lock a request": (locks, "billing"),
    "transcript": (transcript, "archive"),
    "refusals, 4 %": (refusals, "pricing"),
    "database in memory": (database, "archive"),
    "tokens kept": (tokens, "pricing"),
    "sheets of a tool": (tool, "reader"),
    "states saved": (states, "poet judge RoundRobinGroupChatManager"),
    "subscription a session": (subscriptions, "archive"),
    "open spools": (spools, "archive"),
}
CLEAN: dict[str, Any] = {
    "own LRU": own_lru,
    "cache far from full": far_from_full,
    "flushed batches": flushed,
    "summarised history": summarised,
    "one helper process": one_helper,
    "weak sessions": weak_sessions,
    "forgetting agent": forgetting_agent,
    "society each time": society,
    "longer reports": longer_reports,
    "lost race": lost_race,
}

if __name__ == "__main__":
    iterations = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    programs = {**{kind: program for kind, (program, _) in LEAKING.items()}, **CLEAN}
    asyncio.run(programs[sys.argv[1]](iterations))
