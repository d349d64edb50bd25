"""From one model call to the next an agent's calls cost several times as much, and stay so.

A statistic of the token counts: four calls in a row each take more than five times the median of
the agent's calls before them, of which there are eight at least, and 2,000 tokens or more. What
made it is most often one message: a page, a file, a traceback that went into the history and is
sent again with every call (microsoft/autogen#858, #4024). A steady growth is another rule's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import quote, told, whole
from ..finding import Cost, Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn

BEFORE, AFTER, TIMES, LEAST = 8, 4, 5, 2_000
KEPT: Final = 65  # calls before, of which the median is taken
AGENTS: Final = 256


@dataclass(slots=True)
class _Bill:
    """What is remembered of one agent's calls."""

    before: deque[int] = field(default_factory=lambda: deque(maxlen=KEPT))
    high: list[tuple[int, Span]] = field(default_factory=list[tuple[int, Span]])
    calls: int = 0
    spent: int = 0
    usual: float = 0.0  # when it began
    detected: int | None = None
    last: Span | None = None
    since: int = 0  # tokens


class BlowUpDetector:
    """Compares each call with what was usual before."""

    ops = frozenset({c.CHAT})

    def __init__(self, context: Context) -> None:
        self._bills: dict[str, _Bill] = {}
        self._total = 0

    def turn(self, turn: Turn) -> Sequence[Finding]:
        found: list[Finding] = []
        for span in turn.spans:
            if span.op != c.CHAT:
                continue
            tokens = whole(span.attributes.get(c.INPUT_TOKENS)) or 0
            tokens += whole(span.attributes.get(c.OUTPUT_TOKENS)) or 0
            if tokens:
                self._total += tokens
                bill = self._bill(span.agent)
                if bill is not None and self._take(bill, tokens, span):
                    found.append(self._finding(bill))
        return found

    def _bill(self, agent: str) -> _Bill | None:
        if agent not in self._bills and len(self._bills) >= AGENTS:
            return None
        return self._bills.setdefault(agent, _Bill())

    def _take(self, bill: _Bill, tokens: int, span: Span) -> bool:
        """Add a call; True when it is the one that shows."""
        bill.calls += 1
        if bill.detected is not None:
            bill.since += tokens
            bill.last = span
            return False
        usual = median(bill.before) if len(bill.before) >= BEFORE else None
        if usual is None or tokens < max(LEAST, TIMES * usual):
            bill.before.extend(each for each, _ in bill.high)
            bill.before.append(tokens)
            bill.high.clear()
            return False
        bill.high.append((tokens, span))
        if len(bill.high) < AFTER:
            return False
        bill.usual, bill.detected, bill.last = usual, span.step, span
        bill.since = sum(each for each, _ in bill.high)
        return bill.detected is not None

    def end(self, ending: Ending) -> Outcome:
        if not self._bills:
            return Outcome(needs="model calls with their tokens")
        shown = [bill for bill in self._bills.values() if bill.detected is not None]
        return Outcome([self._finding(bill) for bill in shown])

    def _finding(self, bill: _Bill) -> Finding:
        tokens, first = bill.high[0]
        who = plain_name(first.agent) if first.agent else ""
        share = bill.since / max(1, self._total)
        calls = bill.calls - len(bill.before)
        saved = int(bill.since - calls * bill.usual)
        healthy = first.step - 1 if first.step else None
        quotes = [quote(first, f"{tokens:,} tokens, {bill.usual:,.0f} were usual", "first")]
        if bill.last is not None and bill.last is not first:
            quotes.append(quote(bill.last, "and so on", "last"))
        return told(
            RULE,
            f"from step {first.step} on a call of {who or 'a model'!r} takes "
            f"{tokens / max(1.0, bill.usual):.0f} times the tokens it took before",
            agents=[who] if who else [],
            quotes=quotes,
            confidence=0.85,
            key=who,
            last_healthy=healthy,
            detected=bill.detected,
            counterfactual=f"at the usual size {saved:,} tokens fewer would have been taken: "
            f"{share:.0%} of all of the run's came after that step",
            cost=Cost(tokens=bill.since),
            facts={"usual": bill.usual, "tokens": tokens, "share": round(share, 3)},
        )


RULE = Rule(
    code="COST004",
    slug="cost.blow-up",
    title="an agent's model calls suddenly cost several times as much",
    severity="warning",
    about=__doc__,
    needs="model calls with their tokens",
    doubt="the work itself may have become larger there, such as a long document to read",
    advice=(
        "keep what is large out of the history, and stop at what you mean to spend:\n"
        "    TokenUsageTermination(max_total_token=100_000)\n"
        "    model_context=BufferedChatCompletionContext(buffer_size=20)"
    ),
    start=BlowUpDetector,
)
