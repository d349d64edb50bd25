"""Attribute values of a light span: the commonest kinds are kept as they are, at once.

All else goes through the API's own `BoundedAttributes`, which copies, converts, cuts and warns as
the installed version does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from opentelemetry.attributes import BoundedAttributes

from ..wire.draft import LONG

Attributes = dict[str, Any]

#: How a record can take a span's attributes: as they are, with long texts as bodies, or not before
#: a closer look.
PLAIN: Final = 0
LONG_TEXTS: Final = 1
ODD: Final = 2

_SCALARS: Final = frozenset((int, float, bool))


def taken(given: Mapping[str, Any], most: int | None) -> tuple[Attributes, int]:
    """A copy of attributes that need no cleaning, and how plain they are; ODD: clean them first."""
    kept: Attributes = dict(getattr(given, "_dict", given))  # what the SDK keeps them in is slow
    plain = PLAIN
    for key, value in kept.items():
        kind = value.__class__
        if kind is str:
            if len(value) > LONG:
                plain = LONG_TEXTS
        elif kind not in _SCALARS:
            return kept, ODD
        if key.__class__ is not str or not key:
            return kept, ODD
    return kept, plain if most is None or len(kept) <= most else ODD


def plainness(value: Any) -> int:
    """What a value makes of the attributes that it is among."""
    kind = value.__class__
    if kind is str:
        return LONG_TEXTS if len(value) > LONG else PLAIN
    return PLAIN if kind in _SCALARS else ODD


def put(kept: Attributes, key: Any, value: Any, most: int | None, longest: int | None) -> int:
    """Set `key` as the newest of at most `most` attributes; returns how many were dropped."""
    kind = value.__class__
    plain = kind in _SCALARS or (kind is str and (longest is None or len(value) <= longest))
    if plain and key.__class__ is str and key:
        return _insert(kept, key, value, most)
    if most == 0:
        return 1
    bounded = BoundedAttributes(None, None, False, longest)
    bounded[key] = value
    return bounded.dropped + sum(_insert(kept, k, v, most) for k, v in bounded.items())


def put_all(
    kept: Attributes, given: Mapping[str, Any], most: int | None, longest: int | None
) -> int:
    """Set all of `given`; returns how many were dropped."""
    if most == 0:
        return len(given)
    if not all(
        map(_is_text, given)
    ):  # the SDK converts some of the keys that it refuses one by one
        bounded = BoundedAttributes(None, given, False, longest)
        return bounded.dropped + sum(_insert(kept, k, v, most) for k, v in bounded.items())
    return sum(put(kept, key, value, most, longest) for key, value in given.items())


def keep(kept: Attributes, key: Any, value: Any, most: int | None, longest: int | None) -> int:
    """Set `key` whatever it and its value are, in silence: nobody but the recording gets it."""
    kept[key if key.__class__ is str else str(key)] = _copied(value)
    return 0


def keep_all(
    kept: Attributes, given: Mapping[str, Any], most: int | None, longest: int | None
) -> int:
    """Set all of `given` likewise."""
    for key, value in given.items():
        keep(kept, key, value, most, longest)
    return 0


def _copied(value: Any) -> Any:
    if value.__class__ is str or value.__class__ in _SCALARS or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): _copied(each) for key, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return tuple(_copied(each) for each in cast("list[Any]", value))
    return value if isinstance(value, bytes) else str(value)


def _is_text(key: object) -> bool:
    return key.__class__ is str and key != ""


def _insert(kept: Attributes, key: str, value: Any, most: int | None) -> int:
    """As the SDK: what is set again counts as new, and of too many the oldest goes."""
    if key in kept:
        del kept[key]
    elif most is not None and len(kept) >= most:
        if most:
            del kept[next(iter(kept))]
            kept[key] = value
        return 1
    kept[key] = value
    return 0
