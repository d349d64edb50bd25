"""A span that conforms to OpenTelemetry's API and costs a fraction of the SDK's.

It keeps what it is told in plain dicts and lists and makes what only few ask for (contexts, events
as objects) when it is asked. `agentloupe` is its record in the recording, if there is one.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from math import inf
from time import time_ns
from types import TracebackType
from typing import Any, Final, NamedTuple

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.trace import (
    Link,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)

from .. import conventions as c
from .told import Record, remember
from .values import Attributes, is_plain, put, put_all, taken

ESCAPED: Final = "exception.escaped"
UNSET: Final = Status(StatusCode.UNSET)

_log = logging.getLogger("opentelemetry.sdk.trace")  # where a program expects these warnings


class Limits(NamedTuple):
    """How much a span takes; None: any number."""

    attributes: int | None = None
    events: int | None = None
    links: int | None = None
    event_attributes: int | None = None
    link_attributes: int | None = None
    length: int | None = None  # of a span attribute's text
    part_length: int | None = None  # of an event's or a link's
    room: float = inf  # attributes that can be taken over as they are


UNLIMITED: Final = Limits()


class Moment(NamedTuple):
    """An event of a span."""

    name: str
    timestamp: int
    attributes: Attributes
    dropped: int


class LightSpan(Span):
    """A span under way. Its end is final: what comes later is refused with a warning."""

    _put = staticmethod(put)
    _put_all = staticmethod(put_all)
    _warn = staticmethod(_log.warning)

    #: What most spans never change stands here once for all of them.
    _context: SpanContext | None = None
    _plain: bool = True  # all that it was told are attributes, scalars and texts, and no error
    _dropped: int = 0
    _moments: list[Moment] | None = None
    _moments_dropped: int = 0
    _links: list[Link] | None = None
    _links_dropped: int = 0
    _status: Status = UNSET
    _record_exception: bool = True
    _set_status_on_exception: bool = True
    _end_time: int | None = None
    agentloupe: Record | None = None

    ids: tuple[int, int, int, TraceState | None]  # trace, span, flags, state
    _attributes: Attributes
    _kind: SpanKind
    _limits: Limits
    _name: str
    _start_time: int | None

    def begin(
        self,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        limits: Limits,
        start_time: int | None,
        shapes: Mapping[tuple[str, ...], bool],
    ) -> bool | None:
        """It starts. `shapes` tells of names of attributes what is returned for them."""
        self._name = name
        self._kind = kind
        self._limits = limits
        self._start_time = time_ns() if start_time is None else start_time
        if not attributes:
            self._attributes = {}
            return shapes.get(())
        kept, plain, known = taken(attributes, shapes)
        if plain and len(kept) <= limits.room:
            self._attributes = kept
            return known
        self._plain = False
        kept = self._attributes = {}
        self._dropped = self._put_all(kept, attributes, limits.attributes, limits.length)
        return None

    def __repr__(self) -> str:
        return f'{type(self).__name__}(name="{self._name}", context={self.get_span_context()})'

    def get_span_context(self) -> SpanContext:
        """The ids, made into a context when somebody asks."""
        if self._context is None:
            trace_id, span_id, flags, state = self.ids
            self._context = SpanContext(trace_id, span_id, False, TraceFlags(flags), state)
            if self.agentloupe is not None:
                remember(self.agentloupe)
        return self._context

    def on_exception(self, *, record: bool, set_status: bool) -> None:
        """What an exception does that leaves the span's own `with`."""
        self._record_exception = record
        self._set_status_on_exception = set_status

    def is_recording(self) -> bool:
        """Whether it has not ended."""
        return self._end_time is None

    def _over(self, what: str) -> bool:
        if self._end_time is None:
            return False
        self._warn("%s on an ended span.", what)
        return True

    # -- what it is told ---------------------------------------------------------------------------
    def set_attribute(self, key: str, value: Any) -> None:
        """Set an attribute; a mutable value counts as it is now."""
        if self._end_time is not None:
            self._warn("Setting attribute on ended span.")
            return
        limits = self._limits
        dropped = self._put(self._attributes, key, value, limits.attributes, limits.length)
        if dropped:
            self._dropped += dropped
        if self._plain and not is_plain(value):
            self._plain = False

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        if self._end_time is not None:
            self._warn("Setting attribute on ended span.")
            return
        limits = self._limits
        self._dropped += self._put_all(
            self._attributes, attributes, limits.attributes, limits.length
        )
        self._plain = self._plain and all(map(is_plain, attributes.values()))

    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None
    ) -> None:
        """Note something that happens at this moment, or at `timestamp`."""
        if self._over("Tried calling _add_event"):
            return
        limits = self._limits
        kept: Attributes = {}
        dropped = (
            self._put_all(kept, attributes, limits.event_attributes, limits.part_length)
            if attributes
            else 0
        )
        moment = Moment(name, time_ns() if timestamp is None else timestamp, kept, dropped)
        if self._moments is None:
            self._moments = []
        self._moments_dropped += _add(self._moments, moment, limits.events)
        self._plain = False

    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        """Refer to another span; a context that says nothing is passed over."""
        if not _says_something(context, attributes):
            return
        if self._over("Tried calling _add_link"):
            return
        self._link(Link(context, attributes))

    def take_links(self, links: Sequence[Link]) -> None:
        """The links that the span starts with."""
        for link in links:
            if link and _says_something(link.context, link.attributes):
                self._link(link)

    def _link(self, link: Link) -> None:
        limits = self._limits
        link._attributes = BoundedAttributes(  # as the SDK does
            limits.link_attributes, link.attributes, True, limits.part_length
        )
        if self._links is None:
            self._links = []
        self._links_dropped += _add(self._links, link, limits.links)
        self._plain = False

    def update_name(self, name: str) -> None:
        """Call it otherwise."""
        if not self._over("Tried calling update_name"):
            self._name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """The last word counts, but OK is final and UNSET is no word."""
        if self._over("Tried calling set_status"):
            return
        if isinstance(status, Status):
            if description is not None and not self._settled(status.status_code):
                self._warn(
                    "Description %s ignored. Use either `Status` or `(StatusCode, Description)`",
                    description,
                )
            made = status
        else:
            made = Status(status, description)
        if not self._settled(made.status_code):
            self._status = made
            if made.status_code is StatusCode.ERROR:
                self._plain = False

    def _settled(self, code: StatusCode) -> bool:
        return self._status.status_code is StatusCode.OK or code is StatusCode.UNSET

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """An event `exception` with type, message and stack trace."""
        kind = type(exception)
        module = kind.__module__
        plain = not module or module == "builtins"
        said: Attributes = {
            c.EXCEPTION_TYPE: kind.__qualname__ if plain else f"{module}.{kind.__qualname__}",
            c.EXCEPTION_MESSAGE: str(exception),
            c.EXCEPTION_STACKTRACE: "".join(traceback.format_exception(exception)),
            ESCAPED: str(escaped),
        }
        self.add_event("exception", {**said, **(attributes or {})}, timestamp)

    # -- its end -----------------------------------------------------------------------------------
    def end(self, end_time: int | None = None) -> None:
        """The operation is over, now or at `end_time`."""
        self._end(end_time)

    def _end(self, end_time: int | None) -> bool:
        """Whether it was not over before."""
        now = time_ns() if end_time is None else end_time
        if self._end_time is not None:
            self._warn("Calling end() on an ended span.")
            return False
        self._end_time = now  # a call between look and set would let others end it
        told = self.agentloupe
        if told is not None:
            name, said = self._name, self._attributes
            if self._plain:
                told.finish(name, said, None, None, None, end_time, True)
            else:
                told.finish(name, said, self._moments, self._links, self._status, end_time)
        return True

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        if exc_val is not None and self.is_recording():
            if self._record_exception:
                self.record_exception(exc_val, escaped=True)
            if self._set_status_on_exception:
                self.set_status(Status(StatusCode.ERROR, f"{type(exc_val).__name__}: {exc_val}"))
        super().__exit__(exc_type, exc_val, exc_tb)


def _says_something(context: SpanContext | None, attributes: Any) -> bool:
    return bool(context and (context.is_valid or attributes or context.trace_state))


def _add(kept: list[Any], item: Any, most: int | None) -> int:
    """Append; of too many, the oldest goes. Returns how many went."""
    kept.append(item)
    if most is None or len(kept) <= most:
        return 0
    del kept[0]
    return 1
