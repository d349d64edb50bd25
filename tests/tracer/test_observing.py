"""Step observers see what a reader would see, whatever threads, forks and late spans do."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import observing
from agentloupe.tracer.observer import LiveStep
from agentloupe.tracer.observing import observe
from agentloupe.tracer.reader import open_recording
from agentloupe.tracer.recorder import Recorder

from .test_brief import exchange


class Told(bytes):
    """Whoever asks how long it is may lose its turn."""

    def __len__(self) -> int:
        return super().__len__()


class Looks:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def on_step(self, step: LiveStep) -> None:
        assert step.step.body is not None
        self.texts.append(step.text(step.step.body))


@pytest.fixture
def often() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_texts_come_from_many_threads(often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer's and each that ends a span: nothing is counted twice, or let go twice."""
    monkeypatch.setattr(observing, "KEPT", 3_000)
    bodies = observing._Bodies()  # pyright: ignore[reportPrivateUsage]
    raised: list[BaseException | None] = []

    def noted(args: threading.ExceptHookArgs) -> None:
        raised.append(args.exc_value)

    monkeypatch.setattr(threading, "excepthook", noted)

    def work(first: int) -> None:
        for number in range(first, first + 6_000):
            bodies.keep(number % 1_000, Told(100 + number % 400))

    threads = [threading.Thread(target=work, args=(700 * n,)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert raised == []
    kept = bodies._kept  # pyright: ignore[reportPrivateUsage]
    assert bodies._size == sum(map(len, kept.values())) <= 3_000  # pyright: ignore[reportPrivateUsage]


def test_what_a_step_leaves_behind_is_not_kept(tmp_path: Path) -> None:
    """A task that goes on after its handler: nobody will ask for the step's spans again."""
    with Recorder(tmp_path / "r.loupe") as recorder:
        leave = observe(recorder, looks := Looks())
        for number in range(20):
            _, handling = exchange(recorder, number)
            with recorder.use(handling), recorder.record(c.TOOL, "execute_tool late"):
                pass
        assert not observing._of[recorder]._steps  # pyright: ignore[reportPrivateUsage]
        leave()
    assert looks.texts == [f'{{"n":{number}}}' for number in range(20)]
    with open_recording(tmp_path / "r.loupe") as recording:
        assert [run.tools for run in recording.runs] == [1] * 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_is_observed_and_can_stop_it(tmp_path: Path) -> None:
    path = tmp_path / "r.loupe"
    with Recorder(path) as recorder:
        leave = observe(recorder, looks := Looks())
        exchange(recorder, 1, text="parent " * 100)
        recorder.before_fork()
        pid = os.fork()
        if pid == 0:
            recorder.after_fork()
            exchange(recorder, 2, text="child " * 100)
            leave()
            exchange(recorder, 3, text="nobody " * 100)
            recorder.flush()
            os._exit(0 if [text[6:18] for text in looks.texts[1:]] == ["child child "] else 3)
        recorder.after_fork_in_parent()
        assert os.waitpid(pid, 0)[1] == 0
        leave()
    with open_recording(path) as recording:
        runs = [recording.run(info.number) for info in recording.runs]
        texts = [run.text(run.step(0).body or "")[6:11] for run in runs]
    assert texts == ["paren", "child", "nobod"]
