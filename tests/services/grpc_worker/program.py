"""Agents in two processes, by AutoGen's gRPC runtime: one asks, the other answers and tells."""

from __future__ import annotations

import asyncio
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


def start(address: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, __file__, address]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


async def worker(address: str) -> None:
    own = await runtime(address)
    await Worker.register(own, "worker", lambda: Worker("works"))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await own.stop()


async def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    host = GrpcWorkerAgentRuntimeHost(address=address)
    host.start()
    other = await asyncio.to_thread(start, address)
    await asyncio.to_thread(other.stdout.readline)
    own = await runtime(address)
    await Listener.register(own, "listener", lambda: Listener("listens"))
    for number in range(2):
        print(await own.send_message(Ask(f"question {number}"), AgentId("worker", "default")))
    await both.wait()
    print(heard)
    await asyncio.to_thread(other.communicate, "")
    await own.stop()
    await host.stop()


asyncio.run(worker(sys.argv[1]) if len(sys.argv) > 1 else main())
