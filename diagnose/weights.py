"""What an act adds to its conversation's score: repetitions raise it, anything new lowers it."""

from __future__ import annotations

from typing import Final

from .likeness import Likeness, Match

TRIVIAL: Final = 0.6  # of a repetition that says next to nothing
SAME, ALIKE, MOVED, NEW, OUTCOME = 1.5, 1.0, -0.5, -2.0, -3.0


def weight_of(found: Match, kind: str, *, trivial: bool = False) -> float:
    """Of an act by how it stands to earlier ones; `trivial`: it says next to nothing."""
    if found.likeness == Likeness.NEW:
        return OUTCOME if kind == "call" else NEW
    if found.likeness == Likeness.OPEN:
        return MOVED if found.moves else 0.0
    if trivial:
        return TRIVIAL
    return SAME if found.likeness == Likeness.SAME else ALIKE
