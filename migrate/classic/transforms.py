"""What is done to the messages an agent is about to answer: how many there are, and how long."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from importlib import import_module
from typing import Any, cast

import tiktoken
from autogen_core import InMemoryStore

from .models import Cache
from .talking import Message

TransformList = list[Any]


class TransformMessages:
    """Transforms, one after the other, of all an agent is about to answer; its history stays."""

    def __init__(self, *, transforms: TransformList | None = None, verbose: bool = True) -> None:
        self._transforms = transforms or []
        self._verbose = verbose

    def add_to_agent(self, agent: Any) -> None:
        agent.add_hook("process_all_messages_before_reply", self._transform_messages)

    def _transform_messages(self, messages: list[Message]) -> list[Message]:
        changed = copy.deepcopy(messages)
        first = [changed.pop(0)] if changed and changed[0].get("role") == "system" else []
        for transform in self._transforms:
            before = copy.deepcopy(changed)
            changed = transform.apply_transform(copy.deepcopy(before))
            if self._verbose and hasattr(transform, "get_logs"):
                text, told = transform.get_logs(before, changed)
                if told:
                    print(text)
        return [*first, *changed]


class MessageHistoryLimiter:
    """Keeps the newest messages, and the first one too if that is wanted."""

    def __init__(self, max_messages: int | None = None, keep_first_message: bool = False) -> None:
        if max_messages is not None and max_messages < 1:
            raise ValueError("max_messages must be None or greater than 1")
        self._max_messages = max_messages
        self._keep_first = keep_first_message

    def apply_transform(self, messages: list[Message]) -> list[Message]:
        if self._max_messages is None or len(messages) <= self._max_messages:
            return messages
        first = messages[:1] if self._keep_first else []
        wanted = self._max_messages - len(first)
        if not wanted:
            return first
        oldest, *kept = messages[-wanted:]
        kept = [*first, *kept]
        if oldest.get("role") != "tool":  # its call would be missing
            kept.insert(1, oldest)  # without a first message behind the next, as in v0.2
        return kept

    def get_logs(self, before: list[Message], after: list[Message]) -> tuple[str, bool]:
        gone = len(before) - len(after)
        text = f"Removed {gone} messages. Number of messages reduced from {len(before)} to "
        return f"{text}{len(after)}.", gone > 0


class MessageTokenLimiter:
    """Cuts each message, and all of them together from the oldest on, to so many tokens."""

    def __init__(
        self,
        max_tokens_per_message: int | None = None,
        max_tokens: int | None = None,
        min_tokens: int | None = None,
        model: str = "gpt-3.5-turbo-0613",
        filter_dict: dict[str, Any] | None = None,
        exclude_filter: bool = True,
    ) -> None:
        self._each = float("inf") if max_tokens_per_message is None else max_tokens_per_message
        self._all = float("inf") if max_tokens is None else max_tokens
        self._least = min_tokens or 0
        self._model = model
        self._filter = filter_dict
        self._exclude = exclude_filter

    def apply_transform(self, messages: list[Message]) -> list[Message]:
        if self._least and sum(map(tokens_of, texts(messages))) < self._least:
            return messages
        kept: list[Message] = []
        used = 0
        for given in reversed(messages):
            message = dict(given)
            content = message.get("content")
            if isinstance(content, str | list) and is_wanted(message, self._filter, self._exclude):
                left = self._all - used
                if left - self._each < 0:
                    message["content"] = self._cut(content, left)
                    kept.insert(0, message)
                    break
                message["content"] = self._cut(content, self._each)
            kept.insert(0, message)
            used += sum(map(tokens_of, texts([message])))
        return kept

    def _cut(self, content: Any, limit: float) -> Any:
        if isinstance(content, list):
            parts = cast("list[Message]", content)
            return [
                {**part, "text": self._cut(part["text"], limit)} if "text" in part else part
                for part in parts
            ]
        if limit == float("inf"):
            return content
        encoding = tiktoken.encoding_for_model(self._model)
        return encoding.decode(encoding.encode(content)[: int(limit)])

    def get_logs(self, before: list[Message], after: list[Message]) -> tuple[str, bool]:
        had, has = (sum(map(tokens_of, texts(each))) for each in (before, after))
        text = f"Truncated {had - has} tokens. Number of tokens reduced from {had} to {has}"
        return text, has < had


# region compressors
class InMemoryCache:
    """Keeps things for as long as the program runs."""

    def __init__(self, seed: int | str = 42) -> None:
        self.store = InMemoryStore[Any]()
        self._kept: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self._kept.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self._kept[key] = value

    def close(self) -> None: ...

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None: ...


class LLMLingua:
    """Compresses texts with LLMLingua."""

    def __init__(
        self,
        prompt_compressor_kwargs: dict[str, Any] | None = None,
        structured_compression: bool = False,
    ) -> None:
        settings = prompt_compressor_kwargs or {
            "model_name": "microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank",
            "use_llmlingua2": True,
            "device_map": "cpu",
        }
        compressor: Any = import_module("llmlingua").PromptCompressor(**settings)
        structured = compressor.structured_compress_prompt if structured_compression else None
        self._compress: Any = structured or compressor.compress_prompt

    def compress_text(self, text: str, **options: Any) -> dict[str, Any]:
        return self._compress([text], **options)


class TextMessageCompressor:
    """Compresses the texts of messages, where those have `min_tokens` together.

    A compressor has `compress_text`, which gives `compressed_prompt` and, for the record,
    `origin_tokens` and `compressed_tokens`. What it gives is kept in a cache, on disk unless told
    otherwise.
    """

    def __init__(
        self,
        text_compressor: Any = None,
        min_tokens: int | None = None,
        compression_params: dict[str, Any] | None = None,
        cache: Any = "disk",
        filter_dict: dict[str, Any] | None = None,
        exclude_filter: bool = True,
    ) -> None:
        if min_tokens is not None and min_tokens <= 0:
            raise ValueError("min_tokens must be greater than 0 or None")
        self._compressor = text_compressor or LLMLingua()
        self._least = min_tokens
        self._options = compression_params or {}
        self._cache = Cache.disk() if cache == "disk" else cache
        self._filter, self._exclude = filter_dict, exclude_filter
        self._saved = 0

    def apply_transform(self, messages: list[Message]) -> list[Message]:
        if self._least and sum(map(tokens_of, texts(messages))) < self._least:
            return messages
        self._saved = 0
        for message in messages:
            wanted = is_wanted(message, self._filter, self._exclude)
            if wanted and any(texts([message])):
                message["content"] = self._compressed(message["content"])
        return messages

    def _compressed(self, content: Any) -> Any:
        key = f"{content}{self._least}"
        known = self._cache.get(key) if self._cache is not None else None
        if not known:
            before, self._saved = self._saved, 0
            known = self._short(content), self._saved
            self._saved = before
        if self._cache is not None:
            self._cache.set(key, known)
        self._saved += known[1]
        return known[0]

    def _short(self, content: Any) -> Any:
        if isinstance(content, list):
            parts = cast("list[Message]", content)
            for part in parts:
                if "text" in part:
                    part["text"] = self._short(part["text"])
            return parts
        found = self._compressor.compress_text(content, **self._options)
        if "origin_tokens" in found and "compressed_tokens" in found:
            self._saved += found["origin_tokens"] - found["compressed_tokens"]
        return found["compressed_prompt"]

    def get_logs(self, before: list[Message], after: list[Message]) -> tuple[str, bool]:
        told = self._saved if self._saved > 0 else "No"
        return f"{told} tokens saved with text compression.", self._saved > 0


class TextMessageContentName:
    """Says in each message who it is from."""

    def __init__(
        self,
        position: str = "start",
        format_string: str = "{name}:\n",
        deduplicate: bool = True,
        filter_dict: dict[str, Any] | None = None,
        exclude_filter: bool = True,
    ) -> None:
        if position not in ("start", "end") or "{name}" not in format_string:
            raise ValueError("position is start or end, and format_string has {name} in it")
        self._first, self._format, self._once = position == "start", format_string, deduplicate
        self._filter, self._exclude = filter_dict, exclude_filter
        self._changed = 0

    def apply_transform(self, messages: list[Message]) -> list[Message]:
        self._changed = 0
        for message in messages:
            name, content = message.get("name"), message.get("content")
            if not (name and content and is_wanted(message, self._filter, self._exclude)):
                continue
            told = self._format.format(name=name)
            there = content.startswith(told) if self._first else content.endswith(told)
            if not (self._once and there):
                message["content"] = f"{told}{content}" if self._first else f"{content}{told}"
                self._changed += 1
        return messages

    def get_logs(self, before: list[Message], after: list[Message]) -> tuple[str, bool]:
        told = f"{self._changed} message(s)" if self._changed else "No messages"
        return f"{told} changed to incorporate name.", self._changed > 0


# endregion compressors
def is_wanted(message: Message, wanted: dict[str, Any] | None, exclude: bool) -> bool:
    """Whether a message is to be changed; a filter names keys and the values it is about."""
    if not wanted:
        return True
    found = all(
        message.get(key) in (value if isinstance(value, list) else [value])
        for key, value in wanted.items()
    )
    return not found if exclude else found


def texts(messages: Iterable[Message]) -> Iterable[str]:
    """Every text of the messages."""
    for message in messages:
        content: Any = message.get("content")
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            parts = cast("list[Message]", content)
            yield from (part["text"] for part in parts if "text" in part)


def tokens_of(text: str) -> int:
    """How v0.2 counts."""
    return len(tiktoken.encoding_for_model("gpt-3.5-turbo-0613").encode(text))
