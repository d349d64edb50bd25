"""Recordings of thousands of small runs are read one run after the other in reasonable time."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.tracer import segment
from agentloupe.tracer.reader import open_recording

from .test_brief import briefs, exchange, recorder_for


def test_a_page_is_unpacked_once_for_all_the_runs_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.loupe"
    with recorder_for(path) as recorder:
        for number in range(2_000):
            exchange(recorder, number)
    assert briefs(path) > 1_900
    unpacked: list[int] = []
    unpack = segment.unpack

    def counted(data: bytes) -> object:
        unpacked.append(len(data))
        return unpack(data)

    with open_recording(path) as recording:
        runs = [recording.run(info.number) for info in recording.runs]
        monkeypatch.setattr(segment, "unpack", counted)
        for run in runs:
            assert len(run.spans()) == 2
            assert run.root.agent == ""
    assert 0 < len(unpacked) < 100
