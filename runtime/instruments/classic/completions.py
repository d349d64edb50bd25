"""Model calls of AutoGen v0.1, which has no client objects: `oai.ChatCompletion.create`.

It is a method of the class that asks each configuration in turn, and itself for that. What gives up
returns -1 and no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ....tracer.recorder import Recorder, current_span
from ..watching import Args, Call, Kwargs, Watch, blocking, call_of
from .clients import ClientAttempt, WrapperCall, Wrappers
from .naming import argument

GAVE_UP: Final = -1
UNANSWERED: Final = "Timeout: no configuration gave an answer in the time to retry"


class CompletionCall(WrapperCall):
    """One call, whatever it tries."""

    __slots__ = ()

    def result(self, value: Any) -> None:
        if value == GAVE_UP:
            self.span.error = UNANSWERED
        else:
            super().result(value)


class _Attempt(ClientAttempt):
    """One configuration is asked."""

    __slots__ = ()

    def result(self, value: Any) -> None:
        self._failed = value == GAVE_UP


class Completions:
    """Opens model calls."""

    def __init__(self, recorder: Recorder, watch: Watch) -> None:
        self._wrappers = Wrappers(recorder, watch)

    def create(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """`Completion.create` is called, by an agent or by the program."""
        asking = call_of(current_span())
        if isinstance(asking, CompletionCall):
            return None  # it asks itself, once for each configuration
        configs: list[Mapping[str, Any]] = argument("config_list", 2, args, kwargs) or [{}]
        config = {**kwargs, **configs[0]}
        span, messages = self._wrappers.asked(owner, config, "", [])
        return CompletionCall(owner, span, messages, len(configs), False, asking)

    def attempt(self, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
        """A configuration is asked, by the cache or by the library."""
        call = call_of(current_span())
        if not isinstance(call, CompletionCall):
            return None
        return _Attempt(owner, call, argument("config", 0, args, kwargs))


def watch_completions(recorder: Recorder, watch: Watch, base: type) -> None:
    """Watch v0.1's `Completion` and what derives from it."""
    found = Completions(recorder, watch)
    openers = {"create": found.create, "_get_response": found.attempt}
    watch.family(base, openers, inside=True, wrap=blocking)
