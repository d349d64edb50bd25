"""Agents that answer questions with the help of documents."""

from __future__ import annotations

import hashlib
import re
import sys
import uuid
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from ..prompts import RETRIEVAL_NO_INSTALL, RETRIEVAL_PROMPTS
from .agents import AssistantAgent, UserProxyAgent
from .coding import SHELLS, CodeRunner, code_blocks
from .documents import TEXT_TYPES, chunks_of, texts_of, tokens_of_model
from .participant import Participant
from .stores import STORES
from .talking import Message, as_message, content_text


class RetrieveUserProxyAgent(UserProxyAgent):
    """Sends a question with the documents that fit it, and others when it is told UPDATE CONTEXT.

    `retrieve_config` is v0.2's; the documents are kept in Chroma.
    """

    def __init__(
        self,
        name: str = "RetrieveChatAgent",
        human_input: str = "ALWAYS",
        ends_chat: Callable[[Any], Any] | None = None,
        retrieve_config: Any = None,
        **options: Any,
    ) -> None:
        options |= {"ends_chat": ends_chat or self._is_answered}
        super().__init__(name, human_input=human_input, **options)
        config = dict(retrieve_config or {})
        self._model: str = config.get("model") or "gpt-4"
        self._task: str = config.get("task") or "default"
        self._limit = config.get("context_max_tokens") or context_window(self._model) * 0.8
        self._count: Callable[[str, str], int] = config.get(
            "custom_token_count_function", tokens_of_model
        )
        self._prompt: str | None = config.get("customized_prompt")
        self._prefix: str = str(config.get("customized_answer_prefix") or "").upper()
        self.update_context: bool = config.get("update_context", True)
        self._documents = Documents(config)
        self._results: list[Message] = []
        self._place = -1
        self._used: list[str] = []
        self._texts: list[str] = []
        self._sources: list[str] = []
        self._search_string = ""
        self.problem = ""
        self.n_results = 20
        if options.get("code_execution") is not False:
            self.code = InstalledCodeRunner(options.get("code_execution"))
        self.add_reply(Participant, _retrieval_reply, 2)
        self.add_hook("process_message_before_send", self._with_documents)

    # finding -----------------------------------------------------------------------------------

    @staticmethod
    def message_generator(sender: Any, recipient: Any, context: dict[str, Any]) -> str:
        """The first message: `context["problem"]` with `n_results` documents at most."""
        sender.forget_documents()
        sender.problem = context.get("problem", "")
        sender.n_results = context.get("n_results", 20)
        sender.retrieve_docs(sender.problem, sender.n_results, context.get("search_string", ""))
        return sender.question(sender.next_documents())

    def generate_init_message(self, message: Any, **context: Any) -> Any:
        if message is None and "problem" in context:  # as early versions of v0.2 did
            return self.message_generator(self, None, context)
        return super().generate_init_message(message, **context)

    def retrieve_docs(self, problem: str, n_results: int = 20, search_string: str = "") -> None:
        """Look for documents; those found are what the next messages are made of."""
        self._search_string = search_string
        self._results = self._documents.find(problem, n_results, search_string)
        print("Documents found:", [each["id"] for each in self._results])

    def forget_documents(self, intermediate: bool = False) -> None:
        self._place, self._results = -1, []
        if not intermediate:
            self._used, self._texts = [], []

    def next_documents(self) -> str:
        """The next of the documents found, as many as the model takes."""
        text, size, count = "", 0, 0
        self._sources = []
        for index, each in enumerate(self._results):
            if index <= self._place or each["id"] in self._used:
                continue
            tokens = self._count(each["content"], self._model)
            if tokens > self._limit:
                print(f"Skip document {each['id']}: it is too long for the context.")
                self._place = index
                continue
            if size + tokens > self._limit:
                break
            print(f"Adding document {each['id']} to the context.")
            size, count, self._place = size + tokens, count + 1, index
            text += each["content"] + "\n"
            found: Message = each["metadata"] or {}
            self._sources.append(found.get("source", ""))
            self._used.append(each["id"])
            self._texts.append(each["content"])
            if count >= self.n_results:
                break
        return text

    def question(self, documents: str) -> str:
        """The problem as a model is asked it, or TERMINATE where there is nothing to add."""
        if not documents:
            print("No more context, will terminate.")
            return "TERMINATE"
        prompt = self._prompt or RETRIEVAL_PROMPTS[self._task.lower()]
        return prompt.format(
            input_question=self.problem, input_context=documents, input_sources=self._sources
        )

    # answering ---------------------------------------------------------------------------------

    def wants_more(self, message: Any) -> tuple[bool, bool]:
        """Whether a message asks for other documents, and whether it lacks the answer's prefix."""
        text = content_text(as_message(message or "").get("content"))
        asked = "you should reply exactly `UPDATE CONTEXT`" in text
        lacks = bool(self._prefix) and self._prefix not in text.upper()
        return "UPDATE CONTEXT" in text.upper() and not asked, lacks

    def _is_answered(self, message: Message) -> bool:
        text = content_text(message.get("content"))
        asks = any(language == "python" for language, _ in code_blocks(text))
        return message.get("content") is not None and not (asks or any(self.wants_more(text)))

    def retrieval_reply(
        self, messages: Any = None, sender: Any = None, config: Any = None
    ) -> tuple[bool, Any]:
        """The question with other documents, in a conversation that starts anew."""
        seen = self._oai_messages[sender] if messages is None else messages
        asked, lacks = self.wants_more(seen[-1])
        if not (asked or lacks) or not self.update_context:
            return False, None
        if asked:
            documents = self._further()
        else:
            text = content_text(as_message(seen[-1]).get("content"))
            known = re.split(r"(?<=[.!?])\s+", text.split("\n")[0].strip())[0]
            documents = ""
            for number in range(5):
                self._again(known, number)
                self.next_documents()
                documents = "\n".join(self._texts)
                if documents or self._all_seen(number):
                    break
        self.clear_history()
        if sender is not None:
            sender.clear_history()
        return True, self.question(documents)

    def _further(self) -> str:
        """The next documents found, or more of them for the same question."""
        documents = self.next_documents()
        for number in range(1, 5):
            if documents:
                break
            self._again(self.problem, number)
            documents = self.next_documents()
            if self._all_seen(number):
                break
        return documents

    def _again(self, question: str, number: int) -> None:
        self.forget_documents(intermediate=True)
        self.retrieve_docs(question, self.n_results * (2 * number + 1), self._search_string)

    def _all_seen(self, number: int) -> bool:
        return self.n_results * (2 * number + 1) >= len(self._results)

    def _with_documents(self, sender: Any, message: Any, recipient: Any, silent: bool) -> Any:
        """A human who types UPDATE CONTEXT sends the next documents."""
        text = as_message(message).get("content")
        if not isinstance(text, str) or text.strip().upper() != "UPDATE CONTEXT":
            return message
        return {**as_message(message), "content": self.question(self._further())}


def _retrieval_reply(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    return agent.retrieval_reply(messages, sender, config)


class RetrieveAssistantAgent(AssistantAgent):
    """An assistant that ends the chat when its code has run, and passes UPDATE CONTEXT on."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.add_reply(Participant, _passed_on)


def _passed_on(
    agent: Any, messages: list[Message], sender: Any = None, config: Any = None
) -> tuple[bool, Any]:
    text = content_text(messages[-1].get("content"))
    if "exitcode: 0 (execution succeeded)" in text:
        return True, "TERMINATE"
    asks = "UPDATE CONTEXT" in text[-20:].upper() or "UPDATE CONTEXT" in text[:20].upper()
    return asks, "UPDATE CONTEXT" if asks else None


class InstalledCodeRunner(CodeRunner):
    """Runs Python, in the notebook where there is one; installs nothing."""

    async def _together(self, code: list[tuple[str, str]]) -> tuple[int, str]:
        (language, text), *others = code
        if others or self.given not in (None, "commandline-local"):
            return await super()._together(code)
        if language in SHELLS or text.startswith(("!", "pip")):
            return 0, RETRIEVAL_NO_INSTALL
        shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        if shell is None or language != "python":
            return await super()._together(code)
        result = shell.run_cell(text)
        errors = [each for each in (result.error_before_exec, result.error_in_exec) if each]
        log = "".join([str(result.result), *(f"\n{error}" for error in errors)])
        return int(bool(errors) or not result.success), log


class ChromaVectorDB:
    """Where documents are kept: `client` or `path`, `embedding_function`, `metadata`."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings


class Documents:
    """Pieces of files and pages in a collection of Chroma, put there when they are first needed."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._path: Any = config.get("docs_path")
        self._name: str = config.get("collection_name") or "autogen-docs"
        self._found: Any = None
        # region stores
        given: Any = config.get("vector_db", "chroma")
        if isinstance(given, str) and given.lower() in STORES:
            settings: dict[str, Any] = dict(config.get("db_config") or {})
            if "embedding_function" in config:
                settings["embedding_function"] = config["embedding_function"]
            given = STORES[given.lower()](**settings)
        self._store: Any = given if hasattr(given, "retrieve_docs") else None
        self._is_filled = self._path is None
        # endregion stores

    def find(self, question: str, count: int, search: str = "") -> list[Message]:
        """The documents nearest in meaning to a question, the nearest first."""
        # region stores
        if self._store is not None:
            return self._found_in_store(question, count)
        # endregion stores
        if self._found is None:
            self._found = self._collection()
        options = {"where_document": {"$contains": search}} if search else {}
        result = self._found.query(query_texts=[question], n_results=count, **options)
        rows = zip(
            *(result[key][0] for key in ("ids", "documents", "metadatas", "distances")),
            strict=True,
        )
        farthest = self._config.get("distance_threshold", -1)
        return [
            {"id": key, "content": content, "metadata": metadata}
            for key, content, metadata, distance in rows
            if farthest <= 0 or distance < farthest
        ]

    # region stores
    def _found_in_store(self, question: str, count: int) -> list[Message]:
        store, name = self._store, self._name
        if not self._is_filled:
            self._fill_store()
            self._is_filled = True
        found = store.retrieve_docs(
            queries=[question],
            n_results=count,
            collection_name=name,
            distance_threshold=self._config.get("distance_threshold", -1),
        )
        return [document for document, _ in found[0]]

    def _fill_store(self) -> None:
        """Put the pieces of all documents in, as the configuration says."""
        config, store, name = self._config, self._store, self._name
        only_new, overwrite = config.get("new_docs", True), config.get("overwrite", False)
        reuse = config.get("get_or_create", False)
        fresh = only_new or overwrite or not reuse
        if not fresh:
            try:
                store.get_collection(name)
            except ValueError:
                fresh = True
        store.active_collection = store.create_collection(
            name, overwrite=overwrite, get_or_create=reuse
        )
        documents: list[Message] | None = None  # as v0.2 said that there is nothing to put in
        if fresh:
            stored = store.get_docs_by_ids(ids=None, collection_name=name) if only_new else ()
            known = {each["id"] for each in stored}
            chunks = {self._key(chunk): (chunk, at) for chunk, at in self._chunks()}
            documents = [
                {"id": key, "content": chunk, "metadata": {"source": at}}
                for key, (chunk, at) in chunks.items()
                if key not in known
            ]
        store.insert_docs(docs=documents, collection_name=name, upsert=True)

    def _key(self, chunk: str) -> str:
        if getattr(self._store, "type", "") == "qdrant":
            return str(uuid.UUID(hashlib.md5(chunk.encode()).hexdigest()))
        return hashlib.blake2b(chunk.encode()).hexdigest()[:8]

    # endregion stores
    def _collection(self) -> Any:
        """The collection with the documents in it. Raises ValueError as v0.2 did."""
        chroma: Any = import_module("chromadb")
        given = self._config.get("vector_db")
        settings: dict[str, Any] = self._config.get("db_config") or {}
        if isinstance(given, ChromaVectorDB):
            settings = given.settings
        old = "vector_db" in self._config and self._config["vector_db"] is None
        client = self._config.get("client") if old else settings.get("client")
        if client is None:
            path = settings.get("path", "tmp/db")
            client = chroma.Client() if old or path is None else chroma.PersistentClient(path)
        embed = settings.get("embedding_function")
        if not isinstance(given, ChromaVectorDB) and "embedding_function" in self._config:
            embed = self._config["embedding_function"]
        if embed is None:
            model = self._config.get("embedding_model") if old else None
            functions: Any = import_module("chromadb.utils.embedding_functions")
            embed = functions.SentenceTransformerEmbeddingFunction(model or "all-MiniLM-L6-v2")
        reuse = self._path is None or self._config.get("get_or_create", False)
        present = True
        try:
            client.get_collection(self._name, embedding_function=embed)
        except Exception:  # the type of "not found" has changed more than once
            present = False
        if self._path is None and not present:
            raise ValueError(f"there is no docs_path, and no collection {self._name!r} either")
        if present and self._path is not None:
            if self._config.get("overwrite", False):
                client.delete_collection(self._name)
            elif not reuse:
                raise ValueError(f"Collection {self._name} already exists.")
        spaces = {"hnsw:space": "ip", "hnsw:construction_ef": 30, "hnsw:M": 32}
        collection = client.get_or_create_collection(
            self._name, embedding_function=embed, metadata=settings.get("metadata") or spaces
        )
        self._fill(collection, fresh=not present or not reuse)
        return collection

    def _fill(self, collection: Any, fresh: bool) -> None:
        """Put the pieces of all documents in, those alone that are new unless told otherwise."""
        only_new = self._config.get("new_docs", True)
        if self._path is None or not (only_new or fresh or self._config.get("overwrite")):
            return
        chunks = {
            hashlib.blake2b(chunk.encode()).hexdigest()[:8]: (chunk, source)
            for chunk, source in self._chunks()
        }
        known = set(collection.get()["ids"]) if only_new else set[str]()
        ids = [key for key in chunks if key not in known]
        if ids:
            collection.upsert(
                ids=ids,
                documents=[chunks[key][0] for key in ids],
                metadatas=[{"source": chunks[key][1]} for key in ids],
            )

    def _chunks(self) -> Iterator[tuple[str, str]]:
        config = self._config
        split: Callable[[str], list[str]] | None = config.get("custom_text_split_function")
        limit = int(
            config.get("chunk_token_size") or context_window(config.get("model") or "gpt-4") * 0.4
        )
        for text, source in texts_of(
            self._path, config.get("custom_text_types") or TEXT_TYPES, config.get("recursive", True)
        ):
            found = (
                split(text)
                if split is not None
                else chunks_of(
                    text,
                    limit,
                    config.get("chunk_mode", "multi_lines"),
                    config.get("must_break_at_empty_line", True),
                )
            )
            yield from ((chunk, source) for chunk in found)


def context_window(model: str) -> int:
    """Tokens v0.2 took a model to have for all it is told."""
    sizes = {"32k": 32000, "16k": 16000, "gpt-4": 8000}
    return next((size for part, size in sizes.items() if part in model), 4000)
