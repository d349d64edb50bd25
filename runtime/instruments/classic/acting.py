"""Doing what a step observer says about a chat: v0.2 has no runtime of ours that could.

A chat is stopped where its next message is delivered or its next turn begins: `RunStopped` is
raised there and ends everything around it, as any exception in v0.2 does. A text to the agents is
put into their histories, as a message that they all have got.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ....tracer import observing
from ....tracer.telling import tell
from ..watching import Args, Kwargs
from .deliveries import is_manager
from .lanes import Lane, current_lane

if TYPE_CHECKING:
    from ....tracer.observer import Action, Told
    from ....tracer.recorder import LiveSpan

NAME: Final = "observer"  # who a text is from that no agent said


class RunStopped(RuntimeError):  # noqa: N818 named like its twin for 0.7's runtimes
    """A step observer or a budget ended the chat. `told` says why, as data."""

    def __init__(self, told: Told) -> None:
        super().__init__(f"{told.slug}: {told.title}\n{told.story}".rstrip())
        self.told = told


def act(action: Action, span: LiveSpan) -> bool:
    """Act on the chat whose step just ended; False when it is none of this thread's."""
    lane = current_lane()
    if lane is None or lane.ended is not span:
        return False
    kind = type(action).__name__
    if kind == "Stop":
        tell(action.told, "ended", span)
        lane.stop = RunStopped(action.told)
        return True
    message: Any = getattr(action, "message", None)
    if kind == "Inject" and isinstance(message, str):
        tell(action.told, "injected", span)
        _inject(lane, message)
        return True
    return False


def _inject(lane: Lane, text: str) -> None:
    message = {"role": "user", "name": NAME, "content": text}
    manager = lane.manager
    if manager is not None and is_manager(manager):
        manager._groupchat.messages.append(dict(message))
        for agent in manager._groupchat.agents:
            agent._oai_messages[manager].append(dict(message))
        return
    for one, other in (lane.between, lane.between[::-1]):
        histories: Any = getattr(one, "_oai_messages", None)
        if histories is not None:
            histories[other].append(dict(message))


def stopped(owner: Any, args: Args, kwargs: Kwargs) -> None:
    """Raise what stops the chat, if something does. Called where an exception is the program's."""
    lane = current_lane()
    if lane is not None and lane.stop is not None:
        raise lane.stop


def ready() -> None:
    """Be among those who are asked to act."""
    if act not in observing.actors:
        observing.actors.append(act)
