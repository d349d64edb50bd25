"""A stream whose token was cancelled does not end before the speaker has said all that it would
(microsoft/autogen#7100)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import ModelClientStreamingChunkEvent, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken

from . import Make, Recipe
from .second_run_after_a_cancel import own_runtime

CHUNKS = 600  # a minute: long enough to be told of meanwhile on any machine


class Reader(BaseChatAgent):
    """Reads aloud, and looks at nothing meanwhile."""

    read = 0

    @property
    def produced_message_types(self) -> Any:
        return (TextMessage,)

    async def on_messages(self, messages: Any, cancellation_token: Any) -> Response:
        raise NotImplementedError

    async def on_messages_stream(
        self, messages: Any, cancellation_token: Any
    ) -> AsyncGenerator[Any, None]:
        for n in range(CHUNKS):
            await asyncio.sleep(0.1)
            self.read += 1
            yield ModelClientStreamingChunkEvent(content=f"chapter {n}. ", source=self.name)
        yield Response(chat_message=TextMessage(content="The end.", source=self.name))

    async def on_reset(self, cancellation_token: Any) -> None:
        pass


async def program(make: Make) -> str:
    with own_runtime(make):
        reader = Reader("reader", "reads aloud")
        team = RoundRobinGroupChat([reader], max_turns=1)
        token = CancellationToken()
        seen = 0
        try:
            async for _ in team.run_stream(task="Read to us.", cancellation_token=token):
                seen += 1
                if seen == 3:
                    token.cancel()
        except asyncio.CancelledError:
            pass
        return "it read all of it" if reader.read == CHUNKS else "it was ended"


RECIPE = Recipe(program, "it read all of it", "it was ended", "hang.cancelled")
