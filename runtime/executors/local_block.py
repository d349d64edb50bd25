"""One block as processes of this machine, from the first to the last of them.

All of this happens in threads, so that a program that keeps its event loop busy does not keep us
from ending in time what it started. Processes are found by a mark in their environment, whatever
session, group or parent they have given themselves; one that removes the mark gets away.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from . import owner
from .account import Account
from .outcome import KILLED, Ended
from .output import Output
from .tree import Tree, paused

POLL: Final = 0.01  # seconds between two readings, to begin with
FINE: Final = 5  # seconds for which it is so fine
AFTER_EXIT: Final = 0.3  # seconds to wait for output after the code has ended
ROUNDS: Final = 50  # of killing what is there: a process may start another meanwhile

#: No core files; no more private memory for one process than all may have.
_LIMITED: Final = 'ulimit -c 0; [ "$1" = 0 ] || ulimit -d "$1"; shift; exec "$@"'


@dataclass(slots=True)
class Watched:
    """How the first process ended."""

    code: int | None = None  # None: it did not by itself
    timed_out: bool = False
    over_limit: bool = False


class LocalBlock:
    """A block that runs as soon as this is made. Everything here blocks."""

    def __init__(
        self, command: Sequence[str], work: Path, environment: Mapping[str, str], memory: int
    ) -> None:
        """Start it. Raises OSError."""
        self.cancelled = threading.Event()
        self._memory = memory
        self._mark = owner.execution()
        limited = ("sh", "-c", _LIMITED, "sh", str(memory // 1024)) if os.name == "posix" else ()
        self._process = subprocess.Popen(
            [*limited, *command],
            cwd=work,
            env={**environment, owner.VARIABLE: self._mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )

    def attend(self, timeout: float, output: Output, account: Account, *, keep: bool) -> Ended:
        """See it to its end."""
        pipe = self._process.stdout
        assert pipe is not None
        reading = threading.Thread(target=_pump, args=(pipe, output), daemon=True)
        reading.start()
        try:
            seen = self._watch(time.monotonic() + timeout, account)
            ended = seen.code is not None
            if ended:
                reading.join(AFTER_EXIT)  # what it left behind may hold the output open
            left = self._end_all(kill=not ended or not keep)
        except BaseException:
            self._end_all(kill=True)
            raise
        finally:
            self._process.wait()
            reading.join(AFTER_EXIT)
            if not reading.is_alive():
                pipe.close()
        return Ended(
            exit_code=KILLED if seen.code is None else seen.code,
            timed_out=seen.timed_out,
            oom_killed=seen.over_limit,
            signs=("watch",) if seen.over_limit else (),
            peak=account.most,
            peak_source="samples",
            left=left if ended else None,
            killed=left if not ended or not keep else None,
        )

    def _watch(self, deadline: float, account: Account) -> Watched:
        tree, began = Tree(self._process.pid), time.monotonic()
        while True:
            code = self._process.poll()
            if code is not None:
                return Watched(code=128 - code if code < 0 else code)
            reading = time.thread_time()
            usage = tree.memory()
            account.sample(usage)
            if self._memory and usage > self._memory and tree.share() > self._memory:
                return Watched(over_limit=True)
            now = time.monotonic()
            if now >= deadline:
                return Watched(timed_out=True)
            if self.cancelled.is_set():
                return Watched()
            pause = paused(reading, POLL if now - began < FINE else 5 * POLL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(min(pause, deadline - now))

    def _end_all(self, *, kill: bool) -> int:
        """How many processes there were besides the first; with `kill` none is left."""
        left = owner.processes(self._mark)
        count = sum(process.pid != self._process.pid for process in left)
        for _ in range(ROUNDS):
            if not kill:
                break
            with contextlib.suppress(OSError, AttributeError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.poll() if left else None
            for process in left:
                with contextlib.suppress(Exception):
                    process.kill()
            left = owner.processes(self._mark)
            if not left:
                break
        return count


def _pump(pipe: IO[bytes], output: Output) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := os.read(pipe.fileno(), 1 << 16):
            output.feed(data)


def sweep() -> int:
    """End processes and remove folders of executions whose owner is gone."""
    left = owner.orphans()
    for process in left:
        with contextlib.suppress(Exception):
            process.kill()
    return len(left) + owner.sweep_folders()
