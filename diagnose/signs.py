"""Rules that know a trouble when they see one span: what they see is gathered into findings.

A judge looks at the spans of some operations, one after another, and gives a sign for each that
shows the trouble. Signs of one group (by default: of one agent) are one finding, which quotes the
first, the worst and the last of them. Spans without an end are shown to the judge when the run is
over, since before that they are just not finished.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from ..tracer.model import Span, plain_name
from .finding import Cost, Evidence, Finding, Quote, Severity
from .rule import Context, Ending, Outcome, Rule
from .turn import Turn

GROUPS: Final = 64  # told apart in one run; further ones are counted with the last
OPEN: Final = 256  # spans without an end that are remembered


@dataclass(frozen=True, slots=True)
class Sign:
    """A span shows the trouble. `weight` says how badly, among signs of the same rule."""

    text: str  # to quote
    weight: float = 1.0
    confidence: float = 0.95
    severity: Severity | None = None
    group: str = ""  # besides the agent
    facts: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    doubt: str = ""  # in place of the rule's


class Judge(ABC):
    """Looks at spans of `ops`. It may remember what it has seen, if that stays small."""

    ops: frozenset[str] = frozenset()

    def __init__(self, context: Context) -> None:
        self.context = context

    @abstractmethod
    def see(self, span: Span) -> Sign | None:
        """Whether this span shows the trouble."""

    def end(self, ending: Ending) -> Iterable[tuple[Span, Sign]]:
        """What the whole of them shows."""
        return ()

    def body(self, span: Span, key: str) -> str:
        """A body of the span, "" when it has none."""
        ref = span.bodies.get(key)
        return "" if ref is None else self.context.text(ref)


@dataclass(slots=True)
class Group:
    """The signs of one group so far."""

    agent: str
    count: int
    seconds: float
    first: tuple[Span, Sign]
    worst: tuple[Span, Sign]
    last: tuple[Span, Sign]

    @property
    def sign(self) -> Sign:
        """The worst."""
        return self.worst[1]


Title = Callable[[Group], str]


class SignDetector:
    """A judge at work on one run.

    Args:
        rule: gives the rule, which is defined after its detector.
        judge: looks at the spans.
        title: of a finding.
    """

    def __init__(self, rule: Callable[[], Rule], judge: Judge, title: Title) -> None:
        self._rule = rule
        self._judge = judge
        self.ops = judge.ops  # a step without any of them is not shown
        self._title = title
        self._groups: dict[tuple[str, str], Group] = {}
        self._open: list[Span] = []

    def turn(self, turn: Turn) -> Sequence[Finding]:
        """The spans of a step; a finding when a group begins."""
        found: list[Finding] = []
        for span in turn.spans:
            if span.op in self._judge.ops:
                group = self._seen(span, turn.step.recipient)
                if group is not None and group.count == 1:
                    found.append(self._finding(group))
        return found

    def end(self, ending: Ending) -> Outcome:
        """All findings."""
        for span in ending.loose_spans:
            if span.op in self._judge.ops:
                self._seen(span, "")
        if ending.over:
            for span in self._open:
                self._judged(span, span.agent)
        for span, sign in self._judge.end(ending):
            self._add(span, sign, span.agent)
        return Outcome([self._finding(group) for group in self._groups.values()])

    def _seen(self, span: Span, agent: str) -> Group | None:
        if span.end_ns is None:
            if len(self._open) < OPEN:
                self._open.append(span)
            return None
        return self._judged(span, agent)

    def _judged(self, span: Span, agent: str) -> Group | None:
        sign = self._judge.see(span)
        return None if sign is None else self._add(span, sign, agent)

    def _add(self, span: Span, sign: Sign, agent: str) -> Group:
        agent = plain_name(span.agent or agent)
        key = agent, sign.group
        if key not in self._groups and len(self._groups) >= GROUPS:
            key = next(reversed(self._groups))
        seconds = (span.duration_ns or 0) / 1e9
        group = self._groups.get(key)
        if group is None:
            group = Group(agent, 0, 0.0, (span, sign), (span, sign), (span, sign))
            self._groups[key] = group
        group.count += 1
        group.seconds += seconds
        group.last = span, sign
        if sign.weight > group.sign.weight:
            group.worst = span, sign
        return group

    def _finding(self, group: Group) -> Finding:
        rule, sign = self._rule(), group.sign
        shown = {span.id: (span, each) for span, each in (group.first, group.worst, group.last)}
        steps = [span.step for span, _ in shown.values() if span.step is not None]
        words = "\0".join([rule.code, group.agent, sign.group])
        return rule.finding(
            self._title(group),
            agents=[group.agent] if group.agent else [],
            confidence=sign.confidence,
            severity=sign.severity,
            first_step=min(steps, default=None),
            last_step=max(steps, default=None),
            detected_at_step=min(steps, default=None),
            spans=[span.hex_id for span, _ in shown.values()],
            fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
            cost=Cost(steps=group.count, seconds=round(group.seconds, 3)),
            evidence=Evidence(
                quotes=tuple(
                    Quote(
                        step=span.step,
                        span=span.hex_id,
                        agent=plain_name(span.agent) or group.agent,
                        label="worst" if span is group.worst[0] else "",
                        text=each.text,
                    )
                    for span, each in shown.values()
                ),
                doubt=sign.doubt,
                facts={"times": group.count, **sign.facts},
            ),
        )


def number(span: Span, key: str) -> float | None:
    """A numeric attribute; None when it is not there."""
    value = span.attributes.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def times(count: int) -> str:
    """'' for once, ', 3 times' for more."""
    return "" if count < 2 else f", {count} times"
