"""The swap: programs that make AutoGen's `SingleThreadedAgentRuntime` get a `TracedRuntime`.

The stand-in has upstream's name, signature and semantics. Who derives a class from it derives from
upstream's own (their code knows its private parts), and upstream's instances count as instances of
it. Nothing of AutoGen is imported before the program does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from ..tracer.recorder import Recorder
from .instruments.watching import Watch, told

NAME: Final = "SingleThreadedAgentRuntime"


class RuntimeInstrumentor:
    """Puts the traced runtime in the place of AutoGen's own."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Swap the class in one of the modules that hold it."""
        watch = Watch(recorder)
        original = getattr(module, NAME)
        if isinstance(original, _StandIn):
            return watch.undo
        if module.__name__ == "autogen_core":
            _watch_refusals(watch, module.RoutedAgent)
        if module.__name__ == "autogen_core" and _under_way():
            swapped = _later(module, original)
            return lambda: (swapped(), watch.undo())[1]
        watch.swap(module, NAME, stand_in(original))
        return watch.undo


def _watch_refusals(watch: Watch, base: Any) -> None:
    """Note what falls through to what AutoGen does about messages that no handler takes."""
    original = base.on_unhandled_message

    @wraps(original)
    def on_unhandled_message(self: Any, message: Any, ctx: Any) -> Any:
        from .refusing import refused

        told(refused, self, message)
        return original(self, message, ctx)

    watch.swap(base, "on_unhandled_message", on_unhandled_message)


def _under_way() -> bool:
    """Whether a module of ours is what imports AutoGen: it cannot be used before that is done."""
    return any(
        getattr(getattr(module, "__spec__", None), "_initializing", False)
        for name, module in list(sys.modules.items())
        if name.startswith(f"{__package__}.")
    )


def _later(module: Any, original: type) -> Callable[[], None]:
    """Swap the class when somebody first asks for it."""

    def find(name: str) -> Any:
        if name != NAME:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        made = stand_in(original)
        setattr(module, NAME, made)
        return made

    def undo() -> None:
        del module.__getattr__
        setattr(module, NAME, original)

    delattr(module, NAME)
    module.__getattr__ = find
    return undo


class _StandIn(type):
    """The class of the stand-in: takes subclasses and instances as upstream's would."""

    upstream: type

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        if not any(isinstance(base, _StandIn) for base in bases):
            return super().__new__(cls, name, bases, namespace, **kwargs)
        real = tuple(base.upstream if isinstance(base, _StandIn) else base for base in bases)
        return type(real[0])(name, real, namespace, **kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return super().__instancecheck__(instance) or isinstance(instance, cls.upstream)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return super().__subclasscheck__(subclass) or issubclass(subclass, cls.upstream)


_made: dict[type, type] = {}


def stand_in(upstream: type) -> type:
    """The class that takes the place of `upstream`, always the same one."""
    made = _made.get(upstream)
    if made is None:
        made = _made[upstream] = _make(upstream)
    return made


def _make(upstream: type) -> type:
    from .options import in_their_place
    from .traced import TracedRuntime  # imports autogen_core, which the program has loaded

    def __init__(  # noqa: N807 it becomes the class's
        self: Any,
        *,
        intervention_handlers: Any = None,
        tracer_provider: Any = None,
        ignore_unhandled_exceptions: bool = True,
    ) -> None:
        TracedRuntime.__init__(
            self,
            intervention_handlers=intervention_handlers,
            tracer_provider=tracer_provider,
            ignore_unhandled_exceptions=ignore_unhandled_exceptions,
            compat="autogen",
            **in_their_place(),
        )

    metaclass = type("_StandInOf", (_StandIn, type(TracedRuntime)), {})
    made: Any = metaclass(
        upstream.__name__,
        (TracedRuntime,),
        {
            "__init__": __init__,
            "__module__": upstream.__module__,
            "__qualname__": upstream.__qualname__,
            "__doc__": upstream.__doc__,
        },
    )
    made.upstream = upstream
    return made


instrumentor = RuntimeInstrumentor()
