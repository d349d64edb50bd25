"""What others do about loops, restated in our own code over the same scripts, for comparison.

Each takes a script's turns and returns the step at which it fires, None when it does not. They
judge one agent's log in their projects; here every agent's acts are one log, as a user would feed
them. Thresholds are the projects' own, none was tuned.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from .scripts import expanded

Script = dict[str, Any]
Act = tuple[int, str, str, str, bool]  # step, agent, call or text, result, failed


def acts(script: Script) -> Iterator[Act]:
    for step, entry in enumerate(expanded(script["steps"])):
        agent = entry["agent"]
        for call in entry.get("calls", []):
            asked = f"{call['tool']} {json.dumps(call.get('args', {}))}"
            result = call.get("error") or json.dumps(call.get("result", ""))
            yield step, agent, asked, result, "error" in call or "rror" in result
        if entry.get("say"):
            yield step, agent, entry["say"], "", False


def step_cap(script: Script) -> int | None:
    """LangGraph's recursion limit: 25 steps, whatever happens in them."""
    count = sum(1 for _ in expanded(script["steps"]))
    return 25 if count > 25 else None


def same_call_three_times(script: Script) -> int | None:
    """opencode's and Roo's rule: the last three calls are the same tool with the same arguments."""
    calls = [act for act in acts(script) if act[3]]
    for at in range(2, len(calls)):
        if calls[at - 2][2] == calls[at - 1][2] == calls[at][2]:
            return calls[at][0]
    return None


def cycle_of_calls_five_times(script: Script) -> int | None:
    """Gemini CLI's rule without its model: a cycle of up to five calls, five times."""
    calls = [act for act in acts(script) if act[3]]
    for at in range(len(calls)):
        for period in range(1, 6):
            tail = [act[2] for act in calls[max(0, at + 1 - period * 5) : at + 1]]
            if len(tail) == period * 5 and tail == tail[:period] * 5:
                return calls[at][0]
    return None


def stuck_patterns(script: Script) -> int | None:
    """OpenHands' rules: four equal calls with equal results, three equal calls that fail, three
    equal messages in a row, six acts that alternate between two pairs."""
    seen: list[Act] = []
    for act in acts(script):
        seen.append(act)
        last = [(a[2], a[3]) for a in seen]
        if act[3] and len(last) >= 4 and len(set(last[-4:])) == 1:
            return act[0]
        calls = [a[2] for a in seen[-3:]]
        if len(calls) == 3 and len(set(calls)) == 1 and all(a[4] for a in seen[-3:]):
            return act[0]
        if not act[3] and len(last) >= 3 and len(set(last[-3:])) == 1:
            return act[0]
        if len(last) >= 6 and last[-6:] == last[-2:] * 3 and last[-1] != last[-2]:
            return act[0]
    return None


BASELINES: dict[str, Callable[[Script], int | None]] = {
    "OpenHands' patterns": stuck_patterns,
    "Gemini CLI's cycle of calls": cycle_of_calls_five_times,
    "opencode's three equal calls": same_call_three_times,
    "a cap of 25 steps": step_cap,
}
