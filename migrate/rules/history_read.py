"""What an agent remembers of a chat is read from the chat's result.

`last_message()` and `chat_messages[other]` look into the agent in v0.2; in 0.7 the messages are in
the TaskResult of the run. That needs one chat the read certainly comes after: the last one of the
two before it, in the same function. A whole history becomes dictionaries as v0.2 had them, where
what the agent said itself has the role of the assistant.
"""

from __future__ import annotations

from ..context import Context
from ..model import HistoryRead, Obstacle
from ..reader import Reader
from . import Example, RuleInfo
from .lost_history import is_one_message, is_shown, lost


def check(reader: Reader) -> None:
    for read in reader.program.history:
        source, many = reader.source, len(read.chats)
        if read.kind != "all" or is_shown(source, read.node) or is_one_message(source, read.node):
            continue
        for chat in read.chats:
            if text := lost(chat, many):
                chat.obstacles.append(Obstacle("MIG039", read.node, f"the history: {text}"))
    for group in reader.program.groups:
        text = next((text for chat in group.chats if (text := lost(chat))), "")
        for node in group.message_reads if text else ():
            if not (is_shown(reader.source, node) or is_one_message(reader.source, node)):
                group.obstacles.append(Obstacle("MIG039", node, f"the history: {text}"))


def apply(ctx: Context) -> None:
    for read in ctx.program.history:
        if not ctx.standing.moves(read.speaker) or not all(map(ctx.standing.moves, read.chats)):
            continue
        start, end = ctx.source.span(read.node)
        ctx.plan.replace(start, end, ctx.fitted(read.node, _code(ctx, read)))
        ctx.note("MIG039", read.node, "migrated", "read from the result of the run")
        whole = read.kind == "all" and not is_one_message(ctx.source, read.node)
        texts = [text for chat in read.chats if (text := lost(chat, len(read.chats)))]
        if whole and texts:
            ctx.note("MIG039", read.node, "caveat", f"the history: {texts[0]}")


def _code(ctx: Context, read: HistoryRead) -> str:
    results = [ctx.result_name(chat) for chat in read.chats]
    if read.kind == "last_text":
        return f"{results[-1]}.messages[-1].to_text()"
    said = ", ".join(f"*{result}.messages" for result in results)
    messages = f"[{said}]" if len(results) > 1 else f"{results[-1]}.messages"
    whole = f"{ctx.helper('chat_history')}({messages}, {ctx.source_name(read.speaker)})"
    return whole if read.kind == "all" else f"{whole}[-1]"


RULE = RuleInfo(
    code="MIG039",
    slug="history-read",
    title="last_message() and chat_messages are read from the result",
    level="migrated",
    v02='`agent.last_message()["content"]`, `agent.chat_messages[other]`',
    v07="`result.messages[-1].to_text()`, a `chat_history` function in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            ('user.initiate_chat(bot, message="Hi")\nanswer = user.last_message()["content"]'),
            ("result = await Console(team.run_stream(…))\nanswer = result.messages[-1].to_text()"),
        ),
    ),
    order=440,
    check=check,
    apply=apply,
)
