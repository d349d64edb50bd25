"""Retrieval becomes a memory of the agent that is asked.

v0.2 has an agent that writes documents into its first message, and others when it hears UPDATE
CONTEXT. In 0.7 an agent with a memory finds them itself: the file gets a memory over Chroma that
splits the documents as v0.2 did and asks the model in the same words, so the messages of the chat
hold the question alone. An agent that also runs code, asks a human, or keeps documents in Qdrant,
PostgreSQL (pgvector) or a class of the program is left to agents of the project (MIG091); one that
keeps them in MongoDB or Couchbase is marked.
"""

from __future__ import annotations

import libcst as cst

from ..context import Context, layout
from ..helper_documents import document_memory
from ..helpers import HELPERS, Helper
from ..model import Ends, Obstacle, Retrieval, Speaker
from ..prompts import RETRIEVAL_PROMPTS
from ..read_retrievals import POSED, UNUSED, partner_of
from ..read_teaching import known_before
from ..reader import Reader
from ..syntax import literal
from ..voices import voice
from . import Example, RuleInfo

_PARAMETERS = {
    "collection_name": "collection",
    "chunk_token_size": "chunk_tokens",
    "context_max_tokens": "context_tokens",
    "custom_text_types": "types",
    "must_break_at_empty_line": "at_empty_line",
    "update_context": "again",
    "embedding_function": "embedding",
}
_NAMES = frozenset(
    {
        "DocumentMemory", "texts_of", "files_in", "file_text", "page_text", "chunks_of",
        "tokens_of_model", "TEXT_TYPES", "SHORTEST_CHUNK",
    }
)  # fmt: skip


def check(reader: Reader) -> None:
    for speaker in reader.program.speakers:
        if speaker.retrieval is not None:
            text = _refusal(reader, speaker, speaker.retrieval)
            if text:
                speaker.obstacles.append(Obstacle("MIG073", speaker.call, text))
        elif speaker.kind == "RetrieveAssistantAgent" and not all(
            chat.starter is not None and chat.starter.retrieval is not None
            for chat in speaker.chats
        ):
            text = "ends its chats when code has run, or passes UPDATE CONTEXT on"
            speaker.obstacles.append(Obstacle("MIG073", speaker.call, text))


def _refusal(reader: Reader, speaker: Speaker, retrieval: Retrieval) -> str:
    partner = partner_of(speaker)
    if partner is None or voice(partner) != "model" or partner.teaching is not None:
        return "does more than ask one agent with a model"
    if not speaker.silent or speaker.model is not None or speaker.groups or speaker.runs:
        return "runs code, asks a human or has a model, beside finding documents"
    if partner.tools or speaker.asks or (speaker.ends is not None and speaker.ends.function):
        return "ends its chats with a function of its own, or asks an agent with tools"
    if speaker.variable is None or not speaker.variable.isidentifier():
        return "is not a plain variable"
    wanted = [*retrieval.options.values()]
    if not all(known_before(reader, node, partner, within=speaker.call) for node in wanted):
        return "its retrieve_config is not known where the agent it asks is made"
    taken = {node.value for node in reader.source.find(cst.Name)} & _NAMES
    return f"the file has a {sorted(taken)[0]} of its own" if taken else ""


def apply(ctx: Context) -> None:
    for speaker in ctx.program.speakers:
        if speaker.retrieval is not None and ctx.standing.moves(speaker):
            partner = partner_of(speaker)
            assert partner is not None
            _apply(ctx, speaker, speaker.retrieval, partner)


def _apply(ctx: Context, speaker: Speaker, retrieval: Retrieval, partner: Speaker) -> None:
    HELPERS.setdefault("DocumentMemory", Helper(*document_memory()))
    variable = ctx.unique("documents")
    options = {key: ctx.source.code(value) for key, value in retrieval.options.items()}
    args = [options["docs_path"], options.get("customized_prompt") or _prompt(ctx, retrieval)]
    args += [options["model"]] if "model" in options else []
    args += [f"{new}={options[old]}" for old, new in _PARAMETERS.items() if old in options]
    names = {"n_results": "results", "search_string": "search"}
    args += [f"{names[key]}={code}" for key, code in retrieval.how.items()]
    code = layout(f"{variable} = {ctx.helper('DocumentMemory')}", args)
    ctx.before(partner.call, lambda _render: f"{code}\n")
    ctx.tools_of.setdefault(id(partner), []).append(("memory", f"[{variable}]"))
    if retrieval.written is not None:
        ctx.remove(retrieval.written)
    given = speaker.ends
    test = f"{variable}.answered({{text}})"
    speaker.ends = Ends(test=test if given is None else f"({given.test}) or {test}")
    text = (
        "the model is asked in the same words, but the messages of the chat hold the question "
        "alone; needs autogen-ext[chromadb] and sentence-transformers"
    )
    ctx.note("MIG073", speaker.call, "caveat", text)
    for call in retrieval.posed:
        ctx.note("MIG073", call, "caveat", POSED)
    unused = sorted({*options} & UNUSED)
    if unused:
        text = f"{', '.join(unused)}: v0.2.35 made nothing of it; it is left out"
        ctx.note("MIG073", speaker.call, "caveat", text)


def _prompt(ctx: Context, retrieval: Retrieval) -> str:
    task = literal(retrieval.options["task"]) if "task" in retrieval.options else "default"
    return ctx.constant("RETRIEVAL_PROMPT", RETRIEVAL_PROMPTS[str(task).lower()])


RULE = RuleInfo(
    code="MIG073",
    slug="retrieval",
    title="Retrieval becomes a memory of the agent that is asked",
    level="todo",
    v02="`RetrieveUserProxyAgent(retrieve_config={…})`",
    v07="`AssistantAgent(…, memory=[DocumentMemory(…)])`, a `ChromaDBVectorMemory` of the file",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'bot = AssistantAgent("bot", llm_config=llm_config)\n'
                'rag = RetrieveUserProxyAgent("rag", human_input_mode="NEVER", '
                'retrieve_config={"task": "qa", "docs_path": "docs"}, '
                "code_execution_config=False)\n"
                'rag.initiate_chat(bot, message=rag.message_generator, problem="Why?")'
            ),
            (
                'documents = DocumentMemory("docs", RETRIEVAL_PROMPT)\n'
                'bot = AssistantAgent("bot", …, memory=[documents])\n'
                "team = RoundRobinGroupChat([bot], …)\n"
                'await Console(team.run_stream(task=TextMessage(content="Why?", source="rag")))'
            ),
        ),
    ),
    order=297,
    check=check,
    apply=apply,
)
