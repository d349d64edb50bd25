"""What is found out about a word once, as the same few come again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

LONGEST: Final = 64  # characters of a word that is worth remembering


class Remembered(dict[str, T], Generic[T]):
    """By word, what `find` says of it; when there are `most` of them, all are forgotten. A word
    that is long is found out about each time.

    >>> Remembered(len, 2)["word"]
    4
    """

    __slots__ = ("_find", "_most")

    def __init__(self, find: Callable[[str], T], most: int) -> None:
        super().__init__()
        self._find = find
        self._most = most

    def __missing__(self, word: str) -> T:
        found = self._find(word)
        if len(word) <= LONGEST:
            if len(self) >= self._most:
                self.clear()
            self[word] = found
        return found
