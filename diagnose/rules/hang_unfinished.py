"""Work that was still going on when the run or the program was over.

A span that has begun and never ended is an agent at work, a model call, a tool, a wait for a
person: its start is on disk, its end is not. When the run has ended, or the process has, what is
still open was waited for in vain or cut off. The deepest open span is what everything above it
waits for. A process that was killed while its work was no older than usual is reported as
interrupted, not as hanging.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..finding import Cost, Evidence, Finding, Quote, Severity
from ..rule import Ending, Outcome, Rule
from ..turn import Turn

WORK: Final = frozenset({c.PROCESS, c.AGENT, c.CHAT, c.TOOL, c.CODE, c.HUMAN, c.SEND})
KEPT: Final = 512
PATIENCE_NS: Final = 3_000_000_000  # silence before a kill that is nothing unusual
_WHAT: Final = {
    c.PROCESS: "the handler of",
    c.AGENT: "the turn of",
    c.CHAT: "a model call of",
    c.TOOL: "a tool call of",
    c.CODE: "code run by",
    c.HUMAN: "a person's answer to",
    c.SEND: "the reply to",
}


class UnfinishedDetector:
    """Keeps the open spans of a run that is looked at."""

    def __init__(self) -> None:
        self._open: dict[int, Span] = {}
        self._beyond = 0
        self._longest: dict[str, int] = {}
        self._latest_ns = 0

    def turn(self, turn: Turn) -> Sequence[Finding]:
        for span in turn.spans:
            self._take(span)
        return ()

    def _take(self, span: Span) -> None:
        self._latest_ns = max(self._latest_ns, span.end_ns or span.start_ns)
        if span.op not in WORK:
            return
        if span.end_ns is not None:
            took = span.end_ns - span.start_ns
            self._longest[span.op] = max(took, self._longest.get(span.op, 0))
        elif len(self._open) < KEPT:
            self._open[span.id] = span
        else:
            self._beyond += 1

    def end(self, ending: Ending) -> Outcome:
        for span in ending.loose_spans:
            self._take(span)
        if not ending.over:
            return Outcome(needs="the end of the run: it is still going on")
        if not self._open:
            return Outcome()
        return Outcome([self._finding(ending)])

    def _finding(self, ending: Ending) -> Finding:
        end_ns = max(ending.recording.ended_ns or 0, ending.info.end_ns or 0, self._latest_ns)
        chains = self._deepest_first()
        waits = [(span, max(0, end_ns - span.start_ns)) for span in chains]
        leaf, age = waits[0]
        killed = ending.info.status in ("killed", "running") and ending.info.end_ns is None
        usual = max(PATIENCE_NS, 3 * self._longest.get(leaf.op, 0))
        cut_off = killed and ending.recording.signal is not None and age <= usual
        severity: Severity = "info" if cut_off else "error"
        who = plain_name(leaf.agent) if leaf.agent else leaf.name
        agents = list(dict.fromkeys(plain_name(span.agent) for span, _ in waits if span.agent))
        what = f"{_WHAT[leaf.op]} {who!r}"
        how = "was cut off" if cut_off else "never ended"
        steps = [span.step for span, _ in waits if span.step is not None]
        words = "\0".join(["HANG001", leaf.op, leaf.name, *agents])
        when = "when the program was killed" if killed else "when the run was over"
        return RULE.finding(
            f"{what} {how}: {_age(age)} old {when}",
            agents=agents,
            confidence=0.6 if cut_off else 0.95,
            severity=severity,
            first_step=min(steps, default=None),
            last_step=max(steps, default=None),
            detected_at_step=leaf.step,
            spans=[span.hex_id for span, _ in waits[:16]],
            fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
            cost=Cost(seconds=round(max(wait for _, wait in waits) / 1e9, 3)),
            evidence=Evidence(
                quotes=tuple(
                    Quote(
                        step=span.step,
                        span=span.hex_id,
                        agent=plain_name(span.agent),
                        label="deepest" if span is leaf else "waiting",
                        text=f"{span.op} {span.name}: open for {_age(wait)}",
                    )
                    for span, wait in waits[:8]
                ),
                last_healthy_step=_before(min(steps, default=None)),
                counterfactual=(
                    f"the longest {leaf.op} that did end took "
                    f"{_age(self._longest.get(leaf.op, 0))}; three times that, and at least "
                    f"{_age(PATIENCE_NS)}, is when it should have been given up"
                ),
                facts={
                    "open": len(waits) + self._beyond,
                    "status": ending.info.status,
                    "signal": ending.recording.signal,
                    "age_seconds": round(age / 1e9, 3),
                    "operation": leaf.op,
                },
            ),
            advice=_ADVICE.get(leaf.op, RULE.advice),
        )

    def _deepest_first(self) -> list[Span]:
        """Open spans, those first that nothing open hangs below, the oldest first among equals."""
        depth: dict[int, int] = {}
        for span in self._open.values():
            at, levels = span, 0
            while (parent := self._open.get(at.parent)) is not None and levels < KEPT:
                at, levels = parent, levels + 1
            depth[span.id] = levels
        return sorted(self._open.values(), key=lambda span: (-depth[span.id], span.start_ns))


def _before(step: int | None) -> int | None:
    return step - 1 if step else None


def _age(nanoseconds: int) -> str:
    seconds = nanoseconds / 1e9
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


_ADVICE = {
    c.CHAT: "give the client a timeout: OpenAIChatCompletionClient(..., timeout=60, max_retries=2)",
    c.TOOL: "give the tool a timeout: async with asyncio.timeout(60): ...",
    c.CODE: "give the executor a timeout: DockerCommandLineCodeExecutor(timeout=60)",
    c.HUMAN: (
        "nobody answers where the program runs: end the run with HandoffTermination and resume it "
        "with the answer instead of UserProxyAgent's input()"
    ),
}

RULE = Rule(
    code="HANG001",
    slug="hang.unfinished",
    title="work never ended",
    severity="error",
    about=__doc__,
    needs="spans whose start is recorded before they end (recorded by loupe run, not imported)",
    doubt="a background agent that serves for as long as the program lives has nothing to end",
    advice=(
        "wait for it before stopping, with a deadline:\n"
        "    async with asyncio.timeout(60):\n"
        "        await runtime.stop_when_idle()"
    ),
    start=lambda context: UnfinishedDetector(),
)
