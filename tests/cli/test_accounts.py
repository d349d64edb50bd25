"""`loupe show --agents`: what each agent did and cost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from autogen_core import AgentId

from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import record as recording

from ..runtime.agents import Ask, script


def test_messages_bytes_times_tokens_and_context(
    loupe: Callable[..., Any], record: Callable[..., Path], valid: Callable[[str, Any], None]
) -> None:
    record("desk")
    told = loupe("show", "desk#0", "--json", "--agents").json
    valid("show", told)
    coder, critic = told["agents"]
    assert (coder["name"], coder["identity"]) == ("coder", "coder_t1/t1")
    assert (coder["handled"], coder["sent"], coder["failed"]) == (2, 1, 0)
    assert coder["bytes_in"] > 50
    assert coder["busy"] == pytest.approx(0.039)
    assert coder["waited"] == pytest.approx(0.032)  # a model and two tools
    assert (coder["model_calls"], coder["input_tokens"], coder["output_tokens"]) == (1, 40, 7)
    assert coder["context"] > 50
    assert (coder["context_tokens"], coder["cpu"]) == (40, None)
    assert (critic["failed"], critic["context"], critic["context_tokens"]) == (1, None, None)
    shown = loupe("show", "desk#0", "--agents").out
    assert "/ 40" in shown
    assert "loupe run --accounting" in shown


def test_steps_limit_them(loupe: Callable[..., Any], record: Callable[..., Path]) -> None:
    record("desk")
    [critic] = loupe("show", "desk#0", "--json", "--agents", "--steps", "2..3").json["agents"]
    assert (critic["name"], critic["handled"]) == ("critic", 2)


def test_cpu_and_waiting_are_counted_where_that_is_asked_for(
    loupe: Callable[..., Any], tmp_path: Path
) -> None:
    goes_on = asyncio.Event()

    async def works(agent: Any, message: Any, ctx: Any) -> None:
        sum(range(200_000))

    async def waits(agent: Any, message: Any, ctx: Any) -> None:
        goes_on.set()
        await agent.send_message(Ask(1), AgentId("works", "default"))
        await asyncio.Event().wait()

    async def main() -> None:
        runtime = TracedRuntime(accounting=True)
        await script(runtime, "works", works)
        waiter = await script(runtime, "waits", waits)
        runtime.start()
        send = asyncio.ensure_future(runtime.send_message(Ask(0), waiter))
        await goes_on.wait()
        for _ in range(50):
            await runtime.send_message(Ask(2), AgentId("works", "default"))
        await runtime.stop()
        await asyncio.wait({send})

    path = tmp_path / "a.loupe"
    with recording(path=path):
        asyncio.run(main())
    runs = loupe("runs", "--json", path).json["recordings"][0]["runs"]
    rows = [
        row
        for number in range(len(runs))
        for row in loupe("show", f"{path}#{number}", "--json", "--agents").json["agents"]
    ]
    worked = [row for row in rows if row["name"] == "works"]
    assert len(worked) == 51
    assert all(row["cpu"] > 0 for row in worked)
    [waited] = [row for row in rows if row["name"] == "waits"]
    # all of that was done while it waited
    assert waited["busy"] > waited["waited"] > 0.99 * sum(row["cpu"] for row in worked)
