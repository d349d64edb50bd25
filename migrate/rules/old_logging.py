"""Logging of v0.1 that nothing reads is taken out.

`ChatCompletion.start_logging()` kept every question and answer in memory, for a program that prints
them at its end; v0.2.35 raises an error there. Where nothing reads them the statement goes, as
`loupe run` records them without a line of code. Where something does, it is left and marked.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..read_old_logging import old_logging
from . import Example, RuleInfo

TEXT = "the log of v0.1 is gone, and nothing read it; `loupe run` records every call"


def apply(ctx: Context) -> None:
    for call in old_logging(ctx.reader):
        take_out(ctx, call)


def take_out(ctx: Context, call: cst.Call) -> None:
    ctx.remove(call)
    ctx.reader.claim(call.func)
    ctx.note("MIG076", call, "caveat", TEXT)


RULE = RuleInfo(
    code="MIG076",
    slug="old-logging",
    title="Logging of v0.1 that nothing reads is taken out",
    level="caveat",
    v02="`autogen.ChatCompletion.start_logging()`",
    v07="nothing; `loupe run` records every call",
    docs=__doc__ or "",
    examples=(
        Example(
            "autogen.ChatCompletion.start_logging()\n"
            'user.initiate_chat(bot, message="Hi", max_turns=1)',
            "team = RoundRobinGroupChat([bot], max_turns=1)\n"
            'await Console(team.run_stream(task=TextMessage(content="Hi", source="user")))',
        ),
    ),
    order=96,
    apply=apply,
)
