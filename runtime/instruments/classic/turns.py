"""Turns: `generate_reply` of an agent, and why an agent does not answer.

In v0.2 a chat is over when somebody gives no reply, and nothing says why. What can be seen from
outside is noted: the cap on automatic replies, a message taken as the termination message, the word
of a person, a reply function that returned nothing.
"""

from __future__ import annotations

from typing import Any, Final

from ....tracer import conventions as c
from ....tracer.bodies import Context
from ....tracer.recorder import LiveSpan, Recorder, current_span, set_current
from ..watching import Args, Call, Kwargs, call_of
from .deliveries import called, is_manager
from .lanes import Lane, at_rest, current_lane
from .messages import message_body, request_message
from .naming import argument, is_mapping, is_tuple, name_of

OWN: Final = "autogen."  # modules of the framework


class Turn(Call):
    """An agent makes its reply. `root` is the run's root span when the turn is a run of its own."""

    __slots__ = ("_lane", "_root", "_silent", "answered", "bodies", "capped", "reason", "sender")

    def __init__(
        self,
        owner: Any,
        span: LiveSpan,
        sender: Any,
        lane: Lane | None,
        root: LiveSpan | None,
        *,
        bodies: bool,
    ) -> None:
        super().__init__(owner, span)
        self.sender = sender
        self._lane = lane  # whose step the turn is
        self._root = root
        self._silent = False
        self.bodies = bodies
        self.answered: str | None = None  # by a person
        self.capped = _capped(owner, sender)  # it may not reply unless a person says so
        self.reason = ""  # for giving no reply

    def result(self, value: Any) -> None:
        if value is None:
            self._silent = True
            reason = self.reason or _no_reply(self)
            self.span.set(c.STOP_REASON, reason)
            if self._lane is not None:
                self._lane.reason = reason
        elif self.bodies:
            said = message_body(value, name_of(self.owner))
            self.span.body(c.OUTPUT_MESSAGES, Context(f"{self.span.agent} said", [said]))

    def failed(self, error: BaseException) -> None:
        super().failed(error)
        for span in (self._root, None if self._lane is None else self._lane.step):
            if span is not None:
                span.error = self.span.error

    def end(self) -> None:
        super().end()
        if self._root is not None:
            self._root.end()
        if self._silent and self._lane is not None and self._lane is current_lane():
            self._lane.rest()  # nobody follows


class GroupTurn(Call):
    """A manager runs its group chat: it goes from step to step, its own and the speakers'."""

    __slots__ = ("_before", "_lane")

    def __init__(self, owner: Any, span: LiveSpan, lane: Lane) -> None:
        self.owner = owner
        self.span = span  # the step that it begins in, which is not its own
        self._lane = lane
        self._before = lane.manager
        lane.manager = owner
        lane.rounds = 1
        lane.reason = ""

    def result(self, value: Any) -> None:
        if value is None:
            self._lane.reason = self._reason()

    def _reason(self) -> str:
        lane, owner = self._lane, self.owner
        most: Any = getattr(owner._groupchat, "max_round", None)
        if lane.reason:
            return lane.reason
        if lane.rounds == most:
            return f"max_round ({most}) reached"
        return f"{name_of(owner)} took a message as the termination message"

    def failed(self, error: BaseException) -> None:
        pass  # whose it is has it

    def end(self) -> None:
        lane = self._lane
        lane.told_all()
        lane.broadcast = None
        lane.manager = self._before
        if lane.reason:
            lane.rest()
        else:
            set_current(lane.step or lane.root)


def turn(recorder: Recorder, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
    """`generate_reply` is called."""
    lane = current_lane()
    around = call_of(current_span())
    if isinstance(around, Turn) and around.owner is owner:
        return None  # the class passes the call on to the one it derives from
    if lane is not None and (lane.quiet or lane.manager is owner):
        return None
    who = name_of(owner)
    messages = argument("messages", 0, args, kwargs)
    sender = argument("sender", 1, args, kwargs)
    if lane is None or not at_rest():
        return _alone(recorder, owner, messages, sender, None)
    step = lane.step
    if step is not None and lane.manager is not None and step.agent == name_of(lane.manager):
        called(lane, owner, messages or _history(owner, sender))
        step = lane.step
    if step is None or step.agent != who:
        return _alone(recorder, owner, messages, sender, lane if step is None else None)
    if is_manager(owner):
        return GroupTurn(owner, step, lane)
    span = recorder.span(
        c.AGENT, f"{c.AGENT} {who}", agent=who, parent=step, attributes={c.AGENT_NAME: who}
    )
    return Turn(owner, span, sender, lane, None, bodies=False)


def _alone(recorder: Recorder, owner: Any, messages: Any, sender: Any, lane: Lane | None) -> Call:
    """A turn that no delivery asked for: with its messages as bodies."""
    who = name_of(owner)
    root = recorder.start_run(who) if current_span() is None else None
    span = recorder.span(
        c.AGENT, f"{c.AGENT} {who}", agent=who, parent=root, attributes={c.AGENT_NAME: who}
    )
    if messages:
        asked = [request_message(message) for message in messages]
        span.body(c.INPUT_MESSAGES, Context(f"{who} asked", asked))
    return Turn(owner, span, sender, lane, root, bodies=True)


def _history(owner: Any, sender: Any) -> Any:
    histories: Any = getattr(owner, "_oai_messages", None)
    return histories.get(sender) if is_mapping(histories) else None


def checked(owner: Any, args: Args, kwargs: Kwargs, result: Any) -> None:
    """`check_termination_and_human_reply` returned; (True, None) ends the chat."""
    call = call_of(current_span())
    if not isinstance(call, Turn) or call.owner is not owner:
        return
    if not is_tuple(result, 2) or not result[0] or result[1] is not None:
        return
    call.reason = _ending(call)


def _capped(owner: Any, sender: Any) -> str:
    """Says so when the agent has replied as often as it may."""
    counts: Any = getattr(owner, "_consecutive_auto_reply_counter", None)
    caps: Any = getattr(owner, "_max_consecutive_auto_reply_dict", None)
    if not is_mapping(counts) or not is_mapping(caps):
        return ""
    most = caps.get(sender, getattr(owner, "_max_consecutive_auto_reply", None))
    if not isinstance(most, int) or counts.get(sender, 0) < most:
        return ""
    return f"{name_of(owner)} has replied max_consecutive_auto_reply ({most}) times"


def _ending(call: Turn) -> str:
    """Why the check for termination ended the chat."""
    who = name_of(call.owner)
    if call.answered == "exit":
        return f"the person at {who} said 'exit'"
    if call.answered is not None:
        return f"the person at {who} said nothing to a termination message"
    return (
        call.capped or f"{who} took a message of {name_of(call.sender)} as the termination message"
    )


def _no_reply(call: Turn) -> str:
    """Why there is none, where the check was not seen: the agent is older than the recording."""
    owner = call.owner
    who = name_of(owner)
    if call.capped and getattr(owner, "human_input_mode", "") == "NEVER":
        return call.capped
    own: list[str] = []
    for entry in getattr(owner, "_reply_func_list", ()):
        function = entry.get("reply_func")
        if not str(getattr(function, "__module__", "")).startswith(OWN):
            own.append(str(getattr(function, "__name__", function)))
    if own:
        names = ", ".join(own)
        return f"{who} gave no reply: a reply function of its own returned (True, None): {names}"
    return _ending(call)
