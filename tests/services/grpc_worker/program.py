"""Agents in two processes, by AutoGen's gRPC runtime: one asks, the other answers and tells.

With "leaves" the other goes away between a request and its reply: whoever asked waits for ever, as
that runtime has no deadline and tells only the host's log. Here it gives up.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from dataclasses import dataclass

from autogen_core import (
    AgentId,
    DefaultTopicId,
    MessageContext,
    RoutedAgent,
    default_subscription,
    message_handler,
    try_get_known_serializers_for_type,
)
from autogen_ext.runtimes.grpc import GrpcWorkerAgentRuntime, GrpcWorkerAgentRuntimeHost


@dataclass
class Ask:
    text: str


@dataclass
class Answer:
    text: str


@dataclass
class News:
    text: str


ASKED = AgentId("worker", "default")
heard: list[str] = []
both = asyncio.Event()


@default_subscription
class Worker(RoutedAgent):
    @message_handler
    async def ask(self, message: Ask, ctx: MessageContext) -> Answer:
        await self.publish_message(News(f"news of {message.text}"), DefaultTopicId())
        return Answer(f"re: {message.text}")


@default_subscription
class Listener(RoutedAgent):
    @message_handler
    async def news(self, message: News, ctx: MessageContext) -> None:
        heard.append(message.text)
        if len(heard) == 2:
            both.set()


async def runtime(address: str) -> GrpcWorkerAgentRuntime:
    made = GrpcWorkerAgentRuntime(host_address=address)
    for each in (Ask, Answer, News):
        made.add_message_serializer(try_get_known_serializers_for_type(each))
    await made.start()
    return made


def address_of() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def start(what: str, address: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, __file__, what, address]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


class Deserter(RoutedAgent):
    @message_handler
    async def ask(self, message: Ask, ctx: MessageContext) -> Answer:
        os._exit(9)


async def worker(what: str, address: str) -> None:
    own = await runtime(address)
    kind = Deserter if what == "leaves" else Worker
    await kind.register(own, "worker", lambda: kind("works"))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await own.stop()


async def left(own: GrpcWorkerAgentRuntime, other: subprocess.Popen[str]) -> None:
    ask = asyncio.ensure_future(own.send_message(Ask("are you there?"), ASKED))
    await asyncio.to_thread(other.wait)
    print("the worker left with", other.returncode)
    try:
        print(await asyncio.wait_for(ask, 3.0))
    except TimeoutError:
        print("still waits")


async def main(what: str = "") -> None:
    address = address_of()
    host = GrpcWorkerAgentRuntimeHost(address=address)
    host.start()
    other = await asyncio.to_thread(start, what, address)
    await asyncio.to_thread(other.stdout.readline)
    own = await runtime(address)
    if what == "leaves":
        await left(own, other)
        await own.stop()
        await host.stop()
        return
    await Listener.register(own, "listener", lambda: Listener("listens"))
    for number in range(2):
        print(await own.send_message(Ask(f"question {number}"), ASKED))
    await both.wait()
    print(heard)
    await asyncio.to_thread(other.communicate, "")
    await own.stop()
    await host.stop()


asyncio.run(worker(*sys.argv[1:]) if len(sys.argv) > 2 else main(*sys.argv[1:]))
