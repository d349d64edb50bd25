"""A few options of GroupChat have nothing in 0.7 that does the same.

The group and everything that talks to it stays on v0.2, marked with the option that is in the way.
`enable_clear_history` only gives a meaning to messages that say CLEAR HISTORY: it goes, with a
note.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG054",
    slug="group-options",
    title="Options of a group without a counterpart are left and marked",
    level="todo",
    v02='`send_introductions`, `select_speaker_*`, `"manual"`',
    v07="left, with one line each",
    docs=__doc__ or "",
    examples=(
        Example(
            "groupchat = autogen.GroupChat(agents, [], send_introductions=True)",
            (
                "# TODO(agentloupe) MIG054: left on v0.2: send_introductions has "
                "no counterpart\n"
                "groupchat = autogen.GroupChat(agents, [], send_introductions=True)"
            ),
        ),
    ),
)
