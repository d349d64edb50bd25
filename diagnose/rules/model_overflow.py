"""A request did not fit into the model's context window, or the reply was cut where it was full.

A fact of the trace, in both of its forms: the server refused the request
(`context_length_exceeded`, llama.cpp's `exceed_context_size_error` and what others call it), or it
answered, the reply stopped for its length, and nothing said so. A reply that a limit of the
program's own cut (the `max_tokens` that was sent) is information.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ...tracer.overflow import overflows
from ..finding import Severity
from ..rule import Rule
from ..signs import Group, Judge, Sign, SignDetector, number, times

OTHERWISE = "a server between, such as a router, may have a smaller limit than the model"
#: How the clients' libraries and the conventions say that a reply stopped for its length.
_CUT = frozenset(
    {"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"}
)


class OverflowJudge(Judge):
    """Looks at the end of every model call."""

    ops = frozenset({c.CHAT})

    def see(self, span: Span) -> Sign | None:
        trouble = str(span.attributes.get("agentloupe.model.trouble", ""))
        told = " ".join([span.error or "", *(str(e.attributes) for e in span.events)])
        if trouble == "context overflow" or (span.error and overflows(told)):
            text = f"refused: {span.error or trouble}"[:300]
            return Sign(text, 3, 0.98, group="refused", doubt=OTHERWISE)
        reasons = span.attributes.get(c.FINISH_REASONS, ())
        words = (reasons,) if isinstance(reasons, str) else reasons
        cut = isinstance(words, tuple | list) and any(str(w).lower() in _CUT for w in words)
        if not (cut or trouble == "cut off"):
            return None
        sent, said = number(span, c.INPUT_TOKENS) or 0, number(span, c.OUTPUT_TOKENS) or 0
        text = f"the reply was cut after {said:.0f} tokens, with {sent:.0f} sent"
        limit = number(span, c.REQUEST_MAX_TOKENS)
        own = limit is not None and 0 < limit <= said
        group = "limit" if own else "cut"
        severity: Severity = "info" if own else "warning"
        return Sign(text, 1, 0.95, severity, group=group, facts={"input_tokens": sent})


def _title(group: Group) -> str:
    who = group.agent or "a model"
    if group.sign.group == "refused":
        return f"what {who!r} sends does not fit into the model's context{times(group.count)}"
    by = " by the program's own limit" if group.sign.group == "limit" else ""
    return f"a reply to {who!r} was cut at its length{by}{times(group.count)}"


RULE = Rule(
    code="MODL002",
    slug="model.overflow",
    title="a model's context window is full",
    severity="error",
    about=__doc__,
    needs="model calls with their errors and finish reasons",
    doubt="the program may cut replies on purpose, with max_tokens",
    advice=(
        "keep what is sent within the window:\n"
        "    model_context=TokenLimitedChatCompletionContext(client, token_limit=100_000)\n"
        "or, by messages: BufferedChatCompletionContext(buffer_size=20)"
    ),
    start=lambda context: SignDetector(lambda: RULE, OverflowJudge(context), _title),
)
