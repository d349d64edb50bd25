"""The way into the terminal UI.

Apart from the app, so that what is imported for it can be imported with the garbage collector at
rest: nothing of it is garbage, and walking through it again and again is an eighth of the work.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .opening import Choosing


def view(
    recordings: Sequence[Path],
    selection: Choosing | None = None,
    follow: bool = False,
    theme: str = "",
    originals: Mapping[Path, Path] | None = None,
) -> int:
    """Show recordings in the terminal until the user leaves; the exit code.

    Several runs open as a list, a single run (or the one that `selection` names) as a replay.
    `originals`: the trace files that some recordings were made of, which are shown by their names.

    Raises:
        BadSettings: the user's own keys or colours cannot be used.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        from .app import run
        from .opening import know_originals

        know_originals(originals or {})
        return run(recordings, selection, follow, theme, settled=_settle if collects else None)
    finally:
        if collects:
            gc.enable()


def _settle() -> None:
    """The first screen stands: what there is now stays, and is never looked at again."""
    gc.freeze()
    gc.enable()
