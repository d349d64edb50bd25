"""Where v0.2's programs write and read: the terminal, as `IOStream` has it."""

from __future__ import annotations

import getpass
from typing import Any


class Terminal:
    """Prints, and asks who sits there."""

    @staticmethod
    def get_default() -> Any:
        return Terminal()

    def print(self, *objects: Any, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        print(*objects, sep=sep, end=end, flush=flush)

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        return getpass.getpass(prompt or "Password: ") if password else input(prompt)
