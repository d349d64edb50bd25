"""A rule migrates what it can follow from the constructor to every use.

An agent that is put into a list, returned, or given to a function may be used in any way there, and
a chat between agents this file did not make may need anything of them: both are left on v0.2. Code
that is handed agents and asks for insides of v0.2 (`agent._oai_system_message`) is marked as well.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG098",
    slug="out-of-sight",
    title="What cannot be followed is left and marked",
    level="todo",
    v02="agents handed to other code, chats of unknown agents",
    v07="left, with the reason",
    docs=__doc__ or "",
    examples=(
        Example(
            "start(user, bot)",
            (
                "# TODO(agentloupe) MIG098: left on v0.2: user is handed to code "
                "this rule does not follow\n"
                "start(user, bot)"
            ),
        ),
    ),
)
