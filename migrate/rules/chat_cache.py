"""A cache that chats are given becomes a cache around the model clients.

v0.2 takes a cache for each chat, usually in a `with Cache.disk() as cache:` block; in 0.7 the
client has it, from the start. The block goes and its body moves out. Where chats are given
different caches, they are left. Answers kept by v0.2 are not found again: 0.7 has other keys.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context, dedent, layout
from ..model import ChatCache
from ..plan import Render
from . import Example, RuleInfo


def apply(ctx: Context) -> None:
    for block in ctx.program.cache_blocks:
        if _moves(ctx, block):
            _unwrap(ctx, block)
            text = "the model client has the cache; it does not find what v0.2 has kept there"
            ctx.note("MIG015", block, "caveat", text)
        else:
            call = block.items[0].item
            assert isinstance(call, cst.Call)
            ctx.reader.claimed.discard(id(call.func))


def _moves(ctx: Context, block: cst.With) -> bool:
    inside = [chat for chat in ctx.program.chats if ctx.source.inside(chat.call, block)]
    return bool(inside) and all(ctx.standing.moves(chat) for chat in inside)


def _unwrap(ctx: Context, block: cst.With) -> None:
    source = ctx.source
    start, end = source.line_start(source.span(block)[0]), source.span(block)[1]
    end = source.next_line(end - 1)
    body = source.next_line(source.span(block.items[0])[1])

    def code(render: Render) -> str:
        return dedent(render(body, end), source.indent_unit)

    ctx.plan.wrap(start, end, code)
    ctx.plan.replace(source.span(block)[0], source.span(block.items[0])[1], "")


def cached_client(ctx: Context, client: str, cache: ChatCache) -> str:
    """Source code of a client that keeps its answers where the program's chats did."""
    wrapped = ctx.need("autogen_ext.models.cache", "ChatCompletionCache")
    if cache.kind == "redis":
        store = ctx.need("autogen_ext.cache_store.redis", "RedisStore")
        redis = ctx.need("redis", "Redis")
        return layout(wrapped, [client, f"{store}({redis}.from_url({cache.place}))"])
    store = ctx.helper("disk_store")
    root = cache.place
    if root[:1] in "\"'" and root[-1:] == root[:1] and cache.seed.isalnum():
        plain = cache.seed.isdigit()
        inner = root[1:-1]
        place = f'"{inner}/{cache.seed}"' if plain else f'f"{inner}/{{{cache.seed}}}"'
    else:
        place = f'f"{{{root}}}/{{{cache.seed}}}"'
    return layout(wrapped, [client, f"{store}({place})"])


RULE = RuleInfo(
    code="MIG015",
    slug="chat-cache",
    title="A cache given to chats is one of the model client",
    level="caveat",
    v02="`with Cache.disk() as cache:`, `initiate_chat(…, cache=cache)`",
    v07="`ChatCompletionCache(client, disk_store(…))`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                "with Cache.disk(cache_seed=42) as cache:\n"
                '    user.initiate_chat(bot, message="Hi", cache=cache)'
            ),
            (
                "model_client = ChatCompletionCache(\n"
                "    OpenAIChatCompletionClient(…), "
                'disk_store(".cache/42")\n'
                ")\n"
                "…\n"
                'await Console(team.run_stream(task=TextMessage(content="Hi", source="user")))'
            ),
        ),
    ),
    order=80,
    apply=apply,
)
