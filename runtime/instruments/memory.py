"""Agents' memories: `search_memory`, `upsert_memory` and `delete_memory` spans.

A memory that fills a model context does so by adding messages to it; what it added, and how much of
the context is memory by now, is on the span. Memories of AutoGen and of the program are watched
alike; what one does inside of its own operation is part of that.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from ...tracer import conventions as c
from ...tracer.bodies import Context, snapshot
from ...tracer.recorder import LiveSpan, Recorder
from .watching import Args, Call, Kwargs, Watch

#: Of each model context, the messages that memories have added, by identity.
_added: weakref.WeakKeyDictionary[Any, set[int]] = weakref.WeakKeyDictionary()


@dataclass(slots=True)
class Tally:
    """What was asked and told of one memory so far: a program may use it in many runs."""

    asked: int = 0
    found: int = 0
    written: int = 0
    first: int | None = None

    def searched(self, count: int) -> None:
        self.asked += 1
        self.found += count
        self.first = count if self.first is None else self.first

    def cleared(self) -> None:
        self.written, self.first = 0, None

    def tell(self, span: LiveSpan) -> None:
        span.set(c.STORE_ASKED, self.asked)
        span.set(c.STORE_FOUND, self.found)
        span.set(c.STORE_WRITTEN, self.written)
        if self.first is not None:
            span.set(c.STORE_FIRST, self.first)


_tallies: weakref.WeakKeyDictionary[Any, Tally] = weakref.WeakKeyDictionary()


def tally_of(memory: Any) -> Tally:
    """What was asked and told of a memory so far."""
    try:
        return _tallies.setdefault(memory, Tally())
    except TypeError:  # no weak references to it, or no hash
        return Tally()


class Search(Call):
    """A memory is asked."""

    def result(self, value: Any) -> None:
        found: object = getattr(value, "results", None)
        if isinstance(found, list):
            records = cast("list[Any]", found)
            tell(self.span, records)
            tally = tally_of(self.owner)
            tally.searched(len(records))
            tally.tell(self.span)
        _tell_size(self.span, self.owner)


class Filling(Search):
    """A memory adds to a model context what it finds fitting."""

    __slots__ = ("_before", "_context")

    def __init__(self, owner: object, span: LiveSpan, context: Any) -> None:
        super().__init__(owner, span)
        self._context = context
        self._before = {id(message) for message in _messages(context)}

    def result(self, value: Any) -> None:
        super().result(getattr(value, "memories", None))
        messages = _messages(self._context)
        new = [message for message in messages if id(message) not in self._before]
        self.span.set(c.CONTEXT_ADDED, len(new))
        self.span.set(c.CONTEXT_ADDED_SIZE, _size(new))
        self.span.set(c.CONTEXT_SIZE, _size(messages))
        try:
            known = _added.setdefault(self._context, set())
        except TypeError:  # no weak references to it
            return
        known.intersection_update(map(id, messages))
        known.update(map(id, new))
        self.span.set(c.CONTEXT_MEMORY, _size(m for m in messages if id(m) in known))


class Change(Call):
    """A memory is written or cleared."""

    def result(self, value: Any) -> None:
        tally = tally_of(self.owner)
        if self.span.op == c.DELETE_MEMORY:
            tally.cleared()
        else:
            tally.written += 1
        tally.tell(self.span)
        _tell_size(self.span, self.owner)


def tell(span: LiveSpan, records: list[Any]) -> None:
    """Note the records that were found or written."""
    span.set(c.RECORD_COUNT, len(records))
    span.set(c.RECORDS_SIZE, sum(_length(getattr(r, "content", r)) for r in records))
    span.body(c.RECORDS, Context(f"memory {span.name}", [snapshot(r) for r in records]))


def _messages(context: Any) -> list[Any]:
    """A model context's messages, as AutoGen's own keep them."""
    found: object = getattr(context, "_messages", None)
    return [*cast("list[Any]", found)] if isinstance(found, list) else []


def _size(messages: Iterable[Any]) -> int:
    return sum(_length(getattr(message, "content", "")) for message in messages)


def _length(content: Any) -> int:
    if isinstance(content, str | bytes):
        return len(content)
    if isinstance(content, list):
        return sum(_length(part) for part in cast("list[Any]", content))
    return len(str(content))


def _tell_size(span: LiveSpan, memory: Any) -> None:
    """How many records the store has, where it keeps them in a list (ListMemory)."""
    content: object = getattr(memory, "content", None)
    if isinstance(content, list):
        span.set(c.STORE_SIZE, len(cast("list[Any]", content)))


class MemoryInstrumentor:
    """Watches the memories of AutoGen 0.4 and later, and the program's own."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch `Memory` and what derives from it."""
        watch = Watch(recorder)

        def started(op: str, memory: Any) -> LiveSpan:
            kind, name = type(memory).__name__, getattr(memory, "name", None)
            span = recorder.span(op, f"{op} {kind}", attributes={c.STORE_NAME: kind})
            if isinstance(name, str):
                span.set(c.STORE_ID, name)
            return span

        def query(memory: Any, args: Args, kwargs: Kwargs) -> Call:
            span = started(c.SEARCH_MEMORY, memory)
            asked: Any = kwargs.get("query", args[0] if args else "")
            content = getattr(asked, "content", asked)
            span.body(c.QUERY, content if isinstance(content, str) else snapshot(content))
            return Search(memory, span)

        def update_context(memory: Any, args: Args, kwargs: Kwargs) -> Call:
            context = kwargs.get("model_context", args[0] if args else None)
            return Filling(memory, started(c.SEARCH_MEMORY, memory), context)

        def add(memory: Any, args: Args, kwargs: Kwargs) -> Call:
            span = started(c.UPSERT_MEMORY, memory)
            tell(span, [kwargs.get("content", args[0] if args else None)])
            return Change(memory, span)

        def clear(memory: Any, args: Args, kwargs: Kwargs) -> Call:
            return Change(memory, started(c.DELETE_MEMORY, memory))

        watch.family(
            module.Memory,
            {"query": query, "update_context": update_context, "add": add, "clear": clear},
        )
        return watch.undo


instrumentor = MemoryInstrumentor()
