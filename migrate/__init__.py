"""Codemod from AutoGen v0.2 (``autogen``, ``pyautogen``) to AutoGen 0.7."""

from __future__ import annotations

from .source import migrate_source

__all__ = ["migrate_source"]
