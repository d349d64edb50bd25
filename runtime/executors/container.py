"""One container that code is executed in, kept by a lease.

Its first process is the engine's init, which collects orphans, and under it `cat` on a standard
input that this process holds open. When this process ends, however it ends, the kernel closes it,
`cat` ends and with it the container and everything in it. Code runs as another user than `cat`, so
that `kill -9 -1`, which reaches all processes of a user at once and none that they start meanwhile,
leaves nothing of it and does not end the container.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from . import owner
from .blocks import Planned
from .counters import FILES, Counters, HostFiles, from_files, from_stats
from .engine import Asked, Channel, Engine, Stream, Vanished
from .errors import NoContainer

WORK: Final = "/workspace"
KEEPER: Final = ("cat",)
KEEPER_USER: Final = "65533:65533"
LEASED: Final = "agentloupe.lease"

#: Reads a line first, see Engine.run; then the file's size, the file, and what follows it.
_RUN: Final = r"""
read -r _
case $2 in */*) mkdir -p "${2%/*}" ;; esac
head -c "$1" >"$2" || exit 126
shift 2
exec "$@" </dev/null
"""

#: Counts the processes, kills the user's own if told to, and prints the kernel's counters. Nothing
#: but the shell's builtins: images differ in what else there is, and a fork may not be possible.
_SETTLE: Final = (
    r"""
read -r _
count() {
  n=0
  for p in /proc/[0-9]*; do
    s=
    { read -r s <"$p/stat"; } 2>/dev/null
    case $s in '' | *') Z '* | *') X '*) ;; *) n=$((n + 1)) ;; esac
  done
}
count
echo "left $n"
if [ "$1" = kill ]; then
  kill -9 -1 2>/dev/null
  i=0
  count
  while [ "$n" -gt "$2" ] && [ "$i" -lt 200 ]; do i=$((i + 1)); count; done
fi
echo "stayed $n"
for f in """
    + " ".join(FILES)
    + r"""; do
  if [ -r "/sys/fs/cgroup/$f" ]; then
    echo "= $f"
    while read -r l; do echo "$l"; done <"/sys/fs/cgroup/$f"
  fi
done
"""
)

_leases: weakref.WeakSet[Channel] = weakref.WeakSet()


def _let_go() -> None:
    for lease in list(_leases):
        lease.let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was found when the code had ended, and how the kernel's counters stand."""

    left: int  # processes of the code that were alive
    stayed: int  # that still are
    counters: Counters


class Container:
    """A running container. Everything here blocks."""

    def __init__(self, engine: Engine, asked: Asked, user: str) -> None:
        """Make and start it. Raises NoContainer."""
        self._engine = engine
        self._user = user
        self._ours = 0  # processes that are there without any code
        self.known = Counters()  # as they stood when the last code had ended
        self._events = 0
        self.id = engine.create(asked)
        self._lease = engine.start(self.id)
        _leases.add(self._lease)
        try:
            first = self.settle(kill=False)
            self._ours, self.known = first.stayed, first.counters
            pid = int(engine.inspect(self.id)["State"].get("Pid") or 0)
        except Vanished as error:
            raise NoContainer(
                f"the container of {asked.image!r} ended as it began: {error}",
                "the image must have `sh`, `cat` and `head`; images without a shell do not fit",
            ) from error
        except BaseException:
            self.remove()
            raise
        self.files = HostFiles.of(pid, self.id) if engine.local and pid else None

    def run(self, planned: Planned) -> Stream:
        """Put a block's file into the work area and start its command. Raises Vanished."""
        size = str(len(planned.code))
        stream = self._command(_RUN, size, planned.name, *planned.command)
        stream.send(b"\n" + planned.code)
        return stream

    def exit_code(self, stream: Stream) -> int | None:
        """None while it runs. Raises Vanished."""
        return self._engine.exit_code(stream.id)

    def settle(self, *, kill: bool) -> Settled:
        """See what is left of the code, and end it. Raises Vanished."""
        stream = self._command(_SETTLE, "kill" if kill else "look", str(self._ours))
        try:
            stream.send(b"\n")
            text = b"".join(stream.chunks()).decode("utf-8", "replace")
        finally:
            stream.close()
        counts, *files = text.split("\n= ")
        numbers = dict(line.split() for line in counts.splitlines() if line.count(" ") == 1)
        if "stayed" not in numbers:
            raise Vanished(f"its shell said {text[:200]!r}")
        told = {name: rest for name, _, rest in (file.partition("\n") for file in files)}
        return Settled(
            left=max(0, int(numbers["left"]) - self._ours),
            stayed=max(0, int(numbers["stayed"]) - self._ours),
            counters=from_files(told),
        )

    def oom_signs(self, kills: int | None, *, killed: bool) -> tuple[str, ...]:
        """What tells that a process was killed for memory since this was asked before.

        The kernel's count is exact. The engine's events are asked besides, and are all there is
        where that count cannot be read; they come a little later.
        """
        counted = kills is not None and self.known.kills is not None
        rose = counted and (kills or 0) > (self.known.kills or 0)
        signs = ["counter"] if rose else []
        if rose or killed:
            for pause in (0, 0.05, 0.2) if not counted or rose else (0,):
                time.sleep(pause)
                events = self._engine.oom_events(self.id)
                if events > self._events:
                    self._events = events
                    signs.append("event")
                    break
        return tuple(signs)

    def stats(self) -> Iterator[int]:
        """Memory in use, about once a second, as long as the container lives."""
        for payload in self._engine.stats(self.id):
            usage = from_stats(payload).usage
            if usage is not None:
                yield usage

    def put(self, name: str, data: bytes) -> None:
        """Write a file of the work area. Raises Vanished."""
        stream = self._command(_RUN, str(len(data)), name, "true")
        stream.send(b"\n" + data)
        self._all(stream, name)

    def get(self, name: str) -> bytes:
        """Read a file of the work area. Raises FileNotFoundError, Vanished."""
        stream = self._command("read -r _; cat <" + shlex.quote(name))
        stream.send(b"\n")
        return self._all(stream, name)

    def _all(self, stream: Stream, name: str) -> bytes:
        data = b"".join(stream.chunks())
        stream.close()
        if self._engine.exit_code(stream.id):
            raise FileNotFoundError(f"{name!r} in {WORK}: {data.decode('utf-8', 'replace')[:200]}")
        return data

    def _command(self, script: str, *arguments: str) -> Stream:
        command = ("sh", "-c", script, "sh", *arguments)
        return self._engine.run(self.id, command, user=self._user, workdir=WORK)

    def remove(self) -> None:
        """Kill it with everything in it. It is gone when this returns."""
        self._lease.close()
        self._engine.remove(self.id)


def sweep(engine: Engine) -> int:
    """Remove containers whose owner is gone; there are some if an engine missed a lease's end."""
    found = 0
    for container, mark in engine.labelled(owner.LABEL).items():
        if owner.gone(mark):
            with contextlib.suppress(Exception):
                engine.remove(container)
                found += 1
    return found
