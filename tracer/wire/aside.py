"""What drafts hold beside their outline, put aside while a large run is put together.

Who is whose parent, what is a step, whose clock is wrong: for that the outlines of all spans of a
run are needed at once, some hundred bytes each, and what they say hardly ever. So of a run with
many spans only the drafts that were looked at last are whole, as many as there is room for;
attributes, bodies, links and events of the others lie in a temporary file, and come back when
somebody looks.
"""

from __future__ import annotations

from collections import deque
from sys import intern
from typing import Final, cast

from msgspec import msgpack

from ..bodies import Body, Context
from ..names import Value
from .draft import Draft, Rest, tells_nothing
from .heap import Heap
from .spans import Plain, as_dict, as_list
from .spool import encoded

LARGE: Final = 20_000  # spans of a run beyond which it is worth it
WHOLE: Final = 4_000  # drafts that are whole: no fewer than are looked at together
ROOM: Final = 64 << 20  # bytes of more of them
OBJECTS: Final = 1_024  # bytes that a whole draft takes beside what it takes in the file

_NESTED: Final = frozenset({list, dict})
_decode = msgpack.Decoder().decode


class Aside:
    """Holds what was put aside of one run's drafts. One thread's."""

    def __init__(self, whole: int = WHOLE, room: int = ROOM) -> None:
        self._least = whole
        self._room = room
        self._whole: deque[Draft] = deque()
        self._heap = Heap()
        self._ids: dict[int, int] = {}

    def take(self, draft: Draft, size: int) -> None:
        """From now on the draft's contents, of so many bytes, are ours to put aside."""
        draft.aside, draft.size = self, size
        draft.trace_id = self._ids.setdefault(draft.trace_id, draft.trace_id)
        draft.op, draft.name = intern(draft.op), intern(draft.name)
        draft.agent, draft.scope = intern(draft.agent), intern(draft.scope)
        self._enter(draft)

    def back(self, draft: Draft) -> Rest:
        """The contents of a draft, which are whole for a while again."""
        draft.rest = rest = self.read(draft)
        self._enter(draft)
        return rest

    def read(self, draft: Draft) -> Rest:
        """The contents of a draft, which stay aside."""
        attributes, bodies, links, events = _decode(self._heap.read(draft.place, draft.size))
        if not _NESTED.isdisjoint(map(type, attributes.values())):
            attributes = {key: _value(value) for key, value in attributes.items()}
        for key, value in bodies.items():
            bodies[key] = Body(value) if type(value) is bytes else _context(*value)
        if links:
            links = [(id_, kind) for id_, kind in links]
        if events:
            events = [
                (name, time_ns, {key: _value(value) for key, value in kept.items()})
                for name, time_ns, kept in events
            ]
        return Rest(attributes, bodies, links, events)

    def close(self) -> None:
        """Nobody looks any more."""
        self._whole.clear()  # they refer to us
        self._heap.close()

    def _enter(self, draft: Draft) -> None:
        whole = self._whole
        whole.append(draft)
        self._room -= draft.size + OBJECTS
        while self._room < 0 and len(whole) > self._least:
            oldest = whole.popleft()
            self._room += oldest.size + OBJECTS
            self._put(oldest)

    def _put(self, draft: Draft) -> None:
        rest = draft.rest
        if rest is None:
            return
        bodies = {
            key: body.data if type(body) is Body else _packed(body)
            for key, body in rest.bodies.items()
        }
        data = encoded(cast(Plain, (rest.attributes, bodies, rest.links, rest.events)))
        draft.size = len(data)
        draft.place = self._heap.add(data) - draft.size
        draft.untold = tells_nothing(draft.op, rest)
        draft.rest = None


def _value(value: Plain) -> Value:
    """As it was: what is written as a list was a tuple."""
    items, fields = as_list(value), as_dict(value)
    if items is not None:
        return tuple(cast(str, _value(item)) for item in items)
    if fields is not None:
        return {key: cast(str, _value(item)) for key, item in fields.items()}
    return cast(Value, value)


def _packed(body: Body | Context) -> object:
    return body.data if isinstance(body, Body) else (body.owner, [x.data for x in body.bodies])


def _context(owner: str, bodies: list[bytes]) -> Context:
    return Context(owner, [Body(data) for data in bodies])
