"""A proxy that only starts chats and runs tools says nothing: it answers with an empty message.

Between two agents it is left out and signs the task, so the partner speaks again without an empty
turn in between; `--faithful` keeps it. In a group, with a fixed reply, with a human who is asked at
the end or with code to run, it becomes a small agent of the file that answers in the order v0.2
did: human, code, fixed text.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG021",
    slug="silent-proxy",
    title="An agent that says nothing of its own is left out",
    level="caveat",
    v02="`UserProxyAgent` without model, human, code and reply",
    v07="the author of the task; elsewhere a `ProxyAgent` of the file",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'user = autogen.UserProxyAgent("user", human_input_mode="NEVER", '
                "code_execution_config=False)"
            ),
            "# user had nothing to say of its own; it is the author of the task",
        ),
    ),
)
