"""Rows of recordings and runs, for `runs` and `show`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Protocol

from ..tracer.locate import SUFFIX, recordings_dir
from ..tracer.model import AgentTotals, RecordingInfo, RunInfo
from .shapes import AgentRow, RecordingRow, RunRow, iso, seconds


def selector(path: str | Path, number: int) -> str:
    """A run as it can be pasted into another command."""
    path = Path(path)
    if path.parent.resolve() == recordings_dir().resolve() and path.suffix == SUFFIX:
        return f"{path.stem}#{number}"
    return f"{path}#{number}"


class Listed(Protocol):
    """A recording, or what the catalog knows of one."""

    @property
    def info(self) -> RecordingInfo: ...

    @property
    def segments(self) -> tuple[RecordingInfo, ...]: ...

    @property
    def runs(self) -> tuple[RunInfo, ...]: ...


def recording_row(recording: Listed) -> RecordingRow:
    """A recording with its runs."""
    info = recording.info
    return RecordingRow(
        path=info.path,
        program=info.program,
        argv=list(info.argv),
        python=info.python,
        pid=info.pid,
        created=iso(info.created_ns),
        ended=None if info.ended_ns is None else iso(info.ended_ns),
        exit_code=info.exit_code,
        signal=info.signal,
        lost=sum(segment.lost for segment in recording.segments),
        versions=dict(info.versions),
        runs=[run_row(info.path, run) for run in recording.runs],
    )


def run_row(path: str, info: RunInfo) -> RunRow:
    """A run with its agents."""
    return RunRow(
        run=info.trace_id,
        selector=selector(path, info.number),
        number=info.number,
        name=info.name,
        status=info.status,
        error=info.error,
        start=iso(info.start_ns),
        seconds=seconds(None if info.end_ns is None else info.end_ns - info.start_ns),
        steps=info.steps,
        spans=info.spans,
        dead_letters=info.dead_letters,
        errors=info.errors,
        model_calls=info.chats,
        tool_calls=info.tools,
        input_tokens=info.input_tokens,
        output_tokens=info.output_tokens,
        unknown_tokens=info.unknown_tokens,
        peak_rss=info.peak_rss or None,
        agents=[_agent_row(agent) for agent in info.agents],
    )


def _agent_row(agent: AgentTotals) -> AgentRow:
    return AgentRow(
        name=agent.name,
        identity=agent.identity,
        received=agent.received,
        sent=agent.sent,
        busy=round(agent.busy_ns / 1e9, 6),
        input_tokens=agent.input_tokens,
        output_tokens=agent.output_tokens,
        errors=agent.errors,
    )


def ending(info: RecordingInfo, *, running: bool) -> str:
    """How the program ended, in words."""
    if info.signal is not None:
        return f"killed by {signal_name(info.signal)}"
    if info.exit_code is not None:
        return f"exit {info.exit_code}"
    if running:
        return "running"
    return "ended" if info.ended_ns is not None else "end not seen"


def signal_name(number: int) -> str:
    """`SIGKILL` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
