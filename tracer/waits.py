"""Who waits for what: one row for each message that was posted and is not over.

The runtime finds them by looking where a handler's coroutine stands, see `docs/spans.md` on waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What the innermost await of a handler stands on.
#: `start`: it has not begun, it waits for its turn in the queue or for the agent to be made.
#: `reply`: another agent's answer. `turn`: an agent that handles one message at a time is at
#: another one. `mailbox`: room in a full mailbox. `lock`, `queue`, `event`, `task`: asyncio's own.
#: `timer`: a sleep. `thread`: something that runs in an executor. `io`: a socket, pipe or child
#: process. `model`, `tool`, `code`, `human`: that, where more is not known or only io or a thread
#: is below it. `future`: anything else. `nothing`: it runs, or is about to.
On = Literal[
    "start",
    "reply",
    "turn",
    "mailbox",
    "lock",
    "queue",
    "event",
    "task",
    "timer",
    "thread",
    "io",
    "model",
    "tool",
    "code",
    "human",
    "future",
    "paused",
    "nothing",
]


@dataclass(frozen=True, slots=True)
class Wait:
    """A message that is not over, and what it waits for."""

    id: str  # of the handling's span in hex, else of the message; unique among the live ones
    agent: str  # identity of the agent that waits; "" is the program itself
    message: str  # type of the message that is handled, or awaited by the program
    on: On
    what: str  # in words: "the reply of coder to Question", "a lock held by coder"
    within: str  # the model, tool or person that is being asked: "tool search"; "" when none
    where: str  # "app.py:31 in look", the innermost line of the program's own; "" when not known
    awaits: tuple[str, ...]  # identities of the agents that could end it, where they are known
    run: str  # trace id of its run, "" when nothing is recorded
    step: int | None  # its step, None before its handler began
    span: str  # hex id of the process or send span, "" when nothing is recorded
    posted_ns: int  # since the Unix epoch; 0 when nothing is recorded
    since_ns: int  # since when it stands there, as far as was seen
    external: bool  # something outside of the agents may end it: a clock, a socket, a person
    hopeless: bool  # nothing that is left can end it
