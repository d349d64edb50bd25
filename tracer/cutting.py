"""Long texts inside JSON bodies, taken out and stored once.

The text of a large file goes through a conversation in many wrappings: a tool's result, the message
that carries it, a message of every model request. As whole bodies these differ; their long text is
the same. So a JSON body is stored without its long strings, with the numbers of their bodies in
their place, and put together when it is read. Only strings are taken that come back byte by byte.

A body that was cut begins with a byte that no text in UTF-8 has, and marks each place by NULs,
which JSON has not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from .errors import RecordingError

CUT: Final = b"\xc1"
LONG: Final = 2_048  # bytes of a string that is worth a body of its own
BODY: Final = 4_096  # bytes of a body that is looked at
MOST: Final = 64 << 20  # bytes that a body can come to when it is put together

_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_PLACE: Final = re.compile(rb"\x00(\d+)\x00")
_decode: Final = msgspec.json.Decoder(str).decode
_encode: Final = msgspec.json.Encoder().encode


def cut(data: bytes) -> tuple[bytes, list[bytes]] | None:
    """A JSON body without its long strings, and these as text; None if there is none to take.

    The places are numbered from 0; `numbered` puts the numbers of stored bodies there.
    """
    if len(data) < BODY or data[:1] not in b"{[" or b"\x00" in data:
        return None
    texts: list[bytes] = []
    pieces: list[bytes] = []
    end = 0
    for found in _STRING.finditer(data):
        if found.end() - found.start() < LONG:
            continue
        text = _text(found.group())
        if text is not None:
            pieces += (data[end : found.start()], b"\x00%d\x00" % len(texts))
            texts.append(text)
            end = found.end()
    if not texts:
        return None
    pieces.append(data[end:])
    return b"".join(pieces), texts


def _text(literal: bytes) -> bytes | None:
    """The text of a JSON string, None if it would come back in another spelling."""
    try:
        text = _decode(literal)
        return text.encode() if _encode(text) == literal else None
    except (msgspec.DecodeError, UnicodeError):
        return None


def numbered(rest: bytes, numbers: list[int]) -> bytes:
    """What is stored of a body that was cut, where its texts are the bodies `numbers`."""
    return CUT + _PLACE.sub(lambda place: b"\x00%d\x00" % numbers[int(place[1])], rest)


def joined(data: bytes, text: Callable[[int], bytes]) -> bytes:
    """A stored body as it was; `text` gives the data of the body with a number.

    Raises:
        RecordingError: it would be larger than any body we write.
    """
    if not data.startswith(CUT):
        return data
    size = 0

    def string(place: re.Match[bytes]) -> bytes:
        nonlocal size
        found = text(int(place[1]))
        size += len(found)
        if size > MOST or found.startswith(CUT):
            raise RecordingError("a body is put together from too much: not ours")
        return _encode(found.decode("utf-8", "replace"))

    return _PLACE.sub(string, data[1:])
