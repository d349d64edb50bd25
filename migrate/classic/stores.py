"""Places for documents other than Chroma: what a program makes of its own, Qdrant, PostgreSQL."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

Document = dict[str, Any]  # id, content, metadata, embedding
Found = list[list[tuple[Document, float]]]  # documents and their distances, by question


class VectorDB:
    """What a place for documents has; those of a program are subclasses, or have the same methods.

    `get_collection` raises ValueError for a collection that is not there.
    """

    active_collection: Any = None
    type: str = ""
    embedding_function: Any = None

    def create_collection(
        self, collection_name: str, overwrite: bool = False, get_or_create: bool = True
    ) -> Any: ...

    def get_collection(self, collection_name: str | None = None) -> Any: ...

    def delete_collection(self, collection_name: str) -> Any: ...

    def insert_docs(
        self,
        docs: list[Document] | None,
        collection_name: str | None = None,
        upsert: bool = False,
        **more: Any,
    ) -> None: ...

    def update_docs(
        self, docs: list[Document] | None, collection_name: str | None = None, **more: Any
    ) -> None:
        self.insert_docs(docs, collection_name, upsert=True)

    def delete_docs(
        self, ids: list[Any], collection_name: str | None = None, **more: Any
    ) -> None: ...

    def retrieve_docs(
        self,
        queries: list[str],
        collection_name: str | None = None,
        n_results: int = 10,
        distance_threshold: float = -1,
        **more: Any,
    ) -> Any: ...

    def get_docs_by_ids(
        self,
        ids: list[Any] | None = None,
        collection_name: str | None = None,
        include: Any = None,
        **more: Any,
    ) -> Any: ...


class FastEmbedEmbeddingFunction:
    """Embeds texts with a model of fastembed."""

    def __init__(
        self,
        model_name: str = "BAAI/bge-small-en-v1.5",
        batch_size: int = 256,
        cache_dir: str | None = None,
        threads: int | None = None,
        parallel: int | None = None,
        **more: Any,
    ) -> None:
        known: Any = import_module("fastembed").TextEmbedding
        self._model = known(model_name=model_name, cache_dir=cache_dir, threads=threads, **more)
        self._how = {"batch_size": batch_size, "parallel": parallel}

    def __call__(self, inputs: list[str]) -> list[list[float]]:
        return [vector.tolist() for vector in self._model.embed(inputs, **self._how)]


class QdrantVectorDB(VectorDB):
    """Documents in Qdrant, those nearest by the cosine first.

    v0.2.35 embedded with fastembed's first model whatever it was given, later versions did not.
    """

    type = "qdrant"

    def __init__(
        self,
        *,
        client: Any = None,
        embedding_function: Any = None,
        content_payload_key: str = "_content",
        metadata_payload_key: str = "_metadata",
        collection_options: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        qdrant: Any = import_module("qdrant_client")
        self._models = qdrant.models
        self.client: Any = client or qdrant.QdrantClient(location=":memory:")
        self.embedding_function = embedding_function or FastEmbedEmbeddingFunction()
        self._options = collection_options or {}
        self._content, self._metadata = content_payload_key, metadata_payload_key

    def create_collection(
        self, collection_name: str, overwrite: bool = False, get_or_create: bool = True
    ) -> None:
        if overwrite and self.client.collection_exists(collection_name):
            self.client.delete_collection(collection_name)
        if self.client.collection_exists(collection_name):
            if not get_or_create:
                raise ValueError(f"Collection {collection_name} already exists.")
            return
        vectors = self._models.VectorParams(
            size=len(self._embedded(["test"])[0]), distance=self._models.Distance.COSINE
        )
        self.client.create_collection(collection_name, vectors_config=vectors, **self._options)

    def _embedded(self, texts: list[str]) -> list[list[float]]:
        return [list(map(float, vector)) for vector in self.embedding_function(texts)]

    def get_collection(self, collection_name: str | None = None) -> Any:
        if collection_name is None:
            raise ValueError("The collection name is required.")
        return self.client.get_collection(collection_name)

    def delete_collection(self, collection_name: str) -> None:
        self.client.delete_collection(collection_name)

    def insert_docs(
        self,
        docs: list[Document] | None,
        collection_name: str | None = None,
        upsert: bool = False,
        **more: Any,
    ) -> None:
        if not docs:
            return
        vectors = self._embedded([each["content"] for each in docs])
        points = [
            self._models.PointStruct(
                id=each["id"],
                vector=vector,
                payload={self._content: each["content"], self._metadata: each.get("metadata")},
            )
            for each, vector in zip(docs, vectors, strict=True)
        ]
        self.client.upsert(collection_name, points=points)

    def delete_docs(self, ids: list[Any], collection_name: str | None = None, **more: Any) -> None:
        self.client.delete(collection_name, ids)

    def retrieve_docs(
        self,
        queries: list[str],
        collection_name: str | None = None,
        n_results: int = 10,
        distance_threshold: float = 0,
        **more: Any,
    ) -> Found:
        found = [
            self.client.query_points(
                collection_name, query=vector, limit=n_results, score_threshold=distance_threshold
            ).points
            for vector in self._embedded(queries)
        ]
        return [[(self._document(each), each.score) for each in points] for points in found]

    def get_docs_by_ids(
        self,
        ids: list[Any] | None = None,
        collection_name: str | None = None,
        include: Any = True,
        **more: Any,
    ) -> list[Document]:
        how = {"with_payload": include, "with_vectors": True}
        if ids is None:  # as many as one page has, as in v0.2
            points = self.client.scroll(collection_name=collection_name, **how)[0]
        else:
            points = self.client.retrieve(collection_name, ids=ids, **how)
        return [self._document(each) for each in points]

    def _document(self, point: Any) -> Document:
        known = point.payload
        return {
            "id": point.id,
            "content": known.get(self._content, ""),
            "metadata": known.get(self._metadata, {}),
            "embedding": point.vector,
        }


class PGVectorDB(VectorDB):
    """Documents in a table of PostgreSQL for each collection, by the extension pgvector."""

    BATCH = int(os.environ.get("PGVECTOR_MAX_BATCH_SIZE", "40000"))

    def __init__(
        self,
        *,
        conn: Any = None,
        connection_string: str | None = None,
        host: str | None = None,
        port: int | str | None = None,
        dbname: str | None = None,
        username: str | None = None,
        password: str | None = None,
        connect_timeout: int | None = 10,
        embedding_function: Any = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        if conn is None:
            connect: Callable[..., Any] = import_module("psycopg").connect
            if not (connection_string or host):
                raise PermissionError("say where the database is: connection_string or host")
            where: dict[str, Any] = {"host": host, "port": port, "dbname": dbname}
            where |= {"user": username, "password": password, "connect_timeout": connect_timeout}
            given = {key: value for key, value in where.items() if value}
            conn = connect(connection_string or "", autocommit=True, **given)
        self.client: Any = conn
        self.client.execute("CREATE EXTENSION IF NOT EXISTS vector")
        if embedding_function is None:
            transformers: Any = import_module("sentence_transformers")
            embedding_function = transformers.SentenceTransformer("all-MiniLM-L6-v2").encode
        self.embedding_function = embedding_function
        self.metadata = metadata or {"hnsw:construction_ef": 32, "hnsw:M": 16}
        import_module("pgvector.psycopg").register_vector(self.client)

    @staticmethod
    def _table(name: str | None) -> str:
        if not name:
            raise ValueError("No collection is specified.")
        return name.replace("-", "_")

    def _is_there(self, table: str) -> bool:
        asked = "SELECT to_regclass(%s) IS NOT NULL"
        return self.client.execute(asked, (table,)).fetchone()[0]

    def create_collection(
        self, collection_name: str, overwrite: bool = False, get_or_create: bool = True
    ) -> str:
        table = self._table(collection_name)
        if overwrite:
            self.delete_collection(collection_name)
        if self._is_there(table):
            if not get_or_create:
                raise ValueError(f"Collection {collection_name} already exists.")
            return table
        size = len(self.embedding_function(["The weather is lovely today in paradise."])[0])
        self.client.execute(
            f"CREATE TABLE {table} (documents text, id CHAR(8) PRIMARY KEY, "
            f"metadatas JSONB, embedding vector({size}))"
        )
        how = f"m = {self.metadata['hnsw:M']}, "
        how += f"ef_construction = {self.metadata['hnsw:construction_ef']}"
        for kind in ("l2", "cosine", "ip"):
            self.client.execute(
                f"CREATE INDEX ON {table} USING hnsw (embedding vector_{kind}_ops) WITH ({how})"
            )
        return table

    def get_collection(self, collection_name: str | None = None) -> str:
        return self._table(collection_name or self.active_collection)

    def delete_collection(self, collection_name: str) -> None:
        self.client.execute(f"DROP TABLE IF EXISTS {self._table(collection_name)}")

    def insert_docs(
        self,
        docs: list[Document] | None,
        collection_name: str | None = None,
        upsert: bool = False,
        **more: Any,
    ) -> None:
        if not docs:
            return
        table = self.get_collection(collection_name)
        rows = [
            (
                each["id"],
                self.embedding_function(each["content"])
                if each.get("embedding") is None
                else each["embedding"],
                re.sub("'", '"', str(each.get("metadata") or self.metadata)),
                each["content"],
            )
            for each in docs
        ]
        order = f"INSERT INTO {table} (id, embedding, metadatas, documents) VALUES (%s, %s, %s, %s)"
        if upsert:
            columns = ("embedding", "metadatas", "documents")
            order += " ON CONFLICT (id) DO UPDATE SET "
            order += ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
        with self.client.cursor() as cursor:
            for start in range(0, len(rows), self.BATCH):
                cursor.executemany(order, rows[start : start + self.BATCH])

    def delete_docs(self, ids: list[Any], collection_name: str | None = None, **more: Any) -> None:
        table = self.get_collection(collection_name)
        self.client.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", (ids,))

    def retrieve_docs(
        self,
        queries: list[str],
        collection_name: str | None = None,
        n_results: int = 10,
        distance_threshold: float = -1,
        **more: Any,
    ) -> Found:
        table = self.get_collection(collection_name)
        found: Found = []
        for question in [queries] if isinstance(queries, str) else queries:
            vector = self.embedding_function(question, convert_to_tensor=False).tolist()
            distance = f"embedding <-> '{vector}'"
            near = f"WHERE {distance} < {distance_threshold}"  # in no order, as in v0.2
            how = near if distance_threshold > 0 else f"ORDER BY {distance}"
            rows: Sequence[Any] = self.client.execute(
                f"SELECT id, documents, metadatas, {distance} FROM {table} {how} LIMIT {n_results}"
            ).fetchall()
            found.append(
                [
                    ({"id": key.strip(), "content": text, "metadata": metadata}, far)
                    for key, text, metadata, far in rows
                ]
            )
        return found

    def get_docs_by_ids(
        self,
        ids: list[Any] | None = None,
        collection_name: str | None = None,
        include: Any = None,
        **more: Any,
    ) -> list[Document]:
        table = self.get_collection(collection_name)
        wanted = "WHERE id = ANY(%s)" if ids else ""
        rows = self.client.execute(
            f"SELECT id, metadatas, documents, embedding FROM {table} {wanted}",
            (ids,) if ids else (),
        ).fetchall()
        keys = ("id", "metadata", "content", "embedding")
        return [dict(zip(keys, (row[0].strip(), *row[1:]), strict=True)) for row in rows]


STORES: dict[str, type[VectorDB]] = {
    "qdrant": QdrantVectorDB,
    "qdrantdb": QdrantVectorDB,
    "pgvector": PGVectorDB,
    "pgvectordb": PGVectorDB,
}
