"""The real program in a pseudo-terminal: however it ends, the terminal is as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .scenes import sales

Record = Callable[..., Path]

VIEW = "import sys; from pathlib import Path; from agentloupe.tui.start import view; "
RUN = "sys.exit(view([Path(sys.argv[1])]))"
#: Breaks while a row is painted, once the first screen stands.
BREAK = (
    "from agentloupe.tui.replay import Lanes; "
    "Lanes._steps = lambda self, row, here: 1 / 0 if self.session.cursor.step else []; "
)
#: Breaks in a timer, while the run is played.
FAIL = "from agentloupe.tui.player import Player; Player.beat = lambda self, ns: 1 / 0; "
#: Breaks whatever wants to tell of it.
DIE = (
    "from agentloupe.tui.screens import trouble; "
    "trouble.TroubleScreen.on_mount = lambda self: 1 / 0; "
)
#: What a program turns on that must be off again at the end.
MODES = {b"1049": "alternate screen", b"1000": "mouse", b"1003": "mouse motion", b"2004": "paste"}


class Terminal:
    def __init__(self, code: str, path: Path) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.written = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )

    def read(self, seconds: float) -> None:
        if select.select([self.master], [], [], seconds)[0]:
            self.written += os.read(self.master, 1 << 16)

    def until(self, text: bytes, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.written:
            assert time.monotonic() < deadline, self.written[-2000:]
            self.read(0.1)

    def stopped(self, seconds: float = 30.0) -> None:
        """Wait until it has been stopped, as by ^Z, and read what it wrote before."""
        deadline = time.monotonic() + seconds
        while True:
            self.read(0.1)
            number, status = os.waitpid(self.process.pid, os.WUNTRACED | os.WNOHANG)
            if number:
                assert os.WIFSTOPPED(status)
                break
            assert time.monotonic() < deadline, "it does not stop"
        while select.select([self.master], [], [], 0.1)[0]:
            self.written += os.read(self.master, 1 << 16)

    def ended(self, seconds: float = 30.0) -> int:
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            self.read(0.1)
        while select.select([self.master], [], [], 0.1)[0]:
            self.written += os.read(self.master, 1 << 16)
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def assert_restored(self) -> None:
        assert termios.tcgetattr(self.slave) == self.before
        for mode, name in MODES.items():
            switches = re.findall(rb"\x1b\[\?" + mode + rb"([hl])", self.written)
            assert not switches or switches[-1] == b"l", f"{name} is left on"
        cursor = re.findall(rb"\x1b\[\?25([hl])", self.written)
        assert cursor[-1] == b"h", "the cursor is left hidden"


@pytest.fixture
def terminal(recorded: Record) -> Iterator[Callable[[str], Terminal]]:
    every: list[Terminal] = []

    def start(code: str) -> Terminal:
        every.append(Terminal(code, recorded(sales)))
        every[-1].until(b"sales-team")
        return every[-1]

    yield start
    for item in every:
        item.close()


def test_q_quits(terminal: Callable[[str], Terminal]) -> None:
    it = terminal(VIEW + RUN)
    os.write(it.master, b"lllq")
    assert it.ended() == 0
    it.assert_restored()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_restores_the_terminal(
    terminal: Callable[[str], Terminal], number: signal.Signals
) -> None:
    it = terminal(VIEW + RUN)
    it.process.send_signal(number)
    assert it.ended() == 128 + number
    it.assert_restored()


def test_ctrl_c_quits(terminal: Callable[[str], Terminal]) -> None:
    it = terminal(VIEW + RUN)
    os.write(it.master, b"\x03")
    assert it.ended() == 0
    it.assert_restored()


def test_it_ends_when_its_terminal_is_gone(recorded: Record) -> None:
    it = Terminal(VIEW + RUN, recorded(sales))
    try:
        it.until(b"sales-team")
        os.close(it.slave)
        os.write(it.master, b" ")  # plays: something to paint comes again and again
        os.close(it.master)
        it.process.wait(30)
    finally:
        it.process.kill()
        it.process.wait()


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it(
    terminal: Callable[[str], Terminal],
) -> None:
    it = terminal(VIEW + RUN)
    os.write(it.master, b"\x1a")
    it.stopped()
    it.assert_restored()
    it.written = b""
    it.process.send_signal(signal.SIGCONT)
    it.until(b"sales-team")
    os.write(it.master, b"q")
    assert it.ended() == 0
    it.assert_restored()


def test_a_defect_in_a_timer_is_a_panel(terminal: Callable[[str], Terminal]) -> None:
    it = terminal(VIEW + FAIL + RUN)
    os.write(it.master, b" ")
    it.until(b"this could not be shown: ZeroDivisionError")
    assert it.process.poll() is None
    os.write(it.master, b"q")
    assert it.ended() == 0
    it.assert_restored()


def test_a_defect_that_not_even_a_panel_survives_restores_the_terminal(
    terminal: Callable[[str], Terminal],
) -> None:
    it = terminal(VIEW + FAIL + DIE + RUN)
    os.write(it.master, b" ")
    assert it.ended() == 1
    it.assert_restored()


def test_a_row_that_cannot_be_painted_leaves_the_rest_usable(
    terminal: Callable[[str], Terminal],
) -> None:
    it = terminal(VIEW + BREAK + RUN)
    os.write(it.master, b"l")
    it.until(b"ZeroDivisionError")
    os.write(it.master, b"q")
    assert it.ended() == 0
    assert b"Traceback" not in it.written
    it.assert_restored()
