"""A chat is awaited, so the function around it is a coroutine, and so are its callers in the file.

That needs every use of the function to be a call that can await it; a function that is a tool may
be a coroutine as it is. See MIG062 for the others.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG061",
    slug="async-function",
    title="A function that holds a chat becomes a coroutine",
    level="migrated",
    v02="a function with a chat in it",
    v07="`async def`, awaited by its callers in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            ("def ask(text):\n    user.initiate_chat(bot, message=text)"),
            (
                "async def ask(text):\n"
                "    team = RoundRobinGroupChat([bot], max_turns=100)\n"
                "    await Console(team.run_stream(task=TextMessage(content=text, "
                'source="user")))'
            ),
        ),
    ),
)
