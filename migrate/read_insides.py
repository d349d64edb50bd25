"""Marks what a file that knows no agents asks of those it is handed, and only v0.2's have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Obstacle

if TYPE_CHECKING:
    from .reader import Reader


def read_insides(reader: Reader) -> None:
    insides = reader.own.followed.insides
    for node in reader.source.find(cst.Attribute) if insides else ():
        name = node.attr.value
        if name in insides:
            text = f".{name} is an inside of v0.2's agents, which none of 0.7 or of the project has"
            reader.program.strays.append(Obstacle("MIG098", node, text))
