"""What the runtime's tests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import open_recording
from agentloupe.tracer.reader import Recording
from agentloupe.tracer.recorder import Recorder, activate, active


@pytest.fixture(autouse=True)
def no_recorder_is_left() -> Iterator[None]:
    """A runtime that records by default begins a recording that lasts as long as the process."""
    yield
    assert active() is None


@pytest.fixture
async def quiet_loop() -> AsyncIterator[list[Any]]:
    """The event loop's complaints, kept instead of logged; what is left over is cancelled."""
    loop = asyncio.get_running_loop()
    complaints: list[Any] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    yield complaints
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """The process's recorder, without instrumentors."""
    recorder = Recorder(tmp_path / "test.loupe", program="test")
    before = activate(recorder)
    yield recorder
    activate(before)
    recorder.close()


@pytest.fixture
def read(recorder: Recorder) -> Iterator[Callable[[], Recording]]:
    """What was recorded so far."""
    opened: list[Recording] = []

    def reading() -> Recording:
        assert recorder.flush()
        opened.append(open_recording(recorder.path))
        return opened[-1]

    yield reading
    for each in opened:
        each.close()
