"""Codemod from AutoGen v0.2 (``autogen``, ``pyautogen``) to AutoGen 0.7."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .source import migrate_source

__all__ = ["migrate_source"]


def __getattr__(name: str) -> object:
    # LibCST is the dear part, so walking files that never mention autogen does without it
    if name == "migrate_source":
        from .source import migrate_source

        return migrate_source
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
