"""What should end a team and cannot: nobody in it does what the condition waits for.

Only what the members themselves declare is used. A member that is a team, or whose tools are not
known until it is asked, may do anything, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

#: The condition's class and the setting that says what it waits for.
SPEAKERS: Final = {
    "SourceMatchTermination": "sources",
    "TextMessageTermination": "source",
    "TextMentionTermination": "sources",
}
PLAIN: Final = ("RoundRobinGroupChat", "SelectorGroupChat", "Swarm")  # others speak themselves, too
OWN: Final = ("AssistantAgent", "UserProxyAgent", "CodeExecutorAgent")


def unreachable(team: Any, members: list[Any], settings: list[tuple[str, Any]]) -> Iterator[str]:
    """`FLOW002 : what` for each condition that no member can meet."""
    kinds = {type(member).__name__ for member in members}
    declared = all(hasattr(member, "produced_message_types") for member in members)
    if not declared or type(team).__name__ not in PLAIN:
        return
    names = {str(member.name) for member in members}
    for kind, values in settings:
        wanted: Any = values.get(SPEAKERS.get(kind, ""))
        listed: list[Any] = cast("list[Any]", wanted) if isinstance(wanted, list) else [wanted]
        sought = [str(each) for each in listed]
        if wanted and not (set(sought) & (names | {"user"})) and kinds <= set(OWN):
            there = ", ".join(sorted(names))
            yield f"FLOW002 : {kind} waits for {' or '.join(sought)}; there are {there}"
        elif kind == "StopMessageTermination" and not any(map(_stops, members)):
            yield "FLOW002 : StopMessageTermination waits for a StopMessage; no member makes any"
        elif kind == "FunctionCallTermination" and kinds <= set(OWN):
            name, known = str(values.get("function_name", "")), set(map(str, _calls(members)))
            if name and name not in known and "" not in known:
                there = ", ".join(sorted(known)) or "no tools"
                yield f"FLOW002 : FunctionCallTermination waits for {name!r}; there are {there}"


def _stops(member: Any) -> bool:
    return any(kind.__name__ == "StopMessage" for kind in member.produced_message_types)


def _calls(members: list[Any]) -> Iterator[str]:
    """The names of all that can be called, "" for tools that are told when they are asked for."""
    for member in members:
        tools: list[Any] = getattr(member, "_tools", None) or []
        yield from (tool.name for tool in tools)
        yield from getattr(member, "_handoffs", None) or {}
        benches: list[Any] = getattr(member, "_workbench", None) or []
        if not tools and any(type(each).__name__ != "StaticStreamWorkbench" for each in benches):
            yield ""
