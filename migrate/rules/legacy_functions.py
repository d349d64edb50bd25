"""Before decorators v0.2 took a hand-written JSON schema in llm_config and a map of functions.

FunctionTool makes the schema from the signature, which may say something else than the one written
by hand, so this style is left on v0.2 and marked.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG043",
    slug="legacy-functions",
    title="Functions described by hand are left and marked",
    level="todo",
    v02='`llm_config["functions"]`, `function_map`',
    v07="left; give the functions as `tools`",
    docs=__doc__ or "",
    examples=(
        Example(
            'user = autogen.UserProxyAgent("user", function_map={"add": add})',
            (
                "# TODO(agentloupe) MIG043: left on v0.2: its functions are given "
                "in a function_map\n"
                'user = autogen.UserProxyAgent("user", function_map={"add": add})'
            ),
        ),
    ),
)
