"""A memory of documents, for files whose agents v0.2 gave them with every question."""

from __future__ import annotations

from functools import cache

from .owned import documents_source

DOCUMENT_MEMORY = '''\
class DocumentMemory(ChromaDBVectorMemory):
    """Asks a model its question with the documents nearest to it, and with the next on request.

    Files and pages are split and put into Chroma when they are first needed. A model that answers
    UPDATE CONTEXT is asked again with the next pieces, and knows nothing of the first.
    """

    def __init__(
        self,
        paths: Any,
        prompt: str,
        model: str = "gpt-4",
        *,
        collection: str = "autogen-docs",
        results: int = 20,
        search: str = "",
        chunk_tokens: float = 0,
        context_tokens: float = 0,
        types: list[str] = TEXT_TYPES,
        at_empty_line: bool = True,
        again: bool = True,
        embedding: Any = None,
    ) -> None:
        embed: Any = SentenceTransformerEmbeddingFunctionConfig(model_name="all-MiniLM-L6-v2")
        if embedding is not None:
            embed = CustomEmbeddingFunctionConfig(function=lambda: embedding)
        config = PersistentChromaDBVectorMemoryConfig(
            collection_name=collection,
            persistence_path="tmp/db",
            k=9 * results,
            embedding_function_config=embed,
        )
        super().__init__(config)
        sizes = {"32k": 32000, "16k": 16000, "gpt-4": 8000}
        window = next((size for part, size in sizes.items() if part in model), 4000)
        self._chunk_tokens = int(chunk_tokens or window * 0.4)
        self._context_tokens = context_tokens or window * 0.8
        self._paths, self._prompt, self._model, self._again = paths, prompt, model, again
        self._results, self._search, self._types = results, search, types
        self._at_empty_line = at_empty_line
        self._question, self._asker = "", "user"
        self._filled = False
        self._left: list[MemoryContent] = []

    def answered(self, text: str) -> bool:
        """Whether an answer is the last: it has no code and asks for nothing that there is."""
        return "```python" not in text and not (self._wants_more(text) and self._left)

    def _wants_more(self, text: str) -> bool:
        return self._again and "UPDATE CONTEXT" in text.upper()

    async def update_context(self, model_context: ChatCompletionContext) -> UpdateContextResult:
        messages = await model_context.get_messages()
        given: list[MemoryContent] = []
        said = messages[-1] if messages else None
        if isinstance(said, UserMessage):
            self._question, self._asker = str(said.content), said.source
            self._left = await self._found()
            given = self._next()
        elif said is not None and self._wants_more(str(said.content)):
            given = self._next()
        if given:
            prompt = self._prompt.format(
                input_question=self._question,
                input_context="".join(f"{each.content}\\n" for each in given),
                input_sources=[(each.metadata or {}).get("source", "") for each in given],
            )
            await model_context.clear()
            await model_context.add_message(UserMessage(content=prompt, source=self._asker))
        return UpdateContextResult(memories=MemoryQueryResult(results=given))

    async def _found(self) -> list[MemoryContent]:
        """What is nearest to the question, the nearest first, each text once."""
        if not self._filled:
            await self._fill()
        wanted: Any = {"where_document": {"$contains": self._search}} if self._search else {}
        found = await self.query(self._question, **wanted)
        return list({str(each.content): each for each in found.results}.values())

    async def _fill(self) -> None:
        self._ensure_initialized()
        assert self._collection is not None
        known: set[str] = {str(each) for each in self._collection.get()["documents"] or ()}
        for text, source in texts_of(self._paths, self._types, True):
            for chunk in chunks_of(text, self._chunk_tokens, "multi_lines", self._at_empty_line):
                if chunk not in known:
                    known.add(chunk)
                    content = MemoryContent(
                        content=chunk, mime_type=MemoryMimeType.TEXT, metadata={"source": source}
                    )
                    await self.add(content)
        self._filled = True

    def _next(self) -> list[MemoryContent]:
        """The next pieces, as many as the model takes."""
        given: list[MemoryContent] = []
        size = 0
        while self._left and len(given) < self._results:
            tokens = tokens_of_model(str(self._left[0].content), self._model)
            if size + tokens > self._context_tokens and given:
                break
            each = self._left.pop(0)
            if tokens <= self._context_tokens:
                size += tokens
                given.append(each)
        return given
'''


@cache
def document_memory() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Source code of the memory with all that reads documents, and the imports it needs."""
    text, imports = documents_source()
    return f"{text}\n\n{DOCUMENT_MEMORY}", (
        *imports,
        ("autogen_core.memory", "MemoryContent"),
        ("autogen_core.memory", "MemoryMimeType"),
        ("autogen_core.memory", "MemoryQueryResult"),
        ("autogen_core.memory", "UpdateContextResult"),
        ("autogen_core.model_context", "ChatCompletionContext"),
        ("autogen_core.models", "UserMessage"),
        ("autogen_ext.memory.chromadb", "ChromaDBVectorMemory"),
        ("autogen_ext.memory.chromadb", "CustomEmbeddingFunctionConfig"),
        ("autogen_ext.memory.chromadb", "PersistentChromaDBVectorMemoryConfig"),
        ("autogen_ext.memory.chromadb", "SentenceTransformerEmbeddingFunctionConfig"),
    )
