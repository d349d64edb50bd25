"""What a model is told about a tool's result stays the same text.

v0.2 turns a result that is no string into JSON; FunctionTool calls str() on it, which gives
`{'k': None}` for `{"k": null}`. Where the annotation does not promise a string or a number the
tool is made by a subclass that gives JSON. Errors still read differently: "Error: …" in v0.2.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..model import Tool
from . import Example, RuleInfo

SAME_TEXT = frozenset({"str", "int", "float", '"str"', "'str'"})


def tool_class(ctx: Context, function: cst.FunctionDef | None, tool: Tool) -> str:
    """Name of the class whose results read as in v0.2."""
    returns = function.returns.annotation if function is not None and function.returns else None
    core = returns
    if isinstance(core, cst.Subscript) and ctx.source.code(core.value).endswith("Annotated"):
        index = core.slice[0].slice
        core = index.value if isinstance(index, cst.Index) else core
    if tool.legacy or (core is not None and ctx.source.code(core) in SAME_TEXT):
        return ctx.need("autogen_core.tools", "FunctionTool")
    ctx.note("MIG041", tool.registrations[0], "migrated", "the model gets the result as JSON")
    return ctx.helper("JsonTool")


RULE = RuleInfo(
    code="MIG041",
    slug="tool-result",
    title="Tool results keep their text",
    level="migrated",
    v02="results as JSON",
    v07="a `JsonTool` class in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            ('register_function(look_up, caller=bot, executor=user, description="…")  # -> dict'),
            'tools=[JsonTool(look_up, description="…")]',
        ),
    ),
)
