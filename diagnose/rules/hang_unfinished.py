"""Work that was still going on when the run or the program was over.

A span that has begun and never ended is an agent at work, a model call, a tool, a wait for a
person: its start is on disk, its end is not. When the run has ended, or the process has, what is
still open was waited for in vain. So was what got cancelled after a silence of more than a second
and twice the longest operation before it: somebody gave up. The deepest span is what everything
above it waits for. A process that was killed while its work was no older than usual is reported
as cut off, not as hanging.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from ...tracer import conventions as c
from ...tracer.model import plain_name
from ..finding import Cost, Evidence, Finding, Quote
from ..hangs import Cause, Hang, Wait
from ..rule import AtEnd, Context, Ending, Outcome, Rule
from ..words import age

_WHAT: Final = {
    c.PROCESS: "the handler of",
    c.AGENT: "the turn of",
    c.CHAT: "a model call of",
    c.TOOL: "a tool call of",
    c.CODE: "code run by",
    c.HUMAN: "a person's answer to",
    c.SEND: "the reply to",
    c.WAIT: "the handler of",
    c.MCP: "a request to a tool server by",
}
_KIND: Final = {
    c.PROCESS: "handler",
    c.AGENT: "turn",
    c.CHAT: "model call",
    c.TOOL: "tool call",
    c.CODE: "execution",
    c.HUMAN: "wait for a person",
    c.SEND: "request",
    c.WAIT: "handler",
    c.MCP: "request to a tool server",
}
MILLISECOND: Final = 1_000_000
_HOW: Final = {
    "open": "never ended",
    "given up": "was given up",
    "cut off": "was cut off",
}
NOT_OVER: Final = "the end of the run: it is still going on"


class UnfinishedDetector(AtEnd):
    """Tells of open and given-up work at the end."""

    def __init__(
        self, context: Context, rule: Callable[[], Rule] | None = None, cause: Cause = "work"
    ) -> None:
        self._account = context.unfinished()
        self._rule = rule or (lambda: RULE)
        self._cause: Cause = cause

    def end(self, ending: Ending) -> Outcome:
        hang = self._account.hang(ending)
        if hang is None and not ending.over:
            return Outcome(needs=NOT_OVER)
        if hang is None or hang.cause != self._cause or hang.kind not in _HOW:
            return Outcome()
        return Outcome([finding(self._rule(), hang, ending)])


def finding(rule: Rule, hang: Hang, ending: Ending) -> Finding:
    """What never ended, the deepest first."""
    leaf, waited = hang.waits[0].span, _age(hang)
    agents = list(dict.fromkeys(plain_name(w.span.agent) for w in hang.waits if w.span.agent))
    who = plain_name(leaf.agent) if leaf.agent else leaf.name
    cut_off = hang.kind == "cut off"
    steps = [wait.span.step for wait in hang.waits if wait.span.step is not None]
    words = "\0".join([rule.code, leaf.op, leaf.name, *agents])
    return rule.finding(
        f"{_WHAT[leaf.op]} {who!r} {_HOW[hang.kind]}: {age(waited)} old when {_when(hang, ending)}",
        agents=agents,
        confidence={"open": 0.95, "given up": 0.85, "cut off": 0.6}[hang.kind],
        severity="info" if cut_off else "error",
        first_step=min(steps, default=None),
        last_step=max(steps, default=None),
        detected_at_step=max(steps, default=None),
        spans=[wait.span.hex_id for wait in hang.waits[:16]],
        fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
        cost=Cost(seconds=round(max(wait.age_ns for wait in hang.waits) / 1e9, 3)),
        evidence=Evidence(
            quotes=quotes(hang.waits),
            counterfactual=_deadline(leaf.op, hang.usual_ns),
            facts={
                "kind": hang.kind,
                "waiting": len(hang.waits) + hang.more,
                "status": ending.info.status,
                "signal": ending.recording.signal,
                "age_seconds": round(waited / 1e9, 3),
                "silence_seconds": round(hang.silence_ns / 1e9, 3),
                "operation": leaf.op,
            },
        ),
        advice=_ADVICE.get(leaf.op, rule.advice) if rule is RULE else rule.advice,
    )


def _age(hang: Hang) -> int:
    """How long the deepest has waited. A wait is noted late: what counts is its handler's time."""
    first = hang.waits[0]
    above = first.span.parent if first.span.op == c.WAIT else first.span.id
    return max(wait.age_ns for wait in hang.waits if wait.span.id in (first.span.id, above))


def _deadline(op: str, usual_ns: int) -> str:
    """What would have ended it, by what is usual in this run."""
    if usual_ns < MILLISECOND:
        return "nothing of its kind took long in this run; a deadline of 1.0 s would have ended it"
    least = age(max(10**9, 3 * usual_ns))
    return (
        f"the longest {_KIND[op]} that ended took {age(usual_ns)}; a deadline of three times "
        f"that, {least} at least, would have ended it"
    )


def _when(hang: Hang, ending: Ending) -> str:
    if hang.kind == "given up":
        return "the program stopped waiting"
    if hang.still:
        return "it was looked at, with the program still running"
    if ending.info.end_ns is not None:
        return "the run was over"
    return "the program was killed" if ending.recording.signal else "the program ended"


def quotes(waits: Sequence[Wait]) -> tuple[Quote, ...]:
    """What waited, the deepest first."""
    return tuple(
        Quote(
            step=wait.span.step,
            span=wait.span.hex_id,
            agent=plain_name(wait.span.agent),
            label="deepest" if place == 0 else "waiting",
            text=_waited(wait),
        )
        for place, wait in enumerate(waits[:8])
    )


def _waited(wait: Wait) -> str:
    name = wait.span.name.removeprefix(f"{wait.span.op} ")
    words = f"{wait.span.op} {name} waited {age(wait.age_ns)}"
    told = [wait.span.attributes.get(key) for key in (c.WAIT_WHAT, c.WAIT_WHERE)]
    return " ".join(
        [words, *(f"for {each}" if n == 0 else f"at {each}" for n, each in enumerate(told) if each)]
    )


_ADVICE = {
    c.WAIT: (
        "see who should have brought what it waits for, and give the wait a deadline:\n"
        "    async with asyncio.timeout(60):\n"
        "        await self.ready.wait()"
    ),
    c.CHAT: "give the client a timeout: OpenAIChatCompletionClient(..., timeout=60, max_retries=2)",
    c.TOOL: "give the tool a timeout: async with asyncio.timeout(60): ...",
    c.CODE: "give the executor a timeout: DockerCommandLineCodeExecutor(timeout=60)",
    c.HUMAN: (
        "nobody answers where the program runs: end the run with HandoffTermination and resume it "
        "with the answer, instead of UserProxyAgent's input()"
    ),
}

RULE = Rule(
    code="HANG001",
    slug="hang.unfinished",
    title="work never ended",
    severity="error",
    about=__doc__,
    needs="spans whose start is recorded before they end (recorded by loupe run, not imported)",
    doubt=(
        "a background agent that serves as long as the program lives has nothing to end, and a "
        "worker that lost a race may be cancelled on purpose"
    ),
    advice=(
        "wait for it before stopping, with a deadline:\n"
        "    async with asyncio.timeout(60):\n"
        "        await runtime.stop_when_idle()"
    ),
    start=UnfinishedDetector,
)
