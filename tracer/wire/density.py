"""What a protobuf message would take in memory, looked at before it is parsed.

A message within another takes two bytes in what is sent and some 170 when it is parsed, so 16 MB
of nothing but empty ones take 1.4 GB. What is honestly large is so by its texts: it has few fields
for its size, and going through them costs little.
"""

from __future__ import annotations

from typing import Final

from google.protobuf.descriptor import Descriptor

from .errors import NotATrace, TraceTooLarge

MOST: Final = 1_000_000  # fields of a message that is parsed at once, those within others included
DEPTH: Final = 100  # as protobuf's own
_VARINT, _BYTES = 0, 2
_FIXED: Final = {1: 8, 5: 4}


def refuse_dense(kind: Descriptor, data: bytes) -> None:
    """Go through a message's fields without making anything of them.

    Raises:
        TraceTooLarge: there are more than `MOST`.
        NotATrace: it holds what no OTLP message has.
    """
    left = MOST
    inside: list[tuple[Descriptor, int, int]] = [(kind, 0, len(data))]
    try:
        while inside:
            holder, at, end = inside.pop()
            while at < end:
                left -= 1
                if left < 0:
                    raise TraceTooLarge(f"a protobuf message has more than {MOST:,} fields")
                tag, at = _varint(data, at)
                size = _FIXED.get(tag & 7, 0)
                if tag & 7 == _BYTES:
                    size, at = _varint(data, at)
                    field = holder.fields_by_number.get(tag >> 3)
                    if field is not None and field.message_type is not None:
                        inside.append((holder, at + size, end))  # to go on with after it
                        holder, end = field.message_type, min(at + size, end)
                        if len(inside) > DEPTH:
                            raise NotATrace("no OTLP protobuf: it is nested too deeply")
                        continue
                elif tag & 7 == _VARINT:
                    _, at = _varint(data, at)
                elif not size:
                    raise NotATrace(f"no OTLP protobuf: a field of wire type {tag & 7}")
                at += size
    except IndexError:
        raise NotATrace("no OTLP protobuf: it is cut off") from None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while shift < 70:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
    raise NotATrace("no OTLP protobuf: a number of more than 64 bits")
