"""The trace model, the recorder and the reader of recordings."""

from __future__ import annotations

from .reader import Recording, open_recording
from .recording import record

__all__ = ["Recording", "open_recording", "record"]
