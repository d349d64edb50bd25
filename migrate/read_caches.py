"""Reads caches that a program gives to its chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import libcst as cst

from .model import Chat, ChatCache, Obstacle
from .syntax import literal, quoted

if TYPE_CHECKING:
    from .reader import Reader

_PARAMETERS = {
    "disk": ("cache_seed", "cache_path_root"),
    "redis": ("cache_seed", "redis_url"),
}


def read_caches(reader: Reader) -> None:
    """``with Cache.disk(…) as cache:`` around chats that are given it; one kind a file.

    The model clients get it, so every chat has to be given it.
    """
    blocks: list[cst.With] = []
    found: set[ChatCache] = set()
    given = _given(reader)
    for block in reader.source.find(cst.With):
        cache = _opened(reader, block)
        if cache is None or not isinstance(block.body, cst.IndentedBlock):
            continue
        name = block.items[0].asname
        if name is None or not _only_given(reader, name.name, given):
            continue
        blocks.append(block)
        found.add(cache)
    handled = {id(name) for block in blocks for name in _reads(reader, block)}
    everywhere = len(given) == len(_talks(reader)) and not reader.program.asks
    if len(found) == 1 and everywhere and all(id(value) in handled for _, value in given):
        reader.program.cache = found.pop()
        reader.program.cache_blocks = blocks
        for block in blocks:
            call = block.items[0].item
            assert isinstance(call, cst.Call)
            reader.claim(call.func)
        return
    for chat, _ in given:
        text = "give the model client a cache instead"
        if not everywhere:
            text = "other chats here have no cache: give these agents a model client of their own"
        chat.obstacles.append(Obstacle("MIG014", chat.call, text))


def _talks(reader: Reader) -> list[Chat]:
    return [part for chat in reader.program.chats for part in (chat.queue or [chat])]


def _given(reader: Reader) -> list[tuple[Chat, cst.BaseExpression]]:
    """Every chat with the cache it is given."""
    return [
        (chat, part.args["cache"])
        for chat in reader.program.chats
        for part in (chat, *chat.queue)
        if "cache" in part.args and literal(part.args["cache"]) is not None
    ]


def _opened(reader: Reader, block: cst.With) -> ChatCache | None:
    if len(block.items) != 1 or block.asynchronous is not None:
        return None
    call = block.items[0].item
    if not isinstance(call, cst.Call):
        return None
    path = reader.references.get(call.func, "")
    kind: Literal["disk", "redis"]
    if path.endswith("Cache.disk"):
        kind = "disk"
    elif path.endswith("Cache.redis"):
        kind = "redis"
    else:
        return None
    obstacles: list[Obstacle] = []
    args = reader.arguments(call, _PARAMETERS[kind], obstacles, "MIG015")
    if obstacles or {*args} - {*_PARAMETERS[kind]}:
        return None
    seed = args.get("cache_seed")
    root = args.get(_PARAMETERS[kind][1])
    default = quoted(".cache" if kind == "disk" else "redis://localhost:6379/0")
    return ChatCache(
        kind,
        reader.source.code(seed.value) if seed else "42",
        reader.source.code(root.value) if root else default,
    )


def _reads(reader: Reader, block: cst.With) -> list[cst.Name]:
    name = block.items[0].asname
    if name is None or not isinstance(name.name, cst.Name):
        return []
    own = name.name
    return [
        node
        for node in reader.source.named(own.value)
        if node is not own and reader.source.inside(node, block.body)
    ]


def _only_given(
    reader: Reader, name: cst.BaseExpression, given: list[tuple[Chat, cst.BaseExpression]]
) -> bool:
    """Whether a cache is used for nothing but chats."""
    if not isinstance(name, cst.Name):
        return False
    values = {id(value) for _, value in given}
    own = {id(outer.items[0].asname.name) for outer in _blocks_of(reader) if outer.items[0].asname}
    for node in reader.source.named(name.value):
        parent = reader.source.parent(node)
        keyword = isinstance(parent, cst.Arg) and parent.keyword is node
        module = isinstance(parent, cst.Attribute | cst.ImportAlias)
        if not (id(node) in values or id(node) in own or keyword or module):
            return False
    return True


def _blocks_of(reader: Reader) -> list[cst.With]:
    return [block for block in reader.source.find(cst.With) if len(block.items) == 1]
