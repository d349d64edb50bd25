"""How a team is put together, looked at before it runs: what cannot work.

Each thing found is one text, `CODE agent: what`, which goes on the run's span for the plug rules of
`agentloupe.diagnose`, and is told when the team is made. Only what the objects themselves tell is
used, no model is asked.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, cast

from .unreachable import unreachable

if TYPE_CHECKING:
    from ...diagnose.preflight_flow import Edge

WIRING: Final = "agentloupe.team.wiring"


def faults(team: Any, conditions: tuple[str, ...], task: object) -> Iterator[str]:
    """What is wrong with the wiring of an AgentChat team that is given a task."""
    members = _list(getattr(team, "_participants", None))
    settings = [_settings(text) for text in conditions]
    yield from made(team)
    yield from _unsayable(members, settings, task)
    yield from unreachable(team, members, settings)
    yield from _pictures(members, task)


def made(team: Any) -> Iterator[str]:
    """What is wrong with a team whatever it is given."""
    members = _list(getattr(team, "_participants", None))
    names = {str(getattr(member, "name", "")) for member in members}
    people = set(_people(getattr(team, "_termination_condition", None)))
    for member in members:
        yield from _capabilities(member)
        if type(team).__name__ == "Swarm":  # elsewhere a hand-off is a message like any other
            yield from _handoffs(member, names | people)
    yield from _flow(getattr(team, "_graph", None))


def skewed() -> Iterator[str]:
    """Parts of AutoGen that are installed in different versions."""
    found: dict[str, str] = {}
    for name in ("autogen-core", "autogen-agentchat", "autogen-ext"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    if len(set(found.values())) > 1:
        told = ", ".join(f"{name} {number}" for name, number in found.items())
        yield f"PLUG006 : parts of AutoGen do not belong together: {told}"


def refused(agent: Any, args: tuple[Any, ...], kwargs: dict[str, Any], why: Any) -> Iterator[str]:
    """Why an agent could not be made, where that is known."""
    name = str(kwargs.get("name", args[0] if args else ""))
    if not name.isidentifier():
        yield f"PLUG012 {name}: is no identifier, and AgentChat refuses it"
    elif "function calling" in str(why):
        yield f"PLUG001 {name}: has tools or hand-offs, on a model without function calling"


def dumped(component: Any, settings: Any) -> Iterator[str]:
    """What the settings of a component, just dumped, do not hold."""
    name = str(getattr(component, "name", "") or getattr(component, "_name", ""))
    for part in (component, *_list(getattr(component, "_participants", None))):
        for lost in ("selector_func", "candidate_func", "tool_call_summary_formatter"):
            if getattr(part, f"_{lost}", None) is not None:
                who = str(getattr(part, "name", name))
                yield f"PLUG013 {who}: loses {lost} when it is saved by dump_component()"
    if _listens(component) or _listens(getattr(component, "_termination_condition", None)):
        yield f"PLUG013 {name}: loses whom TextMentionTermination listens to when it is saved"
    for edge in _edges(getattr(component, "_graph", None)):
        if edge.condition == "?":
            what = f"the condition of {edge.source} -> {edge.target}, a function,"
            yield f"PLUG013 {name}: loses {what} when it is saved"


def _listens(condition: Any) -> bool:
    """A stop word that counts from some alone: upstream's settings of it leave that out."""
    own = type(condition).__name__ == "TextMentionTermination"
    parts = _list(getattr(condition, "_conditions", None))
    return (own and bool(getattr(condition, "_sources", None))) or any(map(_listens, parts))


def _people(condition: Any) -> Iterator[str]:
    """Whom a hand-off to ends the team."""
    for part in _list(getattr(condition, "_conditions", None)):
        yield from _people(part)
    if type(condition).__name__ == "HandoffTermination":
        yield str(getattr(condition, "_target", ""))


def _pictures(members: list[Any], task: object) -> Iterator[str]:
    """Members that are given pictures and whose model is said not to see."""
    given: list[Any] = _list(task) or [task]
    if not any("Image" in part.__class__.__name__ for each in given for part in _parts(each)):
        return
    for member in members:
        info: Any = getattr(getattr(member, "_model_client", None), "model_info", None)
        if isinstance(info, dict) and cast("dict[str, Any]", info).get("vision") is False:
            yield f"PLUG007 {member.name}: is given pictures, on a model that does not see"


def _parts(message: Any) -> list[Any]:
    return _list(getattr(message, "content", None))


def _list(value: Any) -> list[Any]:
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
        yield f"PLUG001 {member.name}: has {what}, on a model without function calling"
    shaped = getattr(member, "_output_content_type", None)
    if shaped is not None and able.get("structured_output") is False:
        what = f"is to answer with a {shaped.__name__}, on a model without structured output"
        yield f"PLUG004 {member.name}: {what}"


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
        heard += [str(getattr(each, "content", "")) for each in _list(messages)]
        heard.append(str(getattr(member, "description", "")))
    others = [kind for kind, _ in settings if kind != "TextMentionTermination"]
    for kind, values in settings:
        word = str(values.get("text", ""))
        if kind == "TextMentionTermination" and word and not any(word in text for text in heard):
            rest = "" if others else ", and nothing else ends the team"
            yield f"PLUG003 : nobody is told to say {word!r}{rest}"


def _flow(graph: Any) -> Iterator[str]:
    """Nodes that can never start, and joins of branches that exclude each other."""
    nodes = [str(name) for name in _nodes(graph)]
    if not nodes:
        return
    from ...diagnose.preflight_flow import flow_faults  # only a program with a flow pays for it

    start = getattr(graph, "default_start_node", None)
    for code, node, what in flow_faults(nodes, list(_edges(graph)), start):
        yield f"{code} {node}: {what}"


def _nodes(graph: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", getattr(graph, "nodes", None) or {})


def _edges(graph: Any) -> Iterator[Edge]:
    nodes = _nodes(graph)
    if not nodes:
        return
    from ...diagnose.preflight_flow import FUNCTION, Edge

    for name, node in nodes.items():
        for edge in node.edges:
            function = getattr(edge, "condition_function", None) is not None
            yield Edge(
                str(name),
                str(edge.target),
                FUNCTION if function else edge.condition,
                str(getattr(edge, "activation_group", "")),
                getattr(edge, "activation_condition", "all") == "any",
            )
