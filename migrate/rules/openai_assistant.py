"""An assistant that OpenAI keeps becomes an OpenAIAssistantAgent.

Both keep a thread for the conversation at OpenAI's. v0.2 takes an assistant of the same name and
instructions where there is one; 0.7 takes the one that is named, or makes a new one. Assistants
that ask for functions of the program, or are changed by it, are left to agents of the project.
"""

from __future__ import annotations

from ..calls import CallEdit
from ..context import Client, Context, quote
from ..model import Hosted, Obstacle, Speaker
from ..reader import Reader
from . import Example, RuleInfo
from .agent_name import rename
from .default_prompt import default_prompt
from .model_client import config_code

_GONE = (
    "is_termination_msg", "max_consecutive_auto_reply", "human_input_mode", "system_message",
    "code_execution_config", "default_auto_reply", "silent", "verbose", "assistant_config",
    "overwrite_instructions", "overwrite_tools",
)  # fmt: skip


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.hosted is None:
            continue
        summed = any(
            part.summary != "last_msg" for chat in speaker.chats for part in (chat, *chat.queue)
        )
        asked = any(ask.kind == "reply" for ask in speaker.asks)
        if summed or asked or speaker.tools or speaker.teaching or speaker.nested:
            text = "is asked, taught or summed up in a way an assistant of OpenAI is not in 0.7"
            speaker.obstacles.append(Obstacle("MIG075", speaker.call, text))


def apply(ctx: Context) -> None:
    for speaker in ctx.program.speakers:
        if speaker.hosted is not None and ctx.standing.moves(speaker):
            _apply(ctx, speaker, speaker.hosted)


def _apply(ctx: Context, speaker: Speaker, hosted: Hosted) -> None:
    edit = CallEdit(ctx, speaker.call)
    edit.function(ctx.need("autogen_ext.agents.openai", "OpenAIAssistantAgent"))
    rename(ctx, speaker, edit)
    for name in _GONE:
        if name in speaker.args:
            edit.drop(speaker.args[name])
    config = speaker.args.get("llm_config")
    code = config_code(ctx, config.value) if config is not None else "{}"
    client, model = ctx.unique("openai_client"), ctx.unique("openai_model")
    made = f"{client}, {model} = {ctx.helper('openai_assistants')}({code})\n"
    ctx.before(speaker.call, lambda _render: made)
    ctx.clients.append(Client(client, ctx.source.enclosing_def(speaker.call), speaker.call))
    if config is not None:
        edit.set(config, "client", client)
    else:
        edit.add("client", client)
    edit.add("model", model)
    if "instructions" in speaker.args:
        edit.set(speaker.args["instructions"], "instructions")
    else:
        edit.add("instructions", default_prompt(ctx, speaker.call, "AssistantAgent"))
    if "description" in speaker.args:
        edit.set(speaker.args["description"], "description")
    else:
        edit.add("description", quote("An assistant of OpenAI."))
    if hosted.assistant_id is not None:
        edit.add("assistant_id", ctx.source.code(hosted.assistant_id))
    if hosted.abilities:
        edit.add("tools", f"[{', '.join(map(quote, hosted.abilities))}]")
    if hosted.resources is not None:
        edit.add("tool_resources", ctx.source.code(hosted.resources))
    if hosted.written is not None:
        ctx.remove(hosted.written)
    edit.write()
    text = "a new assistant is made where none is named; v0.2 took one of the same instructions"
    if hosted.assistant_id is None:
        ctx.note("MIG075", speaker.call, "caveat", text)
    ctx.note("MIG075", speaker.call, "migrated", "GPTAssistantAgent is an OpenAIAssistantAgent")


RULE = RuleInfo(
    code="MIG075",
    slug="openai-assistant",
    title="GPTAssistantAgent becomes an OpenAIAssistantAgent",
    level="todo",
    v02="`GPTAssistantAgent(assistant_config={…})`",
    v07="`OpenAIAssistantAgent(client=AsyncOpenAI(…), tools=[…])`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'bot = GPTAssistantAgent("bot", instructions="Be brief.", llm_config=llm_config, '
                'assistant_config={"tools": [{"type": "code_interpreter"}]})'
            ),
            (
                "openai_client, openai_model = openai_assistants(llm_config)\n"
                'bot = OpenAIAssistantAgent("bot", instructions="Be brief.", '
                'client=openai_client, model=openai_model, description="…", '
                'tools=["code_interpreter"])'
            ),
        ),
    ),
    order=298,
    check=check,
    apply=apply,
)
