"""Reads OpenAIWrapper objects that a program asks without an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import AnswerRead, ModelAsk, ModelAsker
from .read_teaching import reads_of
from .syntax import literal

if TYPE_CHECKING:
    from .reader import Reader

# Options of one question that 0.7's clients pass on to the model.
PASSED = frozenset(
    {
        "temperature", "top_p", "max_tokens", "seed", "stop", "frequency_penalty",
        "presence_penalty", "response_format", "timeout", "user", "logit_bias",
    }
)  # fmt: skip
_EXTRACTS = "extract_text_or_completion_object"


def read_model_askers(reader: Reader) -> None:
    for call in reader.source.find(cst.Call):
        if reader.tail(call.func) == "OpenAIWrapper":
            asker = _read(reader, call)
            if asker is not None:
                reader.claim(call.func)
                reader.program.model_askers.append(asker)


def _read(reader: Reader, call: cst.Call) -> ModelAsker | None:
    """The wrapper where every use of it is followed."""
    target, variable = reader.bound_target(call)
    if not isinstance(target, cst.Name) or variable is None or _positional(call):
        return None
    asker, extracts = ModelAsker(call, variable, [], []), list[cst.Call]()
    for node in reads_of(reader, target):
        used = _method(reader, node)
        if used is None:
            return None
        name, made = used
        if name == "create":
            ask = _ask(made)
            if ask is None:
                return None
            asker.asks.append(ask)
        elif name == _EXTRACTS and len(made.args) == 1:
            extracts.append(made)
        elif name == "print_usage_summary" and isinstance(reader.source.parent(made), cst.Expr):
            asker.usage.append(made)
        else:
            return None
    return asker if _read_answers(reader, asker, extracts) else None


def _positional(call: cst.Call) -> bool:
    """Whether it is made in another way than with keywords, or one ``**configuration``."""
    starred = [arg for arg in call.args if arg.star]
    plain = any(arg.keyword is None and not arg.star for arg in call.args)
    return plain or (bool(starred) and (len(call.args) > 1 or starred[0].star != "**"))


def _method(reader: Reader, node: cst.Name) -> tuple[str, cst.Call] | None:
    attribute = reader.source.parent(node)
    call = reader.source.parent(attribute) if attribute is not None else None
    if not isinstance(attribute, cst.Attribute) or not isinstance(call, cst.Call):
        return None
    return (attribute.attr.value, call) if call.func is attribute else None


def _ask(call: cst.Call) -> ModelAsk | None:
    """A question in messages, with options the model knows."""
    options: dict[str, cst.BaseExpression] = {}
    for arg in call.args:
        if arg.keyword is None:
            return None
        options[arg.keyword.value] = arg.value
    messages = options.pop("messages", None)
    for name in ("cache_seed", "context"):
        if name in options and literal(options[name]) is None:
            del options[name]
    return None if messages is None or {*options} - PASSED else ModelAsk(call, messages, options)


def _read_answers(reader: Reader, asker: ModelAsker, extracts: list[cst.Call]) -> bool:
    """Whether every read of every answer is one of its text."""
    left = {id(call) for call in extracts}
    for ask in asker.asks:
        parent = reader.source.parent(ask.call)
        if isinstance(parent, cst.Arg):
            outer = reader.source.parent(parent)
            if not isinstance(outer, cst.Call) or id(outer) not in left:
                return False
            left.discard(id(outer))
            ask.reads.append(_extracted(reader, outer))
            continue
        target, _ = reader.bound_target(ask.call)
        if isinstance(parent, cst.Expr):
            continue
        if not isinstance(target, cst.Name):
            return False
        for node in reads_of(reader, target):
            read = _answer_read(reader, node, extracts)
            if read is None:
                return False
            left -= {id(call) for call in extracts if reader.source.inside(node, call)}
            ask.reads.append(read)
    return not left


def _extracted(reader: Reader, call: cst.Call) -> AnswerRead:
    """``extract…(answer)``, or its first item."""
    outer = reader.source.parent(call)
    if isinstance(outer, cst.Subscript) and outer.value is call and _index(outer) == 0:
        return outer, "text", call.args[0].value
    return call, "texts", call.args[0].value


def _index(node: cst.Subscript) -> object:
    item = node.slice[0].slice if len(node.slice) == 1 else None
    return literal(item.value) if isinstance(item, cst.Index) else None


def _answer_read(reader: Reader, node: cst.Name, extracts: list[cst.Call]) -> AnswerRead | None:
    parent = reader.source.parent(node)
    if isinstance(parent, cst.Arg):
        call = reader.source.parent(parent)
        if isinstance(call, cst.Call) and any(call is each for each in extracts):
            return _extracted(reader, call)
        return None
    found: cst.CSTNode = node
    for step in ("choices", 0, "message", "content"):
        outer = reader.source.parent(found)
        if isinstance(step, int):
            fits = isinstance(outer, cst.Subscript) and _index(outer) == step
        else:
            fits = isinstance(outer, cst.Attribute) and outer.attr.value == step
        if not fits or outer is None:
            return None
        found = outer
    assert isinstance(found, cst.BaseExpression)
    return found, "text", node
