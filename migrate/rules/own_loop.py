"""A method, a callback or a function only other files call stays synchronous.

Its file gets one event loop, in a thread of its own, that lives as long as the program, because
clients and teams die with the loop they ran on: `wait_for(…)` waits for it from any thread, so that
a server may ask from several at once. Code that is async itself awaits `on_loop(…)` there. The same
goes for a file that starts one loop after another by itself, as with `asyncio.run` in a callback.
Clients of the module are closed when the program ends. Where a tool that is a coroutine calls such
a function the place is marked: it runs on the loop that it would wait for.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG062",
    slug="own-loop",
    title="A file whose chats cannot be awaited keeps one event loop",
    level="todo",
    v02="chats in methods, callbacks, functions other files call",
    v07="`wait_for(…)` on an event loop of the file",
    docs=__doc__ or "",
    examples=(
        Example(
            ("class App:\n    def ask(self, text):\n        user.initiate_chat(bot, message=text)"),
            (
                "event_loop = asyncio.new_event_loop()\n"
                "…\n"
                "        wait_for(Console(team.run_stream(…)))"
            ),
        ),
    ),
)
