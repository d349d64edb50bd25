"""Stands in for `chromadb` where migrated programs run: collections in memory, by inner product.

The transcripts it is held to were recorded with the real one.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Collection:
    def __init__(self, embed: Any) -> None:
        self._embed = embed
        self._rows: dict[str, tuple[str, Any, list[float]]] = {}

    def get(self) -> dict[str, Any]:
        return {"ids": list(self._rows)}

    def upsert(self, ids: list[str], documents: list[str], metadatas: list[Any]) -> None:
        vectors = self._embed(documents)
        for key, *row in zip(ids, documents, metadatas, vectors, strict=True):
            self._rows[key] = (row[0], row[1], row[2])

    def query(
        self, query_texts: list[str], n_results: int, where_document: Any = None
    ) -> dict[str, Any]:
        wanted = (where_document or {}).get("$contains", "")
        (asked,) = self._embed(query_texts)
        found = sorted(
            (1 - sum(a * b for a, b in zip(asked, vector, strict=True)), key, text, metadata)
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
        self, name: str, embedding_function: Any, metadata: Any
    ) -> Collection:
        return self._collections.setdefault(name, Collection(embedding_function))

    def delete_collection(self, name: str) -> None:
        del self._collections[name]
