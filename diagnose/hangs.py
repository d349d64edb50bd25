"""What a run was still waiting for when it was over: one account, shared by the hang rules.

Two traces are left by work that never ended: a span that is still open, and a span that was
cancelled after a silence, when somebody gave up waiting. Where neither is left, the run itself
waited for nothing at all: the message that would have woken it is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..tracer import conventions as c
from ..tracer.model import Span
from .rule import Ending
from .turn import Turn

WORK: Final = frozenset({c.PROCESS, c.AGENT, c.CHAT, c.TOOL, c.CODE, c.HUMAN, c.SEND})
KEPT: Final = 512
KILL_NS: Final = 3_000_000_000  # silence before a kill that is nothing unusual
GIVEN_UP_NS: Final = 1_000_000_000  # silence before a cancellation that is nothing unusual
CANCELLED: Final = ("CancelledError", "CancelledError:")

Kind = Literal["open", "cut off", "given up", "cycle", "silent"]


@dataclass(frozen=True, slots=True)
class Wait:
    """A span that waited in vain, and for how long."""

    span: Span
    age_ns: int


@dataclass(frozen=True, slots=True)
class Hang:
    """How a run got stuck. `waits` has the deepest first; it is empty when the run is silent."""

    kind: Kind
    waits: tuple[Wait, ...]
    silence_ns: int
    usual_ns: int  # the longest that an operation of the deepest kind took when it ended
    cycle: tuple[str, ...] = ()  # agents that wait for each other
    last: Span | None = None  # the last thing that happened
    more: int = 0  # open spans beyond those kept


class Unfinished:
    """Collects, in one pass and bounded memory, what the hang rules judge at the end."""

    def __init__(self) -> None:
        self._open: dict[int, Span] = {}
        self._cancelled: dict[int, Span] = {}
        self._more = 0
        self._longest: dict[str, int] = {}
        self._latest_ns = 0
        self._last: Span | None = None
        self._hang: Hang | None = None
        self._judged = False

    def turn(self, turn: Turn) -> None:
        """Take in the next step."""
        for span in turn.spans:
            self.take(span)

    def take(self, span: Span) -> None:
        """Take in one span."""
        cancelled = span.error is not None and span.error.startswith(CANCELLED)
        at = span.start_ns
        if span.end_ns is not None and not cancelled and span.op != c.SEND:
            at = span.end_ns
        if at >= self._latest_ns:
            self._latest_ns, self._last = at, span
        if span.op not in WORK:
            return
        if span.end_ns is None or cancelled or span.op == c.SEND:
            self._keep(span)
        else:
            took = span.end_ns - span.start_ns
            self._longest[span.op] = max(took, self._longest.get(span.op, 0))

    def _keep(self, span: Span) -> None:
        # a send's own end does not say whether it was answered: it is kept with the cancelled
        row = self._open if span.end_ns is None else self._cancelled
        if len(row) < KEPT:
            row[span.id] = span
        elif row is self._open:
            self._more += 1
        else:
            del row[next(iter(row))]
            row[span.id] = span

    def hang(self, ending: Ending) -> Hang | None:
        """How the run got stuck, None if it did not. Asked by several rules, judged once."""
        if not self._judged:
            self._judged = True
            for span in ending.loose_spans:
                self.take(span)
            self._hang = self._judge(ending) if ending.over else None
        return self._hang

    def _judge(self, ending: Ending) -> Hang | None:
        info, recording = ending.info, ending.recording
        end_ns = max(info.end_ns or 0, recording.ended_ns or 0, self._latest_ns)
        silence = max(0, end_ns - self._latest_ns)
        if self._open:
            return self._opened(ending, end_ns, silence)
        given_up = [s for s in self._cancelled.values() if (s.end_ns or 0) > self._latest_ns]
        if any(span.op != c.SEND for span in given_up):
            last = max(span.end_ns or 0 for span in given_up)
            silence = last - self._latest_ns
            if silence >= max(GIVEN_UP_NS, 2 * max(self._longest.values(), default=0)):
                return self._found("given up", given_up, last, silence)
            return None
        return self._silent(ending, silence)

    def _opened(self, ending: Ending, end_ns: int, silence: int) -> Hang:
        found = self._found("open", self._open.values(), end_ns, silence)
        killed = ending.info.end_ns is None and ending.recording.signal is not None
        young = found.waits[0].age_ns <= max(KILL_NS, 3 * found.usual_ns)
        if killed and young and found.kind == "open":
            return Hang("cut off", found.waits, silence, found.usual_ns, more=self._more)
        return found

    def _found(self, kind: Kind, spans: Iterable[Span], end_ns: int, silence: int) -> Hang:
        waits = tuple(
            Wait(span, max(0, (span.end_ns or end_ns) - span.start_ns))
            for span in _deepest_first(list(spans))
        )
        cycle = _cycle([wait.span for wait in waits])
        leaf = waits[0].span
        if cycle and leaf.op in (c.PROCESS, c.SEND, c.AGENT):
            kind = "cycle"
        usual = self._longest.get(leaf.op, 0)
        return Hang(kind, waits, silence, usual, cycle, self._last, self._more)

    def _silent(self, ending: Ending, silence: int) -> Hang | None:
        """Nothing was under way for long, and then the run was given up or killed."""
        info = ending.info
        waited = info.status in ("cancelled", "killed") or (
            info.status == "error" and (info.error or "").startswith("TimeoutError")
        )
        least = KILL_NS if info.status == "killed" else GIVEN_UP_NS
        usual = max(self._longest.values(), default=0)
        whole_program = info.name == ending.recording.program
        if not waited or whole_program or not info.steps or silence < max(least, 2 * usual):
            return None
        return Hang("silent", (), silence, usual, last=self._last)


def _deepest_first(spans: Sequence[Span]) -> list[Span]:
    """Those first that nothing else hangs below, the oldest first among equals.

    A send hangs above the handler that it was posted to, by its recipient.
    """
    known = {span.id: span for span in spans}
    above = _parents(spans, known)
    depth: dict[int, int] = {}
    for span in spans:
        at, levels, seen = span.id, 0, {span.id}
        while (parent := above.get(at)) is not None and parent not in seen:
            seen.add(parent)
            at, levels = parent, levels + 1
        depth[span.id] = levels
    return sorted(spans, key=lambda span: (-depth[span.id], span.start_ns))


def _parents(spans: Sequence[Span], known: dict[int, Span]) -> dict[int, int]:
    """What each span's end is awaited by: its parent, or the send that a handler answers."""
    above = {span.id: span.parent for span in spans if span.parent in known}
    for span in spans:
        if span.op == c.PROCESS and span.id not in above:
            sends = [link.span_id for link in span.links if link.span_id in known]
            if sends:
                above[span.id] = sends[0]
    return above


def _cycle(spans: Sequence[Span]) -> tuple[str, ...]:
    """Agents that wait for each other's replies, in order, () when none do."""
    waits_for = {
        span.agent: str(span.attributes[c.RECIPIENT])
        for span in spans
        if span.op == c.SEND and span.agent and c.RECIPIENT in span.attributes
    }
    for start in waits_for:
        path = [start]
        while (after := waits_for.get(path[-1])) is not None and len(path) <= len(waits_for):
            if after == start:
                return tuple(path)
            path.append(after)
    return ()
