"""Chats: `initiate_chat` is a run, or a span of the run it is part of; so are several in a row.

A message that the program itself sends, or an agent inside its turn, begins a conversation as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import Token
from typing import Any, Final

from ....tracer import conventions as c
from ....tracer.bodies import Context, snapshot
from ....tracer.recorder import LiveSpan, Recorder, current_span
from ..selection import SELECT
from ..watching import LEFT, Args, Call, Kwargs, call_of
from .deliveries import is_manager
from .lanes import Lane, current_lane, enter, leave
from .messages import message_body
from .naming import argument, chat_name, name_of
from .stops import STOP_WORDS, stop_words

#: The agent with which AutoGen's own selection of a speaker asks the model.
SELECTOR: Final = "checking_agent"


class Chat(Call):
    """A conversation from its first message to its result. `own`: its span is the chat's own."""

    __slots__ = ("_around", "_lane", "_most", "_own", "_token", "recipient")

    def __init__(
        self,
        owner: object,
        lane: Lane,
        *,
        recipient: object = None,
        most: object = None,
        own: bool = True,
    ) -> None:
        if own:
            super().__init__(owner, lane.root)
        else:
            self.owner = owner
            self.span = lane.root
        self.recipient = recipient
        self._lane = lane
        self._most = most
        self._own = own
        self._around = current_span()
        self._token: Token[Lane | None] = enter(lane)

    def passes_on(self, owner: object, recipient: object) -> bool:
        """Whether a call on `owner` is the same chat, passed on to the class it derives from."""
        return owner is self.owner and recipient is self.recipient and self._lane.message is None

    def result(self, value: Any) -> None:
        if not self._own:
            return
        reason = self._lane.reason
        if not reason and isinstance(self._most, int):
            reason = f"max_turns ({self._most}) reached"
        if reason:
            self.span.set(c.STOP_REASON, reason)
        summary = getattr(value, "summary", None)
        if summary:
            text = summary if isinstance(summary, str) else str(summary)
            part = {"type": "text", "content": text}
            self.span.body(c.OUTPUT_MESSAGES, snapshot([{"role": "assistant", "parts": [part]}]))

    def failed(self, error: BaseException) -> None:
        self._lane.fail(error)
        if self._own:
            self.span.fail(error)

    def left(self) -> None:
        if self._own:
            self.span.error = LEFT

    def end(self) -> None:
        self._lane.close()
        leave(self._token, self._around)
        if self._own:
            super().end()


class Inner(Call):
    """The chat in which a speaker is selected: the selection's span says what it came to."""

    __slots__ = ("_token",)

    def __init__(self, span: LiveSpan, recorder: Recorder) -> None:
        lane = Lane(recorder, span)
        lane.quiet = True
        self._token = enter(lane)
        self.owner = None
        self.span = span

    def failed(self, error: BaseException) -> None:
        pass

    def left(self) -> None:
        pass

    def end(self) -> None:
        leave(self._token, self.span)


class Chats(Call):
    """Several chats in a row, or side by side."""


class Chatting:
    """Opens chats. `driven`: by an event loop."""

    def __init__(self, recorder: Recorder, *, driven: bool) -> None:
        self._recorder = recorder
        self._driven = driven

    def initiate(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """`initiate_chat` is called."""
        around = current_span()
        recipient = argument("recipient", 0, args, kwargs)
        outer = call_of(around)
        if isinstance(outer, Chat) and outer.passes_on(owner, recipient):
            return None
        if around is not None and around.op == SELECT and name_of(owner) == SELECTOR:
            return Inner(around, self._recorder)
        lane = current_lane()
        if lane is not None and lane.quiet:
            return None
        name = chat_name(owner, recipient)
        root = self._recorder.start_run(name)
        root.set(c.WORKFLOW, name)
        group: Any = getattr(recipient, "_groupchat", None) if is_manager(recipient) else None
        root.set(c.TEAM_CLASS, "Chat" if group is None else type(group).__name__)
        members = [owner, recipient] if group is None else [owner, recipient, *group.agents]
        root.set(c.PARTICIPANTS, tuple(dict.fromkeys(name_of(each) for each in members)))
        ways = tuple(_ways(group))
        if ways:
            root.set(c.EDGES, ways)
        words = stop_words(*members)
        if words:
            root.set(STOP_WORDS, words)
        most = kwargs.get("max_turns")
        message = kwargs.get("message")
        if root.parent == 0 and isinstance(message, str | dict):
            asked = [message_body(message, name_of(owner))]
            root.body(c.INPUT_MESSAGES, Context(f"{name} asked", asked))
        nested = "" if around is None else name
        lane = Lane(self._recorder, root, conversation=nested, driven=self._driven)
        return Chat(owner, lane, recipient=recipient, most=most)

    def send(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """`send` is called from outside of a conversation."""
        return self._begun(owner, owner, argument("recipient", 1, args, kwargs))

    def receive(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """The same of `receive`."""
        return self._begun(owner, argument("sender", 1, args, kwargs), owner)

    def _begun(self, owner: Any, sender: Any, recipient: Any) -> Call | None:
        lane = current_lane()
        if lane is not None and lane.quiet:
            return None
        name = chat_name(sender, recipient)
        around = current_span()
        if around is None:
            return Chat(owner, Lane(self._recorder, self._start(name), driven=self._driven))
        return Chat(
            owner,
            Lane(self._recorder, around, conversation=name, driven=self._driven),
            own=False,
        )

    def _start(self, name: str) -> LiveSpan:
        root = self._recorder.start_run(name)
        root.set(c.WORKFLOW, name)
        return root

    def resume(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """A manager is given the messages of an earlier chat, which it tells its agents."""
        around = current_span()
        name = f"{name_of(owner)} resume"
        root = self._recorder.start_run(name)
        lane = Lane(self._recorder, root, conversation=name if around else "", driven=self._driven)
        lane.manager = owner
        return Chat(owner, lane)

    def several(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """The function `initiate_chats` is called."""
        if current_span() is not None:
            return None
        queue: Any = argument("chat_queue", 0, args, kwargs)
        agents = [name_of(each.get(who)) for each in queue for who in ("sender", "recipient")]
        root = self._recorder.start_run(f"{agents[0] if agents else ''} chats".strip())
        root.set(c.PARTICIPANTS, tuple(dict.fromkeys(agent for agent in agents if agent)))
        return Chats(owner, root)


def _ways(group: Any) -> Iterator[str]:
    """Who may follow whom, as "a -> b", where a program says so."""
    if not getattr(group, "allowed_or_disallowed_speaker_transitions", None):
        return
    allowed: Any = getattr(group, "allowed_speaker_transitions_dict", None) or {}
    for agent, others in allowed.items():
        for other in others:
            yield f"{name_of(agent)} -> {name_of(other)}"


def summarized(owner: Any, args: Args, kwargs: Kwargs) -> None:
    """`_summarize_chat` is called: nobody is at work any more."""
    lane = current_lane()
    if lane is not None and not lane.quiet:
        lane.told_all()
        lane.rest()
