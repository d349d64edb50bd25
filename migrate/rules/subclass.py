"""A subclass overrides methods 0.7 does not have, so its meaning is in code no rule can read.

It becomes a subclass of BaseChatAgent with on_messages, on_reset and produced_message_types. The
class and every chat of its objects stay on v0.2.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG092",
    slug="agent-subclass",
    title="A subclass of an agent is left and marked",
    level="todo",
    v02="`class Mine(ConversableAgent)`",
    v07="left; becomes a `BaseChatAgent` subclass",
    docs=__doc__ or "",
    examples=(
        Example(
            "class Critic(autogen.AssistantAgent): ...",
            (
                "# TODO(agentloupe) MIG092: AssistantAgent a subclass becomes a "
                "BaseChatAgent subclass with on_messages\n"
                "class Critic(autogen.AssistantAgent): ..."
            ),
        ),
    ),
)
