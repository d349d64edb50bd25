"""One team, one task, any client:  python program.py CLIENT URL SCENE...

Each scene is a run of its own; the answers of one whose name begins with "stream" are streamed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import TextMentionTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import FunctionCall
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelInfo,
    RequestUsage,
)

INFO = ModelInfo(
    vision=False,
    function_calling=True,
    json_output=False,
    family="unknown",
    structured_output=False,
)


class OwnClient(ChatCompletionClient):
    """What people write themselves: a request with the standard library."""

    component_type = "model"

    def __init__(self, url: str) -> None:
        self._url = url
        self.model = "model-a"

    async def create(self, messages: Sequence[LLMMessage], **kwargs: Any) -> CreateResult:
        body = json.dumps({"model": self.model, "messages": [str(m.content) for m in messages]})
        answer = await asyncio.to_thread(self._post, body)
        message = answer["choices"][0]["message"]
        calls = [
            FunctionCall(
                id=call["id"],
                name=call["function"]["name"],
                arguments=call["function"]["arguments"],
            )
            for call in message.get("tool_calls", [])
        ]
        used = answer["usage"]
        return CreateResult(
            finish_reason="function_calls" if calls else "stop",
            content=calls or message["content"],
            usage=RequestUsage(used["prompt_tokens"], used["completion_tokens"]),
            cached=False,
        )

    def _post(self, body: str) -> Any:
        request = urllib.request.Request(
            f"{self._url}/v1/chat/completions",
            body.encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    async def create_stream(
        self, messages: Sequence[LLMMessage], **kwargs: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        result = await self.create(messages)
        for piece in str(result.content).split():
            yield f"{piece} "
        yield result

    async def close(self) -> None:
        pass

    def actual_usage(self) -> RequestUsage:
        return RequestUsage(0, 0)

    total_usage = actual_usage

    def count_tokens(self, messages: Sequence[LLMMessage], **kwargs: Any) -> int:
        return 1

    remaining_tokens = count_tokens

    @property
    def capabilities(self) -> Any:
        return INFO

    @property
    def model_info(self) -> ModelInfo:
        return INFO


def client(kind: str, url: str) -> ChatCompletionClient:
    if kind == "own":
        return OwnClient(url)
    common: Mapping[str, Any] = {"model": "model-a", "model_info": INFO}
    if kind == "openai":
        from autogen_ext.models.openai import OpenAIChatCompletionClient

        return OpenAIChatCompletionClient(
            **common, base_url=f"{url}/v1", api_key="x", max_retries=1, timeout=1.5
        )
    if kind == "azure":
        from autogen_ext.models.openai import AzureOpenAIChatCompletionClient

        return AzureOpenAIChatCompletionClient(
            **common,
            azure_endpoint=url,
            azure_deployment="model-a",
            api_version="2024-06-01",
            api_key="x",
            max_retries=1,
            timeout=1.5,
        )
    if kind == "anthropic":
        from autogen_ext.models.anthropic import AnthropicChatCompletionClient

        return AnthropicChatCompletionClient(
            **common, base_url=url, api_key="x", max_retries=1, timeout=1.5
        )
    from autogen_ext.models.ollama import OllamaChatCompletionClient

    return OllamaChatCompletionClient(**common, host=url, timeout=1.5)


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def main(kind: str, url: str, *scenes: str) -> None:
    for scene in scenes:
        await play(client(kind, f"{url}/{scene}"), scene)


async def play(model: ChatCompletionClient, scene: str) -> None:
    streams = scene.startswith("stream")
    team = RoundRobinGroupChat(
        [
            AssistantAgent("writer", model_client=model, tools=[add], model_client_stream=streams),
            AssistantAgent("critic", model_client=model, model_client_stream=streams),
        ],
        termination_condition=TextMentionTermination("APPROVE"),
        max_turns=6,
        name=scene,
    )
    try:
        result = await team.run(task="Add 40 and 2.")
        print(f"{scene}: {result.stop_reason}")
    except Exception as error:
        print(f"{scene}: {type(error).__name__}: {str(error).splitlines()[0][:100]}")
    await model.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
