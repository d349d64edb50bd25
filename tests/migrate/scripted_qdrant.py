"""Stands in for `qdrant_client` and `fastembed` where migrated programs run: points in memory.

The transcripts it is held to were recorded with the real client, and texts embedded as here.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any


class Vector(list[float]):
    def tolist(self) -> list[float]:
        return list(self)


class TextEmbedding:
    def __init__(self, **options: Any) -> None: ...

    def embed(self, texts: list[str], **options: Any) -> list[Vector]:
        """How often each letter is in each text."""
        letters = [chr(97 + place) for place in range(26)]
        return [Vector(text.lower().count(each) + 0.01 for each in letters) for text in texts]


class QdrantClient:
    def __init__(self, location: str) -> None:
        self._points: dict[str, dict[str, Any]] = {}

    def collection_exists(self, name: str) -> bool:
        return name in self._points

    def get_collection(self, name: str) -> Any:
        if name not in self._points:
            raise ValueError(f"Collection {name} not found")
        return self._points[name]

    def create_collection(self, name: str, vectors_config: Any) -> None:
        assert (vectors_config.size, vectors_config.distance) == (26, "cosine")
        self._points[name] = {}

    def delete_collection(self, name: str) -> None:
        del self._points[name]

    def upsert(self, name: str, points: list[Any]) -> None:
        self._points[name] |= {point.id: point for point in points}

    def query_points(
        self, name: str, query: list[float], limit: int, score_threshold: float
    ) -> SimpleNamespace:
        found = [
            SimpleNamespace(**vars(point), score=_cosine(query, point.vector))
            for point in self._points[name].values()
        ]
        near = sorted(found, key=lambda point: -point.score)[:limit]
        return SimpleNamespace(points=[each for each in near if each.score >= score_threshold])

    def scroll(
        self, collection_name: str, limit: int = 10, **options: Any
    ) -> tuple[list[Any], None]:
        return list(self._points[collection_name].values())[:limit], None


def _cosine(one: list[float], other: list[float]) -> float:
    def dot(first: list[float], second: list[float]) -> float:
        return sum(a * b for a, b in zip(first, second, strict=True))

    return dot(one, other) / (dot(one, one) * dot(other, other)) ** 0.5


models = SimpleNamespace(
    VectorParams=SimpleNamespace,
    PointStruct=SimpleNamespace,
    Distance=SimpleNamespace(COSINE="cosine"),
)
embeddings = ModuleType("fastembed")
embeddings.__dict__["TextEmbedding"] = TextEmbedding
sys.modules["fastembed"] = embeddings
