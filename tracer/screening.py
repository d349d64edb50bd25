"""Where secrets may be: in a page of records, in some of many texts.

Hyperscan (Vectorscan's build of it) looks for all signs of secrets at once, at several gigabytes a
second, where `secrets` looks for one after the other. A sign is less than a secret: what has none
is not changed by `mask`, and what has one is given to `mask`. Where it is not installed, and until
so much was said that preparing it is worth the time, `secrets` says what is suspicious. That is
asked of several records or texts together, as beginning with one takes longer than a short one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, TypeVar

from . import secrets
from .brief import FIELDS
from .late import compile_all
from .packing import PLAIN, SHORT, Record, unpack_one
from .prepared import ready, scanner

T = TypeVar("T")

WORTH: Final = 4 << 20  # bytes that take as long to be looked through as making the scanner
EACH: Final = 300  # bytes that take as long as beginning with a record or a text
NAMES: Final = (1 << 14) - 1  # places for them
TOGETHER: Final = 16  # records or texts
FLOOD: Final = 256  # signs in one pass after which no more are asked for


class Screen:
    """Owned by the writer's thread."""

    def __init__(self) -> None:
        self._seen = 0
        self._scanner: Any = None
        #: Hashes of names that hold no secrets, in a table that is made at once: a memory that
        #: fills would look like the program's own leak.
        self._names = array("q", bytes(8 * (NAMES + 1)))

    def prepare(self) -> None:
        """Make now what is else made once it is worth it, which would look like a leak."""
        self._scanner = scanner()
        self._seen = WORTH + 1
        compile_all()

    def dirty(self, records: list[bytes], page: bytes, header: int) -> list[int]:
        """Places of the packed records that may hold secrets, in order. They are what `page` is,
        behind a header of so many bytes.

        A sign may be one by chance, or half of it bytes of a number: so the texts of those that
        have one are looked at for themselves.
        """
        if secrets.own_patterns():
            return [*range(len(records))]
        ends = [*accumulate(map(len, records), initial=header)][1:]
        signed = self._signed(page, ends)
        places = [*(range(len(records)) if signed is None else signed)]
        suspects = [unpack_one(records[place]) for place in places]
        return [places[at] for at in narrowed(suspects, self._are_clean)]

    def _are_clean(self, records: Sequence[Record]) -> bool:
        names, strings = set[str](), list[str]()
        for record in records:
            message = record[10]
            if message is not None:
                names.update(message[:5])
                names.update(message[7:])
                strings.append(message[5])  # its id, which no other has
            if len(record) == FIELDS:  # a brief one: there is only its message
                bodies: dict[str, Any] | None = record[11]
            else:
                bodies = record[12]
                names.add(record[3])
                names.add(record[5])
                names.update(kind for _, kind in record[13] or ())
                if not _gather(record, names, strings):
                    return False
            if bodies is not None:
                names.update(bodies)
                strings += [ref for ref in bodies.values() if ref.__class__ is str]
        if not all(map(self._plain, names)):
            return False
        return not secrets.suspicious("\n".join(strings).encode("utf-8", "backslashreplace"))

    def name(self, name: str) -> str:
        """An agent's name without secrets."""
        return name if self._plain(name) and not secrets.own_patterns() else secrets.mask_text(name)

    def _plain(self, name: str) -> bool:
        """Whether a name (of an agent, a type, an attribute) holds no secret: the same few come
        all the time."""
        names, known = self._names, hash(name)
        if names[known & NAMES] != known and name:
            if secrets.suspicious(name.encode("utf-8", "backslashreplace")):
                return False
            names[known & NAMES] = known
        return True

    def suspects(self, texts: bytes, ends: Sequence[int]) -> Iterable[int]:
        """Places of the texts that may hold secrets, in order: of those that end there."""
        if secrets.own_patterns():
            return range(len(ends))
        signed = self._signed(texts, ends)
        if signed is not None:
            return signed
        return narrowed([texts[at:end] for at, end in pairwise((0, *ends))], _are_plain)

    def _signed(self, data: bytes, ends: Sequence[int]) -> Iterable[int] | None:
        """Places of what has a sign, in order; None: nobody can tell.

        A sign looks at nothing around it. One that two of them seem to have between them is found
        too, which does no harm.
        """
        if self._scanner is None:
            self._note(len(data), len(ends))
        if self._scanner is None:
            return None
        found = self._signs(data)
        if len(found) >= FLOOD:
            return range(len(ends))
        return sorted({bisect_left(ends, end) for end in found})

    def _note(self, size: int, count: int) -> None:
        """So much is looked through without the scanner. It is made once that is worth it; one that
        was made before is read at once, sooner than the patterns that it spares are compiled."""
        if self._seen > WORTH:
            return
        first = not self._seen
        self._seen += size + count * EACH
        if self._seen > WORTH or (first and ready()):
            self._seen = WORTH + 1
            self._scanner = scanner()

    def _signs(self, data: bytes) -> list[int]:
        """Where the first signs end."""
        ends: list[int] = []

        def found(_sign: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            ends.append(end)
            return len(ends) >= FLOOD

        try:
            self._scanner.scan(data, match_event_handler=found)
        except Exception:  # what it says when it was told to stop
            if len(ends) < FLOOD:
                raise
        return ends


def narrowed(items: Sequence[T], clean: Callable[[Sequence[T]], bool]) -> list[int]:
    """Places of the items that are not clean, in order; where some are not, each half is asked."""
    found: list[int] = []
    parts = [(at, min(at + TOGETHER, len(items))) for at in range(0, len(items), TOGETHER)][::-1]
    while parts:
        start, end = parts.pop()
        if clean(items[start:end]):
            continue
        if end - start == 1:
            found.append(start)
            continue
        half = (start + end) // 2
        parts += [(half, end), (start, half)]
    return found


def _are_plain(texts: Sequence[bytes]) -> bool:
    return not secrets.suspicious(b"\n".join(texts))


def _gather(record: Record, names: set[str], strings: list[str]) -> bool:
    """What in a span's record may hold secrets, but for its message and texts; False if it is not
    plain."""
    name, error, attributes, events = record[4], record[8], record[11], record[14]
    if error is not None:
        strings.append(error)
    if len(name) > SHORT:
        strings.append(name)
    if attributes is not None and not _said(attributes, names, strings):
        return False
    for event, _, said in events or ():
        names.add(event)
        if not _said(said, names, strings):
            return False
    return True


def _said(attributes: dict[str, Any], names: set[str], strings: list[str]) -> bool:
    names.update(attributes)
    for value in attributes.values():
        if value.__class__ is str:
            if len(value) > SHORT:
                strings.append(value)
        elif value.__class__ is list and all(each.__class__ is str for each in value):
            strings += value
        elif value.__class__ not in PLAIN:
            return False
    return True
