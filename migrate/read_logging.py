"""Reads the start and stop of v0.2's runtime logging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Logging, Obstacle
from .syntax import dict_items, literal, string

if TYPE_CHECKING:
    from .reader import Reader


def read_logging(reader: Reader) -> None:
    """Both calls, when they log to SQLite and nothing else of the module is used."""
    found: list[Logging] = []
    for node, path in reader.references.items():
        if "runtime_logging" not in path.split("."):
            continue
        call = reader.source.parent(node)
        if not isinstance(call, cst.Call) or call.func is not node:
            return
        entry = _read(reader, call, path.rpartition(".")[2])
        if entry is None:
            return
        found.append(entry)
    reader.program.logging = found


def _read(reader: Reader, call: cst.Call, name: str) -> Logging | None:
    if name == "stop" and not call.args:
        return Logging(call, starts=False)
    if name != "start":
        return None
    obstacles: list[Obstacle] = []
    args = reader.arguments(call, ("logger", "logger_type", "config"), obstacles, "MIG070")
    if obstacles or "logger" in args:
        return None
    if "logger_type" in args and string(args["logger_type"].value) != "sqlite":
        return None
    config = args["config"].value if "config" in args else None
    if isinstance(config, cst.Name):
        bound = reader.source.bound_value(config)
        config = bound[1] if bound is not None else config
    if config is None or literal(config) is None:
        return Logging(call, starts=True)
    items = dict(dict_items(config)) if isinstance(config, cst.Dict) else {}
    if set(items) != {"dbname"}:
        return None
    return Logging(call, starts=True, database=items["dbname"])
