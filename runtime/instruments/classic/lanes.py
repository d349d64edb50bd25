"""Lanes: the conversation that is going on, and where it stands.

A chat between two agents, or between an agent and a group chat's manager, is one lane: one message
is delivered after the other, and the step of the one lasts until the next begins. A chat inside an
agent's turn is a lane of its own; the outer step lasts as long as the turn does.
"""

from __future__ import annotations

import contextlib
import os
from contextvars import ContextVar, Token
from typing import Any, Final

from ....tracer import conventions as c
from ....tracer.bodies import Body
from ....tracer.recorder import LiveSpan, Recorder, current_span, describe, set_current
from ...driver import measured

SEND: Final = c.SEND
PUBLISH: Final = c.PUBLISH


class Letter:
    """A message that was posted: its span, its body, and the message itself."""

    __slots__ = ("body", "copies", "message", "recipient", "span")

    def __init__(self, span: LiveSpan, body: Body, message: Any, recipient: Any) -> None:
        self.span = span
        self.body = body
        self.message = message
        self.recipient = recipient
        self.copies = 0  # of a manager's broadcast


class Lane:
    """A conversation. Its steps hang off `root`: a chat's span, or the turn that it is part of."""

    __slots__ = (
        "_outer",
        "_slice",
        "between",
        "broadcast",
        "conversation",
        "copy",
        "driven",
        "ended",
        "letter",
        "manager",
        "message",
        "quiet",
        "reason",
        "recorder",
        "root",
        "rounds",
        "step",
        "stop",
        "taking",
    )

    def __init__(
        self, recorder: Recorder, root: LiveSpan, *, conversation: str = "", driven: bool = False
    ) -> None:
        self.recorder = recorder
        self.root = root
        self.conversation = conversation  # "" is the run's main one
        self.driven = driven  # by an event loop: other tasks run in between
        self.quiet = False  # nothing of it is recorded but model calls
        self.step: LiveSpan | None = None
        self.message: Any = None  # that the step handles
        self.letter: Letter | None = None  # posted and not delivered yet
        self.manager: Any = None  # whose group chat goes on
        self.broadcast: Letter | None = None  # what the manager told everybody last
        self.copy: Any = None  # who is just being told
        self.taking: Any = None  # who is taking a message, until it is in the history
        self.rounds = 0  # of the group chat so far
        self.reason = ""  # why nobody answers any more
        self.between: tuple[Any, Any] = (None, None)  # the step's sender and recipient
        self.ended: LiveSpan | None = None  # the last step
        self.stop: Exception | None = None  # to be raised at the next message
        self._outer = measured.get()
        self._slice = 0

    # -- posting ---------------------------------------------------------------------------------
    def post(self, op: str, sender: str, to: str, kind: str, body: Body, message: Any) -> Letter:
        """The span of a message on its way."""
        recorder = self.recorder
        parent = current_span() or self.root
        span = LiveSpan(recorder, op, "", sender, parent.id, parent.step)
        span.run = parent.run
        topic, recipient = (to, "") if op == PUBLISH else ("", to)
        span.message = (op, sender, recipient, kind, topic, f"{span.id:016x}", span.start_ns)
        span.bodies = {c.MESSAGE_BODY: body}
        recorder.put(span)
        return Letter(span, body, message, None)

    def told_all(self) -> None:
        """The manager's broadcast has reached everybody; whoever speaks next answers it."""
        told = self.broadcast
        if told is not None and told.span.end_ns is None:
            told.span.set(c.FAN_OUT, told.copies)
            told.span.end()

    # -- steps -----------------------------------------------------------------------------------
    def deliver(self, who: str, sender: str, kind: str, letter: Letter | None, body: Body) -> None:
        """A message reaches an agent: the step before is over."""
        self.rest()
        recorder, root = self.recorder, self.root
        run = root.run
        span = LiveSpan(recorder, c.PROCESS, "", who, root.id, run.next_step)
        run.next_step += 1
        span.run = run
        span.boundary = True
        if letter is None or letter.span.message is None:
            span.message = (SEND, sender, who, kind, "", f"{span.id:016x}", span.start_ns)
        else:
            letter.span.end()
            op, _, _, kind, topic, message_id, posted = letter.span.message[:7]
            span.message = (op, sender, who, kind, topic, message_id, posted)
            span.links = ((letter.span.id, "message"),)
        span.bodies = {c.MESSAGE_BODY: body}
        if self.conversation:
            span.attributes = {c.CONVERSATION: self.conversation}
        recorder.put(span)
        self.step = span
        self.reason = ""
        self._measure(who, span.start_ns)
        set_current(span)

    def rest(self) -> None:
        """The step is over, and nobody is at work in this lane."""
        step, self.step = self.step, None
        self.message = None
        if step is not None:
            self._measured()
            self.ended = step
            step.end()
        set_current(self.root)

    def fail(self, error: BaseException) -> None:
        """What is going on in the lane ended by an exception."""
        if self.step is not None and self.step.error is None:
            self.step.error = describe(error)
        letter, self.letter = self.letter, None
        if letter is not None:  # posted, and never taken
            letter.span.error = describe(error)
            letter.span.end()

    def close(self) -> None:
        """The conversation is over."""
        self.told_all()
        self.rest()
        if self.letter is not None:
            self.letter.span.end()
            self.letter = None
        if self.driven and measured.get() is not self._outer:
            measured.set(self._outer)

    # -- allocation ------------------------------------------------------------------------------
    def _measure(self, who: str, now_ns: int) -> None:
        """What happens until the step ends is the agent's; with an event loop only its slices."""
        sampler = self.recorder.sampler
        tally = sampler.measures(who, now_ns)
        if self.driven:
            if tally is not None:
                measured.set((sampler, tally))
            elif measured.get() is not None:
                measured.set(None)
        elif tally is not None:
            self._slice = sampler.begin(tally)

    def _measured(self) -> None:
        slice_, self._slice = self._slice, 0
        if slice_:
            self.recorder.sampler.end(slice_)


_lane: ContextVar[Lane | None] = ContextVar("agentloupe_lane", default=None)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _lane.set(None))


def current_lane() -> Lane | None:
    """The lane of the calling code."""
    return _lane.get()


def at_rest() -> bool:
    """Whether the calling code stands in a lane, between the turns of its agents.

    There `send` and `receive` are part of the conversation. Anywhere else they begin one.
    """
    lane = _lane.get()
    if lane is None:
        return False
    if lane.quiet:
        return True
    span = current_span()
    return span is lane.step if lane.step is not None else span is lane.root


def enter(lane: Lane) -> Token[Lane | None]:
    """Make `lane` the current one."""
    return _lane.set(lane)


def leave(token: Token[Lane | None], span: LiveSpan | None) -> None:
    """Go back to the lane before and to `span`, where this context is the one that entered."""
    with contextlib.suppress(ValueError):
        _lane.reset(token)
        set_current(span)
