"""Temporary files and folders that a program makes and leaves, by the agent that made them.

Python tells its audit hooks when one is made; whether it is still there is looked up when memory is
sampled. A hook cannot be taken away again, so it is added once a process and is silent while
nothing is recorded.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any, Final

MOST: Final = 4_096  # paths that are looked after

_making: Final = ("tempfile.mkdtemp", "tempfile.mkstemp")


class TempFiles:
    """Those made since the start that may still be there.

    Args:
        agent: the plain name of the agent at work, "" when none is.
    """

    def __init__(self, agent: Callable[[], str]) -> None:
        self._agent = agent
        self._made: dict[str, str] = {}
        self._folder = os.path.join(tempfile.gettempdir(), "")  # noqa: PTH118 a plain prefix is wanted

    def note(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit event."""
        path = args[0]
        if event == "open":
            mode = args[1]
            made = isinstance(path, str) and mode is not None and mode[:1] in "wxa"
            if not made or not path.startswith(self._folder):
                return
        if isinstance(path, str) and len(self._made) < MOST:
            self._made.setdefault(path, self._agent())

    def forget(self) -> None:
        """What was made so far is another process's."""
        self._made.clear()

    def there(self) -> dict[str, int]:
        """How many are still there, by agent."""
        counts: dict[str, int] = {}
        for path, agent in list(self._made.items()):
            if os.path.lexists(path):
                counts[agent] = counts.get(agent, 0) + 1
            else:
                del self._made[path]
        return counts


_listening: list[TempFiles] = []
_added = False


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _listening and (event == "open" or event in _making):
        try:
            for each in _listening:
                each.note(event, args)
        except Exception:  # the program's own call must not fail by us
            pass


def listen(files: TempFiles) -> Callable[[], None]:
    """Have `files` told; call what is returned to end that."""
    global _added
    if not _added:
        _added = True
        sys.addaudithook(_hook)
    _listening.append(files)

    def deaf() -> None:
        if files in _listening:
            _listening.remove(files)

    return deaf
