"""What is said about a result: a line on stderr, at once."""

from __future__ import annotations

import sys


def notice(text: str) -> None:
    """A line about the result."""
    if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison]  a service may have none
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
