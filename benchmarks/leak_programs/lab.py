"""What the programs of the two banks share: five agents that work, one of them a special case.

A program is one class whose `work` is called with every message. The other four agents do ordinary
work. Each iteration sends one message to each of them, concurrently, with two suspension points a
handler.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from autogen_core import (
    AgentId,
    MessageContext,
    RoutedAgent,
    SingleThreadedAgentRuntime,
    message_handler,
)
from autogen_core.models import ChatCompletionClient, CreateResult, ModelInfo, RequestUsage

NAMES = ("planner", "reader", "parser", "critic", "writer")
ITERATIONS = 500


@dataclass
class Note:
    number: int
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


class Worker(RoutedAgent):
    """Ordinary work that leaves nothing behind."""

    leaks: ClassVar[str] = ""  # the kind of leak, "" when clean

    def __init__(self) -> None:
        super().__init__("works")
        self.random = random.Random(1)
        self.setup()

    @staticmethod
    def key(number: int) -> str:
        """Of the special agent that a request goes to."""
        return "default"

    def setup(self) -> None:
        """State of a special agent."""

    @message_handler
    async def note(self, message: Note, ctx: MessageContext) -> Note:
        await asyncio.sleep(0)
        text = json.dumps({"n": message.number, "words": message.text.split()})
        answer = await self.work(message, ctx)
        await asyncio.sleep(0)
        return answer if answer is not None else Note(message.number, json.loads(text)["words"][0])

    async def work(self, message: Note, ctx: MessageContext) -> Note | None:
        return None


class Talker(ChatCompletionClient):
    """A model that answers in a sentence and keeps nothing of what it was asked."""

    def __init__(self, answers: Sequence[str] = ("It is so.",)) -> None:
        self._answers = answers
        self._calls = 0

    async def create(self, messages: Any, **_: Any) -> CreateResult:
        await asyncio.sleep(0)
        self._calls += 1
        return CreateResult(
            finish_reason="stop",
            content=f"{self._answers[self._calls % len(self._answers)]} {self._calls}",
            usage=RequestUsage(prompt_tokens=10, completion_tokens=5),
            cached=False,
        )

    async def create_stream(self, messages: Any, **_: Any) -> AsyncGenerator[Any, None]:
        yield await self.create(messages)

    async def close(self) -> None: ...

    def actual_usage(self) -> RequestUsage:
        return RequestUsage(prompt_tokens=0, completion_tokens=0)

    total_usage = actual_usage

    def count_tokens(self, messages: Any, **_: Any) -> int:
        return 10

    remaining_tokens = count_tokens

    @property
    def capabilities(self) -> Any:
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False,
            function_calling=True,
            json_output=False,
            family="unknown",
            structured_output=False,
        )


async def core(special: type[Worker], iterations: int) -> None:
    """The five agents on a runtime of their own; the special one has the name its class gives."""
    runtime = SingleThreadedAgentRuntime()
    name = getattr(special, "seat", "parser")
    for each in NAMES:
        kind = special if each == name else Worker
        await kind.register(runtime, each, kind)
    runtime.start()
    for number in range(iterations):
        note = Note(number, f"request number {number} of many")
        await asyncio.gather(
            *(
                runtime.send_message(
                    note, AgentId(each, special.key(number) if each == name else "default")
                )
                for each in NAMES
            ),
            return_exceptions=True,
        )
    await runtime.stop()


Program = type[Worker] | Callable[[int], Awaitable[None]]


def main(bank: dict[str, Program]) -> None:
    """`BANK.py KIND [ITERATIONS]`."""
    program = bank[sys.argv[1]]
    iterations = int(sys.argv[2]) if len(sys.argv) > 2 else ITERATIONS
    asyncio.run(core(program, iterations) if isinstance(program, type) else program(iterations))
