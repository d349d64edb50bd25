"""A recording that is sent on while it is written: nothing twice, nothing left, exact counters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan

from agentloupe.tracer import conventions as c
from agentloupe.tracer import record
from agentloupe.tracer.reader import open_recording
from agentloupe.tracer.recorder import LiveSpan, Recorder
from agentloupe.tracer.wire import following, live, own
from agentloupe.tracer.wire.endpoint import BadEndpoint
from agentloupe.tracer.wire.export import batches
from agentloupe.tracer.wire.following import Follower
from agentloupe.tracer.wire.live import LiveExport
from agentloupe.tracer.wire.outgoing import Options, spans_out
from agentloupe.tracer.wire.spans import WireSpan

from ..recordings import deliver
from .receivers import HALF_DEAD, Receiver, answering, blackhole, receiving

SHAPES = [
    Options(bodies=bodies, shape=shape, split=n)
    for bodies, shape, n in ((True, "tree", None), (False, "links", None), (False, "tree", 3))
]


pytestmark = pytest.mark.usefixtures("quick")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def talk(recorder: Recorder, steps: int, after: Callable[[int], None] = lambda n: None) -> None:
    root = recorder.start_run("talk")
    for number in range(steps):
        deliver(recorder, root, "a/default", "b/default", {"text": f"note {number}"})
        after(number)
    root.end()


def ended(export: LiveExport) -> str:
    export.finish()
    until(lambda: export.wait(0.1))
    return export.close()


def told(spans: list[OtlpSpan]) -> dict[tuple[bytes, bytes], tuple[bytes, str, dict[str, str]]]:
    """What spans say, by their ids: each came once."""
    found = {
        (span.trace_id, span.span_id): (
            span.parent_span_id,
            span.name,
            {pair.key: str(pair.value) for pair in span.attributes},
        )
        for span in spans
    }
    assert len(found) == len(spans), "a span was sent twice"
    return found


def as_exported(path: Path, options: Options) -> dict[tuple[bytes, bytes], tuple[bytes, str]]:
    with open_recording(path) as recording:
        return {
            (span.trace_id.to_bytes(16, "big"), span.id.to_bytes(8, "big")): (
                span.parent.to_bytes(8, "big") if span.parent else b"",
                span.name,
            )
            for info in recording.runs
            for span in spans_out(recording.run(info.number), options)
        }


@pytest.mark.parametrize("options", SHAPES, ids=lambda o: f"{o.shape}-{o.split}")
def test_live_is_what_an_export_is(tmp_path: Path, receiver: Receiver, options: Options) -> None:
    path = tmp_path / "r.loupe"
    export = LiveExport(path, receiver.url, options)
    export.start()
    with Recorder(path) as recorder:

        def after(number: int) -> None:
            if number % 4 == 0:
                recorder.flush()
                wanted = number + 1
                until(lambda: sum("process" in name for name in receiver.names) >= wanted)

        talk(recorder, 10, after)
        with recorder.record(c.TOOL, "execute_tool alone", agent="c/s1"):
            pass
    assert ended(export) == f"{len(receiver.spans)} spans sent to {receiver.url}"
    found = told(receiver.spans)
    assert {key: each[:2] for key, each in found.items()} == as_exported(path, options)
    assert ("note 3" in str(found)) is options.bodies
    with open_recording(path) as recording:
        assert (recording.info.otlp_sent, recording.info.otlp_lost) == (len(found), 0)


def test_a_receiver_that_comes_back_misses_nothing(tmp_path: Path) -> None:
    with receiving() as first:
        port = first.server.server_port
    path = tmp_path / "r.loupe"
    export = LiveExport(path, f"http://127.0.0.1:{port}")
    export.start()
    with Recorder(path) as recorder:
        talk(recorder, 5)
        recorder.flush()
        with receiving(port) as again:
            talk(recorder, 5)
            recorder.flush()
            until(lambda: sum("process" in name for name in again.names) == 10)
            sent = ended(export)
            found = told(again.spans)
    assert set(found) == set(as_exported(path, Options()))
    assert sent == f"{len(found)} spans sent to http://127.0.0.1:{port}"


def test_nobody_there_is_counted_to_the_last_span(tmp_path: Path) -> None:
    with receiving() as gone:
        url = gone.url
    path = tmp_path / "r.loupe"
    export = LiveExport(path, url)
    export.start()
    with Recorder(path) as recorder:
        talk(recorder, 700)
    sentence = ended(export)
    count = len(as_exported(path, Options()))
    assert count > 1400
    assert sentence.startswith(f"0 spans sent to {url}, {count:,} not: ")
    assert f"loupe export r.loupe --otlp {url}" in sentence
    with open_recording(path) as recording:
        assert (recording.info.otlp_sent, recording.info.otlp_lost) == (0, count)


def test_a_receiver_that_hangs_is_given_up(tmp_path: Path, receiver: Receiver) -> None:
    """What was on its way counts as the answer says, the rest as lost."""
    receiver.gate.clear()
    path = tmp_path / "r.loupe"
    export = LiveExport(path, receiver.url)
    export.start()
    with Recorder(path) as recorder:
        talk(recorder, 700)
    until(receiver.asked.is_set)
    export.give_up()
    assert not export.wait(0.05)
    receiver.gate.set()
    until(lambda: export.wait(0.1))
    done = export.delivery
    assert done.sent == len(receiver.spans)
    assert done.sent + done.lost == len(as_exported(path, Options()))


def ended_with(path: Path, url: str, options: Options | None = None) -> tuple[LiveExport, str]:
    """What becomes of a recording for which there is little time."""
    export = LiveExport(path, url, options, wait=0.5)
    export.start()
    with Recorder(path) as recorder:
        talk(recorder, 30)
    return export, ended(export)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
@pytest.mark.parametrize("kind", [*HALF_DEAD, "blackhole"])
def test_the_half_dead_are_given_up_and_all_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, protocol: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    path = tmp_path / "r.loupe"
    with blackhole() if kind == "blackhole" else answering(HALF_DEAD[kind]) as place:
        export, sentence = ended_with(path, f"{protocol}://{place}")
    count = len(as_exported(path, Options()))
    assert (export.delivery.sent, export.delivery.lost) == (0, count)
    assert sentence.startswith(f"0 spans sent to {protocol}://{place}, {count} not: ")
    with open_recording(path) as recording:
        assert (recording.info.otlp_sent, recording.info.otlp_lost) == (0, count)


@pytest.mark.parametrize("options", SHAPES, ids=lambda o: f"{o.shape}-{o.split}")
def test_there_is_an_end_to_a_receiver_that_goes_on_taking(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, options: Options
) -> None:
    """It has taken one batch when the time is over."""
    monkeypatch.setattr(live, "batches", partial(batches, size=10))
    receiver.gate.clear()
    path = tmp_path / "r.loupe"
    export = LiveExport(path, receiver.url, options, wait=0)
    with Recorder(path) as recorder:
        talk(recorder, 30)
    export.start()  # finds more than a batch
    until(receiver.asked.is_set)
    export.finish()
    receiver.gate.set()
    sentence = ended(export)
    done, count = export.delivery, len(as_exported(path, options))
    assert (done.sent, done.lost) == (10, count - 10)
    assert f"{done.lost} not: there was no more time." in sentence


def test_what_goes_wrong_in_sending_is_counted_too(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "r.loupe"
    export = LiveExport(path, receiver.url, headers={"x": "two\nlines"})
    export.start()
    with Recorder(path) as recorder:
        talk(recorder, 3)
    sentence = ended(export)
    count = len(as_exported(path, Options()))
    assert sentence.startswith(f"0 spans sent to {receiver.url}, {count} not: ")
    assert "header" in sentence


def test_what_never_ended_is_sent_as_open(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "r.loupe"
    export = LiveExport(path, receiver.url)
    export.start()
    recorder = Recorder(path)
    root = recorder.start_run("hung")
    with recorder.use(root), recorder.record(c.AGENT, "invoke_agent a", agent="a"):
        recorder.span(c.CHAT, "chat m")
        recorder.flush()
        ended(export)  # as after `kill -9`
    opened = {span.name: span for span in receiver.spans}
    assert sorted(opened) == ["chat m", "invoke_agent a", "invoke_workflow hung"]
    for span in opened.values():
        assert own.OPEN in {pair.key for pair in span.attributes}
        assert span.end_time_unix_nano >= opened["chat m"].start_time_unix_nano
    recorder.close()


def test_headers_go_along(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        talk(recorder, 1)
    export = LiveExport(path, receiver.url, headers={"X-Project": "p"})
    export.start()
    ended(export)
    headers = {key.lower(): value for key, value in receiver.requests[0][1].items()}
    assert headers["x-project"] == "p"


def test_a_program_that_records_itself(
    tmp_path: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    with record("mine", path=tmp_path / "r.loupe", otlp=receiver.url, otlp_bodies=True) as recorder:
        talk(recorder, 2)
        with record(otlp="http://elsewhere"):
            pass
    assert "note 1" in str(told(receiver.spans))
    assert set(told(receiver.spans)) == set(as_exported(tmp_path / "r.loupe", Options()))
    assert capsys.readouterr().err.count("is left to whoever records") == 1
    with receiving() as gone:
        url = gone.url
    with record("mine", path=tmp_path / "other.loupe", otlp=url) as recorder:
        talk(recorder, 2)
    assert f"agentloupe: 0 spans sent to {url}, " in capsys.readouterr().err


def test_an_address_that_is_none_records_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadEndpoint), record(path=tmp_path / "r.loupe", otlp="ftp://x"):
        pass
    assert not (tmp_path / "r.loupe").exists()


class Shop:
    """A process whose tool asks, and others that answer: segments of one recording."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "shop.loupe"
        self.asker = Recorder(self.path, program="asker")
        self.run = self.asker.start_run("ask")
        self.follower = Follower(self.path, Options())
        self.told: list[WireSpan] = []

    def answering(self, pid: int, parent: int, trace: int) -> tuple[Recorder, LiveSpan]:
        """A process that `parent` of another made begin a run in a trace of the program's own."""
        recorder = Recorder(self.path.with_name(f"{self.path.name}.{pid}"), program="other")
        run = recorder.start_run(f"answer {pid}")
        run.attributes = {c.REMOTE_PARENT: f"{parent:016x}"}
        run.run.trace_id = trace
        return recorder, run

    def look(self, *, rest: bool = False) -> None:
        self.told += self.follower.more()
        if rest:
            self.told += self.follower.rest()

    def traces(self) -> set[int]:
        ids = [span.id for span in self.told]
        assert len(ids) == len(set(ids))
        return {span.trace_id for span in self.told}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.follower.close()


@pytest.mark.parametrize("late", [False, True])
def test_parts_of_a_run_go_out_in_its_trace(
    shop: Shop, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hops; with `late` a part is on disk before the span that set it off."""
    monkeypatch.setattr(following, "WAIT_NS", 1 << 62)
    asking = LiveSpan(
        shop.asker, c.TOOL, "execute_tool ask", "a/default", shop.run.id, None, shop.run
    )
    if not late:
        shop.asker.put(asking)
        shop.asker.flush()
    teller, part = shop.answering(41, asking.id, 0xFACE)
    with teller.use(part), teller.record(c.TOOL, "execute_tool pass_on") as passing:
        pass
    deeper, inner = shop.answering(42, passing.id, 0xFACE)
    with deeper.use(inner), deeper.record(c.CHAT, "chat m"):
        pass
    inner.end()
    deeper.close()
    part.end()
    teller.flush()
    shop.look()
    theirs = {"execute_tool pass_on", "chat m"}
    assert {span.name for span in shop.told} & theirs == (set() if late else theirs)
    if late:
        shop.asker.put(asking)
        shop.asker.flush()
        shop.look()
        assert theirs <= {span.name for span in shop.told}
    asking.end()
    shop.run.end()
    teller.close()
    shop.asker.close()
    shop.look(rest=True)
    assert shop.traces() == {shop.run.run.trace_id}
    known = {span.id for span in shop.told}
    assert [span.name for span in shop.told if span.parent not in known] == ["invoke_workflow ask"]
    with closing(Follower(shop.path, Options())) as follower:
        assert len(shop.told) == follower.count()


def test_a_part_of_nothing_that_is_recorded_waits_for_a_moment(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller, part = shop.answering(41, 0xABC, 0xFACE)
    part.end()
    teller.close()
    shop.asker.flush()
    monkeypatch.setattr(following, "WAIT_NS", 1 << 62)
    shop.look()
    assert shop.told == []
    monkeypatch.setattr(following, "WAIT_NS", 0)
    shop.look()
    assert [(span.name, span.trace_id) for span in shop.told] == [
        ("invoke_workflow answer 41", 0xFACE)
    ]
    shop.run.end()
    shop.asker.close()


def test_parts_that_are_split_have_spans_of_their_own(shop: Shop) -> None:
    """Steps of two processes have the same numbers; the roots made for them must not."""
    shop.follower.close()
    shop.follower = Follower(shop.path, Options(split=2))
    deliver(shop.asker, shop.run, "a/default", "b/default", {"text": "0"})
    with shop.asker.use(shop.run):
        asking = shop.asker.span(c.TOOL, "execute_tool ask", agent="a/default")
    teller, part = shop.answering(41, asking.id, 0xFACE)
    for recorder, root in ((teller, part), (shop.asker, shop.run)):
        for number in range(4):
            deliver(recorder, root, "a/default", "b/default", {"text": f"{number}"})
    asking.end()
    for recorder, root in ((teller, part), (shop.asker, shop.run)):
        root.end()
        recorder.close()
    shop.look(rest=True)
    assert len([span for span in shop.told if "(part " in span.name]) == 3
    shop.traces()
