"""Linking a send to its cancellation token, and unlinking it when the send is over.

AutoGen's token has no way to forget a callback, so the list is reached into, under its own lock;
a token of another make keeps what it was given.
"""

from __future__ import annotations

from asyncio import Future
from typing import Any, Final

from autogen_core import CancellationToken

from ..tracer.recorder import current_span
from ..tracer.telling import tell
from . import stories

MANY: Final = 1_000  # sends that are over and that a token still knows


def link(token: CancellationToken, future: Future[Any]) -> None:
    """Cancelling the token cancels the future."""
    kept: Any = getattr(token, "_callbacks", ())
    if len(kept) == MANY:
        tell(stories.token(MANY), "warned", current_span())
    token.add_callback(future.cancel)  # pyright: ignore[reportArgumentType]  its result is not used


def unlink(token: CancellationToken, future: Future[Any]) -> None:
    """The token forgets the future. Those linked last are found first."""
    try:
        lock, callbacks, cancelled = token._lock, token._callbacks, token._cancelled
    except AttributeError:
        return
    if cancelled:  # and it may be walking the list, further up this very stack
        return
    cancel = future.cancel
    with lock:
        for index in range(len(callbacks) - 1, -1, -1):
            if callbacks[index] == cancel:
                del callbacks[index]
                return
