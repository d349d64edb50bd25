"""A method, a callback or a function only other files call stays synchronous.

Its file gets one event loop that lives as long as the program, because clients and teams die with
the loop they ran on. Where a coroutine of the same file calls such a function the place is marked:
a loop cannot wait inside another.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG062",
    slug="own-loop",
    title="A file whose chats cannot be awaited keeps one event loop",
    level="todo",
    v02="chats in methods, callbacks, functions other files call",
    v07="`event_loop.run_until_complete(…)`",
    docs=__doc__ or "",
    examples=(
        Example(
            ("class App:\n    def ask(self, text):\n        user.initiate_chat(bot, message=text)"),
            (
                "event_loop = asyncio.new_event_loop()\n"
                "…\n"
                "        event_loop.run_until_complete(Console(team.run_stream(…)))"
            ),
        ),
    ),
)
