"""The stand-in for AutoGen's runtime is taken for it, and goes away again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import autogen_core
import pytest
from autogen_agentchat.teams._group_chat import _base_group_chat
from autogen_core._single_threaded_agent_runtime import SingleThreadedAgentRuntime as Upstream

from agentloupe.runtime import TracedRuntime
from agentloupe.tracer import record


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[type]:
    with record("stand-in", path=tmp_path / "a.loupe"):
        yield autogen_core.SingleThreadedAgentRuntime


def test_both_places_hold_the_same_stand_in(stand_in: type) -> None:
    assert _base_group_chat.SingleThreadedAgentRuntime is stand_in  # type: ignore[attr-defined]
    assert stand_in is not Upstream
    assert issubclass(stand_in, TracedRuntime)


def test_it_looks_like_upstreams(stand_in: type) -> None:
    assert stand_in.__name__ == Upstream.__name__
    assert stand_in.__qualname__ == Upstream.__qualname__
    assert stand_in.__doc__ == Upstream.__doc__
    runtime = stand_in(ignore_unhandled_exceptions=False)
    assert isinstance(runtime, stand_in)
    assert isinstance(runtime, autogen_core.AgentRuntime)
    with pytest.raises(TypeError):
        stand_in([])  # upstream's takes keywords only


def test_upstreams_instances_and_classes_count_as_its_own(stand_in: type) -> None:
    assert isinstance(Upstream(), stand_in)
    assert issubclass(Upstream, stand_in)
    assert not isinstance(object(), stand_in)


def test_a_derived_class_derives_from_upstreams(stand_in: type) -> None:
    class Mine(stand_in):  # type: ignore[misc, valid-type]
        extra = 1

    assert Mine.__mro__[1] is Upstream
    assert isinstance(Mine(), stand_in)
    assert Mine()._message_queue is not None


def test_it_goes_away_with_the_recording(tmp_path: Path) -> None:
    with record("gone", path=tmp_path / "b.loupe"):
        assert autogen_core.SingleThreadedAgentRuntime is not Upstream
    assert autogen_core.SingleThreadedAgentRuntime is Upstream
    assert _base_group_chat.SingleThreadedAgentRuntime is Upstream  # type: ignore[attr-defined]
    assert not hasattr(autogen_core.BaseAgent.on_message, "__wrapped__")


@pytest.mark.parametrize("first", ["agentloupe.runtime.errors", "agentloupe.runtime.traced"])
def test_a_program_may_import_ours_before_autogen(tmp_path: Path, first: str) -> None:
    program = f"""
from agentloupe.tracer import record

with record("early", path={str(tmp_path / "c.loupe")!r}):
    import {first}
    from autogen_core import SingleThreadedAgentRuntime
    from agentloupe.runtime import TracedRuntime

    assert issubclass(SingleThreadedAgentRuntime, TracedRuntime)

import autogen_core
from autogen_core._single_threaded_agent_runtime import SingleThreadedAgentRuntime as Upstream

assert autogen_core.SingleThreadedAgentRuntime is Upstream
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
