"""Recording from within a program: a block, and a function.

    python examples/record_in_code.py
    loupe runs

Each block is a recording of its own. `TracedRuntime` takes the place of AutoGen's
`SingleThreadedAgentRuntime`; AgentChat teams that make their own runtime need no change.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from autogen_core import AgentId, MessageContext, RoutedAgent, message_handler

from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import open_recording, record


@dataclass
class Question:
    text: str


class Echo(RoutedAgent):
    def __init__(self) -> None:
        super().__init__("says it again")

    @message_handler
    async def on_question(self, message: Question, ctx: MessageContext) -> Question:
        return Question(message.text.upper())


async def ask(text: str) -> str:
    runtime = TracedRuntime()
    await Echo.register(runtime, "echo", Echo)
    runtime.start()
    answer = await runtime.send_message(Question(text), AgentId("echo", "default"))
    await runtime.stop_when_idle()
    return answer.text


@record("decorated")
async def ask_twice() -> None:
    print(await ask("first"))
    print(await ask("second"))


def main() -> None:
    with record("block") as recorder:
        print(asyncio.run(ask("only once")))
    asyncio.run(ask_twice())

    with open_recording(recorder.path) as recording:
        for info in recording.runs:
            for step in recording.run(info.number).steps():
                print(f"recorded: {step.message_type} to {step.recipient}")


if __name__ == "__main__":
    main()
