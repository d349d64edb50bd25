"""Waits of the program itself that ran out of time: what it waited for, and where.

A program that waits for an event which an agent should set, and gives up, leaves nothing in a
trace: the wait is its own. asyncio ends such waits at two places, and both are looked at when it
does so; a wait that ends in time is left alone. Noted is only what an agent knows, too: what it
holds, or what its handlers have from around them. A place that gave up twice is a program that
looks now and then, and so is one that waits for the next item of a queue.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Iterator
from pathlib import PurePath
from types import CoroutineType, FrameType, FunctionType
from typing import Any, Final, cast

import msgspec

from ...tracer.recorder import Recorder, current_span
from .. import registry
from .watching import told

GAVE_UP: Final = "gave_up"  # a fact of the recording
PLACES: Final = 16
DEEP: Final = 64  # coroutines that await each other
_OTHERS: Final = ("asyncio", "autogen_", "agentloupe")
_ITEMS: Final = ("Queue.get",)  # the next may just not have come yet


def watch(recorder: Recorder) -> Callable[[], None]:
    """Look at `asyncio.timeout`, and at `wait_for` where that is older. Returns what undoes it."""
    timeouts: Any = asyncio.timeouts
    tasks: Any = asyncio.tasks
    timeout, release = timeouts.Timeout._on_timeout, tasks._release_waiter
    places: dict[str, list[object]] = {}

    @functools.wraps(timeout)
    def on_timeout(self: Any) -> None:
        told(_note, recorder, places, self._task)
        timeout(self)

    @functools.wraps(release)
    def release_waiter(waiter: Any, *args: Any) -> None:
        if not waiter.done():
            told(_note, recorder, places, _waiting(waiter))
        release(waiter, *args)

    timeouts.Timeout._on_timeout, tasks._release_waiter = on_timeout, release_waiter

    def undo() -> None:
        timeouts.Timeout._on_timeout, tasks._release_waiter = timeout, release

    return undo


def _waiting(waiter: object) -> asyncio.Task[Any] | None:
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks(loop)
    return next((each for each in tasks if getattr(each, "_fut_waiter", None) is waiter), None)


def _note(
    recorder: Recorder, places: dict[str, list[object]], task: asyncio.Task[Any] | None
) -> None:
    if task is None or current_span() is not None:  # a handler's own wait is in the trace
        return
    frames = list(_frames(task.get_coro()))
    own = [each for each in frames if not _name(each).startswith(_OTHERS)]
    if not own or not frames:
        return
    what, awaited = _awaited(frames[-1])
    if what in _ITEMS or awaited is None or not _known(awaited):
        return
    at = own[-1]
    where = f"{PurePath(at.f_code.co_filename).name}:{at.f_lineno} in {at.f_code.co_name}"
    row = places.get(where)
    if row is None and len(places) < PLACES:
        places[where] = [time.time_ns(), what, where, 1]
    elif row is not None and row[3] == 1:
        row[3] = 2
    else:
        return
    recorder.writer.meta(GAVE_UP, msgspec.msgpack.encode(list(places.values())))


def _frames(coroutine: object) -> Iterator[FrameType]:
    """Of coroutines that await each other, the outermost first; `wait_for` of 3.11 has a task."""
    for _ in range(DEEP):
        if not isinstance(coroutine, CoroutineType):
            return
        frame = coroutine.cr_frame
        if frame is None:
            return
        yield frame
        inner = frame.f_locals.get("fut") if _is_wait_for(frame) else None
        of_task: Any = getattr(inner, "get_coro", None)
        coroutine = coroutine.cr_await if of_task is None else of_task()


def _is_wait_for(frame: FrameType) -> bool:
    return frame.f_code.co_name == "wait_for" and _name(frame).startswith("asyncio")


def _name(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _awaited(frame: FrameType) -> tuple[str, object]:
    """What the innermost frame waits for, in words, and the object of it; None for nothing ours."""
    if _is_wait_for(frame):
        return "a future", frame.f_locals.get("fut")
    if not _name(frame).startswith("asyncio"):
        return "", None
    return frame.f_code.co_qualname, frame.f_locals.get("self")


def _known(awaited: object) -> bool:
    """Whether an agent of this process has it, or one that is not made yet."""
    return any(awaited is each for held in _held() for each in _inside(held))


def _held() -> Iterator[object]:
    """What agents hold, and what their methods have from around them."""
    for runtime in list(registry.runtimes):
        roster = runtime._roster
        classes = {kind.expected or kind.instances_of for kind in roster.kinds.values()}
        for seat in list(roster.seats.values()):
            yield from getattr(seat.agent, "__dict__", {}).values()
            classes.add(type(seat.agent))
        for cls in classes:
            yield from _methods(cls)


def _methods(cls: type | None) -> Iterator[object]:
    for each in cls.__mro__ if cls is not None else ():
        if str(each.__module__).startswith(_OTHERS):
            continue
        for method in list(vars(each).values()):
            function = getattr(method, "__wrapped__", method)
            if isinstance(function, FunctionType):
                yield from _around(function)


def _inside(held: object) -> Iterator[object]:
    """It, and what is in it: one level deep."""
    yield held
    if isinstance(held, dict):
        yield from list(cast("dict[object, object]", held).values())
    elif isinstance(held, list | tuple | set):
        yield from list(cast("list[object]", held))
    elif isinstance(held, FunctionType):
        yield from _around(held)


def _around(function: FunctionType) -> list[object]:
    cells = function.__closure__ or ()
    held = [cell.cell_contents for cell in cells if _filled(cell)]
    names = function.__code__.co_names
    return held + [function.__globals__[n] for n in names if n in function.__globals__]


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 an empty one raises
    except ValueError:
        return False
    return True
