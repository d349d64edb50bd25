"""A handler takes a type that AutoGen cannot turn into bytes: registering its agent fails.

A fact of the program's text: the class is neither a dataclass nor a pydantic model nor a protobuf
message; or it is a dataclass with a field that is a union, another dataclass or a model, which
AutoGen's serialiser of dataclasses refuses.
"""

from __future__ import annotations

from ..rule import Rule
from ..wiring import WiringDetector

RULE = Rule(
    code="PLUG011",
    slug="plug.no-serialiser",
    title="a message type without a serialiser",
    severity="error",
    about=__doc__,
    needs="the program's text (loupe doctor app.py)",
    doubt="a serialiser may be registered for the type by hand",
    advice=(
        "make it a model, which may hold anything:\n"
        "    class Order(pydantic.BaseModel):\n"
        "        items: list[Item]"
    ),
    start=lambda context: WiringDetector(context, lambda: RULE),
)
