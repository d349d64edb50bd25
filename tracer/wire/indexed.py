"""Attributes that spell a list out, one key a field: `PREFIX.0.role`, `PREFIX.0.content`, …"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from .spans import Attributes, Plain, as_dict

MAX_DEPTH: Final = 12
MAX_INDEX: Final = 10_000


def take(attributes: Attributes, prefix: str) -> Plain:
    """Take the keys under `prefix.` out; returns the lists and dicts they spell, or None."""
    start = f"{prefix}."
    tree: Attributes = {}
    for key in [key for key in attributes if key.startswith(start)]:
        path = key[len(start) :].split(".")
        value = attributes.pop(key)
        if len(path) <= MAX_DEPTH:
            _put(tree, path, value)
    return _lists(tree) if tree else None


def _put(tree: Attributes, path: list[str], value: Plain) -> None:
    at = tree
    for part in path[:-1]:
        inner = as_dict(at.get(part))
        if inner is None:
            inner = at[part] = {}
        at = inner
    if not isinstance(at.get(path[-1]), dict):
        at[path[-1]] = value


def _lists(tree: Mapping[str, Plain]) -> Plain:
    """Dicts whose keys are all numbers are lists."""
    made = {
        key: _lists(cast(Attributes, value)) if isinstance(value, dict) else value
        for key, value in tree.items()
    }
    if made and all(key.isdecimal() and int(key) < MAX_INDEX for key in made):
        return [made[key] for key in sorted(made, key=int)]
    return made
