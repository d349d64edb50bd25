"""The same beginning is sent with every model call, and no cache of the server's can save it.

A suggestion, from pairs of an agent's requests of at least 1,024 tokens, which is what providers'
prompt caches begin at. Either most of the messages are the same and the very beginning is not (a
clock or a number in the system message): then no cache finds anything. Or the beginning is the same
for four fifths of each request, 20,000 tokens were sent again in all, and the server, which tells
what it reads from a cache, told of nothing. At most two dozen pairs an agent are compared.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from ...tracer import conventions as c
from ...tracer.model import BodyRef, Span, plain_name
from ..course import quote, told, whole
from ..finding import Cost, Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

CACHEABLE: Final = 1_024  # tokens from which on providers' caches work
PAIRS, ENOUGH = 24, 6  # compared of an agent; that must show it
SHARE, EARLY, LEAST = 0.8, 0.1, 20_000
SIZE: Final = 1 << 20  # characters of a request that are compared
AGENTS: Final = 64
CACHE_READ: Final = "gen_ai.usage.cache_read.input_tokens"


@dataclass(slots=True)
class _Row:
    """What is remembered of one agent's requests."""

    last: tuple[BodyRef, Span, int] | None = None
    calls: int = 0
    next_look: int = 2
    sent: int = 0  # tokens of requests that are large enough
    pairs: int = 0
    same: list[float] | None = None  # shares of equal beginnings
    broken: int = 0
    example: tuple[str, str] = ("", "")
    cached: int | None = None  # tokens read from a cache, None if that is never told
    first: Span | None = None


class SamePrefixDetector:
    """Compares an agent's request with the one before, at ever longer intervals."""

    ops = frozenset({c.CHAT})

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows: dict[str, _Row] = {}

    def turn(self, turn: Turn) -> Sequence[Finding]:
        for span in turn.spans:
            tokens = whole(span.attributes.get(c.INPUT_TOKENS)) if span.op == c.CHAT else None
            ref = span.bodies.get(c.INPUT_MESSAGES)
            if not tokens or tokens < CACHEABLE or ref is None:
                continue
            if span.agent in self._rows or len(self._rows) < AGENTS:
                self._take(self._rows.setdefault(span.agent, _Row()), span, tokens, ref)
        return ()

    def _take(self, row: _Row, span: Span, tokens: int, ref: BodyRef) -> None:
        row.calls += 1
        row.sent += tokens
        read = whole(span.attributes.get(CACHE_READ))
        if read is not None:
            row.cached = read + (row.cached or 0)
        row.first = row.first or span
        if row.last is not None and row.calls >= row.next_look and row.pairs < PAIRS:
            row.next_look = row.calls + 1 + row.calls // 8
            self._compare(row, row.last[0], ref)
        row.last = ref, span, tokens

    def _compare(self, row: _Row, before: BodyRef, now: BodyRef) -> None:
        old, new = self._context.text(before)[:SIZE], self._context.text(now)[:SIZE]
        if not old or not new:
            return
        row.pairs += 1
        equal = _common(old, new)
        row.same = [*(row.same or []), equal / len(new)]
        if equal < EARLY * len(new) and _kept(old, new) >= SHARE:
            row.broken += 1
            at = max(0, equal - 40)
            row.example = old[at : equal + 40], new[at : equal + 40]

    def end(self, ending: Ending) -> Outcome:
        if not self._rows:
            return Outcome(needs=RULE.needs)
        found = [self._judged(agent, row) for agent, row in self._rows.items()]
        return Outcome([finding for finding in found if finding is not None])

    def _judged(self, agent: str, row: _Row) -> Finding | None:
        if row.pairs < ENOUGH or row.first is None or row.last is None or row.cached:
            return None
        who = plain_name(agent) if agent else "a model"
        if row.broken >= SHARE * row.pairs:
            title = f"{who!r} changes the beginning of every request: no prompt cache can work"
            old, new = (" ".join(text.split()) for text in row.example)
            return self._finding(row, who, title, f"… {old} …", f"… {new} …", row.sent)
        if row.cached is None:
            return None  # most clients do not tell
        shares = sorted(row.same or [])
        share = shares[len(shares) // 2]
        again = int(row.sent * share)
        if shares[len(shares) // 5] < SHARE or again < LEAST:
            return None
        title = f"{who!r} sends the same {share:.0%} again with each of {row.calls} calls"
        told_of = f"{row.sent:,} tokens in all, about {again:,} of them sent before"
        return self._finding(row, who, title, told_of, "no tokens read from a cache", again)

    def _finding(
        self, row: _Row, who: str, title: str, first: str, last: str, tokens: int
    ) -> Finding:
        assert row.first is not None
        assert row.last is not None
        return told(
            RULE,
            title,
            agents=[who],
            quotes=[quote(row.first, first, "first"), quote(row.last[1], last, "last")],
            confidence=0.6,
            key=who,
            counterfactual=f"a cache would have read about {tokens:,} tokens at a fraction of "
            "their price",
            cost=Cost(steps=row.calls, tokens=tokens),
            facts={"calls": row.calls, "pairs": row.pairs, "broken": row.broken},
        )


def _common(a: str, b: str) -> int:
    """The length of the common beginning, by halving: slices compare at the speed of C."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _kept(old: str, new: str) -> float:
    """The share of the new request that stands in the old one, message for message."""
    before, now = _messages(old), _messages(new)
    kept = 0
    for was, each in zip(before, now, strict=False):
        start = _common(was, each)
        kept += min(len(each), start + _common(was[start:][::-1], each[start:][::-1]))
    size = sum(map(len, now))
    return kept / size if size else 0.0


def _messages(text: str) -> list[str]:
    try:
        read: object = json.loads(text)
    except ValueError:
        return []
    items = cast("list[object]", read) if isinstance(read, list) else []
    return [json.dumps(item) for item in items]


RULE = Rule(
    code="COST005",
    slug="cost.same-prefix",
    title="the same is sent again, and no prompt cache helps",
    severity="info",
    about=__doc__,
    bodies=True,
    needs="model calls with their requests, of 1,024 tokens or more",
    doubt="the provider may cache without telling, or the calls be too far apart for it",
    advice=(
        "put first what never changes (instructions, tools, documents) and last what does (time,\n"
        "user, state); where the provider asks for it, mark the part to be cached; or send less:\n"
        "    model_context=BufferedChatCompletionContext(buffer_size=20)"
    ),
    start=SamePrefixDetector,
)
