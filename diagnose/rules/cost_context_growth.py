"""The input of an agent's model calls grows call by call: the whole history is sent each time.

The input tokens of at least twelve calls, of which the first two fifths are left out, rise in every
one of six segments; the last call sends four times what the first did, and 4,000 tokens at least.
The cost of a talk then grows with the square of its length (microsoft/autogen#1467, #4024). Of an
agent whose model tells of no tokens, a few requests are read instead, four characters a token.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import quote, told, whole
from ..finding import Cost, Finding
from ..growth import trend
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

CALLS, TIMES, LEAST = 12, 4, 4_000
KEPT = 240
READ = 36  # requests of an agent that are read where none was counted
LETTERS = 4  # of a token, about


class ContextGrowthDetector:
    """Keeps the input sizes of each agent's calls, thinned out when they become many."""

    ops = frozenset({c.CHAT})

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sent: dict[str, list[tuple[int, int, Span]]] = {}
        self._uncounted: dict[str, list[tuple[int, Span]]] = {}
        self._calls: dict[str, int] = {}

    def turn(self, turn: Turn) -> Sequence[Finding]:
        for span in turn.spans:
            if span.op == c.CHAT:
                self._take(span)
        return ()

    def _take(self, span: Span) -> None:
        tokens = whole(span.attributes.get(c.INPUT_TOKENS))
        if span.agent not in self._calls and len(self._calls) >= 64:
            return
        self._calls[span.agent] = call = self._calls.get(span.agent, 0) + 1
        if tokens:
            row = self._sent.setdefault(span.agent, [])
            row.append((call, tokens, span))
            if len(row) > KEPT:
                del row[1:-1:2]
        elif span.error is None and c.INPUT_MESSAGES in span.bodies:
            uncounted = self._uncounted.setdefault(span.agent, [])
            uncounted.append((call, span))
            if len(uncounted) > READ:
                del uncounted[1:-1:2]

    def end(self, ending: Ending) -> Outcome:
        if ending.recording.bodies in ("full", "capped"):
            for agent in self._uncounted.keys() - self._sent.keys():
                row = self._uncounted[agent]
                if len(row) >= CALLS:
                    self._sent[agent] = [(call, self._size(span), span) for call, span in row]
        if not self._sent:
            return Outcome(needs="model calls with their input tokens")
        found = [self._judged(agent, row) for agent, row in self._sent.items()]
        return Outcome([finding for finding in found if finding is not None])

    def _size(self, span: Span) -> int:
        return max(1, len(self._context.text(span.bodies[c.INPUT_MESSAGES])) // LETTERS)

    def _judged(self, agent: str, row: list[tuple[int, int, Span]]) -> Finding | None:
        first, last = row[0], row[-1]
        if self._calls[agent] < CALLS or last[1] < max(LEAST, TIMES * first[1]):
            return None
        line = trend([(float(call), float(tokens)) for call, tokens, _ in row])
        if line is None or not line.rises:
            return None
        who, calls = plain_name(agent), self._calls[agent]
        spent = sum(tokens for _, tokens, _ in row) * calls // len(row)
        return told(
            RULE,
            f"{who!r} sends {line.rate:,.0f} tokens more with every call, {last[1]:,} in the last",
            agents=[who],
            quotes=[
                quote(first[2], f"{first[1]:,} tokens", "first"),
                quote(last[2], f"{last[1]:,} tokens", "last"),
            ],
            confidence=0.8 if agent in self._uncounted else 0.9,
            key=who,
            counterfactual=f"with the first call's size all {calls} would have sent "
            f"{first[1] * calls:,} tokens instead of about {spent:,}",
            cost=Cost(steps=calls, tokens=spent),
            facts={"tokens_per_call": round(line.rate, 1), "calls": calls},
        )


RULE = Rule(
    code="COST002",
    slug="cost.context-growth",
    title="what is sent to the model grows with every call",
    severity="warning",
    about=__doc__,
    needs="model calls with their input tokens",
    doubt="a talk that ends soon may need all of its history",
    advice=(
        "send the latest messages only, or a summary:\n"
        "    AssistantAgent(..., model_context=BufferedChatCompletionContext(buffer_size=20))"
    ),
    start=ContextGrowthDetector,
)
