"""A model is asked the very same again, and no message shows it.

Three calls in a row of one agent have the same number of tokens and the same last message, and
answers of the same length: a retry loop of the framework's own, such as a ledger that cannot be
parsed (microsoft/autogen#6599), keeps a run busy without a word to anybody. What a cache answers
counts within one step only: there the answer will never be another.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number

IN_A_ROW = 3


class SamePromptJudge(Judge):
    """Remembers the last request of each agent."""

    ops = frozenset({c.CHAT})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._last: dict[str, tuple[tuple[object, ...], int, int | None]] = {}

    def see(self, span: Span) -> Sign | None:
        ref = span.bodies.get(c.INPUT_MESSAGES)
        tokens = number(span, c.INPUT_TOKENS) or number(span, c.CACHED_INPUT_TOKENS)
        if ref is None or not tokens:
            return None
        said = number(span, c.OUTPUT_TOKENS) or number(span, c.CACHED_OUTPUT_TOKENS)
        asked = (tokens, said, self.context.text(ref)[-400:] if isinstance(ref, str) else ref)
        before, count, step = self._last.get(span.agent, ((), 0, None))
        of_cache = span.attributes.get(c.CACHED) is True and span.step != step
        count = count + 1 if before == asked and not of_cache else 1
        if span.agent in self._last or len(self._last) < 256:
            self._last[span.agent] = asked, count, span.step
        if count < IN_A_ROW:
            return None
        text = f"the same {tokens:.0f} tokens were sent {count} times in a row"
        return Sign(text, count, 0.85, facts={"in_a_row": count})


def _title(group: Group) -> str:
    row = group.sign.facts["in_a_row"]
    return f"{group.agent or 'a model'!r} was asked the very same {row} times in a row"


RULE = Rule(
    code="MODL005",
    slug="model.same-prompt",
    title="the same prompt is sent again",
    severity="warning",
    about=__doc__,
    bodies=True,
    needs="model calls with tokens and their requests",
    doubt="sampling on purpose asks the same several times",
    advice=(
        "ask for structured output, and end the attempts:\n"
        "    MagenticOneGroupChat(..., max_stalls=2)"
    ),
    start=lambda context: SignDetector(lambda: RULE, SamePromptJudge(context), _title),
)
