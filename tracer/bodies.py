"""Bodies: the text of messages, prompts, arguments and results, taken the moment it was said.

Messages pass by reference in AutoGen, so a record must hold what was true when the message was
posted. The snapshot is JSON made by pydantic's serialiser, which knows models, dataclasses and
containers; what it cannot represent is shown by `repr`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Final

import msgspec

from .names import BodyRef

INLINE: Final = 200
"""Bodies up to this many bytes lie in their span's own record."""


LARGE: Final = 16 << 10  # bytes of a body that is asked for before it is kept
KINDS: Final = 1_024  # classes of messages remembered

_SCALARS: Final = frozenset((str, int, bool, type(None)))  # floats have their own names for nan
_encode = msgspec.json.Encoder().encode
_known: dict[type, frozenset[str] | None] = {}


class Body(msgspec.Struct, gc=False, eq=False):
    """One text. Share it over a fan-out: it is masked, stored and numbered once."""

    data: bytes
    ref: BodyRef | None = None  # set by the writer; the data is let go then


class Context(msgspec.Struct, gc=False, eq=False):
    """A model request: one body a message. Requests share the messages they have in common."""

    owner: str  # whose requests follow one another: usually the agent
    bodies: list[Body]


_to_json: Callable[..., bytes] | None = None

#: Asked before a large body is kept: whether only its beginning may be, as too much waits for a
#: disk that does not answer. The recorder's, while there is one.
brake: Callable[[int], bool] | None = None


def _body(data: bytes) -> Body:
    if len(data) > LARGE and brake is not None and brake(len(data)):
        data = data[:LARGE] + b" (cut: the disk does not answer)"
    return Body(data)


def _unknown(value: object) -> str:
    try:
        return repr(value)[:500]
    except Exception:
        return f"<{type(value).__name__}>"


def _plain_fields(kind: type) -> frozenset[str] | None:
    """The fields of a dataclass that serialises itself in no way of its own."""
    if not is_dataclass(kind) or hasattr(kind, "__pydantic_serializer__"):
        return None
    return frozenset(field.name for field in fields(kind))


def _plain(value: object) -> bytes | None:
    """The same JSON in a tenth of the time, for the commonest message: a dataclass of scalars."""
    kind = value.__class__
    try:
        names = _known[kind]
    except KeyError:
        if len(_known) >= KINDS:
            _known.clear()
        names = _known[kind] = _plain_fields(kind)
    if names is None:
        return None
    members = getattr(value, "__dict__", None)
    if members is None or members.keys() != names:
        return None
    for member in members.values():
        if member.__class__ not in _SCALARS:
            return None
    try:
        return _encode(members)
    except UnicodeEncodeError:  # lone surrogates
        return None


def snapshot(value: object) -> Body:
    """`value` as JSON, now. Never raises: what cannot be serialised is shown by `repr`."""
    plain = _plain(value)
    if plain is not None:
        return Body(plain) if len(plain) <= LARGE else _body(plain)
    global _to_json
    if _to_json is None:
        from pydantic_core import to_json  # every agent framework has loaded it by now

        _to_json = to_json
    try:
        return _body(_to_json(value, fallback=_unknown, inf_nan_mode="constants"))
    except Exception:
        return Body(_to_json(_unknown(value)))


def text(value: str) -> Body:
    """A body that is plain text already."""
    return _body(value.encode("utf-8", "backslashreplace"))
