"""Reads the logging that v0.1 had, where nothing reads what it logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from .reader import Reader

_CLASSES = frozenset({"Completion", "ChatCompletion"})
_CALLS = frozenset({"start_logging", "stop_logging"})


def old_logging(reader: Reader) -> list[cst.Call]:
    """``ChatCompletion.start_logging()`` and its like as statements, if that is all of its kind."""
    found: list[cst.Call] = []
    for node, path in reader.references.items():
        parts = path.split(".")
        if not _CLASSES & {*parts}:
            continue
        call = reader.source.parent(node)
        alone = isinstance(call, cst.Call) and isinstance(reader.source.parent(call), cst.Expr)
        if parts[-1] not in _CALLS or not isinstance(call, cst.Call) or not alone:
            return []
        found.append(call)
    return found
