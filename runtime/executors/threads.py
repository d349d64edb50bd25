"""Blocking requests beside the event loop, each in a thread of its own.

The loop's own executor has a few threads for the whole program: twenty commands that wait would
keep everybody from it. These threads are daemons, so that one that waits for an engine that never
answers does not keep the program from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")


def beside(function: Callable[..., T], *args: Any, **kwargs: Any) -> asyncio.Future[T]:
    """Call a function in a thread of its own. Cancelling gives up waiting; the call goes on."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = copy_context()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)  # pyright: ignore[reportArgumentType]  a T when there is no error
        else:
            future.set_exception(error)

    def call() -> None:
        result: T | None = None
        failed: BaseException | None = None
        try:
            result = context.run(function, *args, **kwargs)
        except BaseException as error:
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=call, name="agentloupe-executor", daemon=True).start()
    return future


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run something to its end though the caller is cancelled meanwhile, which comes after."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        task.exception()  # seen; the cancellation is what the caller must hear
        raise cancelled
    return task.result()


async def waited(future: asyncio.Future[T]) -> T:
    """A future as a coroutine, for `finish`."""
    return await future
