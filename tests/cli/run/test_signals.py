"""Signals reach the program exactly once, and a terminal stays a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from agentloupe.tracer import open_recording

from .conftest import APPS, DEADLINE, Programs


@contextmanager
def counting(programs: Programs) -> Iterator[subprocess.Popen[str]]:
    """`signals.py` under `loupe run`, ready, in a process group of its own."""
    process = subprocess.Popen(
        programs.command(programs.fresh(), ["signals.py"]),
        cwd=APPS,
        env=programs.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def rest_of(process: subprocess.Popen[str]) -> str:
    """Ends the program by USR2 and gives its last words."""
    assert process.stdout is not None
    process.send_signal(signal.SIGUSR2)
    assert process.wait(DEADLINE) == 5
    return process.stdout.read().splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_to_loupe_is_passed_on(programs: Programs, number: signal.Signals) -> None:
    with counting(programs) as process:
        process.send_signal(number)
        assert process.stdout is not None
        assert process.stdout.readline() == f"{number.name}\n"
        assert rest_of(process) == f"{{'{number.name}': 1}}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_group_reaches_the_program_once(
    programs: Programs, number: signal.Signals
) -> None:
    """As `timeout`, service managers and shells send it."""
    with counting(programs) as process:
        os.killpg(process.pid, number)
        assert process.stdout is not None
        assert process.stdout.readline() == f"{number.name}\n"
        assert rest_of(process) == f"{{'{number.name}': 1}}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_a_signal_kills_gives_128_and_the_number(
    programs: Programs, number: signal.Signals
) -> None:
    path = programs.fresh()
    process = subprocess.Popen(
        programs.command(path, ["waits.py"]),
        cwd=APPS,
        env=programs.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        child = int(process.stdout.readline())
        os.kill(child, number)
        assert process.wait(DEADLINE) == 128 + number
    with open_recording(path) as recording:
        assert recording.info.signal == number
        assert recording.runs[0].status == "killed"
        assert [span.op for span in recording.run(0).open_spans()] == ["chat"]


class Terminal:
    """A pseudo-terminal that `loupe run` has as its controlling one."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.chdir(APPS)
            os.execve(command[0], command, env)
        self.seen = b""

    def read_until(self, found: Callable[[bytes], bool]) -> bytes:
        limit = time.monotonic() + DEADLINE
        while not found(self.seen):
            assert time.monotonic() < limit, self.seen
            if not select.select([self.end], [], [], 1.0)[0]:
                continue
            try:
                self.seen += os.read(self.end, 65536)
            except OSError:
                break
        return self.seen

    def type(self, keys: bytes) -> None:
        os.write(self.end, keys)

    def close(self) -> int:
        self.read_until(lambda _: False)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.end)
        return os.waitstatus_to_exitcode(status)


def test_a_terminal_is_the_programs_own(programs: Programs) -> None:
    terminal = Terminal(programs.command(programs.fresh(), ["view.py"]), programs.env)
    terminal.type(b"typed\n\x04")
    assert terminal.close() == 0
    line = next(each for each in terminal.seen.splitlines() if each.startswith(b"{"))
    view = json.loads(line)
    assert view["tty"] == [True, True, True]
    assert view["group"] is True
    assert view["stdin"] == "typed\n"


def test_ctrl_c_reaches_the_program_once(programs: Programs) -> None:
    terminal = Terminal(programs.command(programs.fresh(), ["signals.py"]), programs.env)
    terminal.read_until(lambda seen: b"ready" in seen)
    terminal.type(b"\x03")
    terminal.read_until(lambda seen: b"SIGINT\r\n" in seen)
    os.kill(terminal.pid, signal.SIGUSR2)
    assert terminal.close() == 5
    assert b"{'SIGINT': 1}" in terminal.seen


def test_ctrl_c_ends_a_plain_program_as_it_would(programs: Programs) -> None:
    path = programs.fresh()
    terminal = Terminal(programs.command(path, ["waits.py"]), programs.env)
    terminal.read_until(lambda seen: b"\r\n" in seen)
    terminal.type(b"\x03")
    assert terminal.close() == 130
    assert terminal.seen.count(b"KeyboardInterrupt") == 1
    assert b"agentloupe: recorded 1 run" in terminal.seen
    with open_recording(path) as recording:
        assert recording.info.signal == signal.SIGINT


def test_python_itself_dies_of_ctrl_c_by_the_signal() -> None:
    """What the test above takes for granted about the interpreter."""
    process = subprocess.run([sys.executable, "-c", "raise KeyboardInterrupt"], capture_output=True)
    assert process.returncode == -signal.SIGINT
