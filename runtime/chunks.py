"""Chunks of a streamed answer, which AgentChat's teams publish one by one.

A step for each would bury the conversation, and the answer follows as a whole: they are counted on
the span that says them, as they are in traces that others recorded.
"""

from __future__ import annotations

from typing import Any, Final

from ..tracer import conventions as c
from ..tracer.recorder import LiveSpan

ENVELOPE: Final = "GroupChatMessage"
CHUNK: Final = "ModelClientStreamingChunkEvent"


def is_chunk(message: Any) -> bool:
    """Whether a message with the envelope's name carries a chunk."""
    return type(getattr(message, "message", None)).__name__ == CHUNK


def count(span: LiveSpan) -> None:
    """One more was said."""
    known = 0 if span.attributes is None else span.attributes.get(c.CHUNKS, 0)
    span.set(c.CHUNKS, 1 + (known if isinstance(known, int) else 0))
