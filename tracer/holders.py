"""Who holds an object: the way from it, against the references, to somebody with a name.

Breadth first, one pass over the heap for each step, to the nearest agent, class attribute, module
global, `functools` cache, event loop or suspended coroutine.
"""

from __future__ import annotations

import functools
import gc
import io
import sys
import time
from array import array
from collections.abc import Iterable
from types import CoroutineType, FrameType, FunctionType, GeneratorType, ModuleType
from typing import Any, Final, NamedTuple, cast

from .census import TEXT
from .names import SUSPENDED, plain_type

DEPTH: Final = 9
WIDTH: Final = 40  # holders that are followed at each step
SECONDS: Final = 0.2

_CACHE: Final = type(functools.lru_cache(len))
_OURS: Final = ("agentloupe.", "sqlite3")  # the store's connection among them


class Held(NamedTuple):
    """A way to a named holder, outermost first. `agent` is "" when it leads to none of them."""

    path: tuple[str, ...]
    agent: str


class _Step(NamedTuple):
    what: Any
    after: _Step | None
    edge: str  # how `what` refers to the step after it


def held(target: Any, *, passed_over: Iterable[Any] = ()) -> Held | None:
    """The way to whoever holds `target`, None when it leads to nobody with a name, or to us."""
    until = time.thread_time() + SECONDS
    frontier = [_Step(target, None, "")]
    seen = {id(target), id(frontier), *(id(each) for each in passed_over)}
    first = _named(frontier[0])
    if first is not None and not isinstance(target, type):
        return first
    for _ in range(DEPTH):
        if time.thread_time() > until:
            return None
        frontier = _further(frontier, seen)
        for step in frontier:
            name = _named(step)
            if name is not None:
                return name
        if not frontier:
            return None
    return None


def _further(frontier: list[_Step], seen: set[int]) -> list[_Step]:
    targets = [step.what for step in frontier]
    by_id = {id(step.what): step for step in frontier}
    seen |= {id(targets), id(by_id), id(by_id.values()), id(seen)}
    seen |= {id(step) for step in frontier}
    found: list[_Step] = []
    for each in gc.get_referrers(*targets):
        if id(each) in seen or isinstance(each, FrameType | _Step) or _ours(each):
            continue
        seen.add(id(each))
        # not of a module: see `census`
        inners = [vars(each)] if isinstance(each, ModuleType) else gc.get_referents(each)
        for inner in inners:
            after = by_id.get(id(inner))
            if after is not None:
                found.append(_Step(each, after, _edge(each, inner)))
                break
        if len(found) >= WIDTH:
            break
    return found


def _ours(what: Any) -> bool:
    """The recorder's and the runtime's own objects: what they hold, they hold for others."""
    if isinstance(what, CoroutineType | GeneratorType):
        frame = _frame(what)
        return frame is None or str(frame.f_globals.get("__name__", "")).startswith(_OURS)
    if isinstance(what, ModuleType):
        return what.__name__.startswith(_OURS)
    kind: type = what if isinstance(what, type) else type(what)
    return kind.__module__.startswith(_OURS)


def _frame(suspended: Any) -> FrameType | None:
    return getattr(suspended, "cr_frame", None) or getattr(suspended, "gi_frame", None)


def _edge(outer: Any, inner: Any) -> str:
    """How `outer` refers to `inner`: an attribute, a key, a place."""
    if type(outer) is dict:
        table = cast("dict[Any, Any]", outer)
        for key, value in list(table.items()):
            if value is inner:
                return key if isinstance(key, str) else f"[{type(key).__name__}]"
        return ""
    if isinstance(outer, list | tuple | set | frozenset):
        return "[...]"
    for key, value in _vars(outer).items():
        if value is inner:
            return str(key)
    kinds: tuple[type, ...] = type(outer).__mro__
    for kind in kinds:
        for slot in _slots(kind):
            if getattr(outer, slot, None) is inner:
                return slot
    return ""


def _vars(of: Any) -> dict[str, Any]:
    try:
        return dict(object.__getattribute__(of, "__dict__"))
    except Exception:
        return {}


def _slots(kind: type) -> tuple[str, ...]:
    slots = kind.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _named(step: _Step) -> Held | None:
    """The step's object if it has a name that tells something."""
    what = step.what
    agent = agent_name(what)
    if agent:
        return Held((f"agent {agent!r}", *_way(step)), agent)
    if isinstance(what, type):
        return Held((f"class {what.__module__}.{what.__qualname__}", *_way(step)), _only(what))
    if isinstance(what, _CACHE):
        return _cache(what, step) if isinstance(_wrapped(what), FunctionType) else None
    if type(what) is dict:
        module = _module_of(cast("dict[str, Any]", what))
        if module is not None and not _ours(module):
            return Held((f"{module.__name__}, a module", *_way(step)), "")
    if isinstance(what, CoroutineType | GeneratorType) and step.after is not None:
        return Held((f"{what.__qualname__}{SUSPENDED}", *_way(step)), "")
    if "asyncio" in sys.modules and isinstance(what, sys.modules["asyncio"].BaseEventLoop):
        return Held(("asyncio, the event loop", *_way(step)), "")
    return None


def _wrapped(cache: Any) -> Any:
    return getattr(cache, "__wrapped__", None)


def _cache(what: Any, step: _Step) -> Held:
    function = _wrapped(what)
    name = getattr(function, "__qualname__", "a function")
    module = getattr(function, "__module__", "")
    owner = getattr(sys.modules.get(module), name.partition(".")[0], None)
    agent = _only(owner) if isinstance(owner, type) else ""
    return Held((f"functools cache of {module}.{name}", *_way(step)), agent)


def _way(step: _Step) -> list[str]:
    """From below the named holder to the object itself."""
    names: list[str] = []
    at = step
    while at.after is not None:
        if at.edge and at.edge != "__dict__":
            names.append(f"{at.edge}: {type(at.after.what).__name__}")
        at = at.after
    return names


def _module_of(table: dict[str, Any]) -> ModuleType | None:
    name = table.get("__name__")
    if not isinstance(name, str) or "__builtins__" not in table:
        return None
    module = sys.modules.get(name)
    return module if module is not None and vars(module) is table else None


# -- agents ----------------------------------------------------------------------------------------
_KINDS: Final = (
    ("autogen_core", "BaseAgent"),
    ("autogen_agentchat.agents", "BaseChatAgent"),
    ("autogen", "ConversableAgent"),
)


def _kinds() -> tuple[type, ...]:
    found = (getattr(sys.modules.get(module), name, None) for module, name in _KINDS)
    return tuple(each for each in found if isinstance(each, type))


def agent_name(what: Any) -> str:
    """The plain type of an agent of any framework, "" for anything else."""
    kind: type[Any] = type(what)  # pyright: ignore[reportUnknownVariableType]  anything
    if not issubclass(kind, _kinds()):
        return ""
    try:
        name = getattr(what, "_name", None) or getattr(what, "name", None)
        if isinstance(name, str):
            return name
        return plain_type(f"{what.id.type}/{what.id.key}")
    except Exception:
        return kind.__name__


def _only(owner: type) -> str:
    """The agent whose class it is, if there is but one such agent type."""
    if not issubclass(owner, _kinds()):
        return ""
    names = {agent_name(each) for each in gc.get_referrers(owner) if isinstance(each, owner)}
    return names.pop() if len(names) == 1 else ""


def shortly(what: Any) -> str:
    """What grows, in a word."""
    if isinstance(what, _CACHE):
        return "cache"
    if isinstance(what, FunctionType):
        return "functions"
    name = type(what).__name__
    if isinstance(what, io.StringIO | io.BytesIO | bytearray | array):
        return f"{name} in pieces of {TEXT}"
    return name
