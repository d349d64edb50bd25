"""What goes wrong with servers, and what else they give:

python troubles.py silent | crash | cancel | other SERVER
"""

from __future__ import annotations

import asyncio
import sys

from autogen_core import CancellationToken
from autogen_ext.tools.mcp import McpWorkbench, StdioServerParams


async def main(what: str, server: str) -> None:
    arguments = [server, "stdio", what]
    deadline = 2 if what == "silent" else 20
    parameters = StdioServerParams(
        command=sys.executable, args=arguments, read_timeout_seconds=deadline
    )
    async with McpWorkbench(parameters) as workbench:
        if what == "silent":
            try:
                await workbench.list_tools()
            except Exception as error:
                print("list_tools:", error)
        elif what == "other":
            await workbench.list_resources()
            await workbench.read_resource("notes://today")
            await workbench.list_prompts()
            print((await workbench.get_prompt("greet", {"name": "Ada"})).messages[0].content)
        elif what == "crash":
            print("crash:", (await workbench.call_tool("crash", {})).to_text())
        else:
            await workbench.list_tools()  # the server is up
            token = CancellationToken()
            call = asyncio.ensure_future(
                workbench.call_tool("wait", {"seconds": 1.5}, cancellation_token=token)
            )
            await asyncio.sleep(0.5)
            try:
                token.cancel()
            except AttributeError as error:
                print("cancel:", error)
            print("answer:", (await call).to_text())


asyncio.run(main(*sys.argv[1:]))
