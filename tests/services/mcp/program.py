"""An agent that adds by a server's tool:  python program.py [URL | COMMAND ARGS...]"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from autogen_agentchat.agents import AssistantAgent
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, ModelFamily, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient
from autogen_ext.tools.mcp import McpWorkbench, StdioServerParams, StreamableHttpServerParams


def calls(name: str, **arguments: object) -> CreateResult:
    call = FunctionCall(id=f"call-{name}", name=name, arguments=json.dumps(arguments))
    usage = RequestUsage(prompt_tokens=10, completion_tokens=5)
    return CreateResult(finish_reason="function_calls", content=[call], usage=usage, cached=False)


async def main(where: list[str]) -> None:
    if where[0].startswith("http"):
        parameters = StreamableHttpServerParams(url=where[0], timeout=10, sse_read_timeout=10)
    else:
        command, *arguments = where
        parameters = StdioServerParams(
            command=command, args=arguments, env={**os.environ}, read_timeout_seconds=20
        )
    model = ReplayChatCompletionClient(
        [calls("add", a=40, b=2), calls("fail"), "It is 42, and the orders are lost."],
        model_info={
            "vision": False,
            "function_calling": True,
            "json_output": False,
            "family": ModelFamily.UNKNOWN,
            "structured_output": False,
        },
    )
    async with McpWorkbench(parameters) as workbench:
        agent = AssistantAgent(
            "clerk", model_client=model, workbench=workbench, max_tool_iterations=3
        )
        result = await agent.run(task="Add 40 and 2, then look at the orders.")
    print(result.messages[-1].to_text())  # pyright: ignore[reportAttributeAccessIssue]


asyncio.run(main(sys.argv[1:]))
