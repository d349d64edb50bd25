"""What can go wrong with a recording.

LoupeError
├── RecordingError      a recording cannot be read
│   ├── NotARecording   the file is something else, or damaged beyond its header
│   ├── WrongSchema     written by another version
│   └── NoSuchRun       the recording has no run of that name
└── StoreError          a recording cannot be written
"""

from __future__ import annotations


class LoupeError(Exception):
    """Base of every error that agentloupe raises for the user to read.

    `code` is stable; `advice` says what to do, as a command where there is one.
    """

    code = "LP000"

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        text = f"{self.code} {self.what}"
        return f"{text}\n  {self.advice}" if self.advice else text


class RecordingError(LoupeError):
    """A recording cannot be read."""

    code = "LP100"


class NotARecording(RecordingError):  # noqa: N818 reads as a sentence
    """The file is something else, or damaged beyond its header."""

    code = "LP101"


class WrongSchema(RecordingError):  # noqa: N818
    """The recording was written by another version."""

    code = "LP102"


class NoSuchRun(RecordingError):  # noqa: N818
    """The recording has no such run, or no run at all."""

    code = "LP103"


class StoreError(LoupeError):
    """A recording cannot be written."""

    code = "LP200"
