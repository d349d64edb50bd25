"""Findings in programs of AutoGen v0.2, with the migration rule that removes the cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .finding import Finding

OLD: Final = ("pyautogen", "ag2")

#: What is wrong, the rule of `loupe migrate` about its cause, and what becomes of it.
_MOVES: Final = {
    "loop.repetition": ("MIG032", "the reply limit becomes a limit of the team, with a reason"),
    "loop.same-call": ("MIG040", "the function becomes a tool, called within one turn"),
    "loop.empty": ("MIG021", "the proxy with its empty default reply is left out"),
    "loop.selector-livelock": ("MIG051", "the group becomes a SelectorGroupChat"),
    "model.selection-fallback": ("MIG051", "the group becomes a SelectorGroupChat"),
    "end.never-true": ("MIG031", "is_termination_msg becomes a condition that names its word"),
    "end.at-turn-0": ("MIG031", "is_termination_msg becomes a condition that names its word"),
    "hang.waiting-for-human": ("MIG022", "human_input_mode becomes an agent that can be awaited"),
}


def moved(finding: Finding, versions: Mapping[str, str]) -> Finding:
    """The finding with the migration rule added, where a v0.2 pattern is the cause."""
    move = _MOVES.get(finding.slug)
    if move is None or not any(name in versions for name in OLD):
        return finding
    code, what = move
    facts = {**finding.evidence.facts, "migration": code}
    advice = f"{finding.advice}\nor move to 0.7, where {what}: loupe explain {code}"
    evidence = finding.evidence.model_copy(update={"facts": facts})
    return finding.model_copy(update={"advice": advice, "evidence": evidence})
