"""Memory of this process, as the C library and Linux tell it; elsewhere psutil says.

psutil knows the same figures and takes ten milliseconds to load, which every recorded program
would pay.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: glibc's `struct mallinfo2`: mallinfo(3)
_MALLINFO: Final = (
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
)


class _Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _MALLINFO]


@cache
def _mallinfo() -> Callable[[], Any] | None:
    with suppress(AttributeError, OSError, TypeError):  # another C library, or none to ask
        found = ctypes.CDLL(None).mallinfo2
        found.restype = _Mallinfo
        return found
    return None


def c_heap() -> int | None:
    """Bytes that are allocated from the C heap and by mmap, None where nobody knows."""
    ask = _mallinfo()
    if ask is not None:
        told = ask()
        return int(told.uordblks + told.hblkhd)
    with suppress(Exception):
        import psutil

        heap = psutil.heap_info()
        return int(heap.heap_used + heap.mmap_used)
    return None


def unique() -> int | None:
    """Bytes that no other process shares, None where nobody knows.

    Takes a millisecond, and tens in a big process: the kernel walks through all mappings.
    """
    with suppress(OSError, ValueError, IndexError), open("/proc/self/smaps_rollup", "rb") as file:  # noqa: PTH123 as small as it gets
        private = [line.split() for line in file if line.startswith(b"Private_")]
        if private:
            return sum(int(words[1]) for words in private) << 10
    with suppress(Exception):
        import psutil

        return int(psutil.Process().memory_full_info().uss)
    return None


def resident() -> int:
    """Bytes in memory."""
    import psutil

    return int(psutil.Process().memory_info().rss)
