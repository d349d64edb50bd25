"""Who holds what, for the search for holders. Imported anew by each test, after all else is frozen:
in the heap of a whole suite one search takes seconds."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

from autogen_core import BaseAgent, MessageContext, SingleThreadedAgentRuntime

SHELF: list[str] = []
SERVICES: list[SingleThreadedAgentRuntime] = []


class Keeper(BaseAgent):
    on_class: ClassVar[dict[int, str]] = {}

    def __init__(self) -> None:
        super().__init__("keeps")
        self.rows: list[str] = []
        self.box: Any = None

    async def on_message_impl(self, message: Any, ctx: MessageContext) -> None: ...

    @functools.lru_cache(None)  # noqa: B019 what is looked for
    def score(self, number: int) -> int:
        return number
