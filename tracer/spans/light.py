"""A span that conforms to OpenTelemetry's API and costs a fraction of the SDK's.

It keeps what it is told in plain dicts and lists and makes what only few ask for (contexts, events
as objects) when it is asked. `agentloupe` is its record in the recording, if there is one.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Mapping, Sequence
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
from .told import Told
from .values import ODD, PLAIN, Attributes, plainness, put, put_all, taken

ESCAPED: Final = "exception.escaped"
UNSET: Final = Status(StatusCode.UNSET)

_log = logging.getLogger("opentelemetry.sdk.trace")  # where a program expects these warnings
_ending = threading.Lock()


class Limits(NamedTuple):
    """How much a span takes; None: any number."""

    attributes: int | None = None
    events: int | None = None
    links: int | None = None
    event_attributes: int | None = None
    link_attributes: int | None = None
    length: int | None = None  # of a span attribute's text
    part_length: int | None = None  # of an event's or a link's


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

    __slots__ = (
        "_attributes",
        "_context",
        "_dropped",
        "_end_time",
        "_kind",
        "_limits",
        "_links",
        "_links_dropped",
        "_moments",
        "_moments_dropped",
        "_name",
        "_plain",
        "_record_exception",
        "_set_status_on_exception",
        "_start_time",
        "_status",
        "agentloupe",
        "ids",
    )

    def __init__(
        self,
        name: str,
        kind: SpanKind,
        ids: tuple[int, int, int, TraceState | None],
        attributes: Mapping[str, Any] | None,
        limits: Limits,
        start_time: int | None,
    ) -> None:
        self._name = name
        self._kind = kind
        self.ids = ids  # trace, span, flags, state
        self._limits = limits
        self._context: SpanContext | None = None
        self._plain = PLAIN
        self._dropped = 0
        if attributes:
            self._begin_with(attributes, limits)
        else:
            self._attributes: Attributes = {}
        self._moments: list[Moment] | None = None
        self._moments_dropped = 0
        self._links: list[Link] | None = None
        self._links_dropped = 0
        self._status = UNSET
        self._record_exception = True
        self._set_status_on_exception = True
        self._start_time: int | None = time_ns() if start_time is None else start_time
        self._end_time: int | None = None
        self.agentloupe: Told | None = None

    def _begin_with(self, attributes: Mapping[str, Any], limits: Limits) -> None:
        if limits.length is None:
            self._attributes, self._plain = taken(attributes, limits.attributes)
            if self._plain != ODD:
                return
        self._plain = ODD
        kept: Attributes = {}
        self._attributes = kept
        self._dropped = self._put_all(kept, attributes, limits.attributes, limits.length)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(name="{self._name}", context={self.get_span_context()})'

    def get_span_context(self) -> SpanContext:
        """The ids, made into a context when somebody asks."""
        if self._context is None:
            trace_id, span_id, flags, state = self.ids
            self._context = SpanContext(trace_id, span_id, False, TraceFlags(flags), state)
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
        plain = plainness(value)
        if plain > self._plain:
            self._plain = plain

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        if self._end_time is not None:
            self._warn("Setting attribute on ended span.")
            return
        limits = self._limits
        self._dropped += self._put_all(
            self._attributes, attributes, limits.attributes, limits.length
        )
        self._plain = max([self._plain, *map(plainness, attributes.values())])

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
        with _ending:
            ended = self._end_time is not None
            if not ended:
                self._end_time = time_ns() if end_time is None else end_time
        if ended:
            self._warn("Calling end() on an ended span.")
            return
        told = self.agentloupe
        if told is not None:
            told.finish(
                self._name,
                self._attributes,
                self._moments or (),
                self._links or (),
                self._status,
                end_time,
                self._plain,
            )

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
