"""An agent with a model becomes an AssistantAgent.

The class, the name and the system message carry over; what v0.2 kept in the agent but 0.7 keeps in
the team (when to stop, how often to reply, whom to ask, what code to run) leaves the constructor.
A description is written out where a group chooses speakers by it, because v0.2 used the system
message and 0.7 uses a fixed sentence.
"""

from __future__ import annotations

from ..calls import CallEdit
from ..context import Context, identifier, layout, quote
from ..model import Limit, Obstacle, Speaker
from ..prompts import ASSISTANT_DESCRIPTION, USER_DESCRIPTIONS
from ..reader import Reader
from ..syntax import literal
from ..voices import ends_group, ends_itself, voice
from . import Example, RuleInfo
from .agent_name import rename
from .code_execution import executor_code
from .default_prompt import default_prompt
from .termination import message_test

GONE = (
    "is_termination_msg", "max_consecutive_auto_reply", "human_input_mode", "function_map",
    "code_execution_config", "default_auto_reply", "silent", "chat_messages",
)  # fmt: skip


def check(reader: Reader) -> None:
    several = sum(len(chat.queue) or 1 for chat in reader.program.chats) > 1
    for speaker in reader.program.speakers:
        # 0.7's own human would say "exit" to those who are asked after it
        speaker.returns = several
        if speaker.model is None and speaker.tools:
            node = speaker.tools[0].registrations[0]
            speaker.obstacles.append(Obstacle("MIG040", node, "has tools but no model"))
        if speaker.model is not None and speaker.tools and speaker.code is not None:
            text = "has a model with tools and runs code itself"
            speaker.obstacles.append(Obstacle("MIG023", speaker.call, text))
        if speaker.model is not None and speaker.tools and speaker.human == "ALWAYS":
            text = "has a model with tools and asks a human at every turn"
            speaker.obstacles.append(Obstacle("MIG022", speaker.call, text))
        if speaker.runs and speaker.human == "ALWAYS":
            text = "asks a human before each tool runs; an agent of 0.7 runs its tools unasked"
            speaker.obstacles.append(Obstacle("MIG022", speaker.call, text))
        if speaker.target is None and (speaker.chats or speaker.groups or speaker.runs):
            text = "is made inside a larger expression"
            speaker.obstacles.append(Obstacle("MIG020", speaker.call, text))


def apply(ctx: Context) -> None:
    for speaker in ctx.program.speakers:
        if ctx.standing.kept(speaker) is not None or speaker.hosted is not None:
            continue
        match voice(speaker, ctx.faithful):
            case "model":
                _assistant(ctx, speaker)
            case "human":
                _human(ctx, speaker)
            case "proxy":
                _proxy(ctx, speaker)
            case "none":
                _silent(ctx, speaker)


def _assistant(ctx: Context, speaker: Speaker) -> None:
    edit = CallEdit(ctx, speaker.call)
    ending = ends_group(speaker)
    kind = ctx.helper("EndingAgent") if ending else ""
    edit.function(kind or ctx.need("autogen_agentchat.agents", "AssistantAgent"))
    rename(ctx, speaker, edit)
    for name in GONE:
        if name in speaker.args:
            edit.drop(speaker.args[name])
    assert speaker.model is not None
    client = ctx.client_of[id(speaker.model)]
    edit.set(speaker.args["llm_config"], "model_client", client)
    for name in ("system_message", "description"):
        if name in speaker.args:
            edit.set(speaker.args[name], name)
    if "system_message" not in speaker.args:
        edit.add("system_message", default_prompt(ctx, speaker.call, speaker.kind))
    if "description" not in speaker.args and _chosen_by_description(speaker):
        edit.add("description", _description(ctx, speaker, edit))
    for key, value in ctx.tool_args(speaker):
        edit.add(key, value)
    if ending:
        edit.add("ends", f"lambda message: {message_test(ctx, speaker.ends, 'message')}")
        if speaker.limit != Limit(100):
            edit.add("limit", _number(speaker.limit))
    if speaker.human == "TERMINATE":
        text = "v0.2 asked a human when the chat ended; run the team again with input()"
        if speaker.ends is None:
            ctx.note("MIG022", speaker.call, "caveat", text)
        else:
            ctx.todo("MIG022", speaker.call, text)
    edit.write()
    _note_limits(ctx, speaker)
    ctx.note("MIG020", speaker.call, "migrated", f"{speaker.kind} is an AssistantAgent")
    if not speaker.chats and not speaker.groups:
        text = "no chat of it here: limits and termination belong to the team that runs it"
        kind = "is_termination_msg" in speaker.args or not speaker.limit.known
        if kind or speaker.limit.number != 100:
            ctx.todo("MIG031", speaker.call, text)
        else:
            ctx.note("MIG031", speaker.call, "caveat", text)


def _note_limits(ctx: Context, speaker: Speaker) -> None:
    """What leaves the constructor for the team that runs the agent."""
    if speaker.ends is not None:
        ctx.note("MIG031", speaker.call, "migrated", "the end is a condition of the team")
    if speaker.limit != Limit(100):
        ctx.note("MIG032", speaker.call, "migrated", "the limit is one of the team")


def _chosen_by_description(speaker: Speaker) -> bool:
    return any(group.selection == "auto" for group in speaker.groups)


def _description(ctx: Context, speaker: Speaker, edit: CallEdit) -> str:
    """What v0.2 told the group about the agent: its system message, or a text of the class."""
    arg = speaker.args.get("system_message")
    if arg is None:
        if speaker.kind == "AssistantAgent":
            return quote(ASSISTANT_DESCRIPTION)
        return default_prompt(ctx, speaker.call, speaker.kind)
    value = literal(arg.value)
    if value is None:
        return '""'
    code = ctx.source.code(arg.value)
    if isinstance(value, str) and (len(code) > 60 or "\n" in code):
        variable = ctx.unique(f"{identifier(speaker.name or 'agent').lower()}_prompt")
        start, end = ctx.source.full_span(arg.value)
        text = ctx.source.text[start:end]
        if "\n" in text and not text.startswith(('"""', "'''", "(")):
            text = f"({text})"
        ctx.before(speaker.call, lambda _render: "")
        ctx.plan.insert(
            ctx.source.line_start(ctx.source.span(ctx.source.statement(speaker.call))[0]),
            f"{ctx.source.indentation(speaker.call)}{variable} = {text}{ctx.plan.newline}",
        )
        edit.set(arg, "system_message", variable)
        return variable
    return code


def _human(ctx: Context, speaker: Speaker) -> None:
    """Asked at every turn, nothing else: the counterpart has the same name."""
    edit = CallEdit(ctx, speaker.call)
    edit.function(ctx.need("autogen_agentchat.agents", "UserProxyAgent"))
    rename(ctx, speaker, edit)
    for name in (*GONE, "llm_config", "system_message"):
        if name in speaker.args:
            edit.drop(speaker.args[name])
    if "description" in speaker.args:
        edit.set(speaker.args["description"], "description")
    elif _chosen_by_description(speaker):
        edit.add("description", quote(USER_DESCRIPTIONS["ALWAYS"]))
    edit.add("input_func", "input")
    edit.write()
    ctx.note("MIG022", speaker.call, "migrated", "asks a human at every turn")


def _proxy(ctx: Context, speaker: Speaker) -> None:
    """Anything else that answers without a model."""
    name = ctx.source_name(speaker)
    args = [name, _proxy_description(ctx, speaker)]
    features: set[str] = set()
    if speaker.code is not None:
        features.add("code")
        args.append(f"executor={executor_code(ctx, speaker)}")
        if speaker.code.look_back is not None:
            args.append(f"look_back={speaker.code.look_back}")
    if speaker.human != "NEVER":
        features.add("human")
        ctx.note("MIG022", speaker.call, "migrated", "asks a human when v0.2 did")
        args.append(f'human="{speaker.human}"')
    if ends_itself(speaker):
        features.add("ends")
        args.append(f"ends=lambda message: {message_test(ctx, speaker.ends, 'message')}")
        if speaker.limit != Limit(100):
            args.append(f"limit={_number(speaker.limit)}")
    if speaker.nested:
        features.add("nested")
        ctx.helper("chat_history")
    if speaker.model is not None:
        features.add("model")
        args += _proxy_model(ctx, speaker)
    elif speaker.auto_reply or speaker.auto_reply_code:
        args.append(f"reply={speaker.auto_reply_code or quote(speaker.auto_reply)}")
    ctx.proxy_features |= features
    code = layout(ctx.proxy_class(), args)
    start, end = ctx.source.full_span(speaker.call)
    ctx.plan.replace(start, end, ctx.aligned(speaker.call, code))
    ctx.note("MIG021", speaker.call, "migrated", "a proxy of this file, in the order v0.2 had")
    _note_limits(ctx, speaker)
    if speaker.code is not None and speaker.variable is not None:
        ctx.add_closing(speaker.variable, speaker.call)


def _proxy_model(ctx: Context, speaker: Speaker) -> list[str]:
    """What lets a proxy's model answer where it neither runs code nor is typed a reply."""
    assert speaker.model is not None
    given = speaker.args.get("system_message")
    if given is None:
        prompt = default_prompt(ctx, speaker.call, speaker.kind)
    else:
        value = literal(given.value)
        prompt = '""' if value is None else ctx.source.code(given.value)
    ctx.note("MIG020", speaker.call, "migrated", "its model answers where it runs no code")
    return [f"model_client={ctx.client_of[id(speaker.model)]}", f"system_message={prompt}"]


def _proxy_description(ctx: Context, speaker: Speaker) -> str:
    for name in ("description", "system_message"):
        if name in speaker.args and (name == "description" or speaker.kind != "UserProxyAgent"):
            value = literal(speaker.args[name].value)
            if value is not None:
                return ctx.source.code(speaker.args[name].value)
    if not _chosen_by_description(speaker):
        return '"A user proxy"' if speaker.model is None else '"An assistant"'
    if speaker.kind == "AssistantAgent":
        return quote(ASSISTANT_DESCRIPTION)
    return quote(USER_DESCRIPTIONS[speaker.human])


def _number(limit: Limit) -> str:
    return str(limit.number) if limit.number is not None else limit.code


def _silent(ctx: Context, speaker: Speaker) -> None:
    """Never says anything: only its name is left, as the author of the task."""
    for read in speaker.reads:
        start, end = ctx.source.span(read)
        ctx.plan.replace(start, end, ctx.fitted(read, ctx.source_name(speaker)))
    _note_limits(ctx, speaker)
    variable = speaker.variable or "it"
    ctx.remove(speaker.call, f"{variable} had nothing to say of its own; it is the task's author")
    text = "a silent agent is left out, so the model no longer sees its empty messages"
    ctx.note("MIG021", speaker.call, "caveat", text)


RULE = RuleInfo(
    code="MIG020",
    slug="assistant-agent",
    title="An agent with a model becomes an AssistantAgent",
    level="migrated",
    v02="`AssistantAgent`, `ConversableAgent` with `llm_config`",
    v07="`AssistantAgent` of autogen-agentchat",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'bot = autogen.AssistantAgent("bot", system_message="Be brief.", '
                "llm_config=llm_config)"
            ),
            ('bot = AssistantAgent("bot", system_message="Be brief.", model_client=model_client)'),
        ),
    ),
    order=300,
    check=check,
    apply=apply,
)
