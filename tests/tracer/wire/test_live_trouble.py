"""A recording that is sent on while it is written, and trouble with its files."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer.errors import RecordingError
from agentloupe.tracer.reader import open_recording
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.segment import Segment
from agentloupe.tracer.wire.following import Follower
from agentloupe.tracer.wire.live import LiveExport
from agentloupe.tracer.wire.outgoing import Options, spans_out
from agentloupe.tracer.wire.spans import WireSpan

from ..recordings import deliver
from ..test_brief import briefs, exchange, recorder_for
from .receivers import Receiver
from .test_live import as_exported, ended, talk, told, until

pytestmark = pytest.mark.usefixtures("quick")


def test_a_further_part_is_found_when_it_was_only_just_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is there before anything is in it; what follows in it is not to be missed."""
    monkeypatch.setenv("AGENTLOUPE_PART_SIZE", "64K")
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("talk")
        for _ in range(6):
            deliver(recorder, root, "a/default", "b/default", {"text": os.urandom(20_000).hex()})
            recorder.flush()
        root.end()
    part = tmp_path / "r.loupe.part2"
    assert part.exists()
    for further in tmp_path.glob("r.loupe.part[3-9]"):
        further.rename(tmp_path / f"later-{further.name}")
    whole = part.read_bytes()
    part.write_bytes(b"")
    with closing(Follower(path, Options())) as follower:
        told = list(follower.more())
        part.write_bytes(whole)
        for further in tmp_path.glob("later-*"):
            further.rename(tmp_path / further.name.removeprefix("later-"))
        told += follower.more()
        told += follower.rest()
    assert {(each.trace_id, each.id) for each in told} == {
        (int.from_bytes(trace, "big"), int.from_bytes(span, "big"))
        for trace, span in as_exported(path, Options())
    }


@pytest.mark.parametrize("looked", [False, True])
def test_what_joins_a_run_of_one_record_later_is_sent_beside_it(
    tmp_path: Path, looked: bool
) -> None:
    """Its root and two spans were sent with that record: none of them again."""
    path = tmp_path / "r.loupe"
    told: list[WireSpan] = []
    with closing(Follower(path, Options())) as follower:
        with recorder_for(path) as recorder:
            _, handling = exchange(recorder, 1)
            recorder.flush()
            assert briefs(path) == 1
            told += follower.more() if looked else ()
            with recorder.use(handling):
                late = recorder.span(c.TOOL, "execute_tool late", agent="echo")
            recorder.flush()
            told += follower.more() if looked else ()
            late.end()
            exchange(recorder, 2)
        told += follower.more()
        told += follower.rest()
    sent = [(each.trace_id, each.id, each.parent, each.name) for each in told]
    assert len(sent) == len(set(sent)) == 7
    with open_recording(path) as recording:
        assert set(sent) == {
            (each.trace_id, each.id, each.parent, each.name)
            for info in recording.runs
            for each in spans_out(recording.run(info.number), Options())
        }
    with closing(Follower(path, Options())) as follower:
        assert follower.count() == 7


class Damage:
    """Some reads of a recording fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        self.left = 0
        whole = getattr(Segment, method)

        def read(segment: Segment, *arguments: object) -> object:
            if self.left:
                self.left -= 1
                raise RecordingError("the disk does not answer")
            return whole(segment, *arguments)

        monkeypatch.setattr(Segment, method, read)


@pytest.mark.parametrize("method", ["make", "page", "run_row", "samples_after"])
def test_what_cannot_be_read_for_a_while_is_sent_later(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    damage = Damage(monkeypatch, method)
    path = tmp_path / "r.loupe"
    export = LiveExport(path, receiver.url)
    export.start()
    with Recorder(path) as recorder:
        for number in range(6):
            damage.left = 1 + number
            talk(recorder, 5)
            recorder.flush()
            until(lambda: not damage.left)
    sentence = ended(export)
    found = told(receiver.spans)
    assert set(found) == set(as_exported(path, Options()))
    assert sentence == f"{len(found)} spans sent to {receiver.url}"


def test_what_can_never_be_read_is_told(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.loupe"
    export = LiveExport(path, receiver.url)
    export.start()
    with Recorder(path) as recorder:
        talk(recorder, 5)
        recorder.flush()
        until(lambda: sum("process" in name for name in receiver.names) == 5)
        Damage(monkeypatch, "page").left = 1 << 60
        talk(recorder, 5)
    sentence = ended(export)
    count = len(receiver.spans)
    assert sentence.startswith(f"{count} spans sent to {receiver.url}, the others not: the disk")
    with open_recording(path) as recording:
        assert (recording.info.otlp_sent, recording.info.otlp_lost) == (count, None)


def test_a_recording_that_is_gone_is_told(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "r.loupe"
    export = LiveExport(path, receiver.url)
    export.start()
    with Recorder(path) as recorder:
        talk(recorder, 5)
    until(lambda: sum("process" in name for name in receiver.names) == 5)
    for each in tmp_path.iterdir():
        each.unlink()
    assert ended(export).endswith(", the others not: the recording is no longer there")
