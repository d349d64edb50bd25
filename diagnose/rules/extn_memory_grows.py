"""An agent's memory only ever grows, and with it what it returns.

At least 32 records were written, none deleted, and the operations that look something up return
more and more: the last of them at least four times as many records as at the start, never fewer
than before. A list memory, which returns all it has, does that with every `add`; the model's
context then fills up with it. Memories that return a fixed number may keep what they like.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Ending, Rule
from ..signs import Group, Judge, Sign, SignDetector, number
from .extn_memory_silent import STORES, store_of

WRITTEN = 32
FACTOR = 4
ASKED = 4


@dataclass(slots=True)
class Growth:
    """What was seen of one memory since it was last cleared."""

    written: int = 0
    asked: int = 0
    first: int = 0
    most: int = 0
    monotonic: bool = True
    last: Span | None = None


class Grows(Judge):
    """Compares what each memory returns with what it returned before."""

    ops = frozenset({c.SEARCH_MEMORY, c.UPSERT_MEMORY, c.DELETE_MEMORY})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._stores: dict[str, Growth] = {}

    def see(self, span: Span) -> Sign | None:
        name = store_of(span)
        if span.error is not None:
            return None
        if span.op == c.DELETE_MEMORY:
            self._stores.pop(name, None)
            return None
        if name not in self._stores and len(self._stores) >= STORES:
            return None
        growth = self._stores.setdefault(name, Growth())
        count = int(number(span, c.RECORD_COUNT) or 0)
        # What the recorder counted goes back beyond this run, to when the memory was cleared.
        told = number(span, c.STORE_WRITTEN)
        if span.op == c.UPSERT_MEMORY:
            growth.written = growth.written + count if told is None else int(told)
            return None
        if told is not None:
            growth.written = int(told)
        first, asked = number(span, c.STORE_FIRST), number(span, c.STORE_ASKED)
        growth.first = (growth.first if growth.asked else count) if first is None else int(first)
        growth.asked = growth.asked + 1 if asked is None else int(asked)
        growth.monotonic = growth.monotonic and count >= growth.most
        growth.most = max(growth.most, count)
        growth.last = span
        return None

    def end(self, ending: Ending) -> Iterable[tuple[Span, Sign]]:
        if ending.info.number != ending.judged_at:
            return
        for name, growth in self._stores.items():
            grew = growth.most >= FACTOR * max(growth.first, 1) and growth.monotonic
            if growth.last is None or growth.written < WRITTEN or growth.asked < ASKED or not grew:
                continue
            yield (
                growth.last,
                Sign(
                    f"{name} returned {growth.first} records at first and {growth.most} now; "
                    f"{growth.written} were written, none deleted",
                    weight=growth.most,
                    confidence=0.85,
                    group=name,
                    facts={"store": name, "written": growth.written, "returned": growth.most},
                ),
            )


def _title(group: Group) -> str:
    facts = group.sign.facts
    return (
        f"memory {facts['store']!r} grows without bound: {facts['written']} records written, none "
        f"deleted, {facts['returned']} returned each time"
    )


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, Grows(context), _title)


RULE = Rule(
    code="EXTN005",
    slug="extn.memory-grows",
    title="an agent's memory grows without bound",
    severity="warning",
    about=__doc__,
    needs="operations on agents' memories",
    doubt="the run may end before it matters",
    advice=(
        "use a memory that returns the best few: ChromaDBVectorMemory(config=...(k=3)), or clear "
        "what is old: await memory.clear()"
    ),
    start=_start,
)
