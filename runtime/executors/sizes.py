"""Sizes as people write them."""

from __future__ import annotations

import re
from typing import Final

_SIZE: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", re.IGNORECASE)


def in_bytes(value: int | str) -> int:
    """A size: a number of bytes, or text such as '512m' or '1.5 GiB'.

    Raises:
        ValueError: it is neither.
    """
    found = _SIZE.fullmatch(str(value))
    if found is None:
        raise ValueError(f"{value!r} is no size: write a number of bytes, or '512m', '1.5g'")
    return int(float(found.group(1)) * 1024 ** " kmgt".index(found.group(2).lower() or " "))


def sized(count: int) -> str:
    """Bytes for a reader: '64 MiB', '1.5 GiB'."""
    size, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.1f}".removesuffix(".0") + f" {unit}"
