"""A program that reads a whole table into memory where it runs, and goes on when that fails.

An analyst writes the code, a runner executes it in a container, both in a team; the analyst is
scripted: first it reads the table as a whole, then, told what happened, line by line.
"""

from __future__ import annotations

import asyncio
import sys

from autogen_agentchat.agents import ApprovalResponse, AssistantAgent, CodeExecutorAgent
from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.replay import ReplayChatCompletionClient

from agentloupe.runtime import DockerExecutor

MAKES = "with open('t.csv','w') as t:\n for i in range(300_000): t.write(f'{i},{i * 7 % 13},x\\n')"
WHOLE = """```python
import csv, time
rows = []
while True:
    with open('t.csv') as table:
        rows += [dict(enumerate(row)) for row in csv.reader(table)]
```"""
BY_LINE = """```python
import csv
with open('t.csv') as table:
    print('sum', sum(int(row[1]) for row in csv.reader(table)))
```"""


async def main(image: str) -> None:
    model = ReplayChatCompletionClient([f"```python\n{MAKES}\n```", WHOLE, BY_LINE, "DONE"])
    async with DockerExecutor(image, memory="64m", timeout=30) as executor:
        team = RoundRobinGroupChat(
            [
                AssistantAgent("analyst", model_client=model),
                CodeExecutorAgent(
                    "runner",
                    code_executor=executor,
                    approval_func=lambda _: ApprovalResponse(approved=True, reason="a test"),
                ),
            ],
            termination_condition=TextMentionTermination("DONE", sources=["analyst"]),
            max_turns=12,
        )
        result = await team.run(task="What is the sum of the second column?")
    for message in result.messages:
        print(f"{message.source}: {message.to_text()[:300]}")  # pyright: ignore[reportAttributeAccessIssue]


asyncio.run(main(sys.argv[1]))
