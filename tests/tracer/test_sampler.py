"""Memory samples: what is read, how often, and whose allocation it is."""

from __future__ import annotations

import gc
import os
import re
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording, sampler, tallies
from agentloupe.tracer.bodies import Context, text
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.sampler import Reading, Sampler

from .recordings import deliver


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    """What other tests left behind is not walked by every forced collection."""
    gc.freeze()
    yield
    gc.unfreeze()


def _sampler(*, collect: bool = False) -> tuple[Sampler, list[Reading]]:
    taken: list[Reading] = []
    return Sampler(taken.append, collect=collect), taken


def test_the_first_step_reads_everything() -> None:
    subject, taken = _sampler()
    subject.tick(0, 0, 1)
    subject.close()
    data = taken[0].data
    for key in ("rss", "c_heap", "blocks", "threads", "fds", "children"):
        assert data[key] >= 0, key
    assert data["rss"] > 1 << 20
    assert ("uss" in data) is (data["rss"] < sampler.SMALL)
    assert data["gc"] is True


def test_asyncio_that_another_thread_is_importing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is among the modules before it has anything in it."""
    monkeypatch.setitem(sys.modules, "asyncio", ModuleType("asyncio"))
    subject, taken = _sampler()
    subject.tick(0, 0, 1)
    subject.close()
    assert "tasks" not in taken[0].data
    assert "temp_files" in taken[0].data
    assert capsys.readouterr().err == ""


def test_one_thread_samples_at_a_time() -> None:
    """Event loops of several threads end their steps at once."""
    taken: list[Reading] = []

    def sink(reading: Reading) -> None:
        taken.append(reading)
        other = threading.Thread(target=subject.tick, args=(1, 0, 2))
        other.start()
        other.join()

    subject = Sampler(sink)
    subject.tick(0, 0, 1)
    subject.close()
    assert [reading.run for reading in taken] == [0]


def test_a_program_may_close_what_it_did_not_open() -> None:
    """As daemons do; what failed at the end here kept the recording from being written."""
    subject, _ = _sampler()
    if subject._statm is None:
        pytest.skip("there is no /proc")
    os.close(subject._statm)
    subject.close()


def test_what_python_itself_keeps_is_counted() -> None:
    re.purge()  # a cache that is full does not grow
    subject, taken = _sampler(collect=True)
    for pattern in ("a", "b"):
        subject._forced(0, 0, 0, True)
        re.compile(f"counted {pattern} {id(subject)}")
    subject.close()
    first, second = (reading.data["learned"] for reading in taken)
    assert first > len(sys.modules)
    assert second > first


def test_reading_waits_for_a_multiple_of_its_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, taken = _sampler()
    now, cost = [0], 100_000

    def clock() -> int:
        now[0] += 1_000  # every look at the clock is a microsecond of work
        return now[0]

    def rss() -> int:
        now[0] += cost
        return 1 << 20

    monkeypatch.setattr(sampler, "_clock", clock)
    monkeypatch.setattr(sampler, "_spent", clock)
    monkeypatch.setattr(sampler, "_epoch", 0)
    monkeypatch.setattr(subject, "_rss", rss)
    monkeypatch.setattr(subject, "_pace", lambda now: None)  # by clocks that nobody turned
    for step in range(1_000_000):
        subject.tick(0, step, clock())
        if len(taken) == 3:
            break
    subject.close()
    passed = (taken[2].messages - taken[1].messages) * 1_000
    assert passed * (1 + 1 / sampler.SHARE) >= sampler.SHARE * cost
    assert passed >= sampler.PAUSE_NS


@pytest.mark.parametrize("time_ns", [1, 1 << 62])
def test_spans_that_tell_any_time_as_their_end(
    monkeypatch: pytest.MonkeyPatch, time_ns: int
) -> None:
    """Frameworks tell finished work later, and clocks of other machines differ."""
    subject, taken = _sampler()
    now = [0]
    monkeypatch.setattr(sampler, "_clock", lambda: now[0])
    monkeypatch.setattr(sampler, "_spent", lambda: now[0])
    monkeypatch.setattr(sampler, "_epoch", 0)
    monkeypatch.setattr(subject, "_pace", lambda now: None)
    for step in range(2_000):
        now[0] += 100_000
        subject.tick(0, step, time_ns)
    subject.close()
    assert 20 <= len(taken) <= 200_000_000 // sampler.PAUSE_NS + 1


def test_the_pause_doubles_with_the_number_of_samples() -> None:
    subject, taken = _sampler()
    for _ in range(2 * sampler.PER_DOUBLING):
        subject._next_ns = 0
        subject.tick(0, 0, 1)
    subject.close()
    assert len(taken) == 2 * sampler.PER_DOUBLING
    assert subject._pause == 4 * sampler.PAUSE_NS


def test_forced_collections_are_evenly_spaced() -> None:
    for messages in (800, 3_000, 10_000):
        subject, taken = _sampler(collect=True)
        for step in range(messages):
            subject.tick(0, step, 1)
        subject.close()
        at = [reading.messages for reading in taken if reading.data["collected"]]
        stride = at[-1] - at[-2]
        even = [message for message in at if message % stride == 0]
        assert 20 <= len(even) <= 48
        assert all(b - a == stride for a, b in pairwise(even))


def test_a_forced_collection_waits_for_rest(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path, collect=True) as recorder:
        for _ in range(20):
            both = [recorder.start_run("one"), recorder.start_run("two")]
            for root in both:
                for i in range(3):
                    deliver(recorder, root, "a/default", "b/default", i)
            for root in both:
                root.end()
    with open_recording(path) as recording:
        forced = [(s.messages, s.rest) for s in recording.samples() if s.collected]
    assert forced == [(messages, True) for messages in (12, 18, 24, 36, 42, 48, 60, 66, 72)] + [
        (messages, True) for messages in (84, 90, 96, 108, 114)
    ]


def test_a_failing_reading_is_told_once_and_is_the_last() -> None:
    told: list[str] = []
    subject = Sampler(_refuse, notice=told.append)
    for step in range(3):
        subject._next_ns = 0
        subject.tick(0, step, 1)
    subject.close()
    assert told == ["memory is not sampled any more: OSError('no')"]
    assert subject.messages == 3


def _refuse(reading: Reading) -> None:
    raise OSError("no")


def test_the_programs_own_collections_mark_a_sample() -> None:
    subject, taken = _sampler()
    subject.tick(0, 0, 1)
    gc.collect()
    subject.tick(0, 1, 1)
    subject.close()
    assert taken[-1].data["collected"] is True


def test_allocation_is_booked_on_the_agent_that_did_it() -> None:
    subject, taken = _sampler()
    kept: list[object] = []
    for step in range(200):
        for agent in ("hoarder/default", "tidy/default"):
            subject.tallies.next_ns = 0
            tally = subject.measures(agent, 0)
            assert tally is not None
            slice_ = subject.begin(tally)
            made = [f"row {step} {i}" for i in range(50)]  # strings have no free list
            if agent.startswith("hoarder"):
                kept.append(made)
            del made
            subject.end(slice_)
        subject._next_ns = 0
        subject.tick(0, step, 1)
    subject.close()
    shares = taken[-1].data["agents"]
    assert shares["hoarder"][0] > 200 * 50
    assert shares["tidy"][0] < 200
    del kept


def test_what_is_not_measured_is_scaled_up() -> None:
    subject, taken = _sampler()
    for step in range(100):
        if step % 10 == 0:
            subject.tallies.next_ns = 0
        else:
            subject.tallies.next_ns = 1 << 62
        tally = subject.measures("a/default", 0)
        if tally is not None:
            tally.blocks += 5
    subject.tick(0, 0, 1)
    subject.close()
    assert taken[-1].data["agents"]["a"][0] == 500


def test_the_dearer_a_reading_is_the_fewer_deliveries_are_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, dear = [0], [0]

    def c_heap() -> None:
        now[0] += dear[0]

    monkeypatch.setattr(tallies, "c_heap", c_heap)
    monkeypatch.setattr(tallies, "_spent", lambda: now[0])
    measured: list[int] = []
    for dear[0] in (10_000, 1_000_000):
        subject, _ = _sampler()
        count = 0
        for _ in range(60_000):
            now[0] += 100_000  # what a delivery takes
            tally = subject.measures("clerk/default", now[0])
            if tally is not None:
                subject.end(subject.begin(tally))
                count += 1
        subject.close()
        measured.append(count)
        cost = count * 2 * dear[0]
        assert cost < 0.005 * 60_000 * 100_000
    assert 0 < measured[1] < measured[0] / 20


def test_samples_come_back_by_run(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path, collect=True) as recorder:
        for name in ("one", "two"):
            root = recorder.start_run(name)
            for i in range(64):
                deliver(recorder, root, "a/default", "b/default", i)
            root.end()
    with open_recording(path) as recording:
        everything = recording.samples()
        by_run = [recording.run(n).samples() for n in range(2)]
        forced = [s.messages for s in everything if s.collected and not s.rest]
        assert sampler.FIRST_STRIDE == 8
        assert forced == [*range(16, 65, 8), *range(80, 129, 8)]  # each first one waits for rest
        assert [s.messages for s in everything if s.rest] == [64]
        assert sorted(by_run[0] + by_run[1], key=lambda s: s.messages) == everything
        assert all(sample.rss > 0 for sample in everything)
        assert recording.runs[0].peak_rss > 0


def test_the_sampler_lets_go_of_the_collector() -> None:
    before = list(gc.callbacks)
    subject, _ = _sampler()
    subject.close()
    assert gc.callbacks == before


def test_sessions_and_teams_of_an_agent_share_a_tally() -> None:
    subject, _ = _sampler()
    for number in range(3 * tallies.KNOWN):
        subject.measures(f"writer_{number}/{number}", 0)
        subject.measures(f"clerk/session-{number}", 0)
    subject.close()
    assert {name: tally.deliveries for name, tally in subject.tallies.by_agent.items()} == {
        "writer": 3 * tallies.KNOWN,
        "clerk": 3 * tallies.KNOWN,
    }
    assert len(subject.tallies._by_identity) <= tallies.KNOWN


def test_nothing_of_ours_fills_up_between_two_readings(tmp_path: Path) -> None:
    """Each run has agents with identities of their own, as a team that is made anew has."""
    with Recorder(tmp_path / "r.loupe", collect=True) as recorder:
        requests, identities = recorder.writer.intake.numbering._last, recorder.sampler.tallies
        read: list[tuple[int, int]] = []
        sink = recorder.sampler._sink

        def reading(taken: Reading) -> None:
            read.append((len(requests), len(identities._by_identity)))
            sink(taken)

        recorder.sampler._sink = reading
        filled = 0
        for number in range(40):
            root, who = recorder.start_run("team"), f"poet_{number}/{number}"
            recorder.sampler.measures(who, 0)
            for i in range(3):
                deliver(recorder, root, "a/default", who, i)
            with recorder.use(root), recorder.record(c.CHAT, "chat model", agent=who) as chat:
                chat.body(c.INPUT_MESSAGES, Context(who, [text(f"What rhymes with {number}?")]))
            recorder.flush()
            filled = max(filled, len(requests))
            root.end()
    assert filled > 1
    assert len(read) > 8
    assert {*read} == {(0, 0)}


def _rows(count: int) -> list[str]:
    return [f"row {i}" for i in range(count)]  # strings have no free list


def test_a_slice_inside_another_agents_pauses_it() -> None:
    subject, _ = _sampler(collect=True)
    outer, inner = subject.measures("outer/default", 0), subject.measures("inner/default", 0)
    assert outer is not None
    assert inner is not None
    kept: list[list[str]] = []
    for _ in range(50):
        around = subject.begin(outer)
        kept.append(_rows(30))
        within = subject.begin(inner)
        kept.append(_rows(50))
        subject.end(within)
        kept.append(_rows(30))
        subject.end(around)
    subject.close()
    assert 2_400 < inner.blocks < 2_800
    assert 2_900 < outer.blocks < 3_500


def test_an_agents_slice_inside_its_own_is_counted_once() -> None:
    subject, _ = _sampler(collect=True)
    tally = subject.measures("clerk/default", 0)
    assert tally is not None
    around = subject.begin(tally)
    assert subject.begin(tally) == 0
    kept = _rows(500)
    subject.end(0)
    subject.end(around)
    subject.end(around)  # ended already
    subject.close()
    assert 480 < tally.blocks < 600
    assert tally.slices == 1
    del kept


def test_a_slice_that_was_left_open_ends_with_the_one_around_it() -> None:
    subject, _ = _sampler(collect=True)
    outer, inner = subject.measures("outer/default", 0), subject.measures("inner/default", 0)
    assert outer is not None
    assert inner is not None
    around = subject.begin(outer)
    left = subject.begin(inner)
    subject.end(around)
    subject.end(left)
    assert (outer.slices, inner.slices) == (1, 0)
    again = subject.begin(inner)
    subject.end(again)
    subject.close()
    assert (outer.slices, inner.slices) == (1, 1)


def test_a_slice_of_another_thread_meanwhile_is_not_counted() -> None:
    subject, _ = _sampler(collect=True)
    here, there = subject.measures("here/default", 0), subject.measures("there/default", 0)
    assert here is not None
    assert there is not None
    slice_ = subject.begin(here)
    begun: list[int] = []
    thread = threading.Thread(target=lambda: begun.append(subject.begin(there)))
    thread.start()
    thread.join()
    subject.end(slice_)
    subject.close()
    assert begun == [0]
    assert (here.slices, there.slices) == (1, 0)
