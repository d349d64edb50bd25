"""What the runtime raises. Each is also of the class that AutoGen documents for its case."""

from __future__ import annotations

from autogen_core.exceptions import CantHandleException, UndeliverableException


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
