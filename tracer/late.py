"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

made: list[Late] = []  #: all there are


class Late:
    """A regular expression of bytes that few programs need.

    Compiling all that look for secrets takes longer than all else that a recording begins with.
    """

    def __init__(self, source: bytes, flags: int = 0) -> None:
        self.source = source
        self._flags = flags
        made.append(self)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(self.source, self._flags)

    @cached_property
    def search(self) -> Any:
        """`re.Pattern.search`."""
        return self._pattern.search

    @cached_property
    def match(self) -> Any:
        """`re.Pattern.match`."""
        return self._pattern.match

    @cached_property
    def sub(self) -> Any:
        """`re.Pattern.sub`."""
        return self._pattern.sub


def compile_all() -> None:
    """Compile what has not been used so far."""
    for late in made:
        for way in ("search", "match", "sub"):
            getattr(late, way)
