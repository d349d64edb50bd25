"""Messages: where they are put into the sender's history they are posted, into the recipient's
they are delivered. Both places are passed once a message, by synchronous and asynchronous chats
alike, and return before anybody answers.

A group chat's manager tells every participant what one of them said: copies, one after the other.
They are one `publish` that counts them; what follows from it is the turn of whoever speaks next.
"""

from __future__ import annotations

from typing import Any, Final

from ....tracer import conventions as c
from ..watching import Args, Kwargs
from .lanes import PUBLISH, SEND, Lane, current_lane
from .messages import kind_of, message_body
from .naming import argument, is_mapping, name_of

GROUP: Final = "group"


def is_manager(agent: Any) -> bool:
    """Whether the agent runs a group chat."""
    return getattr(agent, "_groupchat", None) is not None


def posted(owner: Any, args: Args, kwargs: Kwargs, result: Any) -> None:
    """`_append_oai_message` returned: for a message that is sent, the last thing before it goes."""
    lane = current_lane()
    if lane is None:
        return
    lane.taking = None
    if lane.quiet or not result:
        return
    if argument("role", 1, args, kwargs) != "assistant":
        return  # the recipient's history: `delivered` has seen it
    message = argument("message", 0, args, kwargs)
    recipient = argument("conversation_id", 2, args, kwargs)
    if lane.manager is owner and any(each is recipient for each in owner._groupchat.agents):
        _broadcast(lane, owner, message, recipient)
        return
    sender = name_of(owner)
    body = message_body(message, sender)
    letter = lane.post(SEND, sender, name_of(recipient), kind_of(message), body, message)
    letter.recipient = recipient
    if lane.letter is not None:
        lane.letter.span.end()  # its recipient took it without a history
    lane.letter = letter


def _broadcast(lane: Lane, manager: Any, message: Any, recipient: Any) -> None:
    lane.copy = recipient
    told = lane.broadcast
    if told is None or told.message is not message:
        lane.told_all()
        sender = name_of(manager)
        speaker = message.get("name") if is_mapping(message) else None
        body = message_body(message, str(speaker or sender))
        topic = f"{GROUP}/{sender}"
        told = lane.broadcast = lane.post(PUBLISH, sender, topic, kind_of(message), body, message)
    told.copies += 1


def delivered(owner: Any, args: Args, kwargs: Kwargs) -> None:
    """`_process_received_message` is called: the first thing a recipient does."""
    lane = current_lane()
    if lane is None or lane.quiet or lane.taking is owner:
        return  # the last: its class passes the call on to the one it derives from
    lane.taking = owner
    if lane.copy is owner:
        lane.copy = None
        return
    message = argument("message", 0, args, kwargs)
    other = argument("sender", 1, args, kwargs)
    sender = name_of(other)
    letter, lane.letter = lane.letter, None
    if letter is not None and letter.recipient is not owner:
        letter.span.end()
        letter = None
    body = message_body(message, sender) if letter is None else letter.body
    lane.deliver(name_of(owner), sender, kind_of(message), letter, body)
    lane.message = message
    lane.between = (other, owner)


def called(lane: Lane, owner: Any, messages: Any) -> None:
    """The manager gives an agent its turn: with that the last broadcast reaches it."""
    lane.told_all()
    letter, lane.broadcast = lane.broadcast, None
    lane.rounds += 1
    manager = name_of(lane.manager)
    message = messages[-1] if messages else None
    body = message_body(message, manager) if letter is None else letter.body
    lane.deliver(name_of(owner), manager, kind_of(message), letter, body)
    lane.message = message
    lane.between = (lane.manager, owner)


def forgotten(owner: Any, args: Args, kwargs: Kwargs) -> None:
    """`clear_history` is called: how much of which conversation goes."""
    lane = current_lane()
    if lane is None or lane.quiet:
        return
    histories: Any = owner._oai_messages
    other = argument("recipient", 0, args, kwargs)
    dropped: list[Any] = (
        [histories.get(other) or ()] if other is not None else [*histories.values()]
    )
    count = sum(len(each) for each in dropped)
    kept = argument("nr_messages_to_preserve", 1, args, kwargs)
    if count:
        span = lane.step or lane.root
        span.event(
            FORGOTTEN,
            {c.AGENT_NAME: name_of(owner), HISTORY: count, KEPT: kept if kept else 0},
        )


FORGOTTEN: Final = "agentloupe.clear_history"
HISTORY: Final = "agentloupe.history.messages"
KEPT: Final = "agentloupe.history.kept"
