"""Who waits for whom at one moment of a run, from the spans that were open then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..tracer import conventions as c
from ..tracer.model import Span, Step, plain_name
from ..tracer.text import visible

BEFORE = 64  # steps before the moment whose spans are looked at; longer ones are remembered
AHEAD = 256  # steps after it whose messages may have been waiting in an inbox


@dataclass(frozen=True, slots=True)
class Wait:
    """`agent` waits for `what` since a moment; `target` is the agent that is waited for, if any."""

    agent: str  # identity, "" for the program
    what: str
    target: str
    span: Span
    age_ns: int
    stuck: bool = False  # part of a circle, or nobody will ever end it

    @property
    def step(self) -> int | None:
        return self.span.step


@dataclass(frozen=True, slots=True)
class Waiting:
    """All waits of a moment, the longest first; `circle`: agents that wait for each other."""

    moment_ns: int
    waits: Sequence[Wait] = ()
    circle: tuple[str, ...] = ()
    queued: Mapping[str, int] = field(default_factory=dict[str, int])

    def roots(self) -> list[Wait]:
        """The waits that others only follow from: for no agent, or for one that does nothing."""
        waiting = {wait.agent for wait in self.waits}
        return [wait for wait in self.waits if not wait.target or wait.target not in waiting]


def moment(steps: Sequence[Step], end_ns: int | None) -> int:
    """When to look: right before the next step began; after the last one, when the run ended.

    `steps` are the step that is meant and the next one, as far as there is one.
    """
    if len(steps) > 1:
        return max(steps[0].start_ns, steps[1].start_ns - 1)
    last = steps[0].start_ns
    return max(last, end_ns - 1) if end_ns is not None else max(last, steps[0].end_ns or last)


def waiting(
    spans: Iterable[Span], steps: Iterable[Step], moment_ns: int, *, over: bool = False
) -> Waiting:
    """Who waits at a moment. `steps` are those around it; `over`: nothing can end any more."""
    opened = [span for span in {s.id: s for s in spans}.values() if _open(span, moment_ns)]
    outer = {span.parent for span in opened}
    innermost = [span for span in opened if span.id not in outer]
    edges = {_agent(span): awaited(span)[1] for span in innermost if awaited(span)[1]}
    circle = _circle(edges)
    waits: list[Wait] = []
    for span in innermost:
        what, target = awaited(span)
        agent = _agent(span)
        stuck = agent in circle or (over and span.end_ns is None)
        stuck = stuck or span.attributes.get(c.WAIT_HOPELESS) is True
        waits.append(Wait(agent, what, target, span, moment_ns - span.start_ns, stuck))
    queued = Counter(
        step.recipient for step in steps if step.posted_ns <= moment_ns < step.start_ns
    )
    return Waiting(moment_ns, sorted(waits, key=lambda wait: -wait.age_ns), circle, dict(queued))


def awaited(span: Span) -> tuple[str, str]:
    """What an open span waits for, in words, and the identity of the agent it is, if it is one."""
    kind = str(span.attributes.get(c.MESSAGE_TYPE, "")).rpartition(".")[2]
    if span.op == c.SEND:
        target = str(span.attributes.get(c.RECIPIENT, ""))
        return f"the reply of {plain_name(target) or '?'} to {kind}", target
    if span.op == c.PROCESS:
        return f"its own handler of {kind}" if kind else "its own handler", ""
    if span.op == c.CHAT:
        model = span.attributes.get(c.REQUEST_MODEL, "")
        return f"the model {model}".rstrip() + _attempt(span), ""
    if span.op == c.TOOL:
        return f"the tool {span.attributes.get(c.TOOL_NAME) or span.name}", ""
    if span.op == c.CODE:
        return "code that it runs", ""
    if span.op == c.HUMAN:
        return "a person's answer", ""
    if span.op == c.AGENT:
        return "its own turn", ""
    if span.op == c.WAIT:
        return _stands(span)
    return visible(span.name, newlines=False), ""


def _stands(span: Span) -> tuple[str, str]:
    """What a handler stands still on, where that has no span of its own."""
    told = span.attributes
    what = str(told.get(c.WAIT_WHAT) or told.get(c.WAIT_ON) or "something")
    within = f", in {told[c.WAIT_WITHIN]}" if told.get(c.WAIT_WITHIN) else ""
    where = f", at {told[c.WAIT_WHERE]}" if told.get(c.WAIT_WHERE) else ""
    awaits = told.get(c.WAIT_AWAITS)
    targets = awaits if isinstance(awaits, tuple) else (awaits,) if awaits else ()
    return visible(f"{what}{within}{where}", newlines=False), str(targets[0]) if targets else ""


def _attempt(span: Span) -> str:
    tries = sum(1 for event in span.events if event.name == c.ATTEMPT)
    allowed = span.attributes.get("agentloupe.attempts.allowed")
    of = f" of {allowed}" if isinstance(allowed, int) and allowed > tries else ""
    return f", attempt {tries + 1}{of}" if tries else ""


def _open(span: Span, moment_ns: int) -> bool:
    if span.op in (c.RUN, c.PUBLISH, c.SAMPLE) or span.start_ns > moment_ns:
        return False
    return span.end_ns is None or span.end_ns > moment_ns


def _agent(span: Span) -> str:
    sender = span.attributes.get(c.SENDER)
    return sender if span.op == c.SEND and isinstance(sender, str) else span.agent


def _circle(edges: Mapping[str, str]) -> tuple[str, ...]:
    """The agents of a circle of waits, in order, if there is one."""
    for start in edges:
        path = [start]
        while (target := edges.get(path[-1])) is not None:
            if target in path:
                return tuple(path[path.index(target) :])
            path.append(target)
    return ()
