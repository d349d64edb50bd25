"""In a v0.2 group the result of a tool is a message, and the group chooses who reads it.

In 0.7 the caller reads it within its turn. Speaking in turn that is the same agent; where a model
chooses it may have been another, so the agent is marked.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG042",
    slug="tools-in-group",
    title="Tools of a member of a group are run by that member",
    level="todo",
    v02="a tool call in a `GroupChat` with selection by model",
    v07="the caller goes on; marked",
    docs=__doc__ or "",
    examples=(
        Example(
            ("groupchat = autogen.GroupChat([user, caller, critic], [])  # caller has tools"),
            (
                "# TODO(agentloupe) MIG042: in v0.2 the group chose who reads a "
                "tool's result; here the caller does"
            ),
        ),
    ),
)
