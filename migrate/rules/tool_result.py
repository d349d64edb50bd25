"""What a model is told about a tool's result stays the same text.

v0.2 turns a result that is no string into JSON; FunctionTool calls str() on it, which gives
`{'k': None}` for `{"k": null}`. An error reads "Error: …" in v0.2 and without that word in 0.7.
Where the annotation does not promise a string or a number, or the function may raise, the tool is
made by a subclass that tells both as v0.2 did. A tool that a model makes up is answered in the
words of 0.7 ("tool … not found"); `--faithful` keeps v0.2's.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context
from ..model import Tool
from . import Example, RuleInfo

SAME_TEXT = frozenset({"str", "int", "float", '"str"', "'str'"})
SAFE_CALLS = frozenset({"print", "str", "len", "repr", "round", "bool", "abs"})


def tool_class(ctx: Context, function: cst.FunctionDef | None, tool: Tool) -> str:
    """Name of the class whose results read as in v0.2."""
    returns = function.returns.annotation if function is not None and function.returns else None
    core = returns
    if isinstance(core, cst.Subscript) and ctx.source.code(core.value).endswith("Annotated"):
        index = core.slice[0].slice
        core = index.value if isinstance(index, cst.Index) else core
    same = core is not None and ctx.source.code(core) in SAME_TEXT
    if function is not None and same and not _may_raise(ctx, function):
        return ctx.need("autogen_core.tools", "FunctionTool")
    text = "the model is told results and errors as v0.2 did"
    ctx.note("MIG041", tool.registrations[0], "migrated", text)
    return ctx.helper("JsonTool")


def _may_raise(ctx: Context, function: cst.FunctionDef) -> bool:
    """Whether anything in a function does more than arithmetic on what it was given."""
    source, body = ctx.source, function.body
    for kind in (cst.Subscript, cst.Raise, cst.Assert, cst.With, cst.Await, cst.Import, cst.Del):
        if source.find(kind, body):
            return True
    divides = (cst.Divide, cst.FloorDivide, cst.Modulo, cst.Power)
    if any(isinstance(node.operator, divides) for node in source.find(cst.BinaryOperation, body)):
        return True
    return any(source.code(call.func) not in SAFE_CALLS for call in source.find(cst.Call, body))


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
