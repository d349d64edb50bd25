"""Dead letters: messages that nobody took, and why. The last hundred can be asked for."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

from msgspec import Struct

from ..tracer.recorder import LiveSpan
from .letters import Letter

KEPT: Final = 100  # soon full: what fills up over a run looks like the program's own leak


class DeadLetter(Struct, frozen=True):
    """A message that nobody took. Its body is in the recording."""

    reason: str  # begins with its kind: "no subscriber", "dropped by ...", "timed out", ...
    message: str  # type
    message_id: str
    sender: str  # identity, "" when the program posted it
    to: str  # the agent's identity, or "type/source" of the topic
    time: float  # seconds since the Unix epoch


class DeadLetters:
    """Kept by a runtime. `total` counts those forgotten too."""

    def __init__(self) -> None:
        self.total = 0
        self.last_span: LiveSpan | None = None  # of the last one's posting
        self._kept: deque[DeadLetter] = deque(maxlen=KEPT)

    def note(self, letter: Letter, reason: str) -> None:
        """A letter is dead."""
        self.total += 1
        self.last_span = letter.span
        sender, to = letter.sender, letter.recipient
        topic = letter.topic
        place = f"{to.type}/{to.key}" if to is not None else ""
        if topic is not None:
            place = f"{topic.type}/{topic.source}"
        self._kept.append(
            DeadLetter(
                reason,
                type(letter.message).__name__,
                letter.id,
                "" if sender is None else f"{sender.type}/{sender.key}",
                place,
                time.time(),
            )
        )

    def find(self, reason: str = "") -> list[DeadLetter]:
        """Those whose reason begins so, oldest first."""
        return [each for each in self._kept if each.reason.startswith(reason)]
