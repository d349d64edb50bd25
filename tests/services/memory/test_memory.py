"""Agents' memories, AutoGen's own and one on a real Redis server, in recordings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer.model import Span

from ..mcp.test_servers import codes, recorded, spans_of
from . import redis

PROGRAM = str(Path(__file__).with_name("program.py"))


@pytest.fixture(scope="module")
def port(in_ci: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    why = redis.unavailable()
    if why:
        (pytest.fail if in_ci else pytest.skip)(why)
    with redis.running(tmp_path_factory.mktemp("redis")) as port:
        yield port


def operations(path: Path) -> list[Span]:
    wanted = {c.SEARCH_MEMORY, c.UPSERT_MEMORY, c.DELETE_MEMORY}
    return [span for span, _ in spans_of(path) if span.op in wanted]


def test_a_list_memory(tmp_path: Path) -> None:
    path = tmp_path / "list.loupe"
    assert "Answer 5." in recorded(path, PROGRAM, "list")
    seen = operations(path)
    assert Counter(span.op for span in seen) == {
        c.UPSERT_MEMORY: 3,
        c.SEARCH_MEMORY: 7,
        c.DELETE_MEMORY: 1,
    }
    filled = [span for span in seen if c.CONTEXT_ADDED in span.attributes]
    assert [span.agent for span in filled] == ["guide"] * 6
    assert {span.attributes[c.RECORD_COUNT] for span in filled} == {3}
    assert {span.attributes[c.STORE_SIZE] for span in filled} == {3}
    added = int(str(filled[0].attributes[c.CONTEXT_ADDED_SIZE]))
    assert added > 60
    # The list memory adds the same text at each turn, and takes none away.
    assert filled[5].attributes[c.CONTEXT_MEMORY] == 6 * added
    assert not {"EXTN004", "EXTN005", "EXTN006"} & set(codes(path))


def test_a_memory_of_the_programs_own_on_a_server(port: int, tmp_path: Path) -> None:
    path = tmp_path / "redis.loupe"
    assert recorded(path, PROGRAM, "redis", str(port)).split()[-1] == "1"
    seen = {span.id: (span, text) for span, text in spans_of(path)}
    searches = [each for each in seen.values() if each[0].op == c.SEARCH_MEMORY]
    assert len(searches) == 7  # the query inside of `update_context` is part of it
    asked = [text(c.QUERY) for span, text in searches if c.QUERY in span.bodies]
    assert asked == ["harbour"]
    filled, text = next(each for each in searches if c.CONTEXT_ADDED in each[0].attributes)
    assert filled.attributes[c.STORE_NAME] == "RedisMemory"
    assert filled.attributes[c.CONTEXT_ADDED] == 1
    contents = [each["content"] for each in json.loads(text(c.RECORDS))]
    assert "the harbour is north" in contents
    assert "EXTN004" not in codes(path)


def test_a_memory_that_finds_nothing_is_named(port: int, tmp_path: Path) -> None:
    path = tmp_path / "forgetful.loupe"
    recorded(path, PROGRAM, "forgetful", str(port))
    finding = codes(path)["EXTN004"]
    assert finding["severity"] == "warning"
    assert finding["evidence"]["facts"] == {
        "times": 1,
        "store": "RedisMemory texts",
        "asked": 6,
        "written": 3,
    }


def test_a_context_full_of_memory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "filling.loupe"
    recorded(path, PROGRAM, "filling")
    finding = codes(path)["EXTN006"]
    assert finding["agents"] == ["guide"]
    assert finding["evidence"]["facts"]["share"] > 0.9
