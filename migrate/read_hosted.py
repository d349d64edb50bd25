"""Reads assistants that OpenAI keeps: which one, and what it can do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Hosted, Obstacle, Speaker
from .read_teaching import reads_of
from .syntax import dict_items, elements, literal, string

if TYPE_CHECKING:
    from .reader import Reader

CODE = "MIG075"
_OPTIONS = frozenset({"assistant_id", "tools", "tool_resources", "check_every_ms"})
_ABILITIES = {
    "code_interpreter": "code_interpreter",
    "retrieval": "file_search",
    "file_search": "file_search",
}


def read_hosted(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.kind == "GPTAssistantAgent":
            speaker.hosted = _read(reader, speaker)


def _read(reader: Reader, speaker: Speaker) -> Hosted:
    args = {name: arg.value for name, arg in speaker.args.items()}
    options, text = _options(reader, args)
    if any(literal(args[name]) is not False for name in args if name.startswith("overwrite_")):
        text = "changes an assistant that is there"
    if speaker.human != "NEVER" or speaker.code is not None or "function_map" in args:
        text = "asks a human, runs code or has functions, beside an assistant of OpenAI"
    abilities = _abilities(options.get("tools"))
    if abilities is None:
        text = "its tools are functions, or are not written out"
    if text:
        speaker.obstacles.append(Obstacle(CODE, speaker.call, text))
    known = options.get("assistant_id")
    named = known if known is not None and literal(known) is not None else None
    own = args.get("assistant_config")
    bound = reader.source.bound_value(own) if isinstance(own, cst.Name) else None
    written = bound[0] if bound is not None else None
    return Hosted(named, abilities or [], options.get("tool_resources"), written)


def _options(
    reader: Reader, args: dict[str, cst.BaseExpression]
) -> tuple[dict[str, cst.BaseExpression], str]:
    """What is said of the assistant, in a dictionary of its own or among that of the model."""
    found: dict[str, cst.BaseExpression] = {}
    model = _dictionary(reader, args.get("llm_config"), shared=True)
    found |= {key: value for key, value in model if key in _OPTIONS}
    if any(key == "file_ids" for key, _ in model):
        return found, "has files of the first version of the Assistants API"
    own = args.get("assistant_config")
    if own is None or literal(own) is None:
        return found, ""
    items = _dictionary(reader, own, shared=False)
    for key, value in items:
        if key not in _OPTIONS:
            return found, f"its assistant_config has {key}"
        found[key] = value
    return found, "" if items else "its assistant_config is computed"


def _dictionary(
    reader: Reader, node: cst.BaseExpression | None, shared: bool
) -> list[tuple[str, cst.BaseExpression]]:
    """The entries of a dictionary that is written out, and read nowhere else unless ``shared``."""
    if isinstance(node, cst.Name):
        target, bound = reader.source.declaration(node), reader.source.bound_value(node)
        alone = isinstance(target, cst.Name) and len(reads_of(reader, target)) == 1
        node = bound[1] if bound is not None and (alone or shared) else None
    if not isinstance(node, cst.Dict):
        return []
    items = [(key, value) for key, value in dict_items(node) if key is not None]
    return items if len(items) == len(node.elements) or shared else []


def _abilities(node: cst.BaseExpression | None) -> list[str] | None:
    """What the assistant can do at OpenAI's, or None where that is not all there is."""
    if node is None or literal(node) is None:
        return []
    found: list[str] = []
    for item in elements(node) or [node]:
        entries = dict(dict_items(item)) if isinstance(item, cst.Dict) else {}
        ability = _ABILITIES.get(string(entries.get("type")) or "")
        if ability is None or len(entries) > 1:
            return None
        found.append(ability)
    return found
