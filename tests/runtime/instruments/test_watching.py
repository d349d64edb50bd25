"""Watched methods: recorded, and otherwise as if nobody watched."""

from __future__ import annotations

import asyncio
import gc
import inspect
import pickle
import traceback
import warnings
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentloupe.runtime.instruments import watching
from agentloupe.runtime.instruments.watching import Call, Watch
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording
from agentloupe.tracer import recorder as recording
from agentloupe.tracer.model import Span
from agentloupe.tracer.recorder import Recorder, current_span


class Worker:
    """What a framework's base class may look like."""

    async def work(self, amount: int, *, fail: bool = False) -> int:
        """Work."""
        warnings.warn("working", UserWarning, stacklevel=2)
        if fail:
            raise ValueError("no work today")
        return amount * 2

    async def stream(self, amount: int) -> AsyncGenerator[Any, Any]:
        for number in range(amount):
            reply = yield number
            if reply is not None:
                yield f"got {reply}"

    async def both(self, amount: int) -> list[Any]:
        return [item async for item in self.stream(amount)]

    def later(self, amount: int) -> Any:
        return self.stream(amount)


class Reckless(Worker):
    async def stream(self, amount: int) -> AsyncGenerator[Any, Any]:
        async for item in super().stream(amount):
            yield item
        raise RuntimeError("at the end")


NAMES = ("work", "stream", "both", "later")


class Bench:
    """A recorder that watches `Worker`, and what it recorded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recorder = Recorder(path, collect=True)
        self.before = recording.activate(self.recorder)
        self.watch = Watch(self.recorder)
        self.calls: list[Call] = []
        self.watch.family(Worker, {name: self.opener(name) for name in NAMES})

    def opener(self, name: str) -> watching.Opener:
        def opened(owner: Any, args: Any, kwargs: Any) -> Call:
            span = self.recorder.span("work", f"{type(owner).__name__}.{name}")
            self.calls.append(Call(owner, span))
            return self.calls[-1]

        return opened

    def turns_of(self, kind: type, *names: str) -> None:
        """Watch methods as turns of an agent that has its class's name."""

        def opened(owner: Any, args: Any, kwargs: Any) -> Call:
            who = type(owner).__name__
            return Call(owner, self.recorder.span(c.AGENT, who, agent=who))

        wrap = watching.blocking
        self.watch.family(kind, dict.fromkeys(names, opened), wrap=wrap)

    def kept(self) -> dict[str, int]:
        """How often each agent's turns kept as much as `rows` is."""
        tallies = self.recorder.sampler.tallies.by_agent
        return {name: round(tally.blocks / len(rows())) for name, tally in tallies.items()}

    def close(self) -> None:
        self.watch.undo()
        recording.activate(self.before)
        self.recorder.close()

    def spans(self) -> list[Span]:
        self.close()
        with open_recording(self.path) as opened:
            return [span for info in opened.runs for span in opened.run(info.number).spans()]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "watched.loupe")
    yield made
    made.close()


def rows() -> list[str]:
    return [f"row {n}" for n in range(300)]


def errors(spans: list[Span]) -> list[tuple[str, str | None]]:
    return [(span.name, span.error) for span in spans]


@pytest.mark.filterwarnings("ignore:working")
async def test_a_call_is_a_span_and_returns_what_it_returned(bench: Bench) -> None:
    assert await Worker().work(4) == 8
    [span] = bench.spans()
    assert span.name == "Worker.work"
    assert span.end_ns is not None
    assert span.error is None


@pytest.mark.filterwarnings("ignore:working")
async def test_what_is_raised_is_recorded_and_raised_with_its_own_traceback(bench: Bench) -> None:
    async def caught() -> str:
        try:
            await Worker().work(1, fail=True)
        except ValueError:
            return traceback.format_exc()
        return ""

    watched = await caught()
    [span] = bench.spans()
    plain = await caught()
    assert watched == plain
    assert span.error == "ValueError: no work today"
    assert span.events[0].attributes["exception.type"] == "ValueError"


async def test_warnings_point_to_the_caller(bench: Bench) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
        await Worker().work(1)
    assert [(each.filename, each.lineno) for each in caught] == [(__file__, line)]


async def test_a_stream_is_a_span_that_its_reader_is_not_inside_of(bench: Bench) -> None:
    seen = [(item, current_span()) async for item in Worker().stream(3)]
    assert seen == [(0, None), (1, None), (2, None)]
    [span] = bench.spans()
    assert span.name == "Worker.stream"
    assert span.error is None


async def test_leaving_a_stream_early_ends_its_span_as_cancelled(bench: Bench) -> None:
    async for item in Worker().stream(3):
        if item == 1:
            break
    gc.collect()
    for _ in range(3):
        await asyncio.sleep(0)  # the loop closes abandoned generators in a task of its own
    [span] = bench.spans()
    assert (span.error or "").startswith("CancelledError")
    assert span.end_ns is not None


async def test_closing_a_stream_closes_the_programs_own(bench: Bench) -> None:
    closed: list[bool] = []

    class Tidy(Worker):
        async def stream(self, amount: int) -> AsyncGenerator[Any, Any]:
            try:
                yield amount
            finally:
                closed.append(current_span() is not None)

    stream = Tidy().stream(7)
    assert await anext(stream) == 7
    await stream.aclose()
    assert closed == [True]
    [span] = bench.spans()
    assert (span.error or "").startswith("CancelledError")


async def test_values_and_errors_pass_into_a_stream(bench: Bench) -> None:
    stream = Worker().stream(2)
    assert await anext(stream) == 0
    assert await stream.asend("hello") == "got hello"
    with pytest.raises(KeyError):
        await stream.athrow(KeyError("x"))
    [span] = bench.spans()
    assert span.error == "KeyError: 'x'"


async def test_what_a_stream_raises_is_recorded(bench: Bench) -> None:
    with pytest.raises(RuntimeError) as caught:
        [item async for item in Reckless().stream(1)]
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert {frame.filename for frame in frames} == {__file__}
    assert errors(bench.spans()) == [("Reckless.stream", "RuntimeError: at the end")]


async def test_calls_of_the_same_object_inside_are_one_call(bench: Bench) -> None:
    assert await Worker().both(2) == [0, 1]
    assert errors(bench.spans()) == [("Worker.both", None)]


async def test_an_inner_call_of_another_object_is_a_span_inside(bench: Bench) -> None:
    class Outer(Worker):
        async def both(self, amount: int) -> list[Any]:
            return await Worker().both(amount)

    await Outer().both(1)
    outer, inner = bench.spans()
    assert (outer.name, inner.name) == ("Outer.both", "Worker.both")
    assert inner.parent == outer.id


async def test_a_plain_method_that_gives_a_stream_is_watched_as_one(bench: Bench) -> None:
    assert [item async for item in Worker().later(2)] == [0, 1]
    assert ("Worker.later", None) in errors(bench.spans())


@pytest.mark.filterwarnings("ignore:working")
async def test_a_cancelled_call_says_so(bench: Bench) -> None:
    class Slow(Worker):
        async def work(self, amount: int, *, fail: bool = False) -> int:
            await asyncio.Event().wait()
            return amount

    task = asyncio.create_task(Slow().work(1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (bench.spans()[0].error or "").startswith("CancelledError")


def test_methods_look_as_before(bench: Bench) -> None:
    watched = Worker.work
    assert inspect.iscoroutinefunction(watched)
    assert inspect.isasyncgenfunction(Worker.stream)
    assert inspect.isasyncgen(stream := Worker().stream(1))
    assert stream.__name__ == "stream"
    assert list(inspect.signature(watched).parameters) == ["self", "amount", "fail"]
    assert watched.__doc__ == "Work."
    assert pickle.loads(pickle.dumps(Worker)) is Worker
    assert isinstance(pickle.loads(pickle.dumps(Worker())), Worker)


def test_a_forgotten_await_names_the_programs_method(bench: Bench) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Worker().work(1)  # type: ignore[unused-coroutine]
        gc.collect()
    assert [str(each.message) for each in caught] == ["coroutine 'Worker.work' was never awaited"]


def test_letting_go_restores_everything(tmp_path: Path) -> None:
    names = [*NAMES, "__init_subclass__"]
    before = [Worker.__dict__.get(name) for name in names]
    bench = Bench(tmp_path / "undone.loupe")
    assert [Worker.__dict__.get(name) for name in names] != before
    bench.close()
    assert [Worker.__dict__.get(name) for name in names] == before


@pytest.mark.filterwarnings("ignore:working")
async def test_an_error_of_recording_is_told_once_and_the_program_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(owner: Any, args: Any, kwargs: Any) -> Call:
        raise LookupError("not here")

    bench = Bench(tmp_path / "broken.loupe")
    bench.watch.undo()
    bench.watch.family(Worker, {"work": broken})
    assert await Worker().work(1) == 2
    assert await Worker().work(2) == 4
    bench.close()
    assert capsys.readouterr().err.count("could not record: LookupError: not here") == 1


async def test_concurrent_streams_stay_apart(bench: Bench) -> None:
    class Nested(Worker):
        async def both(self, amount: int) -> list[Any]:
            items = []
            async for item in Worker().stream(amount):
                await asyncio.sleep(0)
                items.append(item)
            return items

    results = await asyncio.gather(*(Nested().both(number) for number in range(20)))
    assert [len(each) for each in results] == list(range(20))
    spans = bench.spans()
    outer = {span.id for span in spans if span.name == "Nested.both"}
    inner = [span.parent for span in spans if span.name == "Worker.stream"]
    assert len(outer) == 20
    assert sorted(inner) == sorted(outer)


class Clerk:
    """Keeps what it makes. Its turns are coroutines, streams, or plain."""

    def __init__(self, helper: Clerk | None = None) -> None:
        self.files: list[list[str]] = []
        self.helper = helper

    async def file(self) -> None:
        self.files.append(rows())
        await asyncio.sleep(0)
        if self.helper is not None:
            await self.helper.file()
        self.files.append(rows())

    async def files_each(self) -> AsyncGenerator[int, None]:
        for number in range(3):
            self.files.append(rows())
            await asyncio.sleep(0)
            yield number

    def file_at_once(self) -> None:
        self.files.append(rows())
        if self.helper is not None:
            self.helper.file_at_once()


class Helper(Clerk):
    pass


async def test_a_turn_that_the_program_asks_for_is_booked_to_its_agent(bench: Bench) -> None:
    bench.turns_of(Clerk, "file", "files_each")
    clerk, helper = Clerk(), Helper()
    others = rows()

    async def streams() -> None:
        async for _ in clerk.files_each():
            others.extend(rows())
            await asyncio.sleep(0)

    gc.collect()
    await asyncio.gather(streams(), helper.file(), helper.file())
    assert bench.kept() == {"Clerk": 3, "Helper": 4}


async def test_another_agents_turn_inside_of_one_is_its_own(bench: Bench) -> None:
    bench.turns_of(Clerk, "file", "file_at_once")
    clerk = Clerk(Helper())
    gc.collect()
    await clerk.file()
    assert bench.kept() == {"Clerk": 2, "Helper": 2}
    clerk.file_at_once()
    assert bench.kept() == {"Clerk": 3, "Helper": 3}


async def test_a_turn_within_a_delivery_to_its_agent_is_measured_there(bench: Bench) -> None:
    bench.turns_of(Clerk, "file")
    with bench.recorder.use(bench.recorder.start_run("team")):
        process = bench.recorder.span(c.PROCESS, "process", agent="Clerk")
        process.step = 0
        with bench.recorder.use(process):
            await Clerk().file()
    assert bench.kept() == {}
