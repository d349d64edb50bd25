"""Dead letters, grouped: what was posted, why nobody took it, and what was probably meant."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from ..tracer import conventions as c
from ..tracer.model import BodyRef, Span, plain_name
from .finding import Cost, Evidence, Finding, Quote
from .rule import Context, Ending, Outcome, Rule
from .turn import Turn

GROUPS: Final = 64
NAMES: Final = 1024  # topics and types remembered to find the nearest
SPANS: Final = 8
#: Why a publish is lost whose runtime did not take it up until the program ended.
QUEUED: Final = "still queued when the program ended"
#: In why an agent did nothing with a message whose type it has handlers for.
REFUSED: Final = "refuse it"
#: How the reason begins where a handler's value went to nobody; its type follows.
UNREAD: Final = "no reader:"
_POSTS: Final = (c.SEND, c.PUBLISH)


@dataclass(slots=True)
class Group:
    """Dead letters of one kind: same reason, destination and type."""

    reason: str
    sender: str
    recipient: str
    topic: str
    type: str
    first: Span
    last: Span
    text: str
    count: int = 0
    bytes: int = 0
    spans: list[str] = field(default_factory=list[str])


class Letters:
    """Collects dead letters, and the names that a lost one may have been meant for."""

    def __init__(self, text: Callable[[BodyRef], str]) -> None:
        self._text = text
        self._groups: dict[tuple[str, str, str, str, str], Group] = {}
        self._closed = False
        self._left: deque[Span] = deque(maxlen=GROUPS)  # published, and not taken up so far
        self.topics: dict[str, None] = {}
        self.types: dict[str, None] = {}
        self.agents: dict[str, None] = {}
        self.fresh: list[Group] = []  # first letters of their kind, in the latest turn
        self.posted = False  # anything was sent or published in this trace
        self.beyond = 0  # letters of kinds that were not kept

    @property
    def groups(self) -> Iterable[Group]:
        return self._groups.values()

    def turn(self, turn: Turn) -> None:
        """Take in the next step."""
        self.fresh = []
        step = turn.step
        if step.topic and len(self.topics) < NAMES:
            self.topics[step.topic] = None
        if step.error is None and len(self.types) < NAMES:
            self.types[step.message_type] = None
        if len(self.agents) < NAMES:
            self.agents[step.recipient] = None
        for span in turn.spans:
            if c.DEAD_LETTER in span.attributes:
                if not _posted_too(span, turn.spans):
                    self._take(span)
            elif span.op == c.PUBLISH and span.end_ns is None and _over(turn.spans[0], span):
                self._left.append(span)
            self.posted = self.posted or span.op in _POSTS

    def close(self, ending: Ending) -> None:
        """Take in what lies outside of steps. Asked by several rules, done once."""
        if self._closed:
            return
        self._closed = True
        for span in ending.loose_spans:
            if c.DEAD_LETTER in span.attributes:
                self._take(span)
            elif span.op == c.PUBLISH and span.end_ns is None:
                self._left.append(span)
            self.posted = self.posted or span.op in _POSTS
        if ending.recording.ended_ns is not None and ending.recording.signal is None:
            for span in self._left:
                self._take(span, QUEUED)
        self.agents.update(dict.fromkeys(ending.agents))

    def _take(self, span: Span, reason: str = "") -> None:
        attributes = span.attributes
        handled = span.op == c.PROCESS  # it was delivered, and then refused
        key = (
            reason or str(attributes[c.DEAD_LETTER]),
            str(attributes.get(c.SENDER, "")) if handled else span.agent,
            span.agent if handled else str(attributes.get(c.RECIPIENT, "")),
            str(attributes.get(c.DESTINATION, "")),
            str(attributes.get(c.MESSAGE_TYPE, "")),
        )
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= GROUPS:
                self.beyond += 1
                return
            reason, sender, recipient, topic, kind = key
            body = span.bodies.get(c.MESSAGE_BODY)
            text = self._text(body)[:240] if body is not None else ""
            group = Group(reason, sender, recipient, topic, kind, span, span, text)
            self._groups[key] = group
            self.fresh.append(group)
        group.count += 1
        group.last = span
        size = attributes.get(c.BODY_SIZE)
        group.bytes += size if isinstance(size, int) else 0
        if len(group.spans) < SPANS:
            group.spans.append(span.hex_id)


class LetterDetector:
    """Tells of the dead letters whose reason a rule takes as its own."""

    when_lost = True

    def __init__(
        self,
        context: Context,
        rule: Callable[[], Rule],
        takes: Callable[[Group], bool],
        title: Callable[[Group], str],
        known: Callable[[Letters], Iterable[str]],
        sought: Callable[[Group], str],
        advice: Callable[[Group], str] = lambda group: "",
    ) -> None:
        self._letters = context.letters()
        self._rule = rule
        self._takes = takes
        self._title = title
        self._known = known
        self._sought = sought
        self._advice = advice

    def turn(self, turn: Turn) -> Sequence[Finding]:
        fresh = self._letters.fresh
        if not fresh:
            return ()
        return [self._finding(group) for group in fresh if self._takes(group)]

    def end(self, ending: Ending) -> Outcome:
        self._letters.close(ending)
        if not self._letters.posted:
            return Outcome(needs=self._rule().needs)
        groups = self._letters.groups
        return Outcome([self._finding(group) for group in groups if self._takes(group)])

    def nearest(self, group: Group) -> str:
        """The existing name nearest to the one that the letter bore, "" when none is near."""
        sought = self._sought(group)
        known = {name for name in self._known(self._letters) if name and name != sought}
        return next(iter(get_close_matches(sought, sorted(known), n=1, cutoff=0.6)), "")

    def _finding(self, group: Group) -> Finding:
        near = self.nearest(group)
        rule = self._rule()
        advice = self._advice(group) or rule.advice
        if near:
            advice = f"did you mean {near!r}?\n{advice}"
        agents = [plain_name(name) for name in (group.recipient, group.sender) if name]
        words = "\0".join([rule.code, group.reason, *agents, group.topic, group.type])
        return rule.finding(
            self._title(group),
            agents=agents,
            confidence=1.0,
            first_step=group.first.step,
            last_step=group.last.step,
            detected_at_step=group.first.step,
            spans=group.spans,
            fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
            advice=advice,
            cost=Cost(steps=group.count, bytes=group.bytes),
            evidence=Evidence(
                quotes=(
                    Quote(
                        step=group.first.step,
                        span=group.first.hex_id,
                        agent=plain_name(group.sender),
                        label="lost",
                        text=f"{group.type} {group.text}".strip(),
                    ),
                ),
                facts={
                    "reason": group.reason,
                    "count": group.count,
                    "topic": group.topic,
                    "type": group.type,
                    "recipient": plain_name(group.recipient) if group.recipient else "",
                    "nearest": near,
                },
            ),
        )


def _over(delivery: Span, post: Span) -> bool:
    """It was posted when its agent's delivery had ended: no runtime that stops takes it along."""
    return delivery.end_ns is not None and delivery.end_ns < post.start_ns


def _posted_too(delivery: Span, spans: Sequence[Span]) -> bool:
    """What a handler returned to nobody it also posted."""
    reason = str(delivery.attributes[c.DEAD_LETTER])
    if not reason.startswith(UNREAD):
        return False
    kind = returned(reason)
    return any(s.op in _POSTS and s.attributes.get(c.MESSAGE_TYPE) == kind for s in spans)


def returned(reason: str) -> str:
    """The type of a value that nobody read."""
    return next(iter(reason.removeprefix(UNREAD).split()), "")


def times(count: int) -> str:
    """How often, in a sentence."""
    return "" if count == 1 else f", {count} times"
