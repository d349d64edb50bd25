"""Running a program as a child: signals reach it once, its ending is ours and is noted."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ..tracer.store import note
from .lookout import Lookout

#: Sent on to the program when somebody sends them to us alone.
PASSED_ON: Final = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
    }
)


class Ending(NamedTuple):
    """How a program ended: by its exit code, or by a signal."""

    code: int | None
    signal: int | None

    @property
    def status(self) -> int:
        """The exit status that a shell would show."""
        return 128 + self.signal if self.signal is not None else self.code or 0


def supervise(
    command: Sequence[str],
    environment: Mapping[str, str],
    meanwhile: Callable[[], None] | None = None,
) -> Ending:
    """Run a command in our place: same terminal, same group, same files.

    A signal from the terminal, or sent to the whole group, has reached the program already; one
    that was sent to this process is sent on. Signals stay blocked here afterwards, so that what is
    left to do (the note, the summary) is done. `meanwhile` is called once the command runs.

    Raises:
        OSError: the command cannot be started.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON | {signal.SIGCHLD})
    lookout = Lookout(PASSED_ON)
    try:
        child = os.posix_spawnp(
            command[0],
            list(command),
            dict(environment),
            setsigmask=before,
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
        )
        if meanwhile is not None:
            meanwhile()
        return _wait(child, lookout)
    finally:
        lookout.close()


def _wait(child: int, lookout: Lookout) -> Ending:
    while True:
        number, by_kernel = _next_signal()
        if number == signal.SIGCHLD:
            done, status = os.waitpid(child, os.WNOHANG)
            if done == child:
                code = os.waitstatus_to_exitcode(status)
                return Ending(code, None) if code >= 0 else Ending(None, -code)
        elif not by_kernel and not lookout.saw(number):
            os.kill(child, number)


def _next_signal() -> tuple[int, bool]:
    """The next signal, and whether the kernel sent it: for a key of the terminal, to all."""
    awaited = PASSED_ON | {signal.SIGCHLD}
    if hasattr(signal, "sigwaitinfo"):
        info = signal.sigwaitinfo(awaited)
        return info.si_signo, info.si_code > 0
    return signal.sigwait(awaited), False


def note_ending(path: Path, ending: Ending) -> None:
    """Write how the program ended into its recording, which its own process could not.

    Raises:
        sqlite3.Error: the file cannot be written any more.
    """
    told = {"exit_code": ending.code, "signal": ending.signal}
    when = {"ended_ns": time.time_ns()}  # who is killed, or leaves by os._exit(), could not say it
    if ending.signal is not None:
        told |= when
    note(path, {key: value for key, value in told.items() if value is not None}, when)
