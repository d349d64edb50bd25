"""What a flow's graph can never do, whatever is said: shared by the program's text and its objects.

A node starts when all edges of one of its activation groups were taken, or one of them where the
group says "any" (autogen-agentchat 0.7's `GraphFlow`). What no start leads to is dead. A join is
impossible where a node needs two branches of which its predecessor takes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge. `condition` is the text that must be said, None for always; "?" is a function."""

    source: str
    target: str
    condition: str | None = None
    group: str = ""  # of the target's edges that belong together
    any: bool = False  # one edge of the group is enough


FUNCTION = "?"


def flow_faults(
    nodes: Sequence[str], edges: Sequence[Edge], start: str | None = None
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a graph: a rule's code, the node, and what it is about."""
    entered = {edge.target for edge in edges}
    reached = _reached(nodes, edges, [start] if start else [n for n in nodes if n not in entered])
    for node in nodes:
        if node not in reached:
            yield "PLUG009", node, _why_dead(node, edges, reached)
    for node in nodes:
        groups = _groups(node, edges)
        if node in reached and groups and all(_excludes(group, edges) for group in groups):
            before = ", ".join(dict.fromkeys(edge.source for group in groups for edge in group))
            yield "PLUG005", node, f"waits for all of {before}, of which one is taken"


def _groups(node: str, edges: Iterable[Edge]) -> list[list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        if edge.target == node:
            found.setdefault(edge.group or node, []).append(edge)
    return list(found.values())


def _reached(nodes: Sequence[str], edges: Sequence[Edge], starts: Iterable[str]) -> set[str]:
    reached = set(starts)
    while True:
        more = {
            node
            for node in nodes
            if node not in reached
            and any(_starts(group, reached) for group in _groups(node, edges))
        }
        if not more:
            return reached
        reached |= more


def _starts(group: Sequence[Edge], reached: set[str]) -> bool:
    taken = [edge.source in reached for edge in group]
    return any(taken) if group[0].any else all(taken)


def _why_dead(node: str, edges: Sequence[Edge], reached: set[str]) -> str:
    before = [edge.source for edge in edges if edge.target == node]
    if not before:
        return "can never start: the flow begins elsewhere, and no edge leads to it"
    if not any(source in reached for source in before):
        return f"can never start: only {', '.join(before)} lead to it, and nothing leads there"
    lacking = ", ".join(dict.fromkeys(source for source in before if source not in reached))
    return f"can never start: it waits for all of {', '.join(before)}, and for {lacking} in vain"


def _excludes(group: Sequence[Edge], edges: Sequence[Edge]) -> bool:
    """All edges of the group are needed, and two of their sources exclude each other.

    A node in a cycle decides more than once, so that both may come to be taken.
    """
    if group[0].any:
        return False
    chosen = [decision for edge in group if (decision := _decision(edge.source, edges))]
    deciders = {who for who, _ in chosen}
    return any(
        len({words for other, words in chosen if other == who}) > 1 and not _in_cycle(who, edges)
        for who in deciders
    )


def _decision(node: str, edges: Sequence[Edge]) -> tuple[str, str] | None:
    """By whom, and by which word, a node is chosen; None when it is not chosen by one word."""
    into = [edge for edge in edges if edge.target == node]
    if len(into) != 1 or into[0].condition in (None, FUNCTION):
        return None
    return into[0].source, into[0].condition or ""


def _in_cycle(node: str, edges: Sequence[Edge]) -> bool:
    seen: set[str] = set()
    todo = [node]
    while todo:
        at = todo.pop()
        for edge in edges:
            if edge.source == at and edge.target not in seen:
                seen.add(edge.target)
                todo.append(edge.target)
    return node in seen
