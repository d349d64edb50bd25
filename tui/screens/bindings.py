"""Textual's bindings of a screen, made from the keymap."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from ..keymap import Where, keys_of


def bindings(where: Where) -> list[BindingType]:
    """The bindings of a screen; ids let a user's own keymap replace the keys."""
    return [
        Binding(
            ",".join(key.keys),
            key.action,
            key.text,
            show=False,
            id=f"{where}.{key.action}",
        )
        for key in keys_of(where)
    ]
