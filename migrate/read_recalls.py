"""Reads what limits the messages a speaker answers: how many of them, or how many tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import libcst as cst

from .model import Obstacle, Recall
from .read_teaching import added_to, known_before, reads_of
from .syntax import elements, literal

if TYPE_CHECKING:
    from .reader import Reader

_LIMITERS = {
    "MessageHistoryLimiter": ("max_messages", "keep_first_message"),
    "MessageTokenLimiter": ("max_tokens_per_message", "max_tokens", "min_tokens", "model"),
}


def read_recalls(reader: Reader) -> None:
    for call in reader.source.find(cst.Call):
        if reader.tail(call.func) == "TransformMessages":
            _read(reader, call)


def _read(reader: Reader, call: cst.Call) -> None:
    """``handling = TransformMessages(transforms=[…])``, added to agents and nothing else."""
    target, _ = reader.bound_target(call)
    args = {arg.keyword.value: arg.value for arg in call.args if arg.keyword is not None}
    limiters = elements(args["transforms"]) if "transforms" in args else None
    if not isinstance(target, cst.Name) or len(args) != len(call.args) or {*args} - {
        "transforms", "verbose"
    }:  # fmt: skip
        return
    if limiters is None or len(limiters) != 1:
        return
    limiter, named = _limiter(reader, limiters[0])
    limit = _limit(reader, limiter) if limiter is not None else None
    added = [added_to(reader, node) for node in reads_of(reader, target)]
    if limiter is None or limit is None or not added:
        return
    kind, size = limit
    agents = [each for each in added if each is not None]
    if len(agents) < len(added) or any(speaker.recalls for _, speaker in agents):
        return
    if not all(known_before(reader, limiter, speaker) for _, speaker in agents):
        return
    reader.claim(call.func, limiter.func, *named)
    shared = [call, *([limiter] if named else [])]
    for adding, speaker in agents:
        assert isinstance(adding.func, cst.Attribute)
        reader.claim(adding.func.value, adding.args[0].value)
        speaker.recalls = Recall(call, limiter, kind, size, adding, shared)


def _limiter(
    reader: Reader, node: cst.BaseExpression
) -> tuple[cst.Call | None, tuple[cst.CSTNode, ...]]:
    """The call that makes the limiter, and the name it stands under here."""
    if isinstance(node, cst.Call):
        return node, ()
    bound = reader.source.bound_value(node) if isinstance(node, cst.Name) else None
    if not isinstance(node, cst.Name) or bound is None or not isinstance(bound[1], cst.Call):
        return None, ()
    target = reader.source.declaration(node)
    if not isinstance(target, cst.Name) or len(reads_of(reader, target)) != 1:
        return None, ()
    return bound[1], (node,)


def _limit(
    reader: Reader, call: cst.Call
) -> tuple[Literal["last", "first and last", "tokens"], cst.BaseExpression] | None:
    """What kind of limit it is, and its size, where 0.7 has one of the kind."""
    name = reader.tail(call.func) or ""
    obstacles: list[Obstacle] = []
    given = reader.arguments(call, _LIMITERS.get(name, ()), obstacles, "MIG074")
    args = {key: arg.value for key, arg in given.items()}
    if name not in _LIMITERS or obstacles:
        return None
    if name == "MessageTokenLimiter":
        return ("tokens", args["max_tokens"]) if {*args} == {"max_tokens"} else None
    if {*args} - {*_LIMITERS[name]} or "max_messages" not in args:
        return None
    first = literal(args["keep_first_message"]) if "keep_first_message" in args else False
    size = literal(args["max_messages"])
    if first is True:  # the rest is counted here, so the number has to be one
        plain = isinstance(size, int) and size > 1
        return ("first and last", args["max_messages"]) if plain else None
    return ("last", args["max_messages"]) if first is False and size is not None else None
