"""An AutoGen runtime on which every message is recorded and none is lost silently."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .executors.docker_engine import DockerExecutor
    from .executors.local import LocalExecutor
    from .traced import TracedRuntime

__all__ = ["DockerExecutor", "LocalExecutor", "TracedRuntime"]

_ROOMS = {
    "DockerExecutor": "executors.docker_engine",
    "LocalExecutor": "executors.local",
    "TracedRuntime": "traced",
}


def __getattr__(name: str) -> object:
    """Names are loaded when asked for: instrumentors live here, and AutoGen is the program's."""
    if name in _ROOMS:
        return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
