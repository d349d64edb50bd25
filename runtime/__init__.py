"""An AutoGen runtime on which every message is recorded and none is lost silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .traced import TracedRuntime

__all__ = ["TracedRuntime"]


def __getattr__(name: str) -> object:
    """Names are loaded when asked for: instrumentors live here, and AutoGen is the program's."""
    if name in __all__:
        from . import traced

        return getattr(traced, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
