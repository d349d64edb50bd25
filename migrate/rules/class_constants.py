"""Texts and versions the program takes from v0.2 itself.

`AssistantAgent.DEFAULT_SYSTEM_MESSAGE` and `ConversableAgent.DEFAULT_SUMMARY_PROMPT` are written
out as constants of the file, because 0.7 has other texts; `autogen.__version__` is the version of
autogen-agentchat.
"""

from __future__ import annotations

from ..context import Context
from ..prompts import ASSISTANT_DESCRIPTION, ASSISTANT_PROMPT, SUMMARY_PROMPT
from . import Example, RuleInfo

_SUMMARY = ("SUMMARY_PROMPT", SUMMARY_PROMPT)
_TEXTS = {
    "AssistantAgent.DEFAULT_SYSTEM_MESSAGE": ("ASSISTANT_PROMPT", ASSISTANT_PROMPT),
    "AssistantAgent.DEFAULT_DESCRIPTION": ("ASSISTANT_DESCRIPTION", ASSISTANT_DESCRIPTION),
    "ConversableAgent.DEFAULT_SUMMARY_PROMPT": _SUMMARY,
    "AssistantAgent.DEFAULT_SUMMARY_PROMPT": _SUMMARY,
    "UserProxyAgent.DEFAULT_SUMMARY_PROMPT": _SUMMARY,
}


def apply(ctx: Context) -> None:
    for node, path in ctx.reader.references.items():
        tail = ".".join(path.split(".")[-2:])
        if tail in _TEXTS:
            code = ctx.constant(*_TEXTS[tail])
        elif path == "__version__":
            code = f"{ctx.module('autogen_agentchat')}.__version__"
        else:
            continue
        start, end = ctx.source.span(node)
        ctx.plan.replace(start, end, code)
        ctx.reader.claim(node)
        ctx.note("MIG026", node, "migrated", f"{path} is {code}")


RULE = RuleInfo(
    code="MIG026",
    slug="class-constants",
    title="Texts of v0.2 that a program refers to are written out",
    level="migrated",
    v02="`AssistantAgent.DEFAULT_SYSTEM_MESSAGE`, `autogen.__version__`",
    v07="a constant of the file, `autogen_agentchat.__version__`",
    docs=__doc__ or "",
    examples=(
        Example(
            'prompt = autogen.AssistantAgent.DEFAULT_SYSTEM_MESSAGE + "Be brief."',
            'prompt = ASSISTANT_PROMPT + "Be brief."',
        ),
    ),
    order=85,
    apply=apply,
)
