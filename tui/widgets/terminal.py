"""The terminal as Textual drives it, written to with thrift."""

from __future__ import annotations

import signal

from textual.drivers.linux_driver import LinuxDriver

from ..thrift import thrifty


class Terminal(LinuxDriver):
    """Textual's own driver, which writes no more than it has to."""

    def write(self, data: str) -> None:
        thread = self._writer_thread
        if thread is not None and not thread.is_alive():  # its terminal is gone: nobody looks
            self._app.exit(128 + signal.SIGHUP)
        else:
            super().write(thrifty(data))
