"""v0.2's own client of models, for programs that ask models without agents."""

from __future__ import annotations

from typing import Any, cast

from autogen_core.models import CreateResult
from openai.types.chat import ChatCompletion

from .models import Models
from .talking import Message, wait

# Of a call of `create`, and not of the model that is asked.
ABOUT_THE_CALL = "messages context cache agent filter_func allow_format_str_template".split()


class OpenAIWrapper(Models):
    """Asks the models of a configuration, and answers with OpenAI's completions."""

    def __init__(
        self, config: Any = None, *, config_list: list[dict[str, Any]] | None = None, **base: Any
    ) -> None:
        super().__init__(config or {**base, "config_list": config_list})
        self._askers: dict[str, Models] = {}

    def create(self, **config: Any) -> Any:
        """Ask the first model, and the next where that fails or `filter_func` refuses."""
        return wait(self._completion(config))

    async def _completion(self, config: dict[str, Any]) -> Any:
        context = config.get("context")
        messages = [
            _filled(each, context, bool(config.get("allow_format_str_template")))
            for each in config["messages"]
        ]
        options = {key: value for key, value in config.items() if key not in ABOUT_THE_CALL}
        asker, wanted = self._asker(options), config.get("filter_func")
        last = len(asker.entries) - 1
        for index, entry in enumerate(asker.entries):
            try:
                result = await asker.result_of(index, messages, config.get("cache"))
            except Exception:
                if index == last:
                    raise
                continue
            response = completion(asker.answer_in(result), result, str(entry.get("model")))
            passes = wanted is None or bool(wanted(context=context, response=response))
            if passes or index == last:
                response.config_id, response.pass_filter = index, passes
                return response
        raise AssertionError("the last model has answered or failed")

    def _asker(self, options: dict[str, Any]) -> Models:
        """The models with these options, which those of their own configuration come before."""
        key = repr(sorted(options.items(), key=lambda item: item[0]))
        if key not in self._askers:
            if self.given is not None:
                self._askers[key] = self
            else:
                entries = [{**options, **entry} for entry in self.entries]
                tools = options.get("tools") or self.tools
                functions = options.get("functions") or self.functions
                self._askers[key] = Models(
                    {"config_list": entries, "tools": tools, "functions": functions}
                    | {"cache_seed": options.get("cache_seed", self.seed)}
                )
                self._askers[key].usage = self.usage
        return self._askers[key]

    @classmethod
    def extract_text_or_completion_object(cls, response: Any) -> list[Any]:
        """The text of each choice, or the message where it asks for a function."""
        if isinstance(response, str | dict):
            return [cast("Any", response)]
        found = [choice.message for choice in response.choices]
        return [each if each.tool_calls or each.function_call else each.content for each in found]

    @property
    def total_usage_summary(self) -> dict[str, Any] | None:
        """Tokens by model; 0.7 knows no prices, so costs are 0."""
        used = {
            model: {**counts, "cost": 0, "total_tokens": sum(counts.values())}
            for model, counts in self.usage.items()
        }
        return {"total_cost": 0, **used} if used else None

    @property
    def actual_usage_summary(self) -> dict[str, Any] | None:
        return self.total_usage_summary

    def print_usage(self, mode: Any = None) -> None:
        print("Usage summary:", self.total_usage_summary or "no model was asked")

    def clear_usage_summary(self) -> None:
        self.usage.clear()


def _filled(message: Message, context: dict[str, Any] | None, formats: bool) -> Message:
    """A message with what the context says in it."""
    content: Any = message.get("content")
    if not context or not content:
        return message
    if callable(content):
        return {**message, "content": content(context)}
    if isinstance(content, str) and formats:
        return {**message, "content": content.format(**context)}
    return message


def completion(answer: Any, result: CreateResult, model: str) -> Any:
    """An answer as OpenAI's client gives it."""
    called = isinstance(answer, dict)
    message: Message = {**answer} if called else {"role": "assistant", "content": answer}
    used = result.usage
    response: Any = ChatCompletion.model_validate(
        {
            "id": "completion",
            "object": "chat.completion",
            "created": 0,
            "model": model,
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "tool_calls" if called else "stop",
                    "message": message,
                }
            ],
            "usage": {
                "prompt_tokens": used.prompt_tokens,
                "completion_tokens": used.completion_tokens,
                "total_tokens": used.prompt_tokens + used.completion_tokens,
            },
        }
    )
    response.cost = 0  # 0.7 knows no prices
    return response
