"""What a span of another instrumentation says, through the same dialects as files from elsewhere.

Whether a span speaks of agents at all is decided by its scope and the names of its attributes, once
for each combination: most spans of a program (HTTP, SQL) do not, and are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from opentelemetry.trace import Link, Status, StatusCode

from .. import conventions as c
from ..secrets import mask_text
from ..wire import standard
from ..wire.dialect import dialect_of
from ..wire.draft import Draft
from ..wire.spans import Source, WireEvent, WireLink, WireSpan

SPAN: Final = standard.SPAN
SHAPES: Final = 1_024  # combinations remembered
NAMED: Final = tuple(f"{op} " for op in (c.RUN, c.AGENT, c.TOOL))
_sources: dict[str, Source] = {}
_shapes: dict[str, dict[tuple[str, ...], bool]] = {}


def shapes(scope: str) -> dict[tuple[str, ...], bool]:
    """By names of attributes, whether spans of a scope that have them speak; of those so far."""
    found = _shapes.get(scope)
    if found is None:
        if len(_shapes) >= SHAPES:
            _shapes.clear()
        found = _shapes[scope] = {}
    return found


def speaks(scope: str, name: str, attributes: Mapping[str, Any]) -> bool:
    """Whether a span says something of agents, models or tools, or must be looked at anyhow, be it
    that its name begins with one of `NAMED`."""
    found, shape = shapes(scope), (*attributes,)
    known = found.get(shape)
    if known is None:
        if len(found) >= SHAPES:
            found.clear()
        span = _wire(0, 0, name, scope, attributes)
        known = any(key.startswith("gen_ai.") or _name(key) != key for key in attributes)
        known = known or dialect_of(span) is not None
        if "" not in shape:
            found[shape] = known
    return known or name.startswith(NAMED)


def draft(
    ids: Sequence[Any],
    name: str,
    scope: str,
    attributes: Mapping[str, Any],
    *,
    events: Sequence[Any] = (),
    links: Sequence[Link] = (),
    status: Status | None = None,
    offset_ns: int = 0,
) -> Draft:
    """The span in our terms. Events have `name`, `timestamp`, `attributes`."""
    span = _wire(ids[0], ids[1], name, scope, attributes)
    span.events = [
        WireEvent(str(event.name), event.timestamp + offset_ns, _plain(event.attributes or {}))
        for event in events
    ]
    span.links = [
        WireLink(link.context.trace_id, link.context.span_id, _plain(link.attributes or {}))
        for link in links
    ]
    if status is not None and status.status_code is StatusCode.ERROR:
        span.failed = True
        span.status = status.description or ""
    dialect = dialect_of(span)
    made = None if dialect is None else dialect.draft(span, 0)
    return standard.draft(span, 0) if made is None else made


def _wire(
    trace_id: int, span_id: int, name: str, scope: str, attributes: Mapping[str, Any]
) -> WireSpan:
    source = _sources.get(scope)
    if source is None:
        if len(_sources) >= SHAPES:
            _sources.clear()
        source = _sources[scope] = Source(scope=scope)
    return WireSpan(
        trace_id, span_id, 0, name, 1, 0, None, _plain(attributes), [], [], False, "", source
    )


@lru_cache(SHAPES)
def _name(key: str) -> str:
    """An attribute's name, which may be a secret where a program makes names of values."""
    return mask_text(key)


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {_name(key): _listed(value) for key, value in attributes.items()}


def _listed(value: Any) -> Any:
    if isinstance(value, tuple):
        return _list(cast("tuple[Any, ...]", value))
    return _plain(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def _list(values: Iterable[Any]) -> list[Any]:
    return [_listed(value) for value in values]
