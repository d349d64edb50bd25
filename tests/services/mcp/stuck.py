"""A team whose agent waits for a tool of an MCP server that never answers; gives up a second after
it was called.

    python stuck.py upstream | embedded | external SERVER

Prints what came of `asyncio.wait_for(run_of_the_team, 1)`, or that it still waits long after: four
seconds on AutoGen's runtime, which waits for ever, and a minute on ours.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.teams._group_chat import _base_group_chat
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient
from autogen_ext.tools.mcp import McpWorkbench, StdioServerParams

from agentloupe.runtime import TracedRuntime

INFO: Any = {
    "vision": False,
    "function_calling": True,
    "json_output": False,
    "family": "unknown",
    "structured_output": False,
}


class Embedded(TracedRuntime):
    """What a team makes for itself."""

    def __init__(self, *, ignore_unhandled_exceptions: bool = True) -> None:
        super().__init__(ignore_unhandled_exceptions=ignore_unhandled_exceptions, record=False)


async def main(kind: str, server: str) -> None:
    runtime: Any = None
    if kind == "embedded":
        _base_group_chat.SingleThreadedAgentRuntime = Embedded  # type: ignore[misc, assignment]
    elif kind == "external":
        runtime = TracedRuntime(record=False)
        runtime.start()
    call = FunctionCall(id="c1", name="wait", arguments=json.dumps({"seconds": 3600}))
    answer = CreateResult(
        finish_reason="function_calls",
        content=[call],
        usage=RequestUsage(prompt_tokens=1, completion_tokens=1),
        cached=False,
    )
    parameters = StdioServerParams(
        command=sys.executable, args=[server, "stdio"], read_timeout_seconds=3600
    )
    called = asyncio.Event()

    class Workbench(McpWorkbench):
        async def call_tool(self, *args: Any, **kwargs: Any) -> Any:
            called.set()
            return await super().call_tool(*args, **kwargs)

    async with Workbench(parameters) as workbench:
        await workbench.list_tools()  # the server is up
        client = ReplayChatCompletionClient([answer], model_info=INFO)
        agent = AssistantAgent("clerk", client, workbench=workbench)
        team = RoundRobinGroupChat([agent], runtime=runtime)
        team_run = asyncio.ensure_future(team.run(task="Wait."))
        await called.wait()
        run = asyncio.ensure_future(asyncio.wait_for(team_run, 1))
        done, _ = await asyncio.wait({run}, timeout=4 if kind == "upstream" else 60)
        if not done:
            print("still waits", flush=True)
        elif run.cancelled():
            print("cancelled", flush=True)
        else:
            print(type(run.exception()).__name__, flush=True)
        os._exit(0)  # the server's own end is not what is looked at


asyncio.run(main(*sys.argv[1:]))
