"""Agents with memories:  python program.py list | redis PORT | forgetful PORT | filling"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_core import CancellationToken
from autogen_core.memory import (
    ListMemory,
    Memory,
    MemoryContent,
    MemoryMimeType,
    MemoryQueryResult,
    UpdateContextResult,
)
from autogen_core.model_context import ChatCompletionContext
from autogen_core.models import SystemMessage
from autogen_ext.models.replay import ReplayChatCompletionClient


class RedisMemory(Memory):
    """Keeps texts in a list of a Redis server, finds those that share a word with a question."""

    component_type = "memory"

    def __init__(self, port: int, read_from: str = "texts") -> None:
        self.name = "texts"
        self._port = port
        self._read_from = read_from

    async def _ask(self, *words: str) -> list[str]:
        """One command, by Redis' own protocol."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        parts = [f"*{len(words)}\r\n".encode()]
        parts += [b"$%d\r\n%s\r\n" % (len(w.encode()), w.encode()) for w in words]
        writer.writelines(parts)
        first = await reader.readline()
        answers: list[str] = []
        if first.startswith(b"*"):
            for _ in range(int(first[1:])):
                size = int((await reader.readline())[1:])
                answers.append((await reader.readexactly(size + 2))[:-2].decode())
        writer.close()
        await writer.wait_closed()
        return answers

    async def add(
        self, content: MemoryContent, cancellation_token: CancellationToken | None = None
    ) -> None:
        await self._ask("RPUSH", "texts", str(content.content))

    async def query(
        self,
        query: str | MemoryContent,
        cancellation_token: CancellationToken | None = None,
        **kwargs: Any,
    ) -> MemoryQueryResult:
        words = set(str(getattr(query, "content", query)).lower().split())
        texts = await self._ask("LRANGE", self._read_from, "0", "-1")
        fitting = [text for text in texts if words & set(text.lower().split())]
        return MemoryQueryResult(results=[text_of(text) for text in fitting])

    async def update_context(self, model_context: ChatCompletionContext) -> UpdateContextResult:
        messages = await model_context.get_messages()
        found = await self.query(str(messages[-1].content))
        if found.results:
            text = "\n".join(str(each.content) for each in found.results)
            await model_context.add_message(SystemMessage(content=f"What is known:\n{text}"))
        return UpdateContextResult(memories=found)

    async def clear(self) -> None:
        await self._ask("DEL", "texts")

    async def close(self) -> None:
        pass


def text_of(text: str) -> MemoryContent:
    return MemoryContent(content=text, mime_type=MemoryMimeType.TEXT)


async def main(what: str, port: str = "0") -> None:
    turns = 6
    model = ReplayChatCompletionClient([f"Answer {turn}." for turn in range(turns)])
    if what in ("list", "filling"):
        memory: Memory = ListMemory("facts")
    else:
        memory = RedisMemory(int(port), "other" if what == "forgetful" else "texts")
    long = " and so on" * 300 if what == "filling" else ""
    for fact in ("the harbour is north", "the market is on monday", "the bridge is closed"):
        await memory.add(text_of(fact + long))
    agent = AssistantAgent("guide", model_client=model, memory=[memory])
    for turn in range(turns):
        result = await agent.run(task=f"Where is the harbour? ({turn})")
    print(result.messages[-1].to_text())  # pyright: ignore[reportPossiblyUnboundVariable, reportAttributeAccessIssue]
    print(len((await memory.query("harbour")).results))
    await memory.clear()


asyncio.run(main(*sys.argv[1:]))
