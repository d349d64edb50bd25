"""Findings in programs of AutoGen v0.2, with the migration rule that removes the cause."""

from __future__ import annotations

import sys
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


#: What to do about it in v0.2 itself, instead of what its rule advises for 0.7.
_THERE: Final = {
    "loop.repetition": (
        "say when it is over, and cap it:\n"
        "    assistant = AssistantAgent(\n"
        '        ..., is_termination_msg=lambda m: "TERMINATE" in (m.get("content") or ""),\n'
        "        max_consecutive_auto_reply=5,\n"
        "    )\n"
        "and tell in the system messages of the agents above what to say when nothing is left to do"
    ),
    "loop.same-call": (
        "give the model what it needs to go on, and cap it:\n"
        "    user_proxy.initiate_chat(assistant, message=..., max_turns=10)"
    ),
    "loop.empty": (
        "say something when there is no code to run, or stop:\n"
        '    UserProxyAgent(..., default_auto_reply="If all is done, reply TERMINATE.",\n'
        "        max_consecutive_auto_reply=3)"
    ),
    "loop.selector-livelock": (
        "choose by code, or in turn:\n"
        '    GroupChat(..., speaker_selection_method="round_robin", allow_repeat_speaker=False)'
    ),
    "model.selection-fallback": (
        "choose by code, or ask for a name and nothing else:\n"
        "    GroupChat(..., speaker_selection_method=choose, max_retries_for_selecting_speaker=1)"
    ),
    "end.never-true": (
        "look for the word wherever it stands, and cap the chat as well:\n"
        '    is_termination_msg=lambda m: "TERMINATE" in (m.get("content") or "").upper()\n'
        "    user_proxy.initiate_chat(assistant, message=..., max_turns=10)"
    ),
    "end.at-turn-0": (
        "keep the word out of the task: tell it in the system message of the assistant\n"
        '    AssistantAgent(..., system_message="... Reply TERMINATE when all is done.")'
    ),
    "model.hidden-retries": (
        "look at the status codes above, and set what you want:\n"
        '    config_list = [{"model": ..., "max_retries": 1, "timeout": 60}]'
    ),
    "hang.waiting-for-human": (
        'ask nobody where nobody reads:\n    UserProxyAgent(..., human_input_mode="NEVER")'
    ),
}


def here(finding: Finding) -> Finding:
    """The same for a program that is running: v0.2 is what it imports as autogen."""
    return moved(finding, dict.fromkeys(OLD[:1], "") if "autogen" in sys.modules else {})


def moved(finding: Finding, versions: Mapping[str, str]) -> Finding:
    """The finding with the migration rule added, where a v0.2 pattern is the cause."""
    if not any(name in versions for name in OLD):
        return finding
    there = _THERE.get(finding.slug, finding.advice)
    move = _MOVES.get(finding.slug)
    if move is None:
        return finding.model_copy(update={"advice": there})
    code, what = move
    facts = {**finding.evidence.facts, "migration": code}
    advice = f"{there}\nor move to 0.7, where {what}: loupe explain {code}"
    evidence = finding.evidence.model_copy(update={"facts": facts})
    return finding.model_copy(update={"advice": advice, "evidence": evidence})
