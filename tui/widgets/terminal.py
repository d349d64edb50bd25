"""The terminal as Textual drives it, written to with thrift."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver

from ..thrift import thrifty


class Terminal(LinuxDriver):
    """Textual's own driver, which writes no more than it has to."""

    def write(self, data: str) -> None:
        super().write(thrifty(data))
