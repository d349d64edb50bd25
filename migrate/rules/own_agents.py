"""With `--faithful`, what 0.7's own agents cannot do is done by agents of the project.

Reply functions, nested chats, hooks, subclasses, `send` and `receive`, reads of the history, other
models to fall back on, a human who is asked at the end: where a file has any of these, it gets the
source of agents that answer as v0.2's did, on the model clients, messages and executors of 0.7. The
program itself stays as it was written, but for the names of methods and keywords
(`initiate_chat` is `start_chat`, `register_reply` is `add_reply`, `llm_config=` is
`model_config=`). These agents are agents of 0.7, and can be members of its teams.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG091",
    slug="own-agents",
    title="With --faithful, agents of the project keep what has no counterpart",
    level="migrated",
    v02="reply functions, nested chats, hooks, subclasses, `send`, … with `--faithful`",
    v07="`ConversableAgent` and others as source of the project, on 0.7's clients",
    docs=__doc__ or "",
    examples=(
        Example(
            "bot.register_reply([autogen.Agent, None], log_reply)",
            "bot.add_reply([ConversableAgent, None], log_reply)",
        ),
    ),
)
