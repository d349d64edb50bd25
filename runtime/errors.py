"""What the runtime raises. Each is also of the class that AutoGen documents for its case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autogen_core.exceptions import CantHandleException, UndeliverableException

if TYPE_CHECKING:
    from ..tracer.observer import Told


class RuntimeStopped(UndeliverableException):
    """The runtime was stopped before the message was answered."""


class UnknownRecipient(UndeliverableException, LookupError):  # noqa: N818 named like its class
    """No agent type of the recipient's name is registered."""


class NoHandler(CantHandleException):
    """The recipient has no handler for the message's type."""


class NoSuchSubscription(LookupError, ValueError):  # noqa: N818
    """There is no subscription with that id."""


class HandlerCancelled(Exception):  # noqa: N818
    """An event handler raised CancelledError, though nobody cancelled it."""


class Hang(RuntimeError):  # noqa: N818 named like the others
    """A wait that the runtime ended, since nothing else would have. Its text tells the story.

    `told` has the same as data.
    """

    def __init__(self, told: Told) -> None:
        super().__init__(f"{told.slug}: {told.title}\n{told.story}".rstrip())
        self.told: Told = told


class Deadlock(Hang):
    """Agents wait for each other in a circle that none of them can leave."""


class Quiescent(Hang):
    """Somebody waits, and nothing that is left can end it."""


class TeamStalled(Hang):
    """A team waits for its next message, and no message of it is on its way."""


class DeadlinePassed(Hang, TimeoutError):  # noqa: N818
    """A send, a handler or a run took longer than it was given."""


class RunStopped(Hang):
    """A step observer or a budget ended the run."""


class MailboxFull(UndeliverableException):
    """The recipient has as many messages waiting as its mailbox holds."""


class Abandoned(Hang):
    """An agent failed more often than its supervision allows."""
