"""The instrumentor of `autogen`. What it needs is loaded when a program has that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....tracer.recorder import Recorder


class ClassicInstrumentor:
    """Watches agents, chats and group chats of AutoGen v0.2, v0.1 and AG2."""

    name = "autogen-classic"
    targets = (
        "autogen.agentchat.conversable_agent",
        "autogen.agentchat.groupchat",
        "autogen.agentchat.chat",
        "autogen.oai.client",
        "autogen.oai.completion",
        "autogen.code_utils",
    )

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch what one of the modules defines."""
        from .wiring import watch

        return watch(recorder, module)


instrumentor = ClassicInstrumentor()
