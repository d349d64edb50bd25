"""Numbers for bodies and contexts, so that what is said again is stored once.

What it remembers is allocated when it starts, or let go before memory is compared: a map that
filled up slowly over a run would look like the program's own leak.
"""

from __future__ import annotations

import os
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from msgspec import msgpack

from .bodies import INLINE, Body, Context
from .cutting import BODY, cut, numbered
from .names import BodyRef
from .packing import masked
from .policy import Policy
from .secrets import mask
from .texts import ALONE, Texts

if TYPE_CHECKING:
    from threading import RLock

    from .screening import Screen
    from .store import Row

BITS: Final = 15
PLACES: Final = 1 << BITS  # for texts that are known again
MASK: Final = PLACES - 1 << 1
DIGEST: Final = 16  # bytes, where it is stored instead of a text
PRINT: Final = 8  # bytes
OWNERS: Final = 64  # whose last request is remembered
OVERLAP: Final = 4_096  # bytes behind a cut that are looked at for secrets

_encode = msgpack.Encoder(enc_hook=repr).encode


def _printed(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=PRINT).digest(), "little", signed=True)


#: 64 bits by which a text is known again. Python's own hash (SipHash) takes a fifth of a digest's
#: time, and nobody can make two texts for which it is the same, as long as its key is secret.
fingerprint: Callable[[bytes], int] = (
    hash if os.environ.get("PYTHONHASHSEED", "random") == "random" else _printed
)

#: Whether that of a text that is all ASCII is the one of its bytes.
AS_TEXT: Final = fingerprint is hash and hash("agentloupe") == hash(b"agentloupe")


def encoded(text: str) -> bytes:
    """A text as it is stored."""
    return text.encode("utf-8", "backslashreplace")


class Known:
    """Numbers by fingerprint: each has two places where it may be. Of two that meet there the one
    with the lower number, which is older, is forgotten.

    A place is two entries side by side, fingerprint and number: each look elsewhere is one at cold
    memory. The two places are far apart: if they were neighbours, three texts that share them would
    push each other out with every request that has all three.
    """

    __slots__ = ("table",)

    def __init__(self) -> None:
        self.table = array("q", bytes(8 * 2 * PLACES))

    def look(self, known: int) -> int:
        """The number stored for a fingerprint; where there is none, the inverse of its place."""
        table, at, other = self.table, known & MASK, known >> BITS & MASK
        if table[at] == known:
            return table[at + 1]
        if table[other] == known:
            return table[other + 1]
        return ~at if table[at + 1] <= table[other + 1] else ~other

    def fill(self, place: int, known: int, number: int) -> None:
        """Remember `number`, which is not 0 and mostly higher than all before."""
        table = self.table
        table[place] = known
        table[place + 1] = number

    def get(self, known: int) -> int:
        """The number stored for a fingerprint, 0 when there is none."""
        return max(0, self.look(known))

    def put(self, known: int, number: int) -> None:
        """Remember `number`."""
        place = self.look(known)
        if place < 0:
            self.fill(~place, known, number)


class Numbering:
    """Numbers bodies and contexts; the rows still to be written wait in `texts`, `contexts`.

    `store` may be called from any thread with what is smaller than `light`, all else is the
    writer's: what takes long is done without the lock.
    """

    def __init__(self, policy: Policy, screen: Screen, lock: RLock, first: int = 1) -> None:
        self._cap = policy.cap
        self._plain = min(BODY, self._cap)  # bytes from which there may be something to cut off
        self._withheld = policy.withholds
        self._hashes = policy.keep == "hash"
        self.light = self._plain
        self._lock = lock
        self.texts = Texts(screen, first)
        self.contexts: list[Row] = []
        self._known = Known()
        self._last: OrderedDict[str, tuple[int, list[BodyRef]]] = OrderedDict()
        self._next_context = 1

    def refer(self, body: Body | Context) -> BodyRef:
        """Where the body lies; its row is made when this is the first time it is met."""
        if isinstance(body, Context):
            return ("context", self._context(body))
        data = body.data  # first: it is let go once there is a reference
        ref = body.ref
        if ref is None:
            ref = body.ref = self.store(data)
            body.data = b""
        return ref

    def store(self, data: bytes) -> BodyRef:
        """Where a body with this text lies."""
        size, withheld = len(data), self._withheld
        if size <= INLINE and not withheld:
            return data.decode("utf-8", "replace")
        known = fingerprint(data)
        with self._lock:
            if size < self._plain and not withheld:
                number = self._known.look(known)
                if number > 0:
                    return number
                place, number = ~number, self.texts.add(data)
                self._known.fill(place, known, number)  # a signal's handler may have added others
                return number
            number = self._known.get(known)
            if not number and withheld:
                number = self._withhold(data)
                self._known.put(known, number)
        return number or self._remember(known, self._keep(data))

    def store_texts(self, texts: Sequence[str], light: float) -> list[BodyRef] | None:
        """Where bodies with these texts lie, none of which is short or to be withheld; None: one of
        them has `light` bytes or more."""
        kept = [text if AS_TEXT and text.isascii() else encoded(text) for text in texts]
        if kept and max(map(len, kept)) >= light:
            return None
        if light > self._plain:
            return [self.store(encoded(text)) for text in texts]
        refs: list[BodyRef] = []
        with self._lock:
            add = self.texts.add
            table = self._known.table
            for data in kept:  # as `Known` and `store` do for one
                known = fingerprint(data)  # pyright: ignore[reportArgumentType]  see `AS_TEXT`
                at, other = known & MASK, known >> BITS & MASK
                if table[at] == known:
                    number = table[at + 1]
                elif table[other] == known:
                    number = table[other + 1]
                else:
                    if table[at + 1] > table[other + 1]:
                        at = other
                    number = add(data)
                    table[at] = known
                    table[at + 1] = number
                refs.append(number)
        return refs

    def _remember(self, known: int, number: int) -> int:
        with self._lock:
            self._known.put(known, number)
        return number

    def _recall(self, known: int) -> int:
        with self._lock:
            return self._known.get(known)

    def _keep(self, data: bytes) -> int:
        parts = cut(data)
        if parts is None:
            return self._text(data)
        rest, texts = parts  # each of them has the cap to itself
        numbers = [self._part(text) for text in texts]
        return self._alone(numbered(self._kept(rest), numbers), len(data))

    def _part(self, text: bytes) -> int:
        known = fingerprint(text)
        return self._recall(known) or self._remember(known, self._text(text))

    def _text(self, data: bytes) -> int:
        if len(data) < min(ALONE, self._cap):
            with self._lock:
                return self.texts.add(data)
        return self._alone(self._kept(data), len(data))

    def _alone(self, data: bytes, size: int) -> int:
        with self._lock:
            return self.texts.alone(data, size)

    def _kept(self, data: bytes) -> bytes:
        if len(data) > self._cap:  # a secret across the cut is still seen as one
            data = data[: self._cap + OVERLAP]
        return mask(data)[: self._cap]

    def _withhold(self, data: bytes) -> int:
        """Only the size is kept, or with the text's hash; what is equal has the same number."""
        digest = blake2b(data, digest_size=DIGEST).digest() if self._hashes else b""
        return self.texts.alone(b"", len(data), digest)

    def forget(self) -> None:
        """Texts thought to be stored are not: store them when they are met again."""
        with self._lock:
            self._known = Known()
        self._last.clear()

    def forget_requests(self) -> None:
        """Store the next request of each agent whole: what it is compared with is let go."""
        self._last.clear()

    def _context(self, context: Context) -> int:
        """A request is stored as what it adds to the longest common start with the one before."""
        refs = [self.refer(body) if body.ref is None else body.ref for body in context.bodies]
        none: list[BodyRef] = []
        parent, before = self._last.get(context.owner, (None, none))
        kept = 0
        for old, new in zip(before, refs, strict=False):
            if old != new:
                break
            kept += 1
        if parent is not None and kept == len(before) == len(refs):
            return parent
        number = self._next_context
        self._next_context += 1
        added = _encode(masked(refs[kept:]))  # short texts among them lie here, and on no page
        self.contexts.append((number, parent if kept else None, kept, added))
        self._last[context.owner] = (number, refs)
        self._last.move_to_end(context.owner)
        if len(self._last) > OWNERS:
            self._last.popitem(last=False)
        return number
