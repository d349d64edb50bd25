"""A model client for the demonstration: answers come from a script, nothing is sent anywhere.

It keeps nothing of what it is asked: a client that collects its calls, as AutoGen's
`ReplayChatCompletionClient` does, grows by a copy of the conversation with each of them and would
be the leak that a leak detector finds.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Literal

from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,  # pyright: ignore[reportDeprecated]  an abstract method names it
    ModelFamily,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

#: A call of a tool: its name and its arguments.
Call = tuple[str, dict[str, str]]
#: What a model says next, from the conversation alone.
Script = Callable[[Sequence[LLMMessage]], str | Call]

WINDOW = 128_000


class ScriptedClient(ChatCompletionClient):
    """Answers by a script; counts four characters as a token."""

    component_type = "model"
    component_config_schema = BaseModel

    def __init__(self, script: Script) -> None:
        self._script = script
        self._usage = RequestUsage(prompt_tokens=0, completion_tokens=0)

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """The script's next answer."""
        said = self._script(messages)
        if isinstance(said, str):
            content, text = said, said
        else:
            name, arguments = said
            text = json.dumps(arguments)
            content = [FunctionCall(id=f"call_{len(messages)}", name=name, arguments=text)]
        usage = RequestUsage(
            prompt_tokens=self.count_tokens(messages), completion_tokens=len(text) // 4 + 1
        )
        self._usage.prompt_tokens += usage.prompt_tokens
        self._usage.completion_tokens += usage.completion_tokens
        reason = "stop" if isinstance(content, str) else "function_calls"
        return CreateResult(finish_reason=reason, content=content, usage=usage, cached=False)

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: Tool | Literal["auto", "required", "none"] = "auto",
        json_output: bool | type[BaseModel] | None = None,
        extra_create_args: Mapping[str, Any] | None = None,
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """The same in one piece."""
        result = await self.create(messages)
        if isinstance(result.content, str):
            yield result.content
        yield result

    async def close(self) -> None:
        """Nothing is open."""

    def actual_usage(self) -> RequestUsage:
        return self._usage

    def total_usage(self) -> RequestUsage:
        return self._usage

    def count_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return sum(len(str(message.content)) // 4 + 1 for message in messages)

    def remaining_tokens(
        self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()
    ) -> int:
        return WINDOW - self.count_tokens(messages)

    @property
    def capabilities(self) -> ModelCapabilities:  # pyright: ignore[reportDeprecated]  as above
        return ModelCapabilities(vision=False, function_calling=True, json_output=False)  # pyright: ignore[reportDeprecated]  as above

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False,
            function_calling=True,
            json_output=False,
            structured_output=False,
            family=ModelFamily.UNKNOWN,
        )
