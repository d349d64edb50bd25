"""An AutoGen runtime on which every message is recorded and none is lost silently."""

from __future__ import annotations

from .traced import TracedRuntime

__all__ = ["TracedRuntime"]
