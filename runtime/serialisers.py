"""Serialisers of message classes: two of one name are told of, or told apart by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autogen_core._serialization import MessageSerializer, SerializationRegistry

from ..tracer.recorder import current_span
from ..tracer.telling import tell
from . import stories


class SerialisersByName(SerializationRegistry):
    """AutoGen's registry, which tells when a class takes over the name of another one."""

    def __init__(self) -> None:
        super().__init__()
        self._classes: dict[str, dict[str, type]] = {}  # by bare name and by full name

    def add_serializer(
        self, serializer: MessageSerializer[Any] | Sequence[MessageSerializer[Any]]
    ) -> None:
        """Take in one or several."""
        super().add_serializer(serializer)
        cls: Any = getattr(serializer, "cls", None)
        if not isinstance(cls, type) or isinstance(serializer, Sequence):
            return
        known = self._classes.setdefault(serializer.type_name, {})
        full = stories.full_name(cls)
        if known and full not in known:  # a class that is made again is no other class
            first = next(iter(known.values()))
            tell(stories.same_name(serializer.type_name, first, cls), "warned", current_span())
        known[full] = cls


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
        self._serializers[stories.full_name(cls), serializer.data_content_type] = serializer
        before = self._holders.get(name, cls)
        if before is not cls:
            self._names[before] = stories.full_name(before)
        self._names.pop(cls, None)
        self._holders[name] = cls

    def type_name(self, message: Any) -> str:
        """The name that the message's serialiser goes by."""
        cls = message if isinstance(message, type) else type(message)
        return self._names.get(cls) or super().type_name(message)
