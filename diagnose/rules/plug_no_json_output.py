"""A model call asks for JSON, and its client says that the model has no such output.

A fact of the program's text, its objects or the trace: `json_output=True`, or a response format of
JSON, with `model_info["json_output"]` False. Clients refuse such a call when it is made, in the
middle of a run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import quote, told
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn
from ..wiring import WiringDetector

_REFUSED = re.compile(
    r"does not support JSON output", re.IGNORECASE
)  # as autogen-ext's clients say


class JsonDetector(WiringDetector):
    """Notes, and calls that were refused."""

    ops = frozenset({c.FINDING, c.CHAT})

    def __init__(self, context: Context) -> None:
        super().__init__(context, lambda: RULE)
        self._refused: dict[str, Span] = {}

    def turn(self, turn: Turn) -> Sequence[Finding]:
        for span in turn.spans:
            self._look(span)
        return super().turn(turn)

    def _look(self, span: Span) -> None:
        if span.op == c.CHAT and span.error and _REFUSED.search(span.error):
            self._refused.setdefault(span.agent, span)

    def end(self, ending: Ending) -> Outcome:
        for span in ending.loose_spans:
            self._look(span)
        if not self._refused:
            return super().end(ending)
        return Outcome([_finding(agent, span) for agent, span in self._refused.items()])


def _finding(agent: str, span: Span) -> Finding:
    who = plain_name(agent) if agent else ""
    return told(
        RULE,
        f"{who or 'the program'!r} asks for JSON of a model without, and the client refuses",
        agents=[who] if who else [],
        quotes=[quote(span, span.error or "", "refused")],
        confidence=0.98,
        key=who,
        counterfactual="would have shown before the first model call: loupe doctor",
    )


RULE = Rule(
    code="PLUG008",
    slug="plug.no-json-output",
    title="JSON asked of a model without JSON output",
    severity="error",
    about=__doc__,
    needs="model calls with their errors, or a team that was looked at when it was made",
    doubt="the model info may have been filled in by hand, and wrongly",
    advice=(
        "say what the model can do, or ask for JSON in the prompt and check it:\n"
        "    model_info=ModelInfo(json_output=True, ...)"
    ),
    start=JsonDetector,
)
