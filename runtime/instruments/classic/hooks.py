"""Two more ways to watch a method, for a framework that calls itself recursively."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ....tracer.recorder import Recorder, active
from ..watching import (
    Args,
    Kwargs,
    Opener,
    Watch,
    Watched,
    Wrap,
    blocking,
    named,
    raised,
    told,
    unseen,
)

#: Sees a call: (object, arguments, keyword arguments).
Before = Callable[[Any, Args, Kwargs], None]
#: Sees a call's result as well.
After = Callable[[Any, Args, Kwargs, Any], None]


def leaf(
    before: Before | None = None, after: After | None = None, check: Before | None = None
) -> Wrap:
    """Wrap a method that calls no agent: what it does is noted, no span is made of it.

    What `check` raises, which comes after `before`, is the program's to handle.
    """

    def wrap(raw: Any, function: Any, opener: Opener, recorder: Recorder, inside: bool) -> Any:
        @unseen
        def noted(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
            if active() is not recorder:
                return method(*args, **kwargs)
            if before is not None:
                told(before, owner, args, kwargs)
            if check is not None:
                check(owner, args, kwargs)
            try:
                result = method(*args, **kwargs)
            except BaseException as error:
                raised(None, error)
                raise
            if after is not None:
                told(after, owner, args, kwargs, result)
            return result

        @unseen
        async def awaited(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
            if before is not None:
                told(before, owner, args, kwargs)
            try:
                result = await method(*args, **kwargs)
            except BaseException as error:
                raised(None, error)
                raise
            if after is not None:
                told(after, owner, args, kwargs, result)
            return result

        @unseen
        def coroutine(method: Any, owner: Any, args: Args, kwargs: Kwargs) -> Any:
            if active() is not recorder:
                return method(*args, **kwargs)
            return named(awaited(method, owner, args, kwargs), method)

        return Watched(raw, coroutine if inspect.iscoroutinefunction(function) else noted)

    return wrap


class _Outermost(Watched):
    """A method that is watched where `inside` says no, and left alone where it says yes.

    That is decided when the method is looked up: within a chat the caller gets the program's own
    method, with not a frame of ours between.
    """

    _self_inside: Callable[[], bool]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is not None and self._self_inside():
            method: Any = self.__wrapped__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  any function
            return method.__get__(instance, owner)
        return super().__get__(instance, owner)  # pyright: ignore[reportUnknownVariableType]  as above


def outermost(inside: Callable[[], bool]) -> Wrap:
    """Wrap a method that counts only where it is called from outside of what is recorded."""

    def wrap(raw: Any, function: Any, opener: Opener, recorder: Recorder, _: bool) -> Any:
        watched = blocking(raw, function, opener, recorder, False)
        found = _Outermost(raw, watched._self_wrapper)
        found._self_inside = inside
        return found

    return wrap


def function(watch: Watch, recorder: Recorder, module: Any, name: str, opener: Opener) -> None:
    """Watch a function of a module, also where modules of its package have it by name already."""
    original: Any = getattr(module, name, None)
    if isinstance(original, FunctionType):
        watch.everywhere(original, blocking(original, original, opener, recorder, False))
