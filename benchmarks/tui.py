"""What the terminal UI costs: CPU time to the first paint and per key, and memory.

    python benchmarks/tui.py [--steps 100000 1000000] [--keep FOLDER] [--markdown]

Each run is recorded by the real recorder, opened in a pseudo-terminal of 120 by 40 by the real
`view`, and driven with keys. CPU time is that of all threads, by the kernel's clock of the
process; wall time is not judged. Other load on the machine raises CPU time too, to two or three
times as much (shared caches, hyper-threads): the first paint is the least of several starts, keys
are judged by the least of the medians of several rounds of presses, and what importing Textual
alone takes at that moment stands beside them. The index of rows and folds is timed in a process
that does nothing else, and again as part of all that goes on until the screen is at rest. A filter
is judged by the CPU time from Enter to its first screen, the thread that searches included. A run
in progress is written by a process of its own at a thousand messages a second and followed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from agentloupe.tracer import conventions as c
from agentloupe.tracer.bodies import snapshot
from agentloupe.tracer.recorder import LiveSpan, Recorder
from agentloupe.tracer.sampler import Reading

AGENTS = 5
ROUNDS = 5
#: Name, keys, how often, and the budget in milliseconds of CPU a key.
KEYS = (
    ("step", b"l", 40, 12.0),
    ("row", b"j", 40, 12.0),
    ("step back", b"h", 40, 12.0),
    ("page", b"\x04", 20, 20.0),
    ("last", b"Gg", 10, 20.0),
    ("jump", b"\r", 10, 20.0),
)


def deliver(recorder: Recorder, root: LiveSpan, n: int) -> LiveSpan:
    """The n-th delivery."""
    run, put = root.run, recorder.writer.put
    a, b = n % AGENTS, (n + 1) % AGENTS
    sender, recipient = f"agent{a}/default", f"agent{b}/default"
    span = LiveSpan(recorder, c.PROCESS, "", recipient, root.id, run.next_step)
    span.run, span.boundary = run, True
    run.next_step += 1
    span.message = ("send", sender, recipient, "TextMessage", "", f"{n:x}", span.start_ns)
    looping = n % 1000 > 800
    span.body(c.MESSAGE_BODY, snapshot({"content": "again" if looping else f"note {n}"}))
    put(span)
    span.end_ns = span.start_ns + 1000
    put(span)
    return span


def record(path: Path, steps: int) -> None:
    """A run of `steps` deliveries between five agents, with a loop in every thousand steps."""
    with Recorder(path, program="bench", argv=("bench",)) as recorder:
        root = recorder.start_run("bench")
        run = root.run
        for n in range(steps):
            span = deliver(recorder, root, n)
            if n % max(1, steps // 5000) == 0:
                rss = (100 << 20) + n * 64
                reading = Reading(run.number, n, n + 1, span.start_ns, rss, {"rss": rss})
                recorder.writer.samples.append(reading)
        root.end()


#: Filters whose first screen is measured: common, in names only; rare, in texts.
FILTERS = ("to:agent3", "text:again", "err")
RATE = 1000  # messages a second of the run in progress
FOLLOWED = 10.0  # seconds
PLACES = (("overview", b"2"), ("spans", b"4"), ("memory", b"5"), ("loops", b"6"), ("waits", b"7"))


def write_live(path: Path, seconds: float) -> None:
    """Deliveries at RATE a second, like those of `record`."""
    with Recorder(path, program="bench", argv=("bench",)) as recorder:
        root = recorder.start_run("bench")
        began, n = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            while n < (time.monotonic() - began) * RATE:
                deliver(recorder, root, n)
                n += 1
            time.sleep(0.002)
        root.end()


def compiled() -> dict[str, str]:
    """An environment in which imports find bytecode, as those of an installed package do."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


class Terminal:
    """The program in a pseudo-terminal."""

    def __init__(self, path: Path, *, follow: bool = False) -> None:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        code = (
            "from pathlib import Path; import sys; from agentloupe.tui.start import view; "
            f"sys.exit(view([Path(sys.argv[1])], None, {follow}))"
        )
        environment = {**compiled(), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.master = master

    def until(self, text: bytes, seconds: float = 60.0) -> None:
        """Read until `text` was painted."""
        seen = b""
        end = time.monotonic() + seconds
        while text not in seen:
            if time.monotonic() > end:
                raise TimeoutError(f"{text!r} was not painted; last: {seen[-400:]!r}")
            seen += self.read(0.05)

    def read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self.master], [], [], seconds)
        return os.read(self.master, 1 << 20) if ready else b""

    def quiet(self, seconds: float = 0.3) -> int:
        """Read until nothing has come for a while; how many bytes came."""
        count = 0
        while chunk := self.read(seconds):
            count += len(chunk)
        return count

    def answer(self) -> int:
        """Read what a key leads to, once it has come to that; how many bytes came."""
        return len(self.read(10.0)) + self.quiet(0.2)

    def idle(self) -> None:
        """Wait until the process uses no CPU: background work is done."""
        while True:
            before = self.cpu()
            self.quiet(1.0)
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            if self.cpu() - before < 0.03 and not children.read_text().strip():
                return

    def cpu(self) -> float:
        """CPU seconds so far of all threads, also of those that have ended."""
        clock = (~self.process.pid << 3) | 2  # Linux: the CPU clock of another process
        return time.clock_gettime(clock)

    def rss(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
        return 0.0

    def close(self) -> None:
        os.write(self.master, b"q")
        with contextlib.suppress(OSError):
            self.quiet(0.2)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)


def importing() -> float:
    """CPU seconds of an interpreter that imports Textual and ends."""
    before = os.times()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True, env=compiled())
    after = os.times()
    spent = after.children_user + after.children_system
    return spent - before.children_user - before.children_system


INDEX = """
import sys, time
from pathlib import Path
from agentloupe.tui.opening import Trouble, open_run
opened = open_run(Path(sys.argv[1]), 0)
assert not isinstance(opened, Trouble), opened.what
before = time.process_time()
opened.work(lambda: None, lambda: False)
print(time.process_time() - before)
assert opened.session.indexed
"""


def indexing(path: Path) -> float:
    """CPU seconds of the index of rows, folds and edges, and of the curve of memory."""
    command = [sys.executable, "-c", INDEX, str(path)]
    done = subprocess.run(command, check=True, env=compiled(), stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


def starting(path: Path) -> float:
    """CPU seconds to the first paint."""
    terminal = Terminal(path)
    try:
        terminal.until(b"agent0")
        return terminal.cpu()
    finally:
        terminal.close()


def measure(path: Path, steps: int) -> list[tuple[str, float, float, str]]:
    """Rows of name, value, budget, unit."""
    rows: list[tuple[str, float, float, str]] = []
    textual = min(importing() for _ in range(ROUNDS))
    first = min(starting(path) for _ in range(ROUNDS))
    index = min(indexing(path) for _ in range(ROUNDS))
    terminal = Terminal(path)
    try:
        terminal.until(b"agent0")
        allowed = 600.0 if steps <= 100_000 else 700.0
        rows.append(("importing Textual alone", textual * 1000, float("nan"), "ms"))
        rows.append(("first paint", first * 1000, allowed, "ms"))
        allowed = 3.0 if steps == 1_000_000 else float("nan")
        rows.append(("index of rows and folds", index, allowed, "s"))
        terminal.idle()
        rows.append(("until all is read and checked", terminal.cpu(), float("nan"), "s"))
        for name, keys, times, budget in KEYS:
            spent: list[float] = []
            written = 0
            for n in range(times):
                if name == "jump":
                    os.write(terminal.master, f":{n * 7919 * 13 % steps}".encode())
                    terminal.quiet(0.3)
                before = terminal.cpu()
                os.write(terminal.master, keys)
                written += terminal.answer()
                spent.append((terminal.cpu() - before) * 1000 / len(keys))
            presses = times * len(keys)
            medians = [
                statistics.median(spent[n * times // ROUNDS : (n + 1) * times // ROUNDS])
                for n in range(ROUNDS)
            ]
            rows.append((name, min(medians), budget, "ms"))
            rows.append((f"{name}, written", written / presses / 1024, float("nan"), "KB"))
        rows.append(("peak memory, replay", terminal.rss(), 120.0, "MB"))
        rows += filters(terminal, steps)
        rows += places(terminal)
        rows.append(("peak memory, all screens", terminal.rss(), float("nan"), "MB"))
    finally:
        terminal.close()
    return rows


def filters(terminal: Terminal, steps: int) -> list[tuple[str, float, float, str]]:
    """CPU time to a filter's first screen, and until all is searched."""
    rows: list[tuple[str, float, float, str]] = []
    for meant in FILTERS:
        os.write(terminal.master, f"/{meant}".encode())
        terminal.quiet(0.3)
        before = terminal.cpu()
        os.write(terminal.master, b"\r")
        terminal.until(f" of {steps:,}".encode())
        first = terminal.cpu() - before
        rows.append((f"filter {meant}, first screen", first * 1000, 150.0, "ms"))
        terminal.idle()
        rows.append((f"filter {meant}, all", terminal.cpu() - before, float("nan"), "s"))
        os.write(terminal.master, b"\x1b")
        terminal.quiet(0.5)
    return rows


def places(terminal: Terminal) -> list[tuple[str, float, float, str]]:
    """CPU time of the other screens until nothing more comes; the first survey is part of it."""
    rows: list[tuple[str, float, float, str]] = []
    for name, key in PLACES:
        before = terminal.cpu()
        os.write(terminal.master, key)
        terminal.idle()
        rows.append((f"{name}, complete", terminal.cpu() - before, float("nan"), "s"))
    return rows


def live(folder: Path) -> list[tuple[str, float, float, str]]:
    """The share of a core that following a run in progress takes."""
    path = folder / f"live-{os.getpid()}.loupe"
    code = f"import sys; from tui import write_live; write_live(sys.argv[1], {FOLLOWED + 4})"
    code = code.replace("sys.argv[1]", "__import__('pathlib').Path(sys.argv[1])")
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=Path(__file__).parent)
    while not path.exists():
        time.sleep(0.05)
    time.sleep(1.0)
    terminal = Terminal(path, follow=True)
    try:
        terminal.until(b"following")
        terminal.quiet(0.05)
        before, began = terminal.cpu(), time.monotonic()
        written = 0
        while time.monotonic() - began < FOLLOWED:
            written += len(terminal.read(0.1))
        share = (terminal.cpu() - before) / (time.monotonic() - began)
    finally:
        terminal.close()
        writer.wait()
    return [
        (f"following {RATE:,} messages a second", share * 100, 25.0, "%"),
        ("following, written a second", written / FOLLOWED / 1024, float("nan"), "KB"),
    ]


def shown(rows: list[tuple[str, float, float, str]], *, markdown: bool) -> bool:
    """Print rows; True when a budget is exceeded."""
    worst = False
    if markdown:
        print("\n| | measured | budget |\n| --- | ---: | ---: |")
    for name, value, budget, unit in rows:
        over = value > budget
        worst |= over
        limit = "" if budget != budget else f"{budget:g} {unit}"
        mark = "  OVER" if over else ""
        if markdown:
            print(f"| {name} | {value:.1f} {unit} | {limit}{mark} |")
        else:
            print(f"  {name:36}{value:9.1f} {unit:3}{f' of {limit}' if limit else ''}{mark}")
    return worst


def main() -> int:
    """Print a table; 1 when a budget is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--keep", type=Path, help="folder for the recordings, used again if there")
    parser.add_argument("--markdown", action="store_true", help="print tables for tui.md")
    options = parser.parse_args()
    worst = False
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")  # as an installed package has
        for steps in options.steps:
            path = folder / f"bench-{steps}.loupe"
            if not path.exists():
                record(path, steps)
            print(f"\n{steps:,} steps, {path.stat().st_size / 2**20:.0f} MB")
            worst |= shown(measure(path, steps), markdown=options.markdown)
        print("\na run in progress")
        worst |= shown(live(folder), markdown=options.markdown)
    return int(worst)


if __name__ == "__main__":
    sys.exit(main())
