"""The system message v0.2 uses when none is given is written out.

Both versions have a default, and they differ: without this rule every agent that relied on the
default would get other instructions (101 of 447 programs measured rely on it).
"""

from __future__ import annotations

import libcst as cst

from ..context import Context, quote
from ..prompts import ASSISTANT_PROMPT, CONVERSABLE_PROMPT, MULTIMODAL_PROMPT
from . import Example, RuleInfo


def default_prompt(ctx: Context, node: cst.CSTNode, kind: str) -> str:
    """Source code of the default system message of a v0.2 class."""
    ctx.note("MIG025", node, "migrated", "the default system message is written out")
    if kind in ("UserProxyAgent", "RetrieveUserProxyAgent"):
        return '""'
    if kind == "ConversableAgent":
        return quote(CONVERSABLE_PROMPT)
    if kind == "MultimodalConversableAgent":
        return quote(MULTIMODAL_PROMPT)
    return ctx.constant("ASSISTANT_PROMPT", ASSISTANT_PROMPT)


RULE = RuleInfo(
    code="MIG025",
    slug="default-prompt",
    title="Default system messages are written out",
    level="migrated",
    v02="no `system_message`",
    v07="`system_message=` with v0.2's text",
    docs=__doc__ or "",
    examples=(
        Example(
            'bot = autogen.ConversableAgent("bot", llm_config=llm_config)',
            (
                'bot = AssistantAgent("bot", model_client=model_client, '
                'system_message="You are a helpful AI Assistant.")'
            ),
        ),
    ),
)
