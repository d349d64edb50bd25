"""Reads who starts which conversation with whom, and what is done with its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from .known import CHAT_METHODS, INITIATE, SEND, SEND_METHODS
from .model import DEFAULT_LIMIT, Chat, Group, Limit, Obstacle, Speaker
from .read_makers import read_maker
from .read_retrievals import read_question
from .syntax import dict_items, literal, string

if TYPE_CHECKING:
    from .reader import Reader

_QUEUE_KEYS = frozenset({*INITIATE, "sender", "carryover", "verbose"})


def read_chats(reader: Reader) -> None:
    from .read_queues import read_queue

    for call in reader.source.find(cst.Call):
        if reader.tail(call.func) in CHAT_METHODS:
            read_queue(reader, call, None)
        elif isinstance(call.func, cst.Attribute) and call.func.attr.value in CHAT_METHODS:
            if reader.is_apart(call.func):
                continue
            if call.func.attr.value in ("initiate_chats", "a_initiate_chats"):
                read_queue(reader, call, call.func)
            else:
                _read_chat(reader, call, call.func)
        elif isinstance(call.func, cst.Attribute) and call.func.attr.value in SEND_METHODS:
            _read_send(reader, call, call.func)
    if reader.program.groups:
        _read_group_messages(reader)


def _read_chat(reader: Reader, call: cst.Call, func: cst.Attribute) -> None:
    starter = reader.speaker(func.value)
    chat = Chat(call=call, args={}, is_async=func.attr.value.startswith("a_"))
    chat.starter = starter
    reader.program.chats.append(chat)
    args = reader.arguments(call, INITIATE, chat.obstacles, "MIG030")
    chat.args = {name: arg.value for name, arg in args.items()}
    read_parties(reader, chat, func.value)
    read_options(reader, chat)
    read_result(reader, chat)


def _read_send(reader: Reader, call: cst.Call, func: cst.Attribute) -> None:
    """``a.send(message, b)`` as a statement: the chat of the two goes on, or starts."""
    outer = reader.source.parent(call)
    outer = reader.source.parent(outer) if isinstance(outer, cst.Await) else outer
    starter = reader.speaker(func.value)
    if starter is None or not isinstance(outer, cst.Expr):
        return
    obstacles: list[Obstacle] = []
    args = reader.arguments(call, SEND, obstacles, "MIG030")
    reply = args.get("request_reply")
    asked = literal(reply.value) if reply is not None else None
    if obstacles or asked in (False, ...) or not {"message", "recipient"} <= {*args}:
        return
    chat = Chat(call=call, args={}, is_async=func.attr.value == "a_send", clear=False, sent=True)
    chat.starter = starter
    chat.args = {name: args[name].value for name in ("message", "recipient")}
    chat.silent = "silent" in args and literal(args["silent"].value) is True
    reader.program.chats.append(chat)
    read_parties(reader, chat, func.value)
    _read_message(reader, chat)
    obstacle = _unasked(reader, chat, asked=bool(asked))
    obstacle = obstacle or _counted(chat)
    if obstacle is not None:
        chat.obstacles.append(obstacle)


def _unasked(reader: Reader, sent: Chat, *, asked: bool) -> Obstacle | None:
    """Who answers a message that is sent: both as in a chat, or once who is asked to.

    Unasked they answer each other only after a chat of the two that had no max_turns.
    """
    if _asks(reader, sent):
        return None
    if not asked:
        text = "a message sent where no chat without max_turns came before is not answered"
        return Obstacle("MIG030", sent.call, text)
    pair = {id(sent.starter), id(sent.partner)}
    chats = [c for c in reader.program.chats if {id(c.starter), id(c.partner)} == pair]
    if any(not chat.sent and chat.turns is None for chat in chats):
        text = "whether the chat of the two comes before this message hangs on how the program runs"
        return Obstacle("MIG030", sent.call, text)
    if isinstance(sent.partner, Speaker):
        sent.turns = Limit(1)
        if sent.partner.tools:
            text = "one answer is asked for here, and it may be a call that nobody runs"
            return Obstacle("MIG030", sent.call, text)
    return None


def _counted(sent: Chat) -> Obstacle | None:
    """v0.2 goes on counting where a message is sent; only who ended the chat begins anew.

    That is the starter where its limit or its own predicate ends chats; with neither they may have
    run until nobody had replies left.
    """
    starter, partner = sent.starter, sent.partner
    counts: list[Speaker] = []
    if isinstance(partner, Group):
        counts = partner.members
    elif partner is not None and partner.human != "ALWAYS":
        counts = [partner]
    if starter is not None and starter.human == "NEVER" and isinstance(partner, Speaker):
        limited = starter.limit != Limit(DEFAULT_LIMIT)
        if limited and not starter.silent and partner.ends is not None:
            counts = [*counts, starter]
        endless = not limited and (starter.model is not None or starter.ends is None)
        if endless and sent.turns is None:
            text = "where a chat ran into v0.2's limit of 100 replies, that still counts here"
            return Obstacle("MIG032", sent.call, text)
    for speaker in counts:
        if speaker.limit != Limit(DEFAULT_LIMIT):
            text = "the reply limit of an agent goes on counting from the chat before"
            return Obstacle("MIG032", sent.call, text)
    return None


def _asks(reader: Reader, sent: Chat) -> bool:
    """Whether the recipient answers unasked: after a chat of the two that had no max_turns."""
    source = reader.source
    pair = {id(sent.starter), id(sent.partner)}
    before = [
        chat
        for chat in reader.program.chats
        if {id(chat.starter), id(chat.partner)} == pair and not chat.sent
    ]
    if not before or before[-1].turns is not None:
        return False
    last = before[-1].call
    blocks = {id(outer) for outer in source.ancestors(sent.call)}
    same = source.function(last) is source.function(sent.call)
    return same and id(source.block(last)) in blocks


def read_parties(reader: Reader, chat: Chat, starter: cst.BaseExpression | None) -> None:
    """Who starts a chat and with whom."""
    if chat.starter is None:
        obstacle = Obstacle("MIG098", chat.call, "who starts this chat is not known in this file")
        chat.obstacles.append(obstacle)
        reader.program.unseen = reader.program.unseen or obstacle
    else:
        reader.claim(starter)
        chat.starter.chats.append(chat)
    recipient = chat.args.get("recipient")
    if recipient is None:
        chat.obstacles.append(Obstacle("MIG030", chat.call, "has no recipient"))
        return
    speaker, group = reader.speaker(recipient), reader.group(recipient)
    chat.partner = speaker or group
    if chat.partner is None:
        text = "with whom this chat is held is not known in this file"
        obstacle = Obstacle("MIG098", chat.call, text)
        chat.obstacles.append(obstacle)
        reader.program.unseen = reader.program.unseen or obstacle
        return
    reader.claim(recipient)
    chat.partner.chats.append(chat)


def read_options(reader: Reader, chat: Chat) -> None:
    """How long a chat is, what it remembers and how it is summed up."""
    args, call = chat.args, chat.call
    if "max_turns" in args and literal(args["max_turns"]) is not None:
        chat.turns = reader.limit(args["max_turns"])
    if "clear_history" in args:
        value = literal(args["clear_history"])
        chat.clear = value is not False
        if value is ...:
            chat.obstacles.append(Obstacle("MIG036", call, "clear_history is not a literal"))
    if "silent" in args:
        chat.silent = literal(args["silent"]) is True
    if "summary_method" in args:
        method = string(args["summary_method"])
        if method in ("last_msg", "reflection_with_llm"):
            chat.summary = method
        elif literal(args["summary_method"]) is not None:
            text = "summary_method is a function of v0.2 agents"
            chat.obstacles.append(Obstacle("MIG034", call, text))
    _read_summary_args(reader, chat)
    _read_message(reader, chat)
    for name in args:
        if name not in _QUEUE_KEYS and chat.maker is not None:
            chat.maker.context.append((name, args[name]))
        elif name not in _QUEUE_KEYS and (chat.typed or _is_text(reader, args.get("message"))):
            chat.ignored.append(name)
        elif name not in _QUEUE_KEYS:
            text = f"{name} is context for a message function; write it into the message"
            chat.obstacles.append(Obstacle("MIG030", call, text))


def _read_summary_args(reader: Reader, chat: Chat) -> None:
    value = chat.args.get("summary_args")
    if value is None or literal(value) is None:
        return
    items = dict_items(value) if isinstance(value, cst.Dict) else [(None, value)]
    for key, item in items:
        if key == "summary_prompt":
            chat.summary_prompt = reader.source.code(item)
        elif not (key == "summary_role" and string(item) == "system"):
            text = f"summary_args has {key or '**'!r}"
            chat.obstacles.append(Obstacle("MIG034", chat.call, text))


def _read_message(reader: Reader, chat: Chat) -> None:
    read_question(reader, chat)
    message = chat.args.get("message")
    text = ""
    if message is None or literal(message) is None:
        chat.typed = not chat.nested
    elif isinstance(message, cst.Lambda):
        text = "the first message is made by a function of v0.2 agents"
    elif isinstance(message, cst.Dict):
        chat.args["message"] = _content(message) or message
        text = "" if chat.args["message"] is not message else "the first message is a dictionary"
    elif isinstance(message, cst.Name):
        target = reader.source.declaration(message)
        bound = reader.source.bound_value(message)
        if isinstance(target, cst.FunctionDef):
            chat.maker = read_maker(reader, message, target, nested=chat.nested)
            if chat.maker is None:
                text = "the first message is made by a function of v0.2 agents"
        elif bound is not None and isinstance(bound[1], cst.Dict):
            text = "the first message is a dictionary"
    elif isinstance(message, cst.Attribute) and message.attr.value == "message_generator":
        text = "the first message is made by an agent of v0.2"
    if text:
        chat.obstacles.append(Obstacle("MIG030", chat.call, text))


def _content(message: cst.Dict) -> cst.BaseExpression | None:
    """The text of a message written out as a dictionary of nothing else."""
    items = dict(dict_items(message))
    plain = {"content"} <= {*items} <= {"content", "role"} and len(items) == len(message.elements)
    return items["content"] if plain and not isinstance(items["content"], cst.List) else None


def _is_text(reader: Reader, message: cst.BaseExpression | None) -> bool:
    """Whether a message is certainly text: v0.2 then makes nothing of other keywords."""
    if isinstance(message, cst.Name):
        bound = reader.source.bound_value(message)
        message = bound[1] if bound is not None else None
    texts = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)
    if isinstance(message, cst.BinaryOperation):
        return _is_text(reader, message.left) or _is_text(reader, message.right)
    if isinstance(message, cst.Call) and isinstance(message.func, cst.Attribute):
        return message.func.attr.value in ("format", "strip") and _is_text(
            reader, message.func.value
        )
    return isinstance(message, texts)


def read_result(reader: Reader, chat: Chat) -> None:
    """What is done with the result of a chat."""
    call: cst.CSTNode = chat.call
    parent = reader.source.parent(call)
    if isinstance(parent, cst.Await):
        call, parent = parent, reader.source.parent(parent)
    if isinstance(parent, cst.Attribute) and parent.value is call:
        chat.result_reads.append((parent, parent.attr.value))
        return
    target = None
    if isinstance(parent, cst.Assign) and len(parent.targets) == 1:
        target = parent.targets[0].target
    elif isinstance(parent, cst.AnnAssign):
        target = parent.target
    if isinstance(target, cst.Name):
        chat.result = target
        _read_result_uses(reader, chat, target)
    elif not isinstance(parent, cst.Expr):
        chat.result_reads.append((call, ""))


def _read_result_uses(reader: Reader, chat: Chat, target: cst.Name) -> None:
    source = reader.source
    scope = source.scope(target)
    if scope is None:
        return
    names = [item.node for item in scope.accesses[target.value] if isinstance(item.node, cst.Name)]
    for node in sorted(names, key=lambda name: source.span(name)):
        seen = source.declaration(node)
        if seen is not target:
            if seen is None and any(item.node is target for item in source.assignments(node)):
                text = f"{target.value} is assigned more than once"
                chat.obstacles.append(Obstacle("MIG033", chat.call, text))
            continue
        parent = source.parent(node)
        if isinstance(parent, cst.Attribute) and parent.value is node:
            chat.result_reads.append((parent, parent.attr.value))
        else:
            chat.result_reads.append((node, ""))


def _read_group_messages(reader: Reader) -> None:
    for node in reader.source.find(cst.Attribute):
        group = reader.group(node.value)
        if group is None or id(node.value) in reader.claimed:
            continue
        outer = reader.source.parent(node)
        if node.attr.value == "messages":
            reader.claim(node.value)
            group.message_reads.append(node)
        elif node.attr.value == "groupchat" and _is_messages(outer):
            reader.claim(node.value)
            group.message_reads.append(outer)


def _is_messages(node: cst.CSTNode | None) -> TypeGuard[cst.Attribute]:
    return isinstance(node, cst.Attribute) and node.attr.value == "messages"
