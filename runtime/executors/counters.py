"""What the kernel counts of a container's memory: read from Docker's statistics or cgroup files.

Docker's statistics come once a second and have a high-water mark on cgroup v1 only; the kernel's
files have one on both (v2 from Linux 5.19), and count the processes killed for memory, which the
state of the container does not show when the process was an `exec`. Where the daemon runs on this
machine the files can be read from outside, without asking anybody. Both kinds of files are
described in the kernel's admin guide, cgroup-v1/memory and cgroup-v2.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from msgspec import Struct

#: Below the cgroup mount as a container sees it: v2's files, then v1's.
FILES: Final = (
    "memory.current",
    "memory.peak",
    "memory.events",
    "memory/memory.usage_in_bytes",
    "memory/memory.max_usage_in_bytes",
    "memory/memory.oom_control",
)
NO_LIMIT: Final = 1 << 60  # v1 says "none" by a number of pages near 2**63


class Counters(Struct, frozen=True):
    """One reading, in bytes; None: not told. `kills` counts processes killed for memory."""

    usage: int | None = None
    peak: int | None = None
    kills: int | None = None
    limit: int | None = None  # 0: none


def from_stats(payload: Mapping[str, Any]) -> Counters:
    """A payload of the engine's `/containers/ID/stats`; a stopped container's is empty."""
    found: Any = payload.get("memory_stats")
    memory: Mapping[str, Any] = {}
    if isinstance(found, Mapping):
        memory = cast("Mapping[str, Any]", found)
    limit = _whole(memory.get("limit"))
    return Counters(
        usage=_whole(memory.get("usage")),
        peak=_whole(memory.get("max_usage")),
        kills=None,  # `failcnt` counts allocations that had to wait, not kills
        limit=0 if limit is not None and limit >= NO_LIMIT else limit,
    )


def from_files(texts: Mapping[str, str]) -> Counters:
    """The texts of `FILES`, as far as there are any, by name without folder."""
    named = {name.rpartition("/")[2]: text for name, text in texts.items()}
    events = named.get("memory.events") or named.get("memory.oom_control") or ""
    kills = re.search(r"^oom_kill (\d+)$", events, re.MULTILINE)
    return Counters(
        usage=_number(named, "memory.current", "memory.usage_in_bytes"),
        peak=_number(named, "memory.peak", "memory.max_usage_in_bytes"),
        kills=int(kills.group(1)) if kills else None,
    )


def _number(texts: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        text = texts.get(name, "").strip()
        if text.isdigit():
            return int(text)
    return None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


class HostFiles:
    """The files of one container, read from outside of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of(cls, pid: int, container: str, proc: Path = Path("/proc")) -> HostFiles | None:
        """Those of the container whose first process is `pid` on this machine.

        None where they cannot be reached, and where another process has that number here: then
        its cgroup is not named after the container.
        """
        try:
            groups = (proc / str(pid) / "cgroup").read_text("utf-8")
            mounts = (proc / "self" / "mountinfo").read_text("utf-8")
        except OSError:
            return None
        for line in groups.splitlines():
            _, names, path = line.split(":", 2)
            if container not in path or (names and "memory" not in names.split(",")):
                continue
            for mount in _mounts(mounts, "memory" if names else ""):
                folder = mount / path.lstrip("/")
                if any((folder / name.rpartition("/")[2]).is_file() for name in FILES):
                    return cls(folder)
        return None

    def read(self) -> Counters:
        """The counters now; all None once the container is gone."""
        texts: dict[str, str] = {}
        for name in FILES:
            plain = name.rpartition("/")[2]
            try:
                texts[plain] = (self._folder / plain).read_text("ascii")
            except OSError:
                continue
        return from_files(texts)

    def usage(self) -> int | None:
        """The memory in use now: one small file."""
        for name in ("memory.current", "memory.usage_in_bytes"):
            try:
                return int((self._folder / name).read_text("ascii"))
            except (OSError, ValueError):
                continue
        return None

    def reset_peak(self) -> None:
        """Let v1's high-water mark begin anew; only root may, and v2 has no such thing."""
        with contextlib.suppress(OSError):
            (self._folder / "memory.max_usage_in_bytes").write_text("0", "ascii")

    def processes(self) -> list[int]:
        """Its processes, by their numbers on this machine."""
        try:
            text = (self._folder / "cgroup.procs").read_text("ascii")
        except OSError:
            return []
        return [int(line) for line in text.split()]


def _mounts(mountinfo: str, controller: str) -> list[Path]:
    """Where cgroups are mounted: v1's of a controller, or v2's."""
    found: list[Path] = []
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.partition(" ")
        wanted = "cgroup" if controller else "cgroup2"
        if kind == wanted and (
            not controller or controller in options.rpartition(" ")[2].split(",")
        ):
            found.append(Path(left.split()[4]))
    return found
