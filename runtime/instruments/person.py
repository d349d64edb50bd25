"""Waits for a person: `await_human` spans with the question as message and the answer as reply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...tracer import conventions as c
from ...tracer.recorder import Recorder
from .watching import Args, Call, Kwargs, Watch


class Wait(Call):
    """A person is asked."""

    def result(self, value: Any) -> None:
        if isinstance(value, str):
            self.span.body(c.REPLY_BODY, value)


class PersonInstrumentor:
    """Watches the user proxies of AutoGen 0.4 and later."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch where `UserProxyAgent` asks."""
        watch = Watch(recorder)

        def asked(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            span = recorder.span(c.HUMAN, f"{c.HUMAN} {owner.name}")
            question = kwargs.get("prompt", args[0] if args else "")
            span.body(c.MESSAGE_BODY, str(question))
            # The turn around it is the same agent's: a call of its own all the same.
            return Wait(None, span)

        watch.family(module.UserProxyAgent, {"_get_input": asked}, inside=True)
        return watch.undo


instrumentor = PersonInstrumentor()
