"""Bookmarks: steps remembered by a letter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .cursor import Cursor


@dataclass(slots=True)
class Bookmarks:
    """Steps by letter; `wanting` says what the next letter is for."""

    steps: dict[str, int] = field(default_factory=dict[str, int])
    wanting: Literal["", "mark", "return"] = ""

    def key(self, key: str, cursor: Cursor) -> str:
        """Take the letter; what is to be said about it."""
        wanting, self.wanting = self.wanting, ""
        if len(key) != 1 or not key.isalnum():
            return "no letter, no bookmark"
        if wanting == "mark":
            self.steps[key] = cursor.step
            return f"step {cursor.step} is {key!r}: '{key} returns here"
        if key not in self.steps:
            return f"no step is marked {key!r}"
        cursor.go(self.steps[key])
        return f"at {key!r}"

    def told(self) -> str:
        """All of them."""
        return ", ".join(f"{letter} {step}" for letter, step in sorted(self.steps.items()))
