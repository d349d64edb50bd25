"""Most of what a model is sent is what the agent's memory added.

A memory added messages to a model context until they were more than half of its text, and eight
thousand characters at least. `ListMemory` adds all it has as a new system message at every turn of
an agent and never takes one away, so that the same records stand in the context once a turn.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number
from .extn_memory_silent import store_of

MUCH = 8_000
SHARE = 0.5


class Filled(Judge):
    """Compares the memory's part of a context with the whole."""

    ops = frozenset({c.SEARCH_MEMORY})

    def see(self, span: Span) -> Sign | None:
        whole = number(span, c.CONTEXT_SIZE) or 0
        memory = number(span, c.CONTEXT_MEMORY) or 0
        if memory < MUCH or memory < SHARE * whole:
            return None
        share = memory / whole
        name = store_of(span)
        return Sign(
            f"{memory:,.0f} of {whole:,.0f} characters of the context are from memory {name}",
            weight=memory,
            confidence=0.9,
            group=name,
            facts={"store": name, "characters": memory, "share": round(share, 3)},
        )


def _title(group: Group) -> str:
    facts = group.sign.facts
    share = round(100 * float(str(facts["share"])))
    return f"{share} % of the model context of {group.agent!r} is from memory {facts['store']!r}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, Filled(context), _title)


RULE = Rule(
    code="EXTN006",
    slug="extn.context-filled",
    title="a model context is filled by the agent's memory",
    severity="warning",
    about=__doc__,
    needs="memories that fill a model context whose messages can be counted",
    doubt="for answering from a few long documents it may be as it should",
    advice=(
        "bound the context, or give the agent a new one for each task:\n"
        "    AssistantAgent(..., model_context=BufferedChatCompletionContext(buffer_size=10))\n"
        "    await agent.on_reset(CancellationToken())"
    ),
    start=_start,
)
