"""A conversation runs on one version.

What an obstacle keeps on v0.2 keeps the agents it talks to, their groups, tools and other chats, so
that the program still runs where both versions are installed. The mark repeats the cause; resolving
that and migrating again takes the rest along.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG099",
    slug="left-together",
    title="What talks to something left on v0.2 is left with it",
    level="todo",
    v02="anything connected to a marked place",
    v07="left, with the reason of the other place",
    docs=__doc__ or "",
    examples=(
        Example(
            'user.initiate_chat(bot, message="Hi")  # bot has a reply function',
            (
                "# TODO(agentloupe) MIG099: left on v0.2 with what it talks to "
                "(.register_reply of bot: …)\n"
                'user.initiate_chat(bot, message="Hi")'
            ),
        ),
    ),
)
