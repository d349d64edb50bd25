"""A configuration list read from a file or the environment stays one.

v0.2 looks for an environment variable first, which may hold JSON or the path of a file, then for
the file itself, and filters the entries. The file gets a function of its own that does the same, as
for lists made from a `.env` file, from keys or for models; `OAI_CONFIG_LIST` files are read, never
changed.
"""

from __future__ import annotations

from ..context import Context
from . import Example, RuleInfo

# The function of the file that does the same as one of v0.2.
FUNCTIONS = {
    "config_list_from_json": "load_config_list",
    "config_list_from_dotenv": "load_dotenv_config_list",
    "filter_config": "filter_config",
    "get_config_list": "get_config_list",
    "config_list_openai_aoai": "load_endpoint_list",
    "config_list_from_models": "load_model_list",
}


def apply(ctx: Context) -> None:
    if not _anything_moves(ctx):
        return
    for node, path in ctx.reader.references.items():
        name = FUNCTIONS.get(path.rpartition(".")[2])
        if name is None or id(node) in ctx.reader.claimed:
            continue
        start, end = ctx.source.span(node)
        helper = ctx.helper(name)
        ctx.plan.replace(start, end, helper)
        ctx.reader.claim(node)
        ctx.note("MIG011", node, "migrated", f"{path} is {helper}() of this file")
        if name == "load_dotenv_config_list":
            text = "needs the package python-dotenv, which v0.2 brought along and 0.7 does not"
            ctx.note("MIG011", node, "caveat", text)


def _anything_moves(ctx: Context) -> bool:
    program, moves = ctx.program, ctx.standing.moves
    return not program.speakers or any(moves(speaker) for speaker in program.speakers)


RULE = RuleInfo(
    code="MIG011",
    slug="config-list",
    title="config_list_from_json and its like become functions of the file",
    level="caveat",
    v02=(
        "`config_list_from_json`, `config_list_from_dotenv`, `config_list_from_models`, "
        "`config_list_openai_aoai`, `filter_config`, `get_config_list`"
    ),
    v07="a function in the file that does the same",
    docs=__doc__ or "",
    examples=(
        Example(
            'config_list = autogen.config_list_from_json("OAI_CONFIG_LIST")',
            'config_list = load_config_list("OAI_CONFIG_LIST")',
        ),
    ),
    order=90,
    apply=apply,
)
