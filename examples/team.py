"""A writer and a critic take turns until the critic is content.

    loupe run examples/team.py
    loupe show @last
    loupe view @last

The model answers come from a list, so that it runs without a key; put a real client in its place.
"""

from __future__ import annotations

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination, TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.replay import ReplayChatCompletionClient

DRAFTS = ["The sea is big.", "The sea keeps what the rivers tell it."]
OPINIONS = ["Too plain: say what it does, not what it is.", "That is a sentence. APPROVE"]


async def main() -> None:
    writer = AssistantAgent("writer", ReplayChatCompletionClient(DRAFTS))
    critic = AssistantAgent("critic", ReplayChatCompletionClient(OPINIONS))
    team = RoundRobinGroupChat(
        [writer, critic],
        termination_condition=TextMentionTermination("APPROVE") | MaxMessageTermination(10),
    )
    result = await team.run(task="One sentence about the sea.")
    for message in result.messages:
        print(f"{message.source}: {message.to_text()}")


if __name__ == "__main__":
    asyncio.run(main())
