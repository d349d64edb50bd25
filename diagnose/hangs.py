"""What a run was still waiting for when it was over: one account, shared by the hang rules.

Two traces are left by work that never ended: a span that is still open, and a span that was
cancelled after a silence, when somebody gave up waiting. The silence is the run's; where other work
of the run went on, that of the step which was given up together with the run. Where neither is
left, the run itself waited for nothing at all: the message that would have woken it is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ..tracer import conventions as c
from ..tracer.model import GaveUp, Span
from .rule import Ending
from .turn import Turn

WORK: Final = frozenset(
    {c.PROCESS, c.AGENT, c.CHAT, c.TOOL, c.CODE, c.HUMAN, c.SEND, c.WAIT, c.MCP}
)
QUIET_NS: Final = 10_000_000_000  # nothing has happened for so long in a program that still runs
HISTORY: Final = 3  # calls of a tool that ended, before its own history says anything
CALLS: Final = frozenset({c.CHAT, c.TOOL, c.CODE, c.HUMAN, c.MCP})
NO_WORK: Final = (c.SEND, c.WAIT)  # they stand for work elsewhere
#: No sign of life: a wait's end, as it is noted late, also of a handler that was given up, and what
#: is saved of an agent when it is cancelled, and readings of how much memory executed code has.
LIFELESS: Final = frozenset({c.WAIT, c.STATE, c.SAMPLE})
KEPT: Final = 512
KILL_NS: Final = 3_000_000_000  # silence before a kill that is nothing unusual
GIVEN_UP_NS: Final = 1_000_000_000  # silence before a cancellation that is nothing unusual
SOON_NS: Final = 1_000_000_000
TEAM: Final = c.TEAM_CLASS
#: How work ends that somebody else has ended.
CANCELLED: Final = ("CancelledError", "KeyboardInterrupt", "SystemExit")
LATE: Final = "TimeoutError"  # by a deadline, its own or that of all that it is part of
STOPPED: Final = "task_done() called too many times"  # autogen-core's own, of what it stopped

Kind = Literal["open", "cut off", "given up", "cycle", "silent", "told"]

#: Which of the rules it is for, by what stood still.
Cause = Literal["work", "person", "tool", "speaker", "failure", "reply", "cycle", "silence", "told"]


@dataclass(frozen=True, slots=True)
class Wait:
    """A span that waited in vain, and for how long."""

    span: Span
    age_ns: int
    idle_ns: int  # since anything happened in its step


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
    cause: Cause = "work"
    told: str = ""  # what the runtime itself said of it while it was going on
    failed: Span | None = None  # the last handler that raised
    gave_up: GaveUp | None = None  # the program's own wait that ran out of time

    still: bool = False  # the program has not ended: it stands still as it is looked at


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
        self._told: Span | None = None
        self._failed: Span | None = None
        self._tools: dict[str, tuple[int, int]] = {}  # by name: calls that ended, the longest
        self._answered: set[int] = set()  # sends whose handler ended well
        self._alive: dict[int, int] = {}  # when a kept span's step last did anything, by span

    def turn(self, turn: Turn) -> None:
        """Take in the next step."""
        for span in turn.spans:
            self.take(span)
        kept = [
            span.id for span in turn.spans if span.id in self._open or span.id in self._cancelled
        ]
        if kept:
            alive = max(_alive(span) for span in turn.spans if span.op not in LIFELESS)
            self._alive.update(dict.fromkeys(kept, alive))

    def take(self, span: Span) -> None:
        """Take in one span."""
        if span.op == c.FINDING:
            if _slug(span).startswith("hang."):
                self._told = span
            return
        cancelled = span.error is not None and span.error.startswith(CANCELLED)
        if span.op == c.PROCESS and span.end_ns is not None:
            if span.error is not None:
                ours = cancelled or STOPPED in span.error
                self._failed = self._failed if ours else span
            elif len(self._answered) < KEPT * 8:
                self._answered.update(link.span_id for link in span.links)
        at = _alive(span)
        if span.op not in LIFELESS and at >= self._latest_ns:
            self._latest_ns, self._last = at, span
        if span.op not in WORK:
            return
        late = span.error is not None and span.error.startswith(LATE)
        if span.end_ns is None or cancelled or late or span.op in NO_WORK:
            self._keep(span)
        else:
            took = span.end_ns - span.start_ns
            self._longest[span.op] = max(took, self._longest.get(span.op, 0))
            if span.op in (c.TOOL, c.MCP) and (span.name in self._tools or len(self._tools) < KEPT):
                count, longest = self._tools.get(span.name, (0, 0))
                self._tools[span.name] = count + 1, max(took, longest)

    def _keep(self, span: Span) -> None:
        # the end of a send or a wait does not say whether it was answered: kept with the cancelled
        row = self._open if span.end_ns is None else self._cancelled
        if len(row) < KEPT:
            row[span.id] = span
        elif row is self._open:
            self._more += 1
        else:
            oldest = next(iter(row))
            del row[oldest]
            self._alive.pop(oldest, None)
            row[span.id] = span

    def hang(self, ending: Ending) -> Hang | None:
        """How the run got stuck, None if it did not. Asked by several rules, judged once."""
        if not self._judged:
            self._judged = True
            for span in ending.loose_spans:
                self.take(span)
            self._latest_ns = self._latest_ns or ending.info.start_ns
            still = not ending.over and self._stands_still(ending)
            found = self._judge(ending) if ending.over or still else None
            if found is not None:
                cause = self._cause(found, ending)
                failed = self._failed if cause == "failure" else None
                self._hang = replace(found, cause=cause, still=still, failed=failed)
        return self._hang

    def _stands_still(self, ending: Ending) -> bool:
        """It still runs, and has done nothing for long; or its runtime said that it cannot go on.

        Long is five times the longest operation so far, ten seconds at least.
        """
        if self._told is not None and self._told.start_ns >= self._latest_ns:
            return True
        quiet = ending.now_ns - self._latest_ns if ending.now_ns is not None else 0
        return quiet > max(QUIET_NS, 5 * max(self._longest.values(), default=0))

    def _cause(self, hang: Hang, ending: Ending) -> Cause:
        if hang.kind in ("cycle", "told"):
            return "cycle" if hang.kind == "cycle" else "told"
        failed = self._failed
        waiting = {wait.span.id for wait in hang.waits}
        if (
            failed is not None
            and failed.id not in waiting
            and (failed.end_ns or 0) >= self._latest_ns - SOON_NS
        ):
            return "failure"
        if hang.kind == "silent":
            return "reply" if ending.info.steps and self._unanswered(ending) else "silence"
        leaf = hang.waits[0].span
        if leaf.op == c.HUMAN:
            return "person"
        if leaf.op in (c.TOOL, c.MCP) and hang.kind != "cut off":
            count, longest = self._tools.get(leaf.name, (0, 0))
            return "tool" if count >= HISTORY and hang.waits[0].age_ns > 3 * longest else "work"
        if leaf.op == c.SEND and leaf.id in self._answered and hang.kind != "cut off":
            return "reply"
        of_team = ending.root is not None and TEAM in ending.root.attributes
        if of_team and leaf.op in (c.PROCESS, c.AGENT, c.WAIT) and hang.kind != "cut off":
            return "speaker"
        return "work"

    def _unanswered(self, ending: Ending) -> bool:
        """Somebody waits for the reply to a message that was handled, or forgotten at a stop."""
        for span in (*self._open.values(), *self._cancelled.values()):
            if span.op == c.SEND and (span.end_ns or 0) > self._latest_ns:
                return True
        return False

    def _judge(self, ending: Ending) -> Hang | None:
        info, recording = ending.info, ending.recording
        end_ns = max(info.end_ns or 0, recording.ended_ns or 0, self._latest_ns)
        if not ending.over and ending.now_ns is not None:
            end_ns = max(end_ns, ending.now_ns)
        silence = max(0, end_ns - self._latest_ns)
        if self._open:
            return self._opened(ending, end_ns, silence)
        if ending.recording.exit_code == 0:  # what ends the program by `sys.exit()` means to
            self._cancelled = {
                key: span
                for key, span in self._cancelled.items()
                if not (span.error or "").startswith("SystemExit")
            }
        given_up = [s for s in self._cancelled.values() if (s.end_ns or 0) > self._latest_ns]
        if any(span.op not in NO_WORK for span in given_up):
            last = max(span.end_ns or 0 for span in given_up)
            silence = last - self._latest_ns
            if silence >= self._unusual_ns:
                return self._found("given up", given_up, last, silence)
            return self._amid(ending, silence) or self._said(ending, silence)
        found = self._amid(ending, silence) or self._silent(ending, silence)
        return found or self._said(ending, silence)

    @property
    def _unusual_ns(self) -> int:
        """A silence that is longer than it usually takes until something happens."""
        return max(GIVEN_UP_NS, 2 * max(self._longest.values(), default=0))

    def _amid(self, ending: Ending, silence: int) -> Hang | None:
        """The run was given up as a whole, and a step had stood still while others went on."""
        if not _given_up(ending):
            return None
        ends = [span.end_ns or 0 for span in self._cancelled.values() if span.op not in NO_WORK]
        last = max(ends, default=0)
        still = [
            span
            for span in self._cancelled.values()
            if (span.end_ns or 0) >= last - SOON_NS
            and (span.end_ns or 0) - self._alive.get(span.id, span.start_ns) >= self._unusual_ns
        ]
        if all(span.op in NO_WORK for span in still):
            return None
        return self._found("given up", still, last, silence)

    def _said(self, ending: Ending, silence: int) -> Hang | None:
        """What the runtime itself said, unless the run went on and ended well."""
        told = self._told
        if told is None or ending.info.status == "ok" or told.start_ns < self._latest_ns - SOON_NS:
            return None
        return Hang("told", (), silence, 0, last=told, told=_story(told))

    def _opened(self, ending: Ending, end_ns: int, silence: int) -> Hang:
        found = self._found("open", self._open.values(), end_ns, silence)
        killed = ending.info.end_ns is None and ending.recording.signal is not None
        if not killed or found.kind != "open":
            return found
        known = {wait.span.parent for wait in found.waits}
        calling = {wait.span.step for wait in found.waits if wait.span.op in CALLS}
        for wait in found.waits:  # the leaves: what has open work below it is not what stands still
            if wait.span.op == c.WAIT and wait.span.step in calling:
                continue  # how the call's own library waits for it
            usual = self._longest.get(wait.span.op, 0)
            if wait.span.id not in known and wait.idle_ns > max(KILL_NS, 3 * usual):
                first = sorted(found.waits, key=lambda each: each is not wait)
                return replace(found, waits=tuple(first), usual_ns=usual)
        return Hang("cut off", found.waits, silence, found.usual_ns, more=self._more)

    def _found(self, kind: Kind, spans: Iterable[Span], end_ns: int, silence: int) -> Hang:
        waits = tuple(
            Wait(
                span,
                max(0, (span.end_ns or end_ns) - span.start_ns),
                max(0, (span.end_ns or end_ns) - self._alive.get(span.id, span.start_ns)),
            )
            for span in _deepest_first(list(spans))
        )
        cycle = _cycle([wait.span for wait in waits])
        leaf = waits[0].span
        if cycle and leaf.op in (c.PROCESS, c.SEND, c.AGENT, c.WAIT):
            kind = "cycle"
        # a wait stands for the handler that waits
        usual = self._longest.get(c.PROCESS if leaf.op == c.WAIT else leaf.op, 0)
        return Hang(kind, waits, silence, usual, cycle, self._last, self._more)

    def _silent(self, ending: Ending, silence: int) -> Hang | None:
        """Nothing was under way for long, and then the run was given up or killed."""
        info = ending.info
        gave_up = _gave_up(ending, self._latest_ns)
        if gave_up is not None:
            silence = gave_up.time_ns - self._latest_ns
        failed = _left(ending)
        waited = info.status in ("killed", "running") or _given_up(ending) or failed or gave_up
        least = KILL_NS if ending.recording.signal is not None or failed else GIVEN_UP_NS
        usual = max(self._longest.values(), default=0)
        whole_program = info.name == ending.recording.program and ending.over
        asked = info.steps or self._asked(ending)
        if not waited or whole_program or not asked or silence < max(least, 2 * usual):
            return None
        return Hang("silent", (), silence, usual, last=self._last, gave_up=gave_up)

    def _asked(self, ending: Ending) -> bool:
        """It is a request, or made one."""
        posts = (*self._open.values(), *self._cancelled.values())
        root = ending.root
        return (root is not None and root.op == c.SEND) or any(s.op == c.SEND for s in posts)


def _given_up(ending: Ending) -> bool:
    """Who had started the run did not wait for its end."""
    info = ending.info
    ended = info.status == "error" and (info.error or "").startswith((*CANCELLED, LATE))
    return ended or info.status == "cancelled"


def _gave_up(ending: Ending, latest_ns: int) -> GaveUp | None:
    """A wait of the program itself, after its last run had come to rest, that it tried but once."""
    if ending.info.status != "ok" or ending.judged_at != ending.info.number:
        return None
    late = (each for each in ending.recording.gave_up if each.time_ns > latest_ns)
    return next((each for each in late if each.times == 1), None)


def _left(ending: Ending) -> bool:
    """Nothing of the program's last run was left to do, and the program ended as one that failed:
    it had waited for more than came."""
    recording, info = ending.recording, ending.info
    failed = recording.exit_code not in (None, 0) and recording.signal is None
    return failed and info.status == "ok" and ending.judged_at == info.number


def _alive(span: Span) -> int:
    """When a span last showed a sign of life: at its end, if it came to one by itself."""
    ended = span.error is not None and span.error.startswith((*CANCELLED, LATE))
    if span.end_ns is None or ended or span.op in NO_WORK or span.op in LIFELESS:
        return span.start_ns
    return span.end_ns


def _slug(span: Span) -> str:
    return next(
        (str(e.attributes[c.FINDING_SLUG]) for e in span.events if c.FINDING_SLUG in e.attributes),
        "",
    )


def _story(span: Span) -> str:
    title = str(span.attributes.get(c.FINDING_TITLE, span.name))
    stories = (e.attributes.get(c.FINDING_STORY) for e in span.events)
    return "\n".join([title, *(str(story) for story in stories if story)])


def _deepest_first(spans: Sequence[Span]) -> list[Span]:
    """Those first that nothing else hangs below, calls before waits and the oldest among equals.

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
    return sorted(spans, key=lambda span: (-depth[span.id], span.op == c.WAIT, span.start_ns))


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
