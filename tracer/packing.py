"""Span records as MessagePack arrays. `docs/store.md` lists their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import msgpack

from .bodies import Body, Context
from .interrupts import interrupts
from .names import BodyRef
from .secrets import mask_text, own_patterns

if TYPE_CHECKING:
    from .recorder import LiveSpan

#: id, parent, run, op, name, agent, start, end, error, step, message, attributes, bodies, links,
#: events
Record = tuple[Any, ...]

_encode = msgpack.Encoder().encode  # runs no code of others: what it packs stays as it is
_decode = msgpack.Decoder(list[tuple[Any, ...]]).decode
_decode_one = msgpack.Decoder(tuple[Any, ...]).decode


def record_of(span: LiveSpan, refs: dict[str, BodyRef] | None) -> Record:
    """The record of `span` as it is now, with its bodies as what is stored of them.

    To be packed at once: it shares attributes and events with the span. Secrets are still in it:
    `Sheet` looks for them when its page is full.
    """
    return (
        span.id,
        span.parent,
        span.run.number,
        span.op,
        span.name,
        span.agent,
        span.start_ns,
        span.end_ns,
        span.error,
        span.step,
        span.message,
        span.attributes,
        refs,
        span.links or None,
        span.events,
    )


def referred(
    bodies: dict[str, Body | Context], refer: Callable[[Body | Context], BodyRef]
) -> dict[str, BodyRef]:
    """Bodies as what is stored of them."""
    refs: dict[str, BodyRef] = {}
    for key, body in bodies.copy().items():
        ref = body.ref if isinstance(body, Body) else None
        refs[key] = refer(body) if ref is None else ref
    return refs


SHORT: Final = 9  # characters: each secret that the patterns know is longer
LONG: Final = 1 << 16  # characters of an attribute that are kept

DEEP: Final = 32  # lists in lists, after which one is shown as a text

PLAIN: Final = frozenset((int, float, bool, type(None)))


def masked(value: Any) -> Any:
    """A record, or any part of it, without secrets."""
    if isinstance(value, str):
        return value if len(value) <= SHORT and not own_patterns() else mask_text(value)
    if value.__class__ in PLAIN:
        return value
    if isinstance(value, list | tuple):
        return [masked(each) for each in value]  # pyright: ignore[reportUnknownVariableType]  a foreign value's own types
    if isinstance(value, Mapping):
        return {
            masked(key) if isinstance(key, str) else key: masked(each)
            for key, each in value.items()  # pyright: ignore[reportUnknownVariableType]  a foreign value's own types
        }
    return value


def pack(record: Record) -> bytes:
    """A record as it lies on a page. Values MessagePack cannot carry (huge integers, lone
    surrogates, objects) become text, and texts that belong into bodies are cut."""
    try:
        data = _encode(record)
    except Exception as error:
        if interrupts(error):
            raise
        return _encode(clean(record))
    return data if len(data) <= LONG else _encode(clean(record))


def pack_all(records: Sequence[Record]) -> list[bytes]:
    """Each record as `pack` gives it."""
    try:
        packed = [*map(_encode, records)]
    except Exception as error:
        if interrupts(error):
            raise
        return [pack(record) for record in records]
    if packed and max(map(len, packed)) > LONG:
        return [pack(record) for record in records]
    return packed


def unpack(page: bytes) -> list[Record]:
    """The records of a page.

    Raises:
        msgspec.DecodeError: the page is damaged.
    """
    return _decode(page)


def unpack_one(record: bytes) -> Record:
    """A record that `pack` made."""
    return _decode_one(record)


def clean(value: Any, depth: int = 0) -> Any:
    """A copy of a record, or of any part of it, that can be packed."""
    if isinstance(value, str):
        return value[:LONG].encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if -(1 << 63) <= value < 1 << 64 else str(value)
    if depth < DEEP and isinstance(value, Mapping):
        pairs: list[tuple[Any, Any]] = [*value.items()]  # pyright: ignore[reportUnknownArgumentType]  a foreign value's own types
        return {clean(said(key)): clean(each, depth + 1) for key, each in pairs}
    if depth < DEEP and isinstance(value, list | tuple):
        return [clean(item, depth + 1) for item in value]  # pyright: ignore[reportUnknownVariableType]  a foreign value's own types
    return clean(said(value))


def said(value: object) -> str:
    """A foreign value as text, whatever its class does."""
    try:
        return value if isinstance(value, str) else repr(value)
    except Exception:
        return f"<{type(value).__name__}>"
