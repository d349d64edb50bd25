"""Numbers as people read them. Unknown is said, never shown as 0."""

from __future__ import annotations

_SIZES = ("B", "K", "M", "G", "T")


def size(count: float) -> str:
    """Bytes in at most five cells.

    >>> size(512), size(159 * 2**20), size(1.5 * 2**30)
    ('512B', '159M', '1.5G')
    """
    sign, count = ("-", -count) if count < 0 else ("", count)
    for unit in _SIZES:
        if count < 999.5 or unit == _SIZES[-1]:
            small = count < 9.95 and unit != "B"
            return f"{sign}{count:.1f}{unit}" if small else f"{sign}{count:.0f}{unit}"
        count /= 1024
    raise AssertionError("the last unit takes everything")


def change(count: float) -> str:
    """A difference of bytes, with its sign."""
    return f"+{size(count)}" if count >= 0 else size(count)


def span(ns: int | None) -> str:
    """A duration.

    >>> span(1_500), span(12_000_000), span(3_400_000_000), span(125_000_000_000), span(None)
    ('1.5µs', '12ms', '3.4s', '2m05s', 'unfinished')
    """
    if ns is None:
        return "unfinished"
    if ns <= 0:
        return f"-{span(-ns)}" if ns else "0s"
    if ns < 999_500:
        return f"{ns / 1e3:.1f}µs" if ns < 9_950 else f"{ns / 1e3:.0f}µs"
    if ns < 999_500_000:
        return f"{ns / 1e6:.1f}ms" if ns < 9_950_000 else f"{ns / 1e6:.0f}ms"
    if ns < 59_950_000_000:
        return f"{ns / 1e9:.1f}s" if ns < 99_950_000_000 else f"{ns / 1e9:.0f}s"
    minutes, seconds = divmod(round(ns / 1e9), 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"


def clock(ns: int) -> str:
    """Time since the start of the run, in at most seven cells.

    >>> clock(0), clock(78_420_000_000), clock(754_000_000_000), clock(7_500_000_000_000)
    ('0.00s', '78.42s', '12:34', '2:05:00')
    """
    seconds = ns / 1e9
    if seconds < 99.995:
        return f"{seconds:.2f}s"
    total = int(seconds)
    hours, rest = divmod(total, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def number(count: int) -> str:
    """A count with thousands apart."""
    return f"{count:,}"


def many(count: int, noun: str) -> str:
    """A count and its noun.

    >>> many(1, "step"), many(4120, "step")
    ('1 step', '4,120 steps')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def tokens(spent: int, unknown_calls: int, calls: int) -> str:
    """Tokens of some model calls, with what nobody told.

    >>> tokens(812, 0, 3), tokens(812, 1, 3), tokens(0, 3, 3), tokens(0, 0, 0)
    ('812 tokens', '812 tokens + 1 call unknown', 'tokens unknown', 'no model calls')
    >>> tokens(0, 0, 1)
    'no tokens told'
    """
    if not calls:
        return "no model calls"
    if unknown_calls >= calls:
        return "tokens unknown"
    if not spent:
        return "no tokens told"
    known = f"{spent:,} tokens"
    return f"{known} + {many(unknown_calls, 'call')} unknown" if unknown_calls else known
