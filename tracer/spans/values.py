"""Attribute values of a light span: the commonest kinds are kept as they are, at once.

All else goes through the API's own `BoundedAttributes`, which copies, converts, cuts and warns as
the installed version does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from opentelemetry.attributes import BoundedAttributes

Attributes = dict[str, Any]

_SCALARS: Final = frozenset((int, float, bool))
_PLAIN: Final = _SCALARS | {str}
_TEXT: Final = frozenset((str,))
_NONE: Final[Mapping[tuple[str, ...], bool]] = {}


def taken(
    given: Mapping[str, Any], shapes: Mapping[tuple[str, ...], bool] = _NONE
) -> tuple[Attributes, bool, bool | None]:
    """A copy of attributes; whether they are plain, scalars and texts that need no cleaning; and
    what `shapes` tells of their names."""
    # what the SDK keeps them in is slow
    kept: Attributes = dict(given if given.__class__ is dict else getattr(given, "_dict", given))
    known = shapes.get((*kept,))
    for value in kept.values():  # with no call for each
        if type(value) not in _PLAIN:
            return kept, False, known
    plain = known is not None or (_TEXT.issuperset(map(type, kept)) and "" not in kept)
    return kept, plain, known


def is_plain(value: Any) -> bool:
    """Whether attributes stay plain with this value among them."""
    return value.__class__ in _PLAIN


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
