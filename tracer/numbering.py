"""Numbers for bodies and contexts, so that what is said again is stored once.

What it remembers is allocated when it starts or soon full: a map that filled up slowly over a run
would look like the program's own leak.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from hashlib import blake2b
from typing import Final

from msgspec import msgpack

from .bodies import INLINE, Body, Context
from .cutting import cut, numbered
from .names import BodyRef
from .policy import Policy
from .secrets import mask
from .store import Row

SETS: Final = 4_096
WAYS: Final = 4
DIGEST: Final = 16  # bytes
SMALL: Final = 64  # inline bodies remembered
OWNERS: Final = 64  # whose last request is remembered
OVERLAP: Final = 4_096  # bytes behind a cut that are looked at for secrets
CAPPED: Final = Policy()

_encode = msgpack.Encoder(enc_hook=repr).encode


class Known:
    """Numbers by digest: a four-way associative table. A full set forgets its oldest entry."""

    __slots__ = ("_digests", "_next", "_numbers")

    def __init__(self) -> None:
        self._digests = bytearray(SETS * WAYS * DIGEST)
        self._numbers = array("Q", bytes(8 * SETS * WAYS))
        self._next = bytearray(SETS)

    def get(self, digest: bytes) -> int:
        """The number stored for `digest`, 0 when it is not known."""
        first = (int.from_bytes(digest[:4], "little") % SETS) * WAYS
        for entry in range(first, first + WAYS):
            if self._digests.startswith(digest, entry * DIGEST):
                return self._numbers[entry]
        return 0

    def put(self, digest: bytes, number: int) -> None:
        """Remember `number`, which is not 0."""
        group = int.from_bytes(digest[:4], "little") % SETS
        entry = group * WAYS + self._next[group]
        self._next[group] = (self._next[group] + 1) % WAYS
        self._digests[entry * DIGEST : (entry + 1) * DIGEST] = digest
        self._numbers[entry] = number


class Numbering:
    """Numbers bodies and contexts; the rows still to be written wait in `bodies`, `contexts`."""

    def __init__(self, policy: Policy = CAPPED) -> None:
        self._cap = policy.cap
        self._withheld = policy.keep in ("hash", "none")
        self._hashes = policy.keep == "hash"
        self.bodies: list[Row] = []
        self.contexts: list[Row] = []
        self._known = Known()
        self._small: list[tuple[bytes, str]] = [(b"", "")] * SMALL
        self._last: OrderedDict[str, tuple[int, list[BodyRef]]] = OrderedDict()
        self._next_body = 1
        self._next_context = 1

    def refer(self, body: Body | Context) -> BodyRef:
        """Where the body lies; its row is made when this is the first time it is met."""
        if isinstance(body, Context):
            return ("context", self._context(body))
        ref = body.ref
        if ref is None:
            ref = body.ref = self._store(body.data)
            body.data = b""
        return ref

    def _store(self, data: bytes) -> BodyRef:
        size = len(data)
        if self._withheld:
            return self._withhold(data)
        if size <= INLINE:
            return self._inline(data)
        parts = cut(data)
        if parts is None:
            return self._row(self._kept(data), size)
        rest, texts = parts  # each of them has the cap to itself
        numbers = [self._row(self._kept(text), len(text)) for text in texts]
        return self._row(numbered(self._kept(rest), numbers), size)

    def _kept(self, data: bytes) -> bytes:
        if len(data) > self._cap:  # a secret across the cut is still seen as one
            data = data[: self._cap + OVERLAP]
        return mask(data)[: self._cap]

    def _row(self, data: bytes, size: int) -> int:
        digest = blake2b(data, digest_size=DIGEST).digest()
        number = self._known.get(digest)
        if not number:
            number = self._next_body
            self._next_body += 1
            self._known.put(digest, number)
            self.bodies.append((number, size, b"", data))
        return number

    def _withhold(self, data: bytes) -> int:
        """Only the size is kept, or with the text's hash; what is equal has the same number."""
        digest = blake2b(data, digest_size=DIGEST).digest()
        number = self._known.get(digest)
        if not number:
            number = self._next_body
            self._next_body += 1
            self._known.put(digest, number)
            self.bodies.append((number, len(data), digest if self._hashes else b"", b""))
        return number

    def forget(self) -> None:
        """Texts thought to be stored are not: store them when they are met again."""
        self._known = Known()
        self._last.clear()

    def _inline(self, data: bytes) -> str:
        """Small bodies lie in their records; one said again and again is masked once.

        A place for each hash and not a map that fills and is cleared: a sawtooth of ours would hide
        what a program keeps.
        """
        place = hash(data) % SMALL
        known, text = self._small[place]
        if known != data:
            text = mask(data).decode("utf-8", "replace")
            self._small[place] = data, text
        return text

    def _context(self, context: Context) -> int:
        """A request is stored as what it adds to the longest common start with the one before."""
        refs = [self.refer(body) for body in context.bodies]
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
        self.contexts.append((number, parent if kept else None, kept, _encode(refs[kept:])))
        self._last[context.owner] = (number, refs)
        self._last.move_to_end(context.owner)
        if len(self._last) > OWNERS:
            self._last.popitem(last=False)
        return number
