"""A run failed of a model's reply: it lacked what the code that took it up needs.

A fact of the trace: a model call ended well, nothing else was done, and then its agent raised what
code raises that cannot make anything of a text: no such field, no such form, not the type that was
asked for. Known from Magentic-One, whose ledger must have five fields and fails with a KeyError
when the first is missing (microsoft/autogen#6599), and from typed answers of models that have none.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import plain_name
from ..content import said
from ..course import before, quote, told
from ..finding import Finding
from ..raised import Raised, RaisedDetector, of_team
from ..rule import Context, Ending, Outcome, Rule


class UnusableReplyDetector(RaisedDetector):
    """Tells of the reply after which the run failed."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context

    def end(self, ending: Ending) -> Outcome:
        if not of_team(ending):
            return Outcome(needs=RULE.needs)
        raised = self.raised(ending)
        if raised is None or raised.reply is None:
            return Outcome()
        return Outcome([self._finding(raised, ending)])

    def _finding(self, raised: Raised, ending: Ending) -> Finding:
        reply = raised.reply
        assert reply is not None
        who = plain_name(raised.span.agent) if raised.span.agent else ""
        ref = reply.bodies.get(c.OUTPUT_MESSAGES)
        text = said(self._context.text(ref)) if ref is not None else ""
        name = raised.error.partition(": ")[0]
        later = ending.judged_at > ending.info.number and ending.recording.exit_code == 0
        return told(
            RULE,
            f"{who or ending.info.name!r} could not use what the model said: {raised.error[:120]}",
            agents=[who] if who else [],
            quotes=[
                quote(reply, text or "(nothing)", "the reply"),
                quote(raised.span, raised.error, "raised"),
            ],
            confidence=0.9,
            severity="info" if later else None,
            key=f"{name} {who}",
            last_healthy=before(raised.span.step),
            facts={"error": name},
        )


RULE = Rule(
    code="MODL008",
    slug="model.unusable-reply",
    title="a run failed of a model's reply",
    severity="error",
    about=__doc__,
    needs="a team's run with its model calls and errors (recorded by loupe run)",
    doubt="the agent may have failed of something else that it did after the reply",
    advice=(
        "take a model with structured output, and say so; or catch it and ask again:\n"
        "    model_info=ModelInfo(structured_output=True, json_output=True, ...)"
    ),
    start=UnusableReplyDetector,
)
