"""The model that chooses the next speaker named nobody who could be chosen, and a fallback decided.

A fact of the trace: all attempts of a selection were used up. It costs three model calls for
nothing, and the fallback takes the previous or the first speaker. One such choice in a run is told
as information, more as a warning.
"""

from __future__ import annotations

from ...tracer.model import Span
from ..course import SELECT
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number, times


class FallbackJudge(Judge):
    """Looks at every selection."""

    ops = frozenset({SELECT})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._seen = 0

    def see(self, span: Span) -> Sign | None:
        if span.attributes.get("agentloupe.selection.fallback") is not True:
            return None
        self._seen += 1
        attempts = number(span, "agentloupe.selection.attempts") or 0
        chosen = str(span.attributes.get("agentloupe.selection.speaker", ""))
        text = f"{attempts:.0f} attempts named nobody; the fallback took {chosen!r}"
        return Sign(text, self._seen, 0.99, "info" if self._seen == 1 else "warning")


def _title(group: Group) -> str:
    return f"the choice of a speaker failed and a fallback decided{times(group.count)}"


RULE = Rule(
    code="MODL004",
    slug="model.selection-fallback",
    title="the model could not choose the next speaker",
    severity="warning",
    about=__doc__,
    needs="speaker selections (recorded by loupe run)",
    doubt="the fallback may have chosen well",
    advice=(
        "have the selector's prompt ask for one name and nothing else, or choose by code:\n"
        "    SelectorGroupChat(..., selector_func=lambda messages: ...)"
    ),
    start=lambda context: SignDetector(lambda: RULE, FallbackJudge(context), _title),
)
