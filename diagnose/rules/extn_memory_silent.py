"""An agent's memory is asked again and again and never has anything to say.

At least five operations that look something up, none of which found a record. When records were
written before them, the memory has lost them or its search does not match: a warning. When nothing
was ever written, the memory is just empty, which is a hint. A memory that a program asks in many
runs is judged with the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Ending, Rule
from ..signs import Group, Judge, Sign, SignDetector, number

ENOUGH = 5
STORES = 256


@dataclass(slots=True)
class Store:
    """What was seen of one memory."""

    asked: int = 0
    found: int = 0
    written: int = 0
    last: Span | None = None


class Silent(Judge):
    """Counts for each memory."""

    ops = frozenset({c.SEARCH_MEMORY, c.UPSERT_MEMORY})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._stores: dict[str, Store] = {}

    def see(self, span: Span) -> Sign | None:
        name = store_of(span)
        if name not in self._stores and len(self._stores) >= STORES:
            return None
        store = self._stores.setdefault(name, Store())
        count = number(span, c.RECORD_COUNT)
        if span.error is not None or count is None:
            return None
        if span.op == c.UPSERT_MEMORY:
            store.written += int(count)
        else:
            store.asked += 1
            store.found += int(count)
            store.last = span
        return None

    def _told(self, store: Store, ending: Ending) -> Store:
        """With what the recorder counted over all runs of the program, told of the last one."""
        last = store.last
        asked = number(last, c.STORE_ASKED) if last is not None else None
        if last is None or asked is None or ending.info.number != ending.judged_at:
            return store
        return Store(
            asked=int(asked),
            found=int(number(last, c.STORE_FOUND) or 0),
            written=int(number(last, c.STORE_WRITTEN) or 0),
            last=last,
        )

    def end(self, ending: Ending) -> Iterable[tuple[Span, Sign]]:
        for name, seen in self._stores.items():
            store = self._told(seen, ending)
            if store.last is None or store.asked < ENOUGH or store.found:
                continue
            wrote = f"{store.written} records were written" if store.written else "nothing written"
            yield (
                store.last,
                Sign(
                    f"{name} was asked {store.asked} times and found nothing; {wrote}",
                    weight=store.asked,
                    confidence=0.9 if store.written else 0.8,
                    severity="warning" if store.written else "info",
                    group=name,
                    facts={"store": name, "asked": store.asked, "written": store.written},
                ),
            )


def store_of(span: Span) -> str:
    """A memory's name: its class, and what the program calls it."""
    kind = str(span.attributes.get(c.STORE_NAME, "memory"))
    name = span.attributes.get(c.STORE_ID)
    return f"{kind} {name}" if name else kind


def _title(group: Group) -> str:
    facts = group.sign.facts
    lost = f", though {facts['written']} records were written" if facts["written"] else ""
    return f"memory {facts['store']!r} was asked {facts['asked']} times and found nothing{lost}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, Silent(context), _title)


RULE = Rule(
    code="EXTN004",
    slug="extn.memory-silent",
    title="an agent's memory never finds anything",
    severity="warning",
    about=__doc__,
    needs="operations on agents' memories",
    doubt="the questions may have been about other things than what is in the memory",
    advice=(
        "ask it yourself for a record that must be there: await memory.query('…'); for vector "
        "stores, look at the score threshold (ChromaDB: score_threshold, Redis: "
        "distance_threshold) and at whether writer and reader use the same collection"
    ),
    start=_start,
)
