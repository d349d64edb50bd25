"""Whose a container, a folder or a process is: marks that outlive a process that was killed.

A process id alone comes back. With the machine's boot, the namespace that numbers the processes and
the moment the process began, a mark names one process for good, and anybody who shares the boot and
the namespace can tell whether it still lives.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

LABEL: Final = "agentloupe.owner"
VARIABLE: Final = "AGENTLOUPE_EXECUTION"
_FOLDER: Final = "agentloupe-exec-"


def _place() -> str:
    """This boot of this machine, as seen from this namespace of process ids."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        space = str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:  # no /proc: the boot's second names it well enough
        return f"{int(psutil.boot_time())}.0"
    return f"{boot.replace('-', '')[:16]}.{space}"


def _began(pid: int) -> int | None:
    """When a process began, in milliseconds; None when there is none, or only its remains."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return int(process.create_time() * 1000)
    except psutil.Error:
        return None


def mark() -> str:
    """The mark of this process."""
    return f"{_place()}.{os.getpid()}.{_began(os.getpid())}"


def gone(owner: str) -> bool:
    """Whether the process of this mark certainly lives no more.

    False for marks of another machine, boot or namespace: nothing is known about those.
    """
    place, _, rest = owner.rpartition(".")
    place, _, pid = place.rpartition(".")
    if place != _place() or not pid.isdigit() or not rest.isdigit():
        return False
    began = _began(int(pid))
    # The clock behind a process's age may be set between two readings.
    return began is None or abs(began - int(rest)) > 2_000


def folder() -> Path:
    """A new temporary folder of this process, for its owner's eyes alone."""
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{mark()}-"))


def sweep_folders() -> int:
    """Remove the folders of processes that are gone. Returns how many there were."""
    found = 0
    for path in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        owner = path.name.removeprefix(_FOLDER).rpartition("-")[0]
        if gone(owner):
            shutil.rmtree(path, ignore_errors=True)
            found += 1
    return found


def execution() -> str:
    """A mark for the environment of one execution's processes."""
    return f"{mark()}-{uuid.uuid4().hex[:12]}"


def processes(execution: str) -> list[psutil.Process]:
    """The living processes that carry an execution's mark, whoever has adopted them."""
    wanted = f"{VARIABLE}={execution}\0".encode()
    return _living(pid for pid, found in _marked() if wanted in found)


def orphans() -> list[psutil.Process]:
    """Processes of executions whose owner is gone."""
    left: list[int] = []
    for pid, environment in _marked():
        value = environment.partition(f"{VARIABLE}=".encode())[2].partition(b"\0")[0]
        if gone(value.decode("ascii", "replace").rpartition("-")[0]):
            left.append(pid)
    return _living(left)


def _living(pids: Iterable[int]) -> list[psutil.Process]:
    """Those that have not ended since they were seen."""
    found: list[psutil.Process] = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return found


def _marked() -> list[tuple[int, bytes]]:
    """Pids with our variable in their environment; what may not be read is not ours."""
    found: list[tuple[int, bytes]] = []
    for pid in psutil.pids():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if VARIABLE.encode() in environment and _began(pid) is not None:
            found.append((pid, environment))
    return found
