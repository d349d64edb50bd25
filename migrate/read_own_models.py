"""Reads model client classes of the program's own and the speakers they answer for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .model import Obstacle, OwnModel

if TYPE_CHECKING:
    from .reader import Reader


def read_own_models(reader: Reader) -> None:
    """``speaker.register_model_client(model_client_cls=Class, …)`` as a statement."""
    for call in reader.source.find(cst.Call):
        func = call.func
        if not isinstance(func, cst.Attribute) or func.attr.value != "register_model_client":
            continue
        speaker = reader.speaker(func.value)
        if speaker is None or speaker.model is None or speaker.own_model is not None:
            continue
        if not isinstance(reader.source.parent(call), cst.Expr):
            continue
        obstacles: list[Obstacle] = []
        args = reader.arguments(call, ("model_client_cls",), obstacles, "MIG016")
        if obstacles or "model_client_cls" not in args:
            continue
        reader.claim(func.value)
        others = [arg for name, arg in args.items() if name != "model_client_cls"]
        speaker.own_model = OwnModel(call, [args["model_client_cls"], *others])
