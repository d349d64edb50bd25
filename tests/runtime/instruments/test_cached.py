"""Answers of a cache use no tokens: they are told apart, and nobody counts them as spent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from autogen_core.models import CreateResult, ModelFamily, RequestUsage, UserMessage
from autogen_ext.models.cache import ChatCompletionCache
from autogen_ext.models.replay import ReplayChatCompletionClient

from agentloupe.cli.spans import describe
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, record
from agentloupe.tracer.wire.export import write_json
from agentloupe.tracer.wire.files import import_file
from agentloupe.tracer.wire.outgoing import Options

ASKED = [UserMessage(content="the same as ever", source="user")]


def client() -> Any:
    usage = RequestUsage(prompt_tokens=100, completion_tokens=7)
    said = CreateResult(finish_reason="stop", content="hello", usage=usage, cached=False)
    info: Any = {
        "vision": False,
        "function_calling": False,
        "json_output": False,
        "structured_output": False,
        "family": ModelFamily.UNKNOWN,
    }
    inner = ReplayChatCompletionClient([said, said], model_info=info)
    return ChatCompletionCache(inner)


async def ask(streamed: bool) -> None:
    asked = client()
    for _ in range(3):
        if streamed:
            async for _ in asked.create_stream(ASKED):
                pass
        else:
            await asked.create(ASKED)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_cached_answer_uses_no_tokens(tmp_path: Path, streamed: bool) -> None:
    path = tmp_path / "cached.loupe"
    with record(path=path):
        asyncio.run(ask(streamed))
    back = tmp_path / "back.loupe"
    with open_recording(path) as recording:
        write_json(tmp_path / "out.json", [recording.run(0)], Options())
    import_file(tmp_path / "out.json", back)
    for each in (path, back):
        with open_recording(each) as recording:
            (info,) = recording.runs
            chats = [span for span in recording.run(0).spans() if span.op == c.CHAT]
        assert info.chats == 3
        spent = chats[0].attributes[c.INPUT_TOKENS], chats[0].attributes[c.OUTPUT_TOKENS]
        assert (info.input_tokens, info.output_tokens, info.unknown_tokens) == (*spent, 0)
        assert "cached" not in describe(chats[0])
        for chat in chats[1:]:
            told = chat.attributes
            once = told[c.CACHED_INPUT_TOKENS], told[c.CACHED_OUTPUT_TOKENS]
            assert (told[c.CACHED], once) == (True, spent)
            assert "cached" in describe(chat)
