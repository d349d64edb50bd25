"""Serialisers go by the bare name of the class: of two classes called Order the last one wins."""

from __future__ import annotations

from typing import Any

from autogen_core._serialization import (
    JSON_DATA_CONTENT_TYPE,
    try_get_known_serializers_for_type,
)
from pydantic import create_model

from ..agents import Ask
from . import Make, Recipe
from .parts import ECHO, started


async def program(make: Make) -> str:
    runtime = await started(make)
    await runtime.send_message(Ask(0), ECHO)
    shop = create_model("Order", __module__="shop", total=(int, ...))
    kitchen = create_model("Order", __module__="kitchen", dish=(str, ...))
    for each in (shop, kitchen):
        runtime.add_message_serializer(try_get_known_serializers_for_type(each))
    registry: Any = getattr(runtime, "_serialization_registry", None) or runtime._registry
    order = shop(total=3)
    name, kind = registry.type_name(order), JSON_DATA_CONTENT_TYPE
    data = registry.serialize(order, type_name=name, data_content_type=kind)
    back = registry.deserialize(data, type_name=name, data_content_type=kind)
    return "as it was" if back == order else "something else"


RECIPE = Recipe(program, "ValidationError", "as it was", "plug.same-name")
