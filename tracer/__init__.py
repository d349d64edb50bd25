"""The trace model, the recorder and the reader of recordings.

Loaded on first use: a program under the recorder must not pay for the reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reader import Recording, open_recording
    from .recording import record

__all__ = ["Recording", "open_recording", "record"]


def __getattr__(name: str) -> object:
    if name == "record":
        from .recording import record

        return record
    if name in ("Recording", "open_recording"):
        from . import reader

        return getattr(reader, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
