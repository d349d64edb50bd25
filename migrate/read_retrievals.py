"""Reads agents that send documents with a question, and the questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .classic_names import STORES
from .model import Chat, Obstacle, Retrieval, Speaker
from .read_teaching import reads_of
from .syntax import dict_items, literal

if TYPE_CHECKING:
    from .reader import Reader

CODE = "MIG073"
# Options with a counterpart, and those of which v0.2.35 makes nothing where it keeps documents
# in Chroma.
OPTIONS = frozenset(
    {
        "task", "docs_path", "model", "chunk_token_size", "context_max_tokens", "collection_name",
        "customized_prompt", "custom_text_types", "must_break_at_empty_line", "update_context",
        "embedding_function", "get_or_create", "vector_db",
    }
)  # fmt: skip
UNUSED = frozenset({"client", "embedding_model", "extra_docs"})
ELSEWHERE = (
    "keeps its documents in {}: give vector_db a class of this file that has the methods of "
    "VectorDB and migrate again, or write a Memory over its client"
)
_ASKS = ("n_results", "search_string")
POSED = (
    "problem= without message= is posed, as in early versions of v0.2; 0.2.35 asked for the first "
    "message on the console"
)


def read_retrievals(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.kind != "RetrieveUserProxyAgent":
            continue
        config = speaker.args.get("retrieve_config")
        options, written = _options(reader, config.value if config is not None else None)
        text = _refusal(options) if options is not None else "its retrieve_config is computed"
        if text:
            speaker.obstacles.append(Obstacle(CODE, speaker.call, text))
        speaker.retrieval = Retrieval(options or {}, written)


def _options(
    reader: Reader, node: cst.BaseExpression | None
) -> tuple[dict[str, cst.BaseExpression] | None, cst.CSTNode | None]:
    """The options by name, and the statement they stand in where that is one of its own."""
    written: cst.CSTNode | None = None
    if isinstance(node, cst.Name):
        target, bound = reader.source.declaration(node), reader.source.bound_value(node)
        if not isinstance(target, cst.Name) or bound is None or len(reads_of(reader, target)) != 1:
            return None, None
        written, node = bound
    if not isinstance(node, cst.Dict):
        return None, None
    items = dict_items(node)
    options = {key: value for key, value in items if key is not None}
    return (options if len(options) == len(node.elements) else None), written


def _refusal(options: dict[str, cst.BaseExpression]) -> str:
    place = literal(options["vector_db"]) if "vector_db" in options else "chroma"
    if isinstance(place, str) and place.lower() not in ("chroma", *STORES):
        return ELSEWHERE.format(place)
    if place != "chroma":
        return "keeps its documents in another database than Chroma"
    other = sorted({*options} - OPTIONS - UNUSED)
    if other:
        return f"its retrieve_config has {', '.join(other)}"
    task = literal(options["task"]) if "task" in options else "default"
    if not isinstance(task, str) or task.lower() not in ("default", "qa", "code"):
        return "its task is not a literal"
    if "docs_path" not in options or literal(options["docs_path"]) is None:
        return "has no docs_path"
    return ""


def read_question(reader: Reader, chat: Chat) -> None:
    """A chat whose first message is a question with documents: the question is the message."""
    starter, message = chat.starter, chat.args.get("message")
    if starter is None or starter.retrieval is None or "problem" not in chat.args:
        return
    if message is None:
        starter.retrieval.posed.append(chat.call)
    else:
        own = isinstance(message, cst.Attribute) and message.attr.value == "message_generator"
        if not own or not isinstance(message, cst.Attribute):
            return
        if reader.speaker(message.value) is not starter:
            return
        reader.claim(message.value)
    chat.args["message"] = chat.args.pop("problem")
    how = {name: reader.source.code(chat.args.pop(name)) for name in _ASKS if name in chat.args}
    if starter.retrieval.how not in ({}, how):
        text = "asks for other numbers of documents in other chats"
        chat.obstacles.append(Obstacle(CODE, chat.call, text))
    starter.retrieval.how = how


def poses(call: cst.Call) -> bool:
    """Whether a chat is given a problem, and no message."""
    given = {arg.keyword.value for arg in call.args if arg.keyword is not None}
    return "problem" in given and "message" not in given


def partner_of(speaker: Speaker) -> Speaker | None:
    """The one agent a speaker asks, if all its chats are questions to it."""
    partners = {id(chat.partner): chat.partner for chat in speaker.chats}
    found = next(iter(partners.values()), None)
    asks = all(chat.starter is speaker and "message" in chat.args for chat in speaker.chats)
    return found if isinstance(found, Speaker) and len(partners) == 1 and asks else None
