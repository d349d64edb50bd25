"""What 0.7's own agents cannot do is done by agents of the project.

Reply functions, nested chats, hooks, subclasses, `send` and `receive`, reads of the history, other
models to fall back on, a human who is asked at the end, retrieval with code or from other databases
than Chroma, kernels of Jupyter, compressors of texts, groups that think for one agent, mathematical
problems, agents that a model thinks up, agents that read the web or see by LLaVA, chats that are
resumed: where a file has any of these that no other rule translates, it gets the source of agents
that answer as v0.2's did, on the model clients, messages and executors of 0.7. The program itself
stays as it was written, but for the names of methods and keywords (`initiate_chat` is `start_chat`,
`register_reply` is `add_reply`, `llm_config=` is `model_config=`). These agents are agents of 0.7,
and can be members of its teams.

It is done for a whole file, because a conversation runs on agents of one kind, and only where no
agent comes from another file or goes to one that is migrated otherwise. With `--ignore MIG091` what
the other rules cannot translate is left on v0.2 and marked instead; with `--faithful` these agents
are used everywhere.
"""

from __future__ import annotations

from . import Example, RuleInfo

RULE = RuleInfo(
    code="MIG091",
    slug="own-agents",
    title="Agents of the project keep what has no counterpart",
    level="caveat",
    v02="reply functions, nested chats, hooks, subclasses, `send`, …",
    v07="`ConversableAgent` and others as source of the project, on 0.7's clients",
    docs=__doc__ or "",
    examples=(
        Example(
            "bot.register_reply([autogen.Agent, None], log_reply)",
            "bot.add_reply([ConversableAgent, None], log_reply)",
        ),
    ),
)
