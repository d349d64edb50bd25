"""Memories of v0.2, by stand-ins of its classes: `autogen` is not here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from agentloupe.runtime.instruments.recall import instrumentor
from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Span
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.recorder import Recorder

CONTRIB = "autogen.agentchat.contrib"


class MemoStore:
    """As v0.2's: memos by number, the nearest by shared words."""

    def __init__(self) -> None:
        self.memos: list[tuple[str, str]] = []

    def add_input_output_pair(self, input_text: str, output_text: str) -> None:
        self.memos.append((input_text, output_text))

    def get_related_memos(
        self, query_text: str, n_results: int, threshold: float
    ) -> list[tuple[str, str, float]]:
        words = set(query_text.split())
        return [(a, b, 0.5) for a, b in self.memos if words & set(a.split())][:n_results]

    def get_nearest_memo(self, query_text: str) -> tuple[str, str, float]:
        return self.get_related_memos(query_text, 1, 9)[0]

    def reset_db(self) -> None:
        self.memos.clear()


class RetrieveUserProxyAgent:
    name = "librarian"

    def __init__(self) -> None:
        self._results: Any = []

    def retrieve_docs(self, problem: str, n_results: int = 20, search_string: str = "") -> None:
        self._results = [[({"id": "1", "content": f"about {problem}"}, 0.2)]]


class ChromaLibrarian(RetrieveUserProxyAgent):
    def retrieve_docs(self, problem: str, n_results: int = 20, search_string: str = "") -> None:
        self._results = {"ids": [["1", "2"]], "documents": [["one", "two"]]}


@pytest.fixture
def watched(recorder: Recorder) -> Iterator[None]:
    teaches = SimpleNamespace(__name__=f"{CONTRIB}.capabilities.teachability", MemoStore=MemoStore)
    retrieves = SimpleNamespace(
        __name__=f"{CONTRIB}.retrieve_user_proxy_agent",
        RetrieveUserProxyAgent=RetrieveUserProxyAgent,
    )
    undo = [instrumentor.install(recorder, module) for module in (teaches, retrieves)]
    yield
    for each in undo:
        each()


@pytest.mark.usefixtures("watched")
def test_memos(read: Callable[[], Recording]) -> None:
    store = MemoStore()
    store.add_input_output_pair("the harbour", "is north")
    assert store.get_related_memos(query_text="the harbour", n_results=3, threshold=1.5)
    assert store.get_related_memos("a bridge", 3, 1.5) == []
    assert store.get_nearest_memo("harbour")[1] == "is north"
    store.reset_db()
    run = read().run(0)
    spans: list[Span] = [span for span in run.loose_spans() if span.op.endswith("_memory")]
    assert [(span.op, span.attributes.get(c.RECORD_COUNT)) for span in spans] == [
        (c.UPSERT_MEMORY, 1),
        (c.SEARCH_MEMORY, 1),
        (c.SEARCH_MEMORY, 0),
        (c.SEARCH_MEMORY, 1),
        (c.DELETE_MEMORY, None),
    ]
    assert run.text(spans[1].bodies[c.QUERY]) == "the harbour"
    assert "is north" in run.text(spans[1].bodies[c.RECORDS])
    assert spans[3].attributes[c.STORE_ASKED] == 3


@pytest.mark.usefixtures("watched")
def test_retrieval(read: Callable[[], Recording]) -> None:
    RetrieveUserProxyAgent().retrieve_docs("harbours", n_results=2)
    ChromaLibrarian().retrieve_docs("bridges")
    run = read().run(0)
    first, second = (span for span in run.loose_spans() if span.op == c.SEARCH_MEMORY)
    assert (first.attributes[c.RECORD_COUNT], second.attributes[c.RECORD_COUNT]) == (1, 2)
    assert first.attributes[c.STORE_ID] == "librarian"
    assert run.text(first.bodies[c.QUERY]) == "harbours"
    assert "about harbours" in run.text(first.bodies[c.RECORDS])
    assert "two" in run.text(second.bodies[c.RECORDS])
