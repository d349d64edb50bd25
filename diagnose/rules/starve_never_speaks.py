"""A member of the team never had its turn, while the others had many; or a join waits for ever.

Where speakers are chosen by a model, a participant without any of at least four turns for each
participant is starved: its description says too little, or nobody hands over to it. In a flow, a
node is starved when an edge without a condition leads to it from a node that ran: it waits for a
branch that was not taken (microsoft/autogen#6643, #6710). In a group chat of v0.2, a member is also
starved when no transition that was allowed leads to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import (
    EDGES,
    PARTICIPANTS,
    TEAM,
    names,
    quote,
    told,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

GROUP: Final = "GroupChat"
TURNS: Final = 4  # for each participant, before one without any is starved


WAYS: Final = (
    "let somebody hand over to it, and say in its description when it has to speak:\n"
    "    GroupChat(..., allowed_or_disallowed_speaker_transitions={coder: [reviewer, editor]},\n"
    '        speaker_transitions_type="allowed")'
)


class NeverSpeaksDetector:
    """Counts turns by name."""

    ops = frozenset({c.AGENT})

    def __init__(self, context: Context) -> None:
        self._turns: dict[str, int] = {}

    def turn(self, turn: Turn) -> Sequence[Finding]:
        for span in turn.spans:
            if span.op == c.AGENT and (span.agent in self._turns or len(self._turns) < 512):
                self._turns[span.agent] = self._turns.get(span.agent, 0) + 1
        return ()

    def end(self, ending: Ending) -> Outcome:
        members = names(ending, PARTICIPANTS)
        if not members or ending.root is None:
            return Outcome(needs="the team's participants")
        if ending.info.status not in ("ok", "running"):
            return Outcome()
        ran: dict[str, int] = {}
        for agent, count in self._turns.items():
            ran[plain_name(agent)] = ran.get(plain_name(agent), 0) + count
        team = str(ending.root.attributes.get(TEAM, ""))
        starved = self._joins(names(ending, EDGES), ran) if team == "GraphFlow" else []
        if team.startswith(GROUP):  # of v0.2: who asked and the manager come first
            members = members[2:]
            starved = _without_a_way(members, names(ending, EDGES), ran)
        had = sum(ran.get(name, 0) for name in members)
        if team.startswith(("Selector", GROUP)) and had >= TURNS * len(members) and not starved:
            starved = [name for name in members if name not in ran]
        return Outcome([self._finding(name, ran, ending.root) for name in starved])

    def _joins(self, edges: Sequence[str], ran: dict[str, int]) -> list[str]:
        pairs = [edge.split(" -> ") for edge in edges if " -> " in edge]
        return list(dict.fromkeys(b for a, b in pairs if a in ran and b not in ran))

    def _finding(self, name: str, ran: dict[str, int], root: Span) -> Finding:
        others = ", ".join(f"{who}: {count}" for who, count in list(ran.items())[:8])
        return told(
            RULE,
            f"{name!r} never had its turn, while others had {sum(ran.values())}",
            agents=[name],
            quotes=[quote(root, f"turns: {others}")],
            confidence=0.8,
            key=name,
            facts={"turns": dict(list(ran.items())[:64])},
            advice=WAYS if str(root.attributes.get(TEAM, "")).startswith(GROUP) else "",
        )


def _without_a_way(members: Sequence[str], edges: Sequence[str], ran: dict[str, int]) -> list[str]:
    """Members that nobody may hand over to, by the transitions that the group was given."""
    ways = {b for a, _, b in (edge.partition(" -> ") for edge in edges) if a != b}
    return [name for name in members if name not in ran and name not in ways] if edges else []


RULE = Rule(
    code="FLOW004",
    slug="starve.never-speaks",
    title="a member of the team never has its turn",
    severity="warning",
    about=__doc__,
    needs="a team's run with its participants (recorded by loupe run)",
    doubt=("it may have been there for a case that did not arise"),
    advice=(
        "say in the agent's description when it has to speak, or in the flow:\n"
        '    builder.add_edge(b, d, activation_condition="any")'
    ),
    start=NeverSpeaksDetector,
)
