"""A run that is controlled from outside: by its socket, as the terminal UI does it."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentloupe.runtime import registry
from agentloupe.runtime.listening import Listening
from agentloupe.tracer import doorway, telling
from agentloupe.tracer.control import (
    AddBreak,
    Agents,
    Answer,
    Answered,
    AskAgents,
    AskState,
    AskWaits,
    ControlError,
    DoPause,
    DoResume,
    DoStep,
    DropQueued,
    EditQueued,
    Ended,
    ListBreaks,
    ListQueue,
    Refused,
    RemoveBreak,
    Stopped,
    WaitingHuman,
    socket_path,
)
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.remote import AsyncRemote, Remote

APPS = Path(__file__).resolve().parents[2] / "fixtures" / "apps"
PATIENCE = 60.0


class Program:
    """A program under `loupe run`, and somebody at its desk."""

    def __init__(self, path: Path, app: str, *options: str) -> None:
        self.path = path
        command = [sys.executable, "-m", "agentloupe.cli.main", "run", "--out", str(path)]
        self.process = subprocess.Popen(
            [*command, *options, str(APPS / app)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.remote = self._connect()

    def _connect(self) -> Remote:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return Remote(self.path, timeout=PATIENCE)
            except ControlError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def event(self, kind: type) -> object:
        """The next event of a kind; others are passed over."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            event = self.remote.event(timeout=PATIENCE)
            if isinstance(event, kind):
                return event
        raise AssertionError(f"no {kind.__name__}")

    def stopped(self) -> Stopped:
        event = self.event(Stopped)
        assert isinstance(event, Stopped)
        return event

    def ended(self) -> tuple[int, str]:
        """Its exit code and output."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    running: list[Program] = []
    yield running
    for program in running:
        program.remote.close()
        if program.process.poll() is None:
            os.killpg(program.process.pid, signal.SIGKILL)
        program.process.communicate()


@pytest.fixture
def counting(programs: list[Program], tmp_path: Path) -> Program:
    programs.append(Program(tmp_path / "c.loupe", "counting.py", "--pause-at", "type:Count"))
    return programs[-1]


def test_a_breakpoint_holds_steps_edits_and_drops(counting: Program) -> None:
    remote = counting.remote
    stop = counting.stopped()
    assert stop.why == "breakpoint"
    assert stop.next is not None
    assert (stop.next.type, stop.next.body) == ("Count", {"n": 0, "text": "up"})
    mode = stat.S_IMODE(os.stat(socket_path(counting.path)).st_mode)  # noqa: PTH116
    assert mode == 0o600

    [wait] = [each for each in remote.ask(AskWaits()).waits if each.on == "paused"]
    assert wait.agent == "counter/default"
    [queued] = remote.ask(ListQueue()).queue
    assert remote.ask(EditQueued(id=queued.id, body={"n": 40})).body == {"n": 40, "text": "up"}
    with pytest.raises(Refused, match="no Count"):
        remote.ask(EditQueued(id=queued.id, body={"n": "many"}))

    remote.ask(DoStep())
    assert counting.stopped().why == "step"
    assert remote.ask(AskState(agent="counter")).state == {"seen": [40]}
    agents: Agents = remote.ask(AskAgents())
    [counter] = [each for each in agents.agents if each.agent == "counter/default"]
    assert (counter.handled, counter.failed) == (1, 0)
    assert counter.cpu_seconds > 0
    assert counter.bytes_in > 0

    [queued] = remote.ask(ListQueue()).queue
    remote.ask(DropQueued(id=queued.id))
    [point] = remote.ask(ListBreaks()).breakpoints
    assert point.hits >= 1
    remote.ask(RemoveBreak(id=point.id))
    with pytest.raises(Refused, match="no breakpoint"):
        remote.ask(RemoveBreak(id=point.id))
    remote.ask(DoResume())
    counting.event(Ended)
    code, out = counting.ended()
    assert code == 0
    assert out.splitlines() == ["40", "MessageDroppedException", "2", "3"]
    assert not socket_path(counting.path).exists()


def test_a_filter_that_cannot_be_understood_is_refused(counting: Program) -> None:
    with pytest.raises(Refused, match="LP120"):
        counting.remote.ask(AddBreak(where="sender=="))
    counting.remote.ask(DoPause())
    assert counting.remote.hello.program == "counting"


def test_a_person_is_answered_from_the_desk(programs: list[Program], tmp_path: Path) -> None:
    program = Program(tmp_path / "p.loupe", "asks_a_person.py", "--live")
    programs.append(program)
    asked = program.event(WaitingHuman)
    assert isinstance(asked, WaitingHuman)
    assert asked.agent == "user"
    with pytest.raises(Refused, match="nobody is asked"):
        program.remote.ask(Answer(wait_id="other", text="no"))
    program.remote.ask(Answer(wait_id=asked.wait_id, text="forty-two"))
    program.event(Answered)
    code, out = program.ended()
    assert code == 0
    assert out.strip().endswith("user said forty-two")


async def test_the_same_on_an_event_loop(counting: Program) -> None:
    counting.stopped()
    remote = await AsyncRemote.connect(counting.path)
    assert remote.hello.pid == counting.remote.hello.pid
    assert (await remote.ask(ListQueue())).queue
    point = await remote.ask(AddBreak(recipient="nobody"))
    await remote.ask(RemoveBreak(id=point.id))
    for known in (await remote.ask(ListBreaks())).breakpoints:
        await remote.ask(RemoveBreak(id=known.id))
    await remote.ask(DoResume())
    kinds = [type(event) async for event in remote.events()]
    assert kinds[-1] is Ended
    with pytest.raises(ControlError, match="ended"):
        await remote.ask(ListQueue())
    await remote.close()


def test_nobody_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no program can be controlled"):
        Remote(tmp_path / "none.loupe")


@pytest.fixture
def without_unix_sockets(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Listening]:
    """A desk in this process, as on a system that has no such sockets."""

    def none(path: Path) -> Any:
        raise AttributeError("module 'socket' has no attribute 'AF_UNIX'")

    monkeypatch.setattr(doorway, "_unix", none)
    lists: list[Any] = [registry.newcomers, registry.pausers, telling.listeners]
    before = [list(each) for each in lists]
    listening = Listening(socket_path(recorder.path), [])
    yield listening
    listening.close()
    atexit.unregister(listening.close)
    for each, was in zip(lists, before, strict=True):
        each[:] = was


async def test_without_unix_sockets_it_is_loopback_and_a_token(
    without_unix_sockets: Listening, recorder: Recorder
) -> None:
    door = socket_path(recorder.path)
    assert stat.S_IMODE(door.stat().st_mode) == 0o600
    told = json.loads(door.read_text("utf-8"))
    with Remote(recorder.path) as remote:
        assert remote.hello.pid == os.getpid()
        other = await AsyncRemote.connect(recorder.path)
        assert (await other.ask(DoPause())).paused
        assert isinstance(remote.event(PATIENCE), Stopped)
        await other.ask(DoResume())
        await other.close()
    with socket.create_connection(("127.0.0.1", told["port"])) as stranger:
        stranger.sendall(b"x" * 40 + b'\n{"seq": 1, "request": "hello"}\n')
        assert stranger.recv(100) == b""
    door.write_text("nothing", "utf-8")
    with pytest.raises(ControlError, match="holds no port and token"):
        Remote(recorder.path)
