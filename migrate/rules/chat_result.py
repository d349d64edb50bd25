"""What a program reads from a chat's result is read from the TaskResult.

`.summary` is the text of the last message without the word TERMINATE, `.chat_history` a list of
dictionaries made from the messages. Money has no counterpart: 0.7 counts tokens, so `.cost` gives
those and the place is marked.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..model import Chat, Obstacle
from ..predicates import subscript_key
from ..reader import Reader
from . import Example, RuleInfo
from .chat_summary import summary_code, summary_variable
from .lost_history import is_one_message, is_shown, lost

READS = frozenset({"", "summary", "chat_history", "cost"})


def check(reader: Reader) -> None:
    for chat in reader.program.chats:
        for node, attribute in chat.result_reads:
            if chat.queue:
                continue
            if attribute not in READS:
                text = f".{attribute} of a chat result has no counterpart"
                chat.obstacles.append(Obstacle("MIG033", node, text))
            elif chat.summary != "last_msg" and chat.result is None and attribute == "summary":
                text = "the summary by the model is read within the statement of the chat"
                chat.obstacles.append(Obstacle("MIG034", node, text))
            elif attribute == "chat_history" and _is_other(reader, chat, node):
                chat.obstacles.append(Obstacle("MIG033", node, f"the history: {lost(chat)}"))


def _is_other(reader: Reader, chat: Chat, node: cst.CSTNode) -> bool:
    """Whether a program depends on what a history has no more."""
    seen = is_shown(reader.source, node) or is_one_message(reader.source, node)
    return not seen and bool(lost(chat))


def rewrite_reads(ctx: Context, chat: Chat) -> None:
    name = chat.result.value if isinstance(chat.result, cst.Name) else ""
    if chat.summary == "reflection_with_llm":
        _summarize_after(ctx, chat, name)
    for node, attribute in chat.result_reads:
        direct = isinstance(node, cst.Attribute) and not isinstance(node.value, cst.Name)
        match attribute:
            case "summary":
                _summary(ctx, chat, node, name, direct)
            case "chat_history":
                owner = f", {ctx.source_name(chat.starter)}" if chat.starter else ""
                _through(ctx, node, ctx.helper("chat_history"), f".messages{owner}")
                if lost(chat) and not is_one_message(ctx.source, node):
                    ctx.note("MIG033", node, "caveat", f"the history: {lost(chat)}")
            case "cost":
                _through(ctx, node, ctx.helper("token_usage"))
                _no_prices(ctx, node)
            case _:
                _whole(ctx, node)


def _summarize_after(ctx: Context, chat: Chat, name: str) -> None:
    result = name or ctx.result_name(chat)
    code = summary_code(ctx, chat, result)
    read = any(attribute == "summary" for _, attribute in chat.result_reads)
    left = f"{summary_variable(result)} = " if read else ""
    ctx.after(chat.call, f"{left}{code}\n")
    ctx.note("MIG034", chat.call, "migrated", "the model is asked for a summary as before")


def _summary(ctx: Context, chat: Chat, node: cst.CSTNode, name: str, direct: bool) -> None:
    assert isinstance(node, cst.Attribute)
    start, end = ctx.source.span(node)
    last = ctx.fitted(node, '.messages[-1].to_text().replace("TERMINATE", "")')
    if direct:
        ctx.plan.replace(ctx.source.full_span(node.value)[1], end, last)
    elif chat.summary == "last_msg":
        ctx.plan.replace(start, end, f"{name}{last}")
    else:
        ctx.plan.replace(start, end, summary_variable(name))
    outer = ctx.source.parent(node)
    if isinstance(outer, cst.Subscript) and subscript_key(outer) == "content":
        ctx.plan.replace(end, ctx.source.span(outer)[1], "")  # some clients of v0.2 gave a dict
    ctx.note("MIG033", node, "migrated", "the summary is the last message")


def _through(ctx: Context, node: cst.CSTNode, helper: str, part: str = "") -> None:
    """``x.attribute`` becomes ``helper(x)``, or ``helper(x.messages)``."""
    assert isinstance(node, cst.Attribute)
    inner = ctx.source.full_span(node.value)
    ctx.plan.insert(inner[0], f"{helper}(")
    ctx.plan.replace(inner[1], ctx.source.span(node)[1], ctx.fitted(node, f"{part})"))
    ctx.note("MIG033", node, "migrated", f"read from the result by {helper}()")


def _no_prices(ctx: Context, node: cst.CSTNode) -> None:
    text = "0.7 has no prices: these are tokens, not money"
    if is_shown(ctx.source, node):
        ctx.note("MIG033", node, "caveat", text)
    else:
        ctx.todo("MIG033", node, text)


def _whole(ctx: Context, node: cst.CSTNode) -> None:
    text = "is a TaskResult now: .messages and .stop_reason, no .summary, .chat_history, .cost"
    if is_shown(ctx.source, node):
        ctx.note("MIG033", node, "caveat", f"what is printed {text}")
    else:
        ctx.todo("MIG033", node, f"the result {text}")


RULE = RuleInfo(
    code="MIG033",
    slug="chat-result",
    title="Reads of a ChatResult become reads of the TaskResult",
    level="todo",
    v02="`.summary`, `.chat_history`, `.cost`",
    v07="`.messages[-1].to_text()`, a `chat_history` function in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            "print(res.summary)",
            'print(res.messages[-1].to_text().replace("TERMINATE", ""))',
        ),
    ),
    check=check,
)
