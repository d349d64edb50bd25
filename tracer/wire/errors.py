"""What can go wrong with a trace from elsewhere."""

from __future__ import annotations

from ..errors import RecordingError


class NotATrace(RecordingError):  # noqa: N818 reads as a sentence
    """The file holds no trace that we can read."""

    code = "LP110"


class TraceTooLarge(RecordingError):  # noqa: N818
    """The file goes beyond what is read into memory."""

    code = "LP111"
