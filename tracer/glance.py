"""A quick look at all steps of a run: who, to whom, of what type, and where the text lies.

Reading a run from end to end for an index needs eight of the thirty fields of a step and its span.
Pages are decoded straight into what is asked for, checked by the decoder, and let go again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec

from . import conventions as c
from .model import BodyRef
from .stored import HURT, Row, records_of
from .text import visible

if TYPE_CHECKING:
    from .joining import Joined
    from .segment import Segment

_MOST = 20_000  # different names that are remembered as safe to show


class Glance(msgspec.Struct, gc=False):
    """As much of a step as an index of rows asks for; the names are those of `model.Step`."""

    index: int
    sender: str
    recipient: str
    message_type: str
    kind: str
    message_id: str
    body: BodyRef | None
    conversation: str


class Kept(msgspec.Struct):
    """A state of an agent that is on record: at which step, whose, why, and where it lies."""

    step: int
    agent: str
    why: str
    body: BodyRef


class _Message(msgspec.Struct, array_like=True, gc=False):
    kind: str
    sender: str
    recipient: str
    message_type: str
    topic: msgspec.Raw
    message_id: str
    posted: msgspec.Raw


class _Told(msgspec.Struct, gc=False):
    """Of the attributes, those that are asked for."""

    conversation: Any = msgspec.field(default="", name=c.CONVERSATION)
    why: Any = msgspec.field(default=None, name=c.STATE_WHY)


class _Bodies(msgspec.Struct, gc=False):
    """Of the bodies, those that are asked for."""

    message: str | int | list[str | int] | None = msgspec.field(default=None, name=c.MESSAGE_BODY)
    state: str | int | list[str | int] | None = msgspec.field(default=None, name=c.AGENT_STATE)


class _Record(msgspec.Struct, array_like=True, gc=False):
    id: msgspec.Raw
    parent: msgspec.Raw
    run: int
    op: str
    name: msgspec.Raw
    agent: str
    start: msgspec.Raw
    end: msgspec.Raw
    error: msgspec.Raw
    step: int | None
    message: _Message | None
    attributes: _Told | None
    bodies: _Bodies | None
    links: msgspec.Raw
    events: msgspec.Raw


_decode = msgspec.msgpack.Decoder(list[_Record]).decode
_apart = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_HEAD = 40  # bytes of a record up to its operation: two ids of nine, a run, the word
_DELIVERY, _CALL = map(msgspec.msgpack.encode, (c.PROCESS, "call"))


def naming(segment: Segment | Joined, page: int, data: bytes, name: str) -> Sequence[Row]:
    """Records of a page, all steps that name somebody among them; most others are not unpacked.

    Raises:
        RecordingError: the page is damaged.
    """
    word = msgspec.msgpack.encode(name)
    at = data.find(word)
    if at < 0:
        return ()
    try:
        sizes = list(map(len, _apart(data)))
        ends = list(accumulate(sizes, initial=len(data) - sum(sizes)))
        found: list[bytes] = []
        place = 0
        while at >= 0:
            place = bisect_right(ends, at, place)
            start, end = ends[place - 1], ends[place]
            if _DELIVERY in data[start : start + _HEAD] or _CALL in data[start:end]:
                found.append(data[start:end])
            at = data.find(word, end)
        return records_of(b"\xdd" + len(found).to_bytes(4, "big") + b"".join(found))
    except (msgspec.DecodeError, *HURT):
        return segment.page(page)  # which says what is wrong


class Glances:
    """Steps of a run from `start` on, in order; states of agents gather in `kept` along the way."""

    def __init__(self, segment: Segment | Joined, run: int, start: int = 0) -> None:
        self.kept: list[Kept] = []
        self._segment = segment
        self._run = run  # its number in the segment
        self._next = start
        self._early: dict[int, Glance] = {}  # steps before which others are still to come
        self._safe: dict[str, str] = {}

    def __iter__(self) -> Iterator[list[Glance]]:
        """A batch a page.

        Raises:
            RecordingError: a page is damaged.
        """
        start = self._next
        for page in self._segment.pages_of(self._run):
            if page.run is None or page.high is None or page.high >= start:
                yield self._of(self._records(page.id))
        left = [self._early[step] for step in sorted(self._early)]
        self._early.clear()
        yield left

    def _records(self, page: int) -> list[_Record]:
        try:
            return _decode(self._segment.page_data(page))
        except msgspec.DecodeError:  # records of another form among them, or damage
            return [_Record(*record) for record in map(_complete, self._segment.page(page))]

    def _of(self, records: list[_Record]) -> list[Glance]:
        out: list[Glance] = []
        local, early, shown, safe = self._run, self._early, self._shown, self._safe.get
        at = self._next
        for record in records:
            step = record.step
            if step is None or record.run != local:
                continue
            message = record.message
            if message is None:
                if record.op == c.STATE:
                    self._keep(record, step)
                continue
            if step < at or (record.op != c.PROCESS and message.kind != "call"):
                continue
            bodies, told = record.bodies, record.attributes
            inside = "" if told is None or message.kind == "call" else told.conversation
            ref = None if bodies is None else bodies.message
            sender, recipient, kind = message.sender, message.recipient, message.message_type
            glance = Glance(
                step,
                safe(sender) or shown(sender),
                safe(recipient) or shown(recipient),
                safe(kind) or shown(kind),
                message.kind,
                message.message_id,
                _context(ref) if isinstance(ref, list) else ref,
                shown(inside) if inside and isinstance(inside, str) else "",
            )
            if step != at:
                early[step] = glance
                continue
            out.append(glance)
            at += 1
            while at in early:
                out.append(early.pop(at))
                at += 1
        self._next = at
        return out

    def _keep(self, record: _Record, step: int) -> None:
        ref = None if record.bodies is None else record.bodies.state
        why = None if record.attributes is None else record.attributes.why
        if isinstance(ref, str | int):
            agent = self._shown(record.agent)
            self.kept.append(Kept(step, agent, visible(str(why), newlines=False), ref))

    def _shown(self, text: str) -> str:
        known = self._safe.get(text)
        if known is None:
            if len(self._safe) > _MOST:
                self._safe.clear()
            known = self._safe[text] = visible(text, newlines=False)
        return known


class _Sampled(msgspec.Struct):
    rss: int | float | None = None


_sampled = msgspec.msgpack.Decoder(_Sampled).decode


def resident(segment: Segment | Joined, run: int) -> list[tuple[int, int]]:
    """Step and resident memory in bytes of a run's samples, in order.

    Raises:
        RecordingError: a sample is damaged.
    """
    return [segment.make(_point, row, "a sample") for row in segment.samples(run)]


def _point(row: tuple[Any, ...]) -> tuple[int, int]:
    try:
        return row[1], int(_sampled(row[4]).rss or 0)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


def _complete(record: Sequence[Any]) -> list[Any]:
    """The fields of an unpacked record as those of one that was decoded by the quick way."""
    fields = list(record)
    message = fields[10]
    fields[10] = None if not message or len(message) < 7 else _Message(*message[:7])
    told: dict[str, Any] = fields[11] or {}
    bodies: dict[str, Any] = fields[12] or {}
    fields[11] = _Told(told.get(c.CONVERSATION, ""), told.get(c.STATE_WHY))
    fields[12] = _Bodies(bodies.get(c.MESSAGE_BODY), bodies.get(c.AGENT_STATE))
    return fields


def _context(ref: list[str | int]) -> BodyRef | None:
    return ("context", ref[1]) if len(ref) == 2 and isinstance(ref[1], int) else None
