"""A recording sent on while it is written: a tail of the store, in a thread of its own.

The program's threads know nothing of it. What a receiver cannot take now stays in the recording and
is sent when it can; when the program has ended, what is left is sent as long as that gets on.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ..store import note
from .export import batches
from .following import Follower
from .outgoing import Options
from .sending import Delivery, endpoint, send, transport_for
from .spans import WireSpan

INTERVAL: Final = 0.5  # seconds between two looks at the recording
GRACE: Final = 5.0  # seconds without a batch accepted, after the program's end
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

    Raises:
        BadEndpoint: nothing can be sent to that address.
    """

    def __init__(
        self,
        path: Path,
        url: str,
        options: Options | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        endpoint(url)
        self.url = url
        self.delivery = Delivery()
        self._path = path
        self._options = options or Options()
        self._headers = dict(headers or {})
        self._patience = _Patience()
        self._over = self._patience.over
        self._trouble = ""
        self._thread = threading.Thread(target=self._work, name="agentloupe-otlp", daemon=True)

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
            note(self._path, {SENT: done.sent, LOST: done.lost})
        if self._trouble:
            return f"sending to {self.url} stopped after {done.sent:,} spans: {self._trouble}"
        if not done.lost:
            return f"{done.sent:,} spans sent to {self.url}"
        return (
            f"{done.sent:,} spans sent to {self.url}, {done.lost:,} not: {done.why}. They are in "
            f"the recording: loupe export {self._path.name} --otlp {self.url}"
        )

    def _work(self) -> None:
        follower = Follower(self._path, self._options)
        try:
            transport = transport_for(self.url, more=self._headers)
            try:
                for delivery in send(self._batches(follower), transport, self._patience):
                    self.delivery = delivery
            finally:
                transport.close()
        except Exception as error:  # whatever it is, it is not the program's
            self._trouble = f"{type(error).__name__}: {error}"
        finally:
            follower.close()

    def _batches(self, follower: Follower) -> Iterator[list[WireSpan]]:
        over = False
        while not over:
            over = self._over.wait(INTERVAL)  # before looking: nothing comes after that
            yield from batches(follower.more())
        yield from batches(follower.rest())


class _Patience:
    """While the program runs, for ever: the store keeps what waits. Then as long as it gets on."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.given_up = threading.Event()
        self._until: float | None = None  # monotonic; None before the end
        self._answered = False  # somebody is there, or was
        self._late = 0  # attempts since the end

    def allows(self, attempt: int, pause: float) -> bool:
        """A receiver that never answered gets one more attempt after the end."""
        if self._until is None:
            self.over.wait(pause)
            if not self.over.is_set():
                return True
            self._until = time.monotonic() + GRACE
        else:
            self.given_up.wait(min(pause, max(0.0, self._until - time.monotonic())))
        nobody = attempt > FEW and not self._answered and self._late > 0
        if nobody or time.monotonic() > self._until:
            self.given_up.set()
        self._late += 1
        return not self.given_up.is_set()

    def passed(self) -> None:
        """It gets on."""
        self._answered = True
        if self._until is not None:
            self._until = time.monotonic() + GRACE
