"""Memories of AutoGen v0.2 and AG2: what Teachability learns and recalls, what retrieval finds.

The same spans as for the memories of later versions, so that the same rules judge them. Retrieval
agents keep what they found on themselves and return nothing; it is read from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ...tracer import conventions as c
from ...tracer.recorder import LiveSpan, Recorder
from .memory import Change, tally_of, tell
from .watching import Args, Call, Kwargs, Opener, Watch, blocking


class Recall(Call):
    """Something is looked up."""

    def result(self, value: Any) -> None:
        records = self.records(value)
        tell(self.span, records)
        tally = tally_of(self.owner)
        tally.searched(len(records))
        tally.tell(self.span)

    def records(self, value: Any) -> list[Any]:
        """Memos come as (question, answer, distance)."""
        memos: list[Any] = [value] if isinstance(value, tuple) else list(value or ())
        return [{"input": memo[0], "output": memo[1], "distance": memo[2]} for memo in memos]


class Retrieval(Recall):
    """Documents are looked up; the agent has them."""

    def records(self, value: Any) -> list[Any]:
        found: object = getattr(self.owner, "_results", None)
        if isinstance(found, Mapping):  # of Chroma itself: {"documents": [[text, ...]], ...}
            documents: Any = cast("Mapping[str, Any]", found).get("documents") or [[]]
            return [{"content": text} for text in documents[0]]
        rows: Any = found or [[]]  # for each query, (document, distance)
        return [{**document, "distance": distance} for document, distance in rows[0]]


class RecallInstrumentor:
    """Watches the memories of AutoGen v0.2."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch a memo store, or agents that retrieve documents."""
        watch = Watch(recorder)

        def started(op: str, store: Any) -> LiveSpan:
            kind = type(store).__name__
            span = recorder.span(op, f"{op} {kind}", attributes={c.STORE_NAME: kind})
            name = getattr(store, "name", None)
            if isinstance(name, str):
                span.set(c.STORE_ID, name)
            return span

        def searched(kind: type[Recall], key: str) -> Opener:
            def opener(store: Any, args: Args, kwargs: Kwargs) -> Call:
                span = started(c.SEARCH_MEMORY, store)
                span.body(c.QUERY, str(kwargs.get(key, args[0] if args else "")))
                return kind(store, span)

            return opener

        def added(store: Any, args: Args, kwargs: Kwargs) -> Call:
            span = started(c.UPSERT_MEMORY, store)
            given = [*args, *kwargs.values()]
            tell(span, [dict(zip(("input", "output"), given, strict=False))])
            return Change(store, span)

        def cleared(store: Any, args: Args, kwargs: Kwargs) -> Call:
            return Change(store, started(c.DELETE_MEMORY, store))

        if module.__name__.endswith("teachability"):
            query = searched(Recall, "query_text")
            watch.methods(
                module.MemoStore,
                {
                    "add_input_output_pair": added,
                    "get_related_memos": query,
                    "get_nearest_memo": query,
                    "reset_db": cleared,
                },
                wrap=blocking,
            )
        else:
            retrieved = {"retrieve_docs": searched(Retrieval, "problem")}
            watch.family(module.RetrieveUserProxyAgent, retrieved, wrap=blocking)
        return watch.undo


instrumentor = RecallInstrumentor()
