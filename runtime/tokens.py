"""Linking a send to its cancellation token, and unlinking it when the send is over.

AutoGen's token has no way to forget a callback, so the list is reached into, under its own lock;
a token of another make keeps what it was given.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Sequence
from typing import Any, Final

from autogen_core import CancellationToken

from ..tracer.recorder import current_span
from ..tracer.telling import tell
from . import stories

OFTEN: Final = stories.MARKS[0]  # callbacks between two looks at what a token keeps


def link(token: CancellationToken, future: Future[Any]) -> None:
    """Cancelling the token cancels the future."""
    kept: Any = getattr(token, "_callbacks", ())
    if kept and not len(kept) % OFTEN:
        _look(kept)
    token.add_callback(future.cancel)  # pyright: ignore[reportArgumentType]  its result is not used


def _look(kept: Sequence[Any]) -> None:
    """Tell of a token that keeps what is over, each time there are four times as many."""
    if len(kept) in stories.MARKS:
        owners = [getattr(each, "__self__", None) for each in kept]
        over = sum(isinstance(each, Future) and each.done() for each in owners)
        if over >= 0.9 * len(kept):
            tell(stories.token(len(kept), over), "warned", current_span())


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
