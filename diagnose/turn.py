"""One step as the rules see it: what its agent said, which tools it called, what that cost.

A team's plumbing is taken off here, once for all rules: envelopes are opened, broadcast copies
and stream chunks are dropped, a model's reply is not counted again as the message made of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from ..tracer import conventions as c
from ..tracer.model import BodyRef, Span, Step, plain_name
from ..tracer.remembered import Remembered
from .causes import Causes
from .content import canonical, heard, said
from .wording import Wording, wording

#: Types of AutoGen's group chats that carry no text of their own, or a copy of another's.
_REPLY: Final = "GroupChatAgentResponse"
_PLUMBING: Final = frozenset(
    {
        "GroupChatMessage",
        "GroupChatRequestPublish",
        "GroupChatReset",
        "GroupChatPause",
        "GroupChatResume",
        "GroupChatTermination",
        "GroupChatError",
        "GroupChatTeamResponse",
        "tool_calls",  # v0.2's: the calls come from their own spans
        "function_call",
        "tool_responses",
        "function_response",
    }
)
_ASKS: Final = frozenset({"tool_calls", "function_call"})
ASKERS: Final = 512  # agents that pass on what others ask for
_ASKED_OR_SAID: Final = frozenset({c.TOOL_ARGUMENTS, c.TOOL_RESULT})
_CALLED: Final = frozenset({c.TOOL, c.CODE})
_POSTED: Final = frozenset({c.SEND, c.PUBLISH})
_OPENED: Final = frozenset({"GroupChatStart", _REPLY})
_NAMES: Final = Remembered(plain_name, 4096)


class Act(Struct, gc=False):
    """One thing an agent did in a step: a message or a tool call."""

    agent: str  # identity
    kind: str  # "say" or "call"
    text: str  # what was said; for a call its arguments, keys sorted
    span: Span
    target: str = ""  # where it was posted to; for a call the tool's name
    outcome: str = ""  # a call's result or error
    failed: bool = False
    handoff: str = ""  # the agent that control is passed to
    asked_by: str = ""  # who asked for the call, where another agent executes it (v0.2)
    _wording: Wording | None = None

    @property
    def wording(self) -> Wording:
        """Of its text; made when asked for, once for all rules."""
        if self._wording is None:
            self._wording = wording(self.text)
        return self._wording

    @property
    def name(self) -> str:
        return _NAMES[self.agent]

    @property
    def wordless(self) -> bool:
        """Nothing was said: the type of the message stands for it."""
        return (
            self.kind == "say"
            and self.text[:1] == "<"
            and self.text[-1:] == ">"
            and (" " not in self.text)
        )


class Turn(Struct, gc=False):
    """A step with its spans, read."""

    step: Step
    spans: Sequence[Span]
    ops: frozenset[str]  # of its spans
    failed: Sequence[Span]  # those of its spans that ended with an error
    acts: tuple[Act, ...]
    conversation: str
    tokens: int
    bytes: int
    outside: bool  # a person or the program itself had a part in it
    heard: str  # what a user said to it last, where a trace has no messages
    depth: int | None  # how many messages lie between it and its first cause
    start_ns: int
    end_ns: int | None


class TurnReader:
    """Makes turns of steps. `text` reads a body, `last` the last message of a model request."""

    __slots__ = ("_asked_for", "_causes", "_last", "_text")

    def __init__(
        self, text: Callable[[BodyRef], str], last: Callable[[BodyRef], str] | None = None
    ) -> None:
        self._text = text
        self._last = last or text
        self._causes = Causes()
        self._asked_for: dict[str, str] = {}  # who passes on a call to who asks for it

    def turn(self, step: Step, spans: Sequence[Span]) -> Turn:
        """The turn of one step."""
        ops = frozenset([span.op for span in spans])
        if step.message_type in _ASKS:
            self._passes_on(step, spans)
        calls = [] if ops.isdisjoint(_CALLED) else self._calls(step, spans)
        acts = (*calls, *self._messages(step, spans, ops))
        return Turn(
            step=step,
            spans=spans,
            ops=ops,
            failed=[span for span in spans if span.error is not None],
            acts=acts,
            conversation=_conversation(spans),
            tokens=_tokens(spans, ops),
            bytes=sum([len(act.text) + len(act.outcome) for act in acts]),
            outside=c.HUMAN in ops,
            heard=self._heard(spans) if step.kind == "call" else "",
            depth=self._causes.depth(step, spans),
            start_ns=step.start_ns,
            end_ns=step.end_ns,
        )

    def _passes_on(self, step: Step, spans: Sequence[Span]) -> None:
        """A group's manager passes on to all what one agent asks for."""
        if any(s.op in _POSTED and s.attributes.get(c.MESSAGE_TYPE) in _ASKS for s in spans):
            if len(self._asked_for) >= ASKERS:
                self._asked_for.clear()
            self._asked_for[step.recipient] = self._asked_for.get(step.sender, step.sender)

    def _calls(self, step: Step, spans: Sequence[Span]) -> list[Act]:
        acts: list[Act] = []
        asked = step.message_type in _ASKS
        for span in spans:
            if span.op not in _CALLED or _untold(span):
                continue
            attributes = span.attributes
            result = self._body(span, c.TOOL_RESULT)
            target = attributes.get(c.TRANSFER_TARGET)
            acts.append(
                Act(
                    agent=span.agent or _agent(step, spans),
                    kind="call",
                    text=canonical(self._body(span, c.TOOL_ARGUMENTS)),
                    span=span,
                    target=str(attributes.get(c.TOOL_NAME) or span.name),
                    outcome=span.error or canonical(result),
                    failed=span.error is not None or c.ERROR_TYPE in attributes,
                    handoff=str(target) if target else "",
                    asked_by=self._asked_for.get(step.sender, step.sender) if asked else "",
                )
            )
        return acts

    def _messages(self, step: Step, spans: Sequence[Span], ops: frozenset[str]) -> list[Act]:
        posted = not ops.isdisjoint(_POSTED)
        acts = self._posted(step, spans) if posted else []
        acts = acts or self._replied(step, spans)
        return acts if acts or posted else self._output(step, spans, ops)

    def _posted(self, step: Step, spans: Sequence[Span]) -> list[Act]:
        """What the step's agent sent and published; a text posted to several counts once."""
        acts: dict[tuple[str, str], Act] = {}
        for span in spans:
            if span.op not in _POSTED:
                continue
            kind = str(span.attributes.get(c.MESSAGE_TYPE, ""))
            if kind in _PLUMBING:
                continue
            text = self._said(span, c.MESSAGE_BODY, opened=kind in _OPENED) or f"<{kind}>"
            if span.op == c.PUBLISH and text == self._told(step):
                continue  # v0.2's manager passes on to all what one agent has told it
            agent = span.agent or step.recipient
            target = str(span.attributes.get(c.DESTINATION, ""))
            known = acts.get((agent, text))
            if known is None:
                acts[agent, text] = Act(agent, "say", text, span, target)
        return list(acts.values())

    def _told(self, step: Step) -> str:
        """The text of the message that the step delivered to one agent."""
        if step.kind != "send" or step.body is None or not step.sender:
            return ""
        return said(self._text(step.body))

    def _replied(self, step: Step, spans: Sequence[Span]) -> list[Act]:
        if step.kind != "send" or step.reply is None or not spans:
            return []
        text = said(self._text(step.reply))
        return [Act(step.recipient, "say", text, spans[0], step.sender)] if text else []

    def _output(self, step: Step, spans: Sequence[Span], ops: frozenset[str]) -> list[Act]:
        """The outputs of turns and model calls where a trace has no messages."""
        if step.kind != "call":
            return []
        for op in (c.AGENT, c.CHAT):
            if op not in ops:
                continue
            found: list[Span] = []
            acts: list[Act] = []
            for span in spans:
                if span.op == op and c.OUTPUT_MESSAGES in span.bodies:
                    found.append(span)
                    if text := self._said(span, c.OUTPUT_MESSAGES):
                        acts.append(Act(span.agent or step.recipient, "say", text, span))
            if acts:
                return acts
            if found and ops.isdisjoint(_CALLED):
                return [Act(found[0].agent or step.recipient, "say", "<nothing>", found[0])]
        return []

    def _heard(self, spans: Sequence[Span]) -> str:
        for span in spans:
            ref = span.bodies.get(c.INPUT_MESSAGES)
            if ref is not None:
                return heard(self._last(ref))
        return ""

    def _said(self, span: Span, key: str, *, opened: bool = False) -> str:
        ref = span.bodies.get(key)
        return "" if ref is None else said(self._text(ref), envelope=opened)

    def _body(self, span: Span, key: str) -> str:
        ref = span.bodies.get(key)
        return "" if ref is None else self._text(ref)


def _agent(step: Step, spans: Sequence[Span]) -> str:
    if step.recipient:
        return step.recipient
    return next(
        (str(s.attributes[c.AGENT_NAME]) for s in spans if c.AGENT_NAME in s.attributes), ""
    )


def _untold(span: Span) -> bool:
    """Neither what was asked nor what came of it is known (AutoGen's own telemetry says neither):
    whether another call was the same, nobody can say."""
    if span.error or not _ASKED_OR_SAID.isdisjoint(span.bodies):
        return False
    attributes = span.attributes
    return c.TRANSFER_TARGET not in attributes and _ASKED_OR_SAID.isdisjoint(attributes)


def _conversation(spans: Sequence[Span]) -> str:
    for span in spans:
        found = span.attributes.get(c.CONVERSATION)
        if found is not None:
            return str(found)
    return ""


def _tokens(spans: Sequence[Span], ops: frozenset[str]) -> int:
    """Tokens by the model calls' own count, else by what the agents' turns say."""
    for op in (c.CHAT, c.AGENT):
        if op not in ops:
            continue
        tokens, told = 0, False
        for span in spans:
            if span.op == op and c.INPUT_TOKENS in span.attributes:
                tokens += _count(span, c.INPUT_TOKENS) + _count(span, c.OUTPUT_TOKENS)
                told = True
        if told:
            return tokens
    return 0


def _count(span: Span, key: str) -> int:
    value = span.attributes.get(key, 0)
    if type(value) is int:
        return value
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else 0
