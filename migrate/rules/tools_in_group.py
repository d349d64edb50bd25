"""In a v0.2 group the result of a tool is a message, and the group chooses who reads it.

In 0.7 a caller that is to read it does so within its turn, which is right where members speak in
turn. Where a model chooses, the caller stops after one round of calls and its results are a message
like any other, so the group chooses again; calls and results count as they did. Where the program
chooses by a function, or lets nobody speak twice in a row, the agent is marked.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG042",
    slug="tools-in-group",
    title="Tools of a member of a group are run by that member",
    level="todo",
    v02="a tool call in a `GroupChat` with selection by model",
    v07="one round of calls a turn, and a `round_limit` in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            ("groupchat = autogen.GroupChat([user, caller, critic], [])  # caller has tools"),
            'caller = AssistantAgent("caller", …, tools=[…])  # no reflection, no second round',
        ),
    ),
)
