"""Names in the trace: agents, conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard


def name_of(agent: Any) -> str:
    """The name of an agent, its identity in the trace; "" of none."""
    if agent is None:
        return ""
    name: Any = getattr(agent, "name", None)
    return name if isinstance(name, str) else type(agent).__name__


def chat_name(sender: Any, recipient: Any) -> str:
    """What a chat between two agents is called."""
    return f"{name_of(sender)} -> {name_of(recipient)}"


def class_of(value: object) -> type:
    """The class of anything."""
    return type(value)


def argument(name: str, place: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """An argument that may come by place or by name, None when it was not given."""
    if name in kwargs:
        return kwargs[name]
    return args[place] if len(args) > place else None


def is_mapping(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether the value is a dictionary or the like."""
    return isinstance(value, Mapping)


def is_tuple(value: Any, size: int) -> TypeGuard[tuple[Any, ...]]:
    """Whether the value is a tuple of that many."""
    return isinstance(value, tuple) and len(value) == size  # pyright: ignore[reportUnknownArgumentType]  of anything
