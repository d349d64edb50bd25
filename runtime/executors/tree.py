"""The memory of a process and everything it started.

Resident memory is read from /proc, which is cheap, and counts pages that processes share once for
each; where that says too much, the proportional share (`Pss`) says how it really is.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Final

#: A reading may cost one part in this of the time since the last one, and waits at most so long.
SHARE: Final = 100
LONGEST: Final = 0.25

_page: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_proc: Final = Path("/proc")


def paused(began: float, least: float) -> float:
    """Seconds to wait after a reading that began then, by `time.thread_time`.

    The thread's own time: on a busy machine a reading takes long without costing more.
    """
    return min(LONGEST, max(least, SHARE * (time.thread_time() - began)))


class Tree:
    """Processes below one, those included that have lost their parent since they were seen."""

    def __init__(self, root: int) -> None:
        self._known: set[int] = {root}

    def pids(self) -> list[int]:
        """Those that live now. A number that another process got meanwhile is not told apart."""
        todo, found = list(self._known), set[int]()
        while todo:
            pid = todo.pop()
            if pid not in found and _alive(pid):
                found.add(pid)
                todo += _children(pid)
        self._known = found
        return sorted(found)

    def memory(self) -> int:
        """Resident bytes, summed."""
        return sum(_resident(pid) for pid in self.pids())

    def share(self) -> int:
        """Bytes with shared pages counted once over those who share them."""
        return sum(_proportional(pid) for pid in self._known)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 the plain list is the cheap one
            with contextlib.suppress(OSError):
                found += map(
                    int, (_proc / f"{pid}/task/{task}/children").read_text("ascii").split()
                )
    except OSError:
        import psutil  # where there is no /proc

        with contextlib.suppress(psutil.Error):
            found = [child.pid for child in psutil.Process(pid).children()]
    return found


def _alive(pid: int) -> bool:
    try:
        state = (_proc / f"{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        if _proc.is_dir():
            return False
        import psutil

        return psutil.pid_exists(pid)
    return state not in "ZX"


def _resident(pid: int) -> int:
    try:
        return int((_proc / f"{pid}/statm").read_text("ascii").split()[1]) * _page
    except (OSError, ValueError, IndexError):
        return _asked(pid)


def _asked(pid: int) -> int:
    if _proc.is_dir():
        return 0
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(pid: int) -> int:
    try:
        for line in (_proc / f"{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return _resident(pid)
