"""How a team is put together, looked at before it runs: what cannot work, said at once.

Each thing found is one text on the run's span, `CODE agent: what`, that the plug rules of
`agentloupe.diagnose` read. Only what the objects themselves tell is used, no model is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, cast

WIRING: Final = "agentloupe.team.wiring"


def faults(team: Any, conditions: tuple[str, ...], task: object) -> Iterator[str]:
    """What is wrong with the wiring of an AgentChat team."""
    members = _list(getattr(team, "_participants", None))
    names = {str(getattr(member, "name", "")) for member in members}
    settings = [_settings(text) for text in conditions]
    people = {str(values.get("target")) for kind, values in settings if kind.startswith("Handoff")}
    for member in members:
        yield from _capabilities(member)
        yield from _handoffs(member, names | people)
    yield from _unsayable(members, settings, task)
    yield from _joins(getattr(team, "_graph", None))


def _list(value: object) -> list[Any]:
    return cast("list[Any]", list(value)) if isinstance(value, list | tuple) else []  # pyright: ignore[reportUnknownArgumentType]  AutoGen's own list


def _settings(text: str) -> tuple[str, dict[str, Any]]:
    kind, _, values = text.partition(" ")
    try:
        read: object = json.loads(values)
    except ValueError:
        read = {}
    return kind, cast("dict[str, Any]", read) if isinstance(read, dict) else {}


def _capabilities(member: Any) -> Iterator[str]:
    """Tools, hand-offs or structured answers of an agent whose model is said not to have them."""
    info: Any = getattr(getattr(member, "_model_client", None), "model_info", None)
    if not isinstance(info, dict):
        return
    able = cast("dict[str, Any]", info)
    tools = len(_list(getattr(member, "_tools", None)))
    handoffs = len(getattr(member, "_handoffs", None) or {})
    if able.get("function_calling") is False and (tools or handoffs):
        what = f"{tools} tools and {handoffs} hand-offs" if handoffs else f"{tools} tools"
        yield f"PLUG001 {member.name}: {what}, on a model without function calling"
    shaped = getattr(member, "_output_content_type", None)
    if shaped is not None and able.get("structured_output") is False:
        yield f"PLUG004 {member.name}: answers of type {shaped.__name__}, on a model without"


def _handoffs(member: Any, known: set[str]) -> Iterator[str]:
    handoffs: Any = getattr(member, "_handoffs", None) or {}
    for name in handoffs:
        target = str(getattr(handoffs[name], "target", ""))
        if target and target not in known:
            near = ", ".join(sorted(known))
            yield f"PLUG002 {member.name}: hands over to {target!r}; there are {near}"


def _unsayable(
    members: list[Any], settings: list[tuple[str, dict[str, Any]]], task: object
) -> Iterator[str]:
    """A stop word that stands in no system message, when nobody but such agents can say it."""
    heard = [str(task)]
    for member in members:
        messages: Any = getattr(member, "_system_messages", None)
        if not isinstance(messages, list):
            return  # it may say anything
        heard += [str(getattr(each, "content", "")) for each in _list(cast(object, messages))]
        heard.append(str(getattr(member, "description", "")))
    others = [kind for kind, _ in settings if kind != "TextMentionTermination"]
    for kind, values in settings:
        word = str(values.get("text", ""))
        if kind == "TextMentionTermination" and word and not any(word in text for text in heard):
            rest = "" if others else ", and nothing else ends the team"
            yield f"PLUG003 : nobody is told to say {word!r}{rest}"


def _joins(graph: Any) -> Iterator[str]:
    """A node that waits for all of its branches, two of which exclude each other."""
    nodes: Any = getattr(graph, "nodes", None) or {}
    chosen: dict[str, tuple[str, str]] = {}  # node: who decides about it, and by what
    for name in nodes:
        for edge in nodes[name].edges:
            if isinstance(edge.condition, str):
                chosen[edge.target] = str(name), edge.condition
    for name in nodes:
        if getattr(nodes[name], "activation", "any") != "all":
            continue
        before = [str(n) for n in nodes for edge in nodes[n].edges if edge.target == name]
        decided = [chosen[parent] for parent in before if parent in chosen]
        if len({who for who, _ in decided}) == 1 and len(set(decided)) > 1:
            yield f"PLUG005 {name}: waits for all of {', '.join(before)}, of which one is taken"
