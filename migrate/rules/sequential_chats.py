"""initiate_chats becomes runs one after another that hand their summaries on.

Every chat is told how the ones before it ended: v0.2 appends "Context:" and their summaries to its
first message. The results keep `.summary` and `.chat_history`. Chats that v0.2 runs side by side
(`a_initiate_chats` with prerequisites) are left.
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from ..context import Context, layout
from ..model import Chat, Group, Obstacle, Speaker
from ..plan import Render
from ..reader import Reader
from ..syntax import elements
from . import Example, RuleInfo
from .chat_history import clear_before, starts_again
from .chat_summary import summary_code
from .group_chat import group_team
from .lost_history import is_shown, lost_of_several
from .message_function import message_code
from .multimodal import task_writer
from .two_agent_chat import Team, is_text, pair_team, without_end


def check(reader: Reader) -> None:
    for chat in reader.program.chats:
        if not chat.queue:
            continue
        if chat.is_async:
            text = "v0.2 runs these chats side by side; use asyncio.gather"
            chat.obstacles.append(Obstacle("MIG035", chat.call, text))
        for node, attribute in chat.result_reads:
            outer = reader.source.parent(node)
            item = reader.source.parent(outer) if isinstance(outer, cst.Subscript) else None
            if isinstance(item, cst.Attribute) and item.attr.value in ("cost", "human_input"):
                text = f".{item.attr.value} of a chat result has no counterpart"
                chat.obstacles.append(Obstacle("MIG033", node, text))
            del attribute
        for node, text in lost_of_several(reader.source, reader.program, chat):
            if not is_shown(reader.source, node):
                chat.obstacles.append(Obstacle("MIG033", node, f"the history: {text}"))


def apply(ctx: Context) -> None:
    for chat in ctx.program.chats:
        if chat.queue and ctx.standing.moves(chat):
            _apply(ctx, chat)


def _apply(ctx: Context, chat: Chat) -> None:
    carried = ctx.unique("summaries")
    read = bool(chat.result_reads) or not isinstance(ctx.source.parent(chat.call), cst.Expr)
    results: list[str] = []
    ctx.before(chat.call, lambda _render: f"{carried}: list[str] = []\n")
    for index, part in enumerate(chat.queue):
        results.append(_run(ctx, part, carried, index))
    if not read:
        ctx.remove(chat.call)
    else:
        outcome = ctx.helper(_outcome(ctx, chat))
        starters = [ctx.source_name(part.starter) for part in chat.queue if part.starter]
        made = [
            f"{outcome}({name}, {carried}[{i}], {starters[i]})" for i, name in enumerate(results)
        ]
        start, end = ctx.source.span(chat.call)
        code = ctx.aligned(chat.call, "[\n" + "".join(f"    {item},\n" for item in made) + "]")
        ctx.plan.replace(start, end, code)
    for node, text in lost_of_several(ctx.source, ctx.program, chat):
        ctx.note("MIG033", node, "caveat", f"the history: {text}")
    ctx.note("MIG035", chat.call, "migrated", f"{len(chat.queue)} chats run one after another")


def _outcome(ctx: Context, chat: Chat) -> str:
    """The class of the results, with what the file reads of them."""
    read = {node.attr.value for node in ctx.source.find(cst.Attribute)}
    name = "ChatOutcome"
    if "cost" in read:
        name += ":cost"
        ctx.note("MIG033", chat.call, "caveat", "0.7 has no prices: a cost is in tokens, not money")
    return name + (":human" if "human_input" in read else "")


def _run(ctx: Context, part: Chat, carried: str, index: int) -> str:
    starter, partner = part.starter, part.partner
    assert starter is not None
    if isinstance(partner, Group):
        team = group_team(ctx, partner, part, starter)
    else:
        assert isinstance(partner, Speaker)
        team = pair_team(ctx, part, starter, partner)
    lines, result, summary = run_code(ctx, part, team, carried, index, starts_again(ctx, part))
    ctx.before(part.call, lambda render: f"{lines(render)}{carried}.append({summary})\n")
    return result


def run_code(
    ctx: Context, part: Chat, team: Team, carried: str, index: int, again: bool
) -> tuple[Callable[[Render], str], str, str]:
    """Lines that run one chat of several, the variable of its result, and its summary."""
    variable, result = ctx.unique("team"), ctx.unique("result")
    assert part.starter is not None
    head = layout(f"{variable} = {team.kind}", [f"[{', '.join(team.members)}]", *team.options])
    if again:
        head += clear_before(ctx, part, variable)
    message = task_writer(ctx, part, ctx.source_name(part.starter))
    console = "" if part.silent else ctx.need("autogen_agentchat.ui", "Console")
    content = _content(ctx, part, carried, index)
    without_end(ctx, team, "")  # the helper is known before anything is rendered
    if part.summary == "last_msg":
        summary = f'{result}.messages[-1].to_text().replace("TERMINATE", "")'
    else:
        summary = summary_code(ctx, part, result)

    def lines(render: Render) -> str:
        task = message(content(render))
        run = f"{variable}.run(task={task})"
        if console:
            run = f"{console}({variable}.run_stream(task={task}))"
        waited = without_end(ctx, team, ctx.awaited(part.call, run))
        return f"{head}\n{result} = {waited}\n"

    return lines, result, summary


def _content(ctx: Context, part: Chat, carried: str, index: int) -> Callable[[Render], str]:
    """The first message with what was carried over so far."""
    message = message_code(ctx, part, "messages" if part.nested else "")
    own = part.args.get("carryover")
    if own is None and index == 0:
        return message
    summaries = [f"*{carried}"] if index else []
    if own is None:
        return lambda render: _below(message(render), carried)
    extra = ctx.rendered(own)
    if _is_one_text(ctx, own):
        return lambda render: _below(message(render), f"[{', '.join([extra(render), *summaries])}]")
    items = elements(own)
    if items and all(map(is_text, items)):
        return lambda render: _below(
            message(render), f"[{', '.join([f'*{extra(render)}', *summaries])}]"
        )
    listed, context = ctx.helper("carried_items"), ctx.helper("context_text")

    def code(render: Render) -> str:
        given = f"{listed}({extra(render)})"
        joined = f"[*{given}, {summaries[0]}]" if summaries else given
        return f"{message(render)} + {context}({joined})"

    return code


def _below(message: str, carried: str) -> str:
    return f'{message} + "\\nContext: \\n" + "\\n".join({carried})'


def _is_one_text(ctx: Context, node: cst.BaseExpression) -> bool:
    """Whether an expression is a text for certain: anything else may be a list of several."""
    if isinstance(node, cst.Name):
        bound = ctx.source.bound_value(node)
        return bound is not None and is_text(bound[1])
    return is_text(node)


RULE = RuleInfo(
    code="MIG035",
    slug="sequential-chats",
    title="initiate_chats becomes runs one after another",
    level="todo",
    v02="`initiate_chats([{…}, …])`",
    v07="a run for each, with the summaries carried over",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'results = user.initiate_chats([{"recipient": a, "message": '
                '"Find."}, {"recipient": b, "message": "Write."}])'
            ),
            (
                "summaries: list[str] = []\n"
                "team = RoundRobinGroupChat([a], max_turns=100)\n"
                "result = await "
                'Console(team.run_stream(task=TextMessage(content="Find.", source="user")))\n'
                'summaries.append(result.messages[-1].to_text().replace("TERMINATE", ""))\n'
                "…"
            ),
        ),
    ),
    order=420,
    check=check,
    apply=apply,
)
