"""A flow ended since what its last node said met no condition of the edges that lead on from it.

A fact of the trace: the flow counts as complete, all edges from the node that spoke last have
conditions, none was taken, and a node that only it leads to never ran. Conditions that are texts
are looked for to the letter: when the message holds one in another case, in markdown or with
punctuation, that one was meant. Otherwise it is told as likely, as a flow may end that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer import conventions as c
from ...tracer.model import plain_name
from ..course import EDGES, TEAM, names, quoted, stop_reason, told
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Act, Turn

COMPLETE: Final = "Digraph execution is complete"  # as autogen-agentchat 0.7 says
PLAIN: Final = str.maketrans("", "", "*_`#>~.!?,:;-()[]\"' \n\t")


class UnmatchedDetector:
    """Keeps what each participant said last, and who ran."""

    def __init__(self, context: Context) -> None:
        self._ran: dict[str, None] = {}
        self._last: tuple[Act, Turn] | None = None

    def turn(self, turn: Turn) -> Sequence[Finding]:
        if c.AGENT in turn.ops:
            for span in turn.spans:
                if span.op == c.AGENT and len(self._ran) < 512:
                    self._ran[plain_name(span.agent)] = None
        for act in turn.acts:
            if act.kind == "say" and act.name in self._ran:
                self._last = act, turn
        return ()

    def end(self, ending: Ending) -> Outcome:
        if ending.root is None or ending.root.attributes.get(TEAM) != "GraphFlow":
            return Outcome(needs=RULE.needs)
        if self._last is None or not stop_reason(ending).startswith(COMPLETE):
            return Outcome()
        act, turn = self._last
        ways = [edge for edge in map(_edge, names(ending, EDGES)) if edge and edge[0] == act.name]
        missed = [way for way in ways if way[1] not in self._ran]
        always = any(f"{act.name} -> " in edge for edge in names(ending, EDGES))
        if not missed or always or any(words and words in act.text for _, _, words in ways):
            return Outcome()
        return Outcome([_finding(act, turn, missed)])


def _edge(text: str) -> tuple[str, str, str] | None:
    """Source, target and words of an edge with a condition."""
    source, arrow, rest = text.partition(" ?> ")
    target, _, words = rest.partition(": ")
    return (source, target, words) if arrow else None


def _finding(act: Act, turn: Turn, missed: list[tuple[str, str, str]]) -> Finding:
    said = act.text.translate(PLAIN).lower()
    meant = [way for way in missed if way[2] and way[2].translate(PLAIN).lower() in said]
    way = (meant or missed)[0]
    looked_for = ", ".join(repr(words) if words else "a function" for _, _, words in missed)
    how = f"said {way[2]!r} in another form" if meant else f"met none of: {looked_for}"
    return told(
        RULE,
        f"{act.name!r} {how}, and the flow ended without {way[1]!r}",
        agents=[act.name],
        quotes=[quoted(act, turn, "last word")],
        confidence=0.96 if meant else 0.75,
        key=way[1],
        last_healthy=turn.step.index,
        counterfactual=f"{', '.join(dict.fromkeys(to for _, to, _ in missed))} never ran",
        facts={"looked_for": looked_for},
    )


RULE = Rule(
    code="FLOW012",
    slug="end.unmatched-branch",
    title="a flow ended where no condition was met",
    severity="warning",
    about=__doc__,
    bodies=True,
    needs="a flow's run with its edges (recorded by loupe run)",
    doubt="the flow may be meant to end there",
    advice=(
        "compare without case, and give the node a way for everything else:\n"
        '    approves = lambda m: "approve" in m.to_text().lower()\n'
        "    builder.add_edge(judge, printer, condition=approves)\n"
        '    builder.add_edge(judge, writer, condition=lambda m: "approve" not in '
        "m.to_text().lower())"
    ),
    start=UnmatchedDetector,
)
