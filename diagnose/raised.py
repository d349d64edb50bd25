"""What ended a team's run by an exception: who raised it, and what a model had said just before.

A failure passes through several spans on its way out of a run: the first of them to end with it is
where it was raised. AgentChat tells the error of a participant again as a text within its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..tracer import conventions as c
from ..tracer.model import Span
from .course import TEAM
from .finding import Finding
from .hangs import CANCELLED, LATE
from .rule import Ending
from .turn import Turn

KEPT: Final = 64
#: Ends that somebody wanted, or that are told as what they are: hangs, loops, budgets.
ON_PURPOSE: Final = (*CANCELLED, LATE, "Hang", "DeadlinePassed", "RunStopped", "StopAsyncIteration")
_WHERE: Final = frozenset({c.PROCESS, c.AGENT, c.CHAT, c.TOOL, c.CODE, c.HUMAN, c.SEND})
#: Signs that the reply was of use: it was acted on, passed on, or made into the agent's own answer.
_BETWEEN: Final = frozenset({c.TOOL, c.CODE, c.HUMAN, c.MCP, c.SEND, c.PUBLISH})
#: What code raises that cannot make anything of a text: it has no such field, no such form.
_OF_A_TEXT: Final = (
    *("KeyError", "IndexError", "ValueError", "TypeError", "AttributeError", "AssertionError"),
    *("JSONDecodeError", "ValidationError"),
)


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception that came out of a run."""

    error: str
    span: Span  # where it was raised first, as far as it is known
    message_type: str  # of what was being handled
    reply: Span | None  # the model call that had just ended, when it was a reply that was taken up


class RaisedDetector:
    """Keeps the latest spans that ended with an exception."""

    def __init__(self) -> None:
        self._failed: deque[Raised] = deque(maxlen=KEPT)

    def turn(self, turn: Turn) -> Sequence[Finding]:
        failed = [s for s in turn.failed if s.op in _WHERE]
        if failed:
            first = min(failed, key=lambda span: (span.end_ns or 0, -span.start_ns))
            error = first.error or ""
            reply = _reply(first, turn.spans) if _of_a_text(error) else None
            self._failed.append(Raised(error, first, turn.step.message_type, reply))
        return ()

    def raised(self, ending: Ending) -> Raised | None:
        """What ended the run, None when nothing did or it was wanted."""
        root = ending.root
        if root is None or ending.info.status != "error":
            return None
        error = ending.info.error or root.error or ""
        if not error or error.startswith(ON_PURPOSE):
            return None
        known = [each for each in self._failed if _text(each.error) in error]
        return known[0] if known else Raised(error, root, "", None)


def of_team(ending: Ending) -> bool:
    """It is a team's run, or a chat of v0.2: its errors are nobody's answer."""
    return ending.root is not None and TEAM in ending.root.attributes


def _text(error: str) -> str:
    """As it stands in an error that was made of it: without its class, which may be changed."""
    name, _, text = error.partition(": ")
    return text.strip() or name


def _of_a_text(error: str) -> bool:
    return error.partition(":")[0].rpartition(".")[2] in _OF_A_TEXT


def _reply(failed: Span, spans: Sequence[Span]) -> Span | None:
    """The last model call of the step, where nothing else was done between it and the failure."""
    if failed.op == c.CHAT:
        return None
    done = [s for s in spans if s.end_ns is not None and s.end_ns <= (failed.end_ns or 0)]
    chats = [s for s in done if s.op == c.CHAT]
    if not chats:
        return None
    last = max(chats, key=lambda span: span.end_ns or 0)
    said = last.end_ns or 0
    # a turn that was left by an exception from outside ends after it, and without an error
    used = any(s.op in _BETWEEN and s.start_ns >= said for s in done) or any(
        s.op == c.AGENT and s.error is None and s.start_ns <= last.start_ns for s in spans
    )
    return None if used or last.error is not None else last
