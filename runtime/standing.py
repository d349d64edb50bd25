"""Where a task stands: what its innermost await waits for, and the line of the program it is in.

asyncio tells neither. From the task's coroutine the chain of awaits is walked down (`cr_await`,
`gi_yieldfrom`, `ag_await`; what has none of them is asked for what it refers to, as the awaitables
of asynchronous generators must be) to the future at its end. The frames on the way say what that
future is: asyncio's own functions are known by name. Children of `gather`, `wait`, task groups and
`shield` are followed into their tasks.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import sysconfig
from collections.abc import Iterable
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any, Final, TypeVar, cast

from msgspec import Struct, field

from ..tracer.waits import On
from .accounting import Timed
from .driver import Slices

DEPTH: Final = 200  # awaits in one another that are followed

_ASYNCIO: Final = os.path.dirname(asyncio.__file__) + os.sep  # noqa: PTH120 compared as text
_STDLIB: Final = sysconfig.get_paths()["stdlib"] + os.sep
_PACKAGES: Final = f"{os.sep}site-packages{os.sep}"
_HOUSE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
_OURS: Final = tuple(f"{_HOUSE}{os.sep}{room}{os.sep}" for room in ("runtime", "tracer", "cli"))
_FRAMEWORK: Final = ("autogen_core", "autogen_agentchat", "autogen_ext")

#: asyncio's functions whose await says what it is for, by file and name.
_KNOWN: Final[dict[tuple[str, str], On]] = {
    ("locks.py", "acquire"): "lock",
    ("locks.py", "wait"): "event",
    ("locks.py", "_block"): "event",
    ("queues.py", "get"): "queue",
    ("queues.py", "put"): "queue",
    ("queues.py", "join"): "queue",
    ("tasks.py", "sleep"): "timer",
    ("tasks.py", "__sleep0"): "nothing",
}
_GROUPS: Final = frozenset({("tasks.py", "wait_for"), ("tasks.py", "_wait")})

#: Calls of a framework that a wait may be within, by method: of what class, what it is.
_CALLS: Final[dict[str, tuple[str, On]]] = {
    "create": ("ChatCompletionClient", "model"),
    "create_stream": ("ChatCompletionClient", "model"),
    "run_json": ("BaseTool", "tool"),
    "run_json_stream": ("BaseTool", "tool"),
    "call_tool": ("Workbench", "tool"),
    "call_tool_stream": ("Workbench", "tool"),
    "execute_code_blocks": ("CodeExecutor", "code"),
    "_get_input": ("UserProxyAgent", "human"),
}


F = TypeVar("F", bound=asyncio.Future[Any])


class Standing(Struct):
    """One thing that a task waits for."""

    on: On
    where: str = ""
    within: str = ""
    leaf: asyncio.Future[Any] | None = None  # pending; None: it is about to go on
    of: object = None  # the lock, queue or event
    external: bool = False
    frames: list[FrameType] = field(default_factory=list[FrameType])
    coroutines: list[Any] = field(default_factory=list[Any])
    any_of: bool = False  # one of several, and any of them is enough


def stand(task: asyncio.Task[Any], _seen: frozenset[int] = frozenset()) -> list[Standing]:
    """What a task waits for: one thing, or as many as it gathers."""
    frames, coroutines, leaf = _walk(task)
    if leaf is None:
        leaf = getattr(task, "_fut_waiter", None)
    if leaf is None or leaf.done() or id(task) in _seen or len(_seen) > DEPTH:
        return [Standing("nothing", frames=frames, coroutines=coroutines)]
    here = _standing(leaf, frames, coroutines)
    parts, any_of = _parts(leaf, frames)
    if not parts:
        return [here]
    seen = _seen | {id(task)}
    found: list[Standing] = []
    for part in parts:
        if part.done():
            if any_of:
                return [Standing("nothing", frames=frames)]
            continue
        inner = stand(part, seen) if isinstance(part, asyncio.Task) else [_plain(part, here)]
        for each in inner:
            each.external = each.external or here.external
            each.any_of = each.any_of or any_of
            each.within = each.within or here.within
            each.where = each.where or here.where
        found += inner
    return found or [Standing("nothing", frames=frames)]


def context_of(task: asyncio.Task[Any]) -> contextvars.Context | None:
    """The context variables of a task; Python 3.11 has no other way to ask."""
    ask = getattr(task, "get_context", None)
    if ask is not None:
        return ask()
    for each in gc.get_referents(task):
        if isinstance(each, contextvars.Context):
            return each
    return None


def holds(coroutines: Iterable[object], lock: object) -> bool:
    """Whether one of the coroutines is inside an `async with` of the lock."""
    return any(
        getattr(each, "__self__", None) is lock and getattr(each, "__name__", "") == "__aexit__"
        for coroutine in coroutines
        for each in gc.get_referents(coroutine)
    )


# -- the chain of awaits -------------------------------------------------------------------------
def _walk(
    task: asyncio.Task[Any],
) -> tuple[list[FrameType], list[Any], asyncio.Future[Any] | None]:
    frames: list[FrameType] = []
    coroutines: list[Any] = []
    at: Any = task.get_coro()  # of any kind
    for _ in range(DEPTH):
        if at is None:
            return frames, coroutines, None
        if asyncio.isfuture(at):
            return frames, coroutines, at
        if isinstance(at, CoroutineType):
            frame, inner = at.cr_frame, at.cr_await  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        elif isinstance(at, AsyncGeneratorType):
            frame, inner = at.ag_frame, at.ag_await  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        elif isinstance(at, GeneratorType):
            frame, inner = at.gi_frame, at.gi_yieldfrom  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        elif isinstance(at, Slices | Timed):
            frame, inner = None, cast("object", at.coroutine)
        else:
            frame, inner = None, _behind(at)
        if frame is not None:
            frames.append(frame)
            coroutines.append(at)
        at = cast("Any", inner)
    return frames, coroutines, None


def _behind(awaitable: object) -> object:
    """What an awaitable of the interpreter's own goes on with."""
    for each in gc.get_referents(awaitable):
        if isinstance(each, CoroutineType | AsyncGeneratorType | GeneratorType | Slices | Timed):
            return each  # pyright: ignore[reportUnknownVariableType]
        if asyncio.isfuture(each) or type(each).__name__.startswith("async_generator_"):
            return each
    return None


# -- what the future at the end is -----------------------------------------------------------------
def _standing(
    leaf: asyncio.Future[Any], frames: list[FrameType], coroutines: list[Any]
) -> Standing:
    here = Standing("future", leaf=leaf, frames=frames, coroutines=coroutines)
    here.where = _where(frames)
    here.external = _bounded(frames, coroutines)
    _name(here, frames[-1] if frames else None)
    if _by_thread(leaf):
        here.on, here.external = "thread", True
    call = _call(frames)
    if call is not None:
        here.within, kind = call
        if here.on in ("io", "thread") or kind == "human":
            here.on, here.external = kind, True
    if here.on == "future" and frames and _foreign(frames[-1]):
        here.external = True  # a library's own future: it knows who ends it
    return here


def _plain(leaf: asyncio.Future[Any], around: Standing) -> Standing:
    made = Standing("future", around.where, around.within, leaf, frames=around.frames)
    if _by_thread(leaf):
        made.on, made.external = "thread", True
    return made


def _name(here: Standing, frame: FrameType | None) -> None:
    if frame is None:
        return
    code = frame.f_code
    if not code.co_filename.startswith(_ASYNCIO):
        return
    known = _KNOWN.get((code.co_filename[len(_ASYNCIO) :], code.co_name))
    if known is not None:
        here.on = known
        here.of = frame.f_locals.get("self")
        here.external = here.external or known == "timer"
        if known == "event" and _is_fifo(here.frames[-2:-1]):
            here.on = "turn"
            here.of = here.frames[-2].f_locals.get("self")
    elif code.co_filename[len(_ASYNCIO) :] not in ("tasks.py", "taskgroups.py", "futures.py"):
        here.on, here.external = "io", True


def _is_fifo(frames: list[FrameType]) -> bool:
    """AgentChat's agents take one message at a time by a lock of its own."""
    return bool(frames) and type(frames[0].f_locals.get("self")).__name__ == "FIFOLock"


def _parts(
    leaf: asyncio.Future[Any], frames: list[FrameType]
) -> tuple[list[asyncio.Future[Any]], bool]:
    """The futures that the leaf waits for, and whether any of them is enough."""
    if isinstance(leaf, asyncio.Task):
        return [leaf], False
    children: Any = getattr(leaf, "_children", None)
    if children:
        return list(children), False
    frame = frames[-1] if frames else None
    if frame is not None and frame.f_code.co_filename.startswith(_ASYNCIO):
        name = (frame.f_code.co_filename[len(_ASYNCIO) :], frame.f_code.co_name)
        if name in _GROUPS:
            given: Any = frame.f_locals.get("fs") or [frame.f_locals.get("fut")]
            any_of = frame.f_locals.get("return_when") == asyncio.FIRST_COMPLETED
            return by_age(each for each in given if asyncio.isfuture(each)), any_of
        if name[0] == "taskgroups.py":
            return by_age(getattr(frame.f_locals.get("self"), "_tasks", ())), False
    shielded = _shielded(leaf)
    return ([shielded] if shielded is not None else []), False


def by_age(futures: Iterable[F]) -> list[F]:
    """Of a set, whose order is that of addresses, the tasks in the order in which they were made,
    as far as their names count: the same program is judged the same way."""
    return sorted(futures, key=_age)


def _age(future: asyncio.Future[Any]) -> tuple[int, str]:
    name = future.get_name() if isinstance(future, asyncio.Task) else ""
    return len(name), name


def _shielded(leaf: asyncio.Future[Any]) -> asyncio.Future[Any] | None:
    for callback in _callbacks(leaf):
        if getattr(callback, "__qualname__", "").startswith("shield.<locals>"):
            for cell in getattr(callback, "__closure__", None) or ():
                if asyncio.isfuture(cell.cell_contents) and cell.cell_contents is not leaf:
                    return cell.cell_contents
    return None


def _callbacks(future: asyncio.Future[Any]) -> list[Any]:
    kept: Any = getattr(future, "_callbacks", None)
    return [each[0] if isinstance(each, tuple) else each for each in kept or ()]


def _by_thread(leaf: asyncio.Future[Any]) -> bool:
    return any(
        getattr(callback, "__qualname__", "").startswith("_chain_future")
        for callback in _callbacks(leaf)
    )


def _bounded(frames: list[FrameType], coroutines: list[Any]) -> bool:
    """Whether a timeout of the program's own will end the wait."""
    for frame in frames:
        code = frame.f_code
        waits = code.co_filename.startswith(_ASYNCIO) and code.co_name in ("wait_for", "_wait")
        if waits and frame.f_locals.get("timeout") is not None:
            return True
    for coroutine in coroutines:
        for each in gc.get_referents(coroutine):
            if getattr(each, "__name__", "") in ("__aexit__", "__exit__") and _ends(each):
                return True
    return False


def _ends(leaving: Any) -> bool:
    scope = getattr(leaving, "__self__", None)
    kind = type(scope).__name__
    if kind == "Timeout" and callable(getattr(scope, "when", None)):
        return scope.when() is not None  # pyright: ignore[reportOptionalMemberAccess, reportUnknownMemberType, reportAttributeAccessIssue]  asyncio.Timeout
    return kind == "CancelScope" and getattr(scope, "deadline", float("inf")) != float("inf")


# -- the program's own lines -----------------------------------------------------------------------
def _own(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return not (
        name.startswith((_STDLIB, *_OURS, "<")) or _PACKAGES in name or name.startswith(_ASYNCIO)
    )


def _foreign(frame: FrameType) -> bool:
    name = frame.f_code.co_filename
    return _PACKAGES in name and not any(f"{os.sep}{each}{os.sep}" in name for each in _FRAMEWORK)


def _where(frames: list[FrameType]) -> str:
    for frame in reversed(frames):
        if _own(frame):
            return place(frame)
    for frame in reversed(frames):
        if _PACKAGES in frame.f_code.co_filename:
            return place(frame)
    return ""


def place(frame: FrameType) -> str:
    """A frame as "app.py:31 in look"."""
    code = frame.f_code
    return f"{os.path.basename(code.co_filename)}:{frame.f_lineno} in {code.co_name}"  # noqa: PTH119


def _call(frames: list[FrameType]) -> tuple[str, On] | None:
    """The innermost call of a model, tool, executor or person that the frames are in."""
    for frame in reversed(frames):
        known = _CALLS.get(frame.f_code.co_name)
        if known is None:
            continue
        owner = frame.f_locals.get("self")
        base, kind = known
        if not any(cls.__name__ == base for cls in type(owner).__mro__):
            continue
        name = frame.f_locals.get("name") if "call_tool" in frame.f_code.co_name else None
        own = getattr(owner, "name", None)
        shown = name or (own if isinstance(own, str) else type(owner).__name__)
        return f"{kind} {shown}", kind
    return None
