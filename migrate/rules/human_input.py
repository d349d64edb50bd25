"""ALWAYS asks at every turn, TERMINATE when the chat would end, NEVER not at all.

ALWAYS becomes UserProxyAgent of 0.7 with a condition for the word "exit", which ended a chat in
v0.2 and is a message like any other in 0.7. TERMINATE, or ALWAYS with code to run, becomes the
small proxy of the file. An agent with a model that asks a human at the end is marked; one that asks
at every turn is left on v0.2.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG022",
    slug="human-input",
    title="human_input_mode decides who asks a human, and when",
    level="todo",
    v02="`human_input_mode`",
    v07="`UserProxyAgent(…, input_func=input)`, or a `ProxyAgent` of the file",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'user = autogen.UserProxyAgent("user", human_input_mode="ALWAYS", '
                "code_execution_config=False)"
            ),
            'user = UserProxyAgent("user", input_func=input)',
        ),
    ),
)
