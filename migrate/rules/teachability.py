"""Teachability becomes a memory of the agent.

v0.2 adds it to an agent that exists; an agent of 0.7 takes its memories when it is made, so the
memory is made above it. autogen-ext has a Teachability of the same purpose over a task-centric
memory: it recalls and stores what it is taught with questions of its own to the model, and does
not read what v0.2 has stored.
"""

from __future__ import annotations

from ..context import Context, layout
from ..model import Obstacle, Speaker, Teaching
from ..reader import Reader
from ..syntax import quoted
from ..voices import voice
from . import Example, RuleInfo

_MEMORY = "autogen_ext.experimental.task_centric_memory"


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.teaching is not None and voice(speaker) != "model":
            text = "learns from its chats, and does more than a model that answers"
            speaker.obstacles.append(Obstacle("MIG071", speaker.teaching.made, text))


def apply(ctx: Context) -> None:
    for speaker in ctx.program.speakers:
        if speaker.teaching is not None and ctx.standing.moves(speaker):
            _apply(ctx, speaker, speaker.teaching)


def _apply(ctx: Context, speaker: Speaker, teaching: Teaching) -> None:
    assert speaker.model is not None
    options = {key: ctx.source.code(value) for key, value in teaching.options.items()}
    path = options.get("path_to_db_dir", quoted("./tmp/teachable_agent_db"))
    bank = f'"path": {path}'
    if "recall_threshold" in options:
        bank += f', "relevance_conversion_threshold": {options["recall_threshold"]}'
    config = f'"MemoryBank": {{{bank}}}'
    if "max_num_retrievals" in options:
        config = f'"max_memos_to_retrieve": {options["max_num_retrievals"]}, {config}'
    controller = layout(
        ctx.need(_MEMORY, "MemoryController"),
        [
            f"reset={options.get('reset_db', 'False')}",
            f"client={ctx.client_of[id(speaker.model)]}",
            f"config={{{config}}}",
        ],
    )
    kind = ctx.need(f"{_MEMORY}.utils", "Teachability")
    code = layout(f"{teaching.variable} = {kind}", [controller])
    ctx.before(speaker.call, lambda _render: f"{code}\n")
    for statement in teaching.statements:
        ctx.remove(statement)
    ctx.tools_of.setdefault(id(speaker), []).append(("memory", f"[{teaching.variable}]"))
    text = (
        "asks its model other questions to recall and store, and does not read what v0.2 stored; "
        "needs autogen-ext[task-centric-memory]"
    )
    ctx.note("MIG071", teaching.made, "caveat", text)


RULE = RuleInfo(
    code="MIG071",
    slug="teachability",
    title="Teachability becomes a memory of the agent",
    level="todo",
    v02="`Teachability(…).add_to_agent(agent)`",
    v07="`AssistantAgent(…, memory=[Teachability(MemoryController(…))])`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'bot = autogen.ConversableAgent("bot", llm_config=llm_config)\n'
                "teachability = Teachability(reset_db=True)\n"
                "teachability.add_to_agent(bot)"
            ),
            (
                "teachability = Teachability(MemoryController(reset=True, client=…, config=…))\n"
                'bot = AssistantAgent("bot", model_client=model_client, …, memory=[teachability])'
            ),
        ),
    ),
    order=295,
    check=check,
    apply=apply,
)
