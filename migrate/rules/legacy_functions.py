"""Before decorators v0.2 took a hand-written JSON schema in llm_config and a map of functions.

FunctionTool makes the schema from the signature, which may say something else than the one written
by hand, so the file gets a tool that keeps the description: the model is told the same about each
function, arguments need no annotations, and an error reads as it did in v0.2. Functions that no
agent of the file runs, and maps that are not written out, are left on v0.2 and marked.
"""

from __future__ import annotations

from ..context import Context
from ..model import Tool
from . import Example, RuleInfo


def described_tool(ctx: Context, tool: Tool, function: str) -> str:
    """Source code of the tool for one description and its function."""
    assert tool.schema is not None
    assert tool.caller is not None
    name = ctx.helper("DescribedTool")
    start, end = ctx.source.span(tool.schema)
    gone = any(e.rank == 3 and e.start <= start and end <= e.end for e in ctx.plan.edits)
    schema = tool.schema_place
    if gone or not schema:
        lead = ctx.source.indentation(tool.schema)
        schema = "\n".join(
            line.removeprefix(lead) for line in ctx.source.code(tool.schema).split("\n")
        )
    ctx.note("MIG043", tool.caller.call, "migrated", f"{tool.name} keeps its description")
    return f"{name}({schema}, {function})"


RULE = RuleInfo(
    code="MIG043",
    slug="legacy-functions",
    title="Functions described by hand keep their descriptions",
    level="todo",
    v02='`llm_config["functions"]`, `function_map`',
    v07="`tools=[DescribedTool(…)]`, a class of the file",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'bot = autogen.AssistantAgent("bot", llm_config={"functions": [{…}], …})'
                "\n"
                'user = autogen.UserProxyAgent("user", function_map={"add": add})'
            ),
            'bot = AssistantAgent("bot", …, tools=[DescribedTool({"name": "add", …}, add)], …)',
        ),
    ),
)
