"""Serialisers of message classes, told apart by class: two classes of one name do not collide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autogen_core._serialization import MessageSerializer, SerializationRegistry


class SerialisersByClass(SerializationRegistry):
    """AutoGen's registry goes by bare names, of which the last one registered has the name.

    Here the others go by their full names, `module.Class`. A serialiser that does not say whose it
    is (`cls`, as AutoGen's own have) goes by the name it gives.
    """

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[type, str] = {}  # of the classes that do not have their bare name
        self._holders: dict[str, type] = {}

    def add_serializer(
        self, serializer: MessageSerializer[Any] | Sequence[MessageSerializer[Any]]
    ) -> None:
        """Take in one or several."""
        if isinstance(serializer, Sequence):
            for each in serializer:
                self.add_serializer(each)
            return
        super().add_serializer(serializer)
        cls: Any = getattr(serializer, "cls", None)
        if not isinstance(cls, type):
            return
        name = serializer.type_name
        self._serializers[_full(cls), serializer.data_content_type] = serializer
        before = self._holders.get(name, cls)
        if before is not cls:
            self._names[before] = _full(before)
        self._names.pop(cls, None)
        self._holders[name] = cls

    def type_name(self, message: Any) -> str:
        """The name that the message's serialiser goes by."""
        cls = message if isinstance(message, type) else type(message)
        return self._names.get(cls) or super().type_name(message)


def _full(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
