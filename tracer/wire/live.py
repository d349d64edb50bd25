"""A recording sent on while it is written: a tail of the store, in a thread of its own.

The program's threads know nothing of it. What a receiver cannot take now stays in the recording and
is sent when it can; when the program has ended, what is left is sent as long as that gets on, and
no longer than whoever waits was told.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from ..errors import RecordingError
from ..store import note
from .export import batches
from .following import Follower
from .outgoing import Options
from .sending import Delivery, send, transport_for
from .spans import WireSpan
from .trouble import Tell, TellingTransport

INTERVAL: Final = 0.5  # seconds between two looks at the recording
GRACE: Final = 5.0  # seconds without a batch accepted, after the program's end
LONGEST: Final = 60.0  # seconds after it, however well that gets on
FEW: Final = 3  # attempts after which nobody seems to be there
SENT: Final = "otlp_sent"  # keys of the recording's meta table
LOST: Final = "otlp_lost"


class LiveExport:
    """Sends the recording `path`, which need not be there yet, to an OTLP endpoint.

    Args:
        path: the recording.
        url: `http(s)://` or `grpc(s)://`.
        options: bodies, shape, split.
        headers: sent along with every request, beside those of the environment.
        tell: is told once when the receiver's trouble begins, and once when it is over.
        wait: seconds for which is sent what is left when the program has ended; to them comes the
            time of the request that is under way then.

    Raises:
        BadEndpoint: nothing can be sent to that address.
    """

    def __init__(
        self,
        path: Path,
        url: str,
        options: Options | None = None,
        headers: Mapping[str, str] | None = None,
        wait: float = LONGEST,
        tell: Tell | None = None,
    ) -> None:
        self.url = url
        transport = transport_for(url, more=headers)
        self._transport = (
            transport if tell is None else TellingTransport(transport, url, self._while_it_runs)
        )
        self._tell = tell
        self.delivery = Delivery()
        self._path = path
        self._options = options or Options()
        self._patience = _Patience(wait)
        self._over = self._patience.over
        self._trouble = ""
        self._unread = ""  # why the last look came to an end
        self._counted = True
        self._thread = threading.Thread(target=self._work, name="agentloupe-otlp", daemon=True)

    def _while_it_runs(self, what: str) -> None:
        """Afterwards the sum is told, and why."""
        if self._tell is not None and not self._over.is_set():
            with suppress(OSError, ValueError):  # nobody reads it any more
                self._tell(what)

    def start(self) -> None:
        """Begin to look at the recording."""
        self._thread.start()

    def finish(self) -> None:
        """Nothing is written any more: let the rest be sent, `wait` for that."""
        self._over.set()

    def wait(self, seconds: float) -> bool:
        """Whether all was sent, or given up, within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def give_up(self) -> None:
        """Send no more than what is on its way; count the rest as lost."""
        self._patience.given_up.set()
        self._over.set()

    def conclude(self) -> str:
        """All of that, in a program that records itself; Ctrl-C gives up.

        Returns:
            What went wrong, "" when all was sent.
        """
        self.finish()
        try:
            self._thread.join()
        except KeyboardInterrupt:
            self.give_up()
            self._thread.join()
        try:
            told = self.close()
        except sqlite3.Error as error:
            return f"cannot note in {str(self._path)!r} what was sent: {error}"
        return told if self.delivery.lost or self._trouble else ""

    def close(self) -> str:
        """Note in the recording what became of its spans; returns that as a sentence.

        Raises:
            sqlite3.Error: the recording cannot be written to.
        """
        done = self.delivery
        if self._path.exists():
            note(self._path, {SENT: done.sent} | ({LOST: done.lost} if self._counted else {}))
        if not (done.lost or self._trouble):
            return f"{done.sent:,} spans sent to {self.url}"
        why = self._trouble or done.why or "there was no more time"
        lost = f"{done.lost:,} not" if self._counted else "the others not"
        told = f"{done.sent:,} spans sent to {self.url}, {lost}: {why}"
        if not self._path.exists():
            return told
        again = f"loupe export {self._path.name} --otlp {self.url}"
        return f"{told}. They are in the recording: {again}"

    def _count(self) -> None:
        """What was not sent is all that is in the recording and was not accepted."""
        done = self.delivery
        self._counted = self._path.exists()
        try:
            with closing(Follower(self._path, self._options)) as follower:
                lost = max(0, follower.count() - done.sent)
        except Exception:  # perhaps what has led here
            self._counted = False
        else:
            self.delivery = Delivery(done.sent, lost, done.why)

    def _work(self) -> None:
        given_up = self._patience.given_up
        try:
            with (
                closing(Follower(self._path, self._options)) as follower,
                closing(self._transport),
            ):
                for delivery in send(self._batches(follower), self._transport, self._patience):
                    self.delivery = delivery
                    if given_up.is_set():
                        break
                self._trouble = self._unread
        except Exception as error:  # whatever it is, it is not the program's
            self._trouble = f"{type(error).__name__}: {error}"
        if self.delivery.sent and not self._path.exists():
            self._trouble = self._trouble or "the recording is no longer there"
        if self._trouble or given_up.is_set():
            self._over.wait()
            self._count()

    def _batches(self, follower: Follower) -> Iterator[list[WireSpan]]:
        over = False
        while not over:
            over = self._over.wait(INTERVAL)  # before looking: nothing comes after that
            yield from batches(self._read(follower.more()))
        yield from batches(self._read(follower.rest()))

    def _read(self, spans: Iterator[WireSpan]) -> Iterator[WireSpan]:
        """What cannot be read now may be at the next look."""
        self._unread = ""
        try:
            yield from spans
        except RecordingError as error:
            self._unread = error.what


class _Patience:
    """While the program runs, for ever: the store keeps what waits. Then as long as it gets on,
    `longest` seconds at the most."""

    def __init__(self, longest: float) -> None:
        self.over = threading.Event()
        self.given_up = threading.Event()
        self._longest = longest
        self._last = 0.0  # the end of that, monotonic
        self._until: float | None = None  # as things are now; None before the program's end
        self._answered = False  # somebody is there, or was
        self._late = 0  # attempts since the end

    def allows(self, attempt: int, pause: float) -> bool:
        """A receiver that never answered gets one more attempt after the end."""
        if self._until is None:
            self.over.wait(pause)
            if not self.over.is_set():
                return True
            self._last = time.monotonic() + self._longest
            self._go_on()
        else:
            self.given_up.wait(min(pause, max(0.0, self._until - time.monotonic())))
        nobody = attempt > FEW and not self._answered and self._late > 0
        if nobody or time.monotonic() > (self._until or self._last):
            self.given_up.set()
        self._late += 1
        return not self.given_up.is_set()

    def passed(self) -> None:
        """It gets on."""
        self._answered = True
        if self._until is not None:
            self._go_on()

    def _go_on(self) -> None:
        self._until = min(time.monotonic() + GRACE, self._last)
