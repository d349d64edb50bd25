"""Model clients of five kinds against a scripted server: the same trace, and each trouble named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer.model import Span

from ..cache import kept
from ..mcp.test_servers import recorded
from .server import Json, serving

PROGRAM = str(Path(__file__).with_name("program.py"))
CLIENTS = ("openai", "azure", "anthropic", "ollama", "own")
PACKAGES = ("anthropic>=0.48,<1", "ollama==0.6.1", "docstring-parser<1")
TALK: list[Json] = [
    {"calls": [["add", {"a": 40, "b": 2}]]},
    {"text": "It is right to wait."},
    {"text": "The sum is 42."},
    {"text": "APPROVE"},
]


@pytest.fixture(scope="session")
def libraries() -> Path:
    """The clients' libraries that are not among the development ones; what they need is."""

    def install(target: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target)]
        done = subprocess.run([*pip, *PACKAGES], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    return kept("model-clients", install)


LIMITED: Json = {"status": 429, "error": "slow down", "code": "rate_limit_exceeded"}
OVERFLOW: Json = {
    "status": 400,
    "error": "This model's maximum context length is 8192 tokens",
    "code": "context_length_exceeded",
}
BROKE: Json = {"status": 500, "error": "oh"}
SCENES: dict[str, list[Json]] = {
    "plain": TALK,
    "stream": [TALK[1], TALK[2], TALK[3]],
    "retries": [LIMITED, *TALK],
    "rate_limit": [LIMITED] * 3,
    "context_overflow": [OVERFLOW],
    "content_filter": [{"text": "", "finish": "content_filter"}, *TALK[2:]],
    "refused": [{"status": 401, "error": "no such key"}],
    "server_error": [BROKE] * 3,
    "timeout": [{"hang": True}] * 3,
    "malformed_call": [{"calls": [["add", '{"a": 40']]}, *TALK],
    "cut_off": [{"text": "It is", "finish": "length"}, *TALK[2:]],
}
#: What a client can run into; the rest the dialect cannot say (Ollama's client has no deadline).
NAMED = {
    "openai": "rate_limit context_overflow content_filter refused server_error timeout "
    "malformed_call cut_off",
    "azure": "rate_limit context_overflow content_filter refused malformed_call",
    "anthropic": "rate_limit context_overflow refused server_error cut_off",
    "ollama": "rate_limit context_overflow refused server_error cut_off",
    "own": "malformed_call",
}
PRICES = '["model"]\ninput = 2.5\noutput = 10\n["model-a-mini"]\ninput = 1\noutput = 1\n'


@pytest.fixture(scope="module")
def played(
    libraries: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], dict[str, list[Span]]]:
    """The spans of each scene, played by a client once."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / "prices.toml").write_text(PRICES)

    @cache
    def play(kind: str) -> dict[str, list[Span]]:
        scenes = ["plain", "stream", *NAMED[kind].split()]
        scenes += ["retries"] if kind == "openai" else []
        environment = {
            **os.environ,
            "PYTHONPATH": str(libraries),
            "AGENTLOUPE_PRICES": str(folder / "prices.toml"),
        }
        path = folder / f"{kind}.loupe"
        with serving(SCENES) as url:
            said = recorded(path, PROGRAM, kind, url, *scenes, env=environment)
        for scene in ("plain", "stream"):
            assert f"{scene}: Text 'APPROVE' mentioned" in said
        found: dict[str, list[Span]] = {}
        with open_recording(path) as recording:
            for info in recording.runs:
                turns = recording.run(info.number).iter_turns()
                found[info.name] = [span for _, spans in turns for span in spans]
        return found

    return play


def chats(spans: list[Span]) -> list[Span]:
    return [span for span in spans if span.op == c.CHAT]


def shape(spans: list[Span]) -> list[tuple[Any, ...]]:
    """Every span and which it is below, by name, with what all clients must tell alike."""
    names = {span.id: span.name for span in spans}
    keys = (c.FINISH_REASONS, c.INPUT_TOKENS, c.OUTPUT_TOKENS, c.REQUEST_MODEL, c.COST)
    return [
        (
            *(span.op, span.name, names.get(span.parent), span.step, span.error),
            *(span.attributes.get(key) for key in (*keys, c.MODEL_TROUBLE)),
            tuple(sorted(span.bodies)),
        )
        for span in spans
    ]


@pytest.mark.parametrize("scene", ["plain", "stream"])
@pytest.mark.parametrize("kind", CLIENTS)
def test_another_client_leaves_the_same_trace(kind: str, scene: str, played: Any) -> None:
    spans = played(kind)[scene]
    assert shape(spans) == shape(played(CLIENTS[0])[scene])
    calls = chats(spans)
    assert len(calls) == len(SCENES[scene])
    if kind != "own":
        assert all(span.attributes.get(c.PROVIDER) for span in calls)
        assert [len(span.events) for span in calls] == [1] * len(calls)  # attempts
    if scene == "stream":
        assert all(c.TIME_TO_FIRST_CHUNK in span.attributes for span in calls)


@pytest.mark.parametrize(
    ("kind", "trouble"), [(kind, name) for kind in CLIENTS for name in NAMED[kind].split()]
)
def test_what_goes_wrong_is_named_alike(kind: str, trouble: str, played: Any) -> None:
    first = chats(played(kind)[trouble])[0]
    assert first.attributes.get(c.MODEL_TROUBLE) == trouble.replace("_", " "), first.error


def test_silent_retries_are_attempts_of_one_call(played: Any) -> None:
    first = chats(played("openai")["retries"])[0]
    statuses = [event.attributes.get("http.response.status_code") for event in first.events]
    assert statuses == [429, 200]
    assert first.error is None


def test_costs_are_by_the_users_own_table(played: Any) -> None:
    costs = [span.attributes.get(c.COST) for span in chats(played("anthropic")["plain"])]
    assert costs == [pytest.approx((20 * 2.5 + 5 * 10) / 1e6)] * 4
