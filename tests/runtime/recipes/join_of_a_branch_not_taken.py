"""A node of a graph waits for all of its branches, one of which is never taken: the run is told to
be complete, and the node did not run (microsoft/autogen#6643, #6710)."""

from __future__ import annotations

from autogen_agentchat.teams import DiGraphBuilder, GraphFlow

from . import Make, Recipe
from .parts import running, talker


async def program(make: Make) -> str:
    a, b, c, d = (talker(name, ["no, rather not"] * 5) for name in "abcd")
    graph = DiGraphBuilder()
    graph.add_node(a).add_node(b).add_node(c).add_node(d, activation="all")
    graph.add_edge(a, b, condition="no").add_edge(a, c, condition="yes")
    graph.add_edge(b, d).add_edge(c, d)
    team = GraphFlow([a, b, c, d], graph=graph.build(), runtime=running(make))
    result = await team.run(task="Decide.")
    ran = any(each.source == "d" for each in result.messages)
    return f"{result.stop_reason} d {'ran' if ran else 'never ran'}"


ENDED = "Digraph execution is complete d never ran"
RECIPE = Recipe(program, ENDED, ENDED, "plug.impossible-join")
