"""A process that tells whether a signal was meant for the whole group.

`timeout`, shells and service managers send a signal to every process of a group: the program has
it then, and must not get it from us a second time. Nothing says of a signal whom it was sent to, so
a forked process in the same group looks out: what it gets as well, the program got.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable
from types import FrameType
from typing import Final

PATIENCE: Final = 0.25  # seconds that a group's signal may take to reach one more process


class Lookout:
    """The forked process, seen from its parent. Fork it while `numbers` are blocked."""

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        self._seen: set[int] = set()
        told, tell = os.pipe()
        alive, keep = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(keep)
                _look_out(tuple(numbers), tell, alive)
            finally:
                os._exit(0)
        os.close(tell)
        os.close(alive)
        self._told = told
        self._keep = keep

    def saw(self, number: int) -> bool:
        """Whether signal `number`, which came here just now, came to the whole group."""
        limit = time.monotonic() + PATIENCE
        while number not in self._seen:
            left = limit - time.monotonic()
            if left <= 0 or not select.select([self._told], [], [], left)[0]:
                return False
            read = os.read(self._told, 64)
            if not read:
                return False
            self._seen.update(read)
        self._seen.discard(number)
        return True

    def close(self) -> None:
        """It ends when its parent lets go, or is gone."""
        os.close(self._keep)
        os.close(self._told)
        os.waitpid(self._pid, 0)


def _look_out(numbers: tuple[signal.Signals, ...], tell: int, alive: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.set_blocking(tell, False)
    for number in numbers:
        signal.signal(number, _noted)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    os.read(alive, 1)


def _noted(number: int, frame: FrameType | None) -> None:
    """The number goes to the parent by the wake-up descriptor, before this is called."""
