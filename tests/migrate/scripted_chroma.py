"""Stands in for `chromadb` where migrated programs run: collections in memory.

The transcripts it is held to were recorded with the real one, which embedded texts as here where
programs do not say how.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, ClassVar


def letters(texts: list[str]) -> list[list[float]]:
    """How often each letter is in each text, in tens."""
    return [[text.lower().count(chr(97 + place)) / 10 for place in range(26)] for text in texts]


class Collection:
    def __init__(self, embed: Any, space: str) -> None:
        self._embed = embed
        self._space = space
        self._rows: dict[str, tuple[str, Any, list[float]]] = {}

    def get(self) -> dict[str, Any]:
        texts = [text for text, _, _ in self._rows.values()]
        return {"ids": list(self._rows), "documents": texts}

    def upsert(self, ids: list[str], documents: list[str], metadatas: list[Any]) -> None:
        vectors = self._embed(documents)
        for key, *row in zip(ids, documents, metadatas, vectors, strict=True):
            self._rows[key] = (row[0], row[1], row[2])

    def add(self, documents: list[str], ids: list[str], metadatas: Any = None) -> None:
        self.upsert(ids, documents, [None for _ in ids])

    def _distance(self, one: list[float], other: list[float]) -> float:
        pairs = list(zip(one, other, strict=True))
        if self._space == "ip":
            return 1 - sum(a * b for a, b in pairs)
        return sum((a - b) ** 2 for a, b in pairs)

    def query(
        self, query_texts: list[str], n_results: int, where_document: Any = None
    ) -> dict[str, Any]:
        wanted = (where_document or {}).get("$contains", "")
        (asked,) = self._embed(query_texts)
        found = sorted(
            (self._distance(asked, vector), key, text, metadata)
            for key, (text, metadata, vector) in self._rows.items()
            if wanted in text
        )[:n_results]
        return {
            "distances": [[row[0] for row in found]],
            "ids": [[row[1] for row in found]],
            "documents": [[row[2] for row in found]],
            "metadatas": [[row[3] for row in found]],
        }


class Client:
    _collections: ClassVar[dict[str, Collection]] = {}

    def get_collection(self, name: str, embedding_function: Any) -> Collection:
        if name not in self._collections:
            raise ValueError(f"Collection {name} does not exist")
        return self._collections[name]

    def get_or_create_collection(
        self, name: str, embedding_function: Any = letters, metadata: Any = None
    ) -> Collection:
        space = (metadata or {}).get("hnsw:space", "l2")
        return self._collections.setdefault(name, Collection(embedding_function, space))

    def create_collection(self, name: str, embedding_function: Any) -> Collection:
        return self.get_or_create_collection(name, embedding_function)

    def delete_collection(self, name: str) -> None:
        del self._collections[name]


class PersistentClient(Client):
    def __init__(self, path: str) -> None:
        self.path = path


def embedding_function(**options: Any) -> Any:
    return letters


embedding_functions = ModuleType(f"{__name__}.utils.embedding_functions")
embedding_functions.__dict__["SentenceTransformerEmbeddingFunction"] = embedding_function
sys.modules[embedding_functions.__name__] = embedding_functions
