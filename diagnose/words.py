"""Numbers and names in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def age(nanoseconds: int) -> str:
    """A duration for a reader.

    >>> age(2_000_000), age(1_500_000_000), age(300_000_000_000)
    ('2 ms', '1.5 s', '5 min')
    """
    seconds = nanoseconds / 1e9
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def amount(value: float, unit: str) -> str:
    """A quantity with its unit; bytes in the largest unit that fits.

    >>> amount(3.14159, "tasks"), amount(2_500_000, "bytes")
    ('3.14 tasks', '2.4 MB')
    """
    if unit != "bytes":
        return f"{value:,.3g} {unit}" if abs(value) < 1000 else f"{value:,.0f} {unit}"
    for size, name in ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")):
        if value >= size:
            return f"{value / size:,.1f} {name}"
    return f"{value:,.0f} B"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["a", "b", "c"])
    "'a', 'b' and 'c'"
    """
    quoted = [repr(name) for name in names] or ["an agent without a name"]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
