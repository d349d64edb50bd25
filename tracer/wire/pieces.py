"""A large JSON document as several small ones, so that it is never in memory as a whole.

Its spans mostly lie in one array, millions of characters long. It is cut where one span ends and
the next begins; a part that is valid JSON, closed as the document would be, was cut between spans,
since all before it was read already. What cannot be cut is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

import msgspec

from . import otlp_json
from .otlp_json import Before

TRIES: Final = 16  # places at which a piece is cut
MISSES: Final = 2  # pieces on end that cannot be cut, until no more is tried
CLOSED: Final = b"]}]}]}"
_ENDED: Final = b"}]}]}"  # where a scope has no spans
_SPANS: Final = re.compile(rb'"spans"\s*:\s*\[')
_FIRST: Final = re.compile(rb'\s*\{\s*("[A-Za-z_]{1,40}")')
_BETWEEN: Final = re.compile(rb"\}\s{0,200},\s{0,200}(?=\{\s{0,200}\Z)")
_LOOK: Final = 700  # bytes before a span's first name, in which it begins and the one before ends
_encode = msgspec.json.Encoder().encode

#: A document, its last group, the last scope of that, and where the next span begins.
Cut = tuple[object, dict[str, Any], dict[str, Any], int]


class Pieces:
    """The documents that one is cut into, as far as it can be cut.

    Args:
        begin: its first bytes.
        more: gives further ones, none at its end.
    """

    def __init__(self, begin: bytes, more: Callable[[], bytes]) -> None:
        self._more = more
        self._opening, self._name = _opened(begin)
        #: What is left in the end: a document by itself, begun as the group is that was cut last.
        self.rest = begin
        #: How many groups are before it, scopes in its first group and spans in its first scope.
        self.before: Before = (0, 0, 0)

    def __iter__(self) -> Iterator[tuple[object, Before]]:
        """Documents with their spans still in JSON, each with what is before it."""
        misses = 0
        while self._opening and misses < MISSES and (piece := self._more()):
            self.rest += piece
            found = self._cut()
            misses = 0 if found else misses + 1
            if found:
                document, group, scope, start = found
                yield document, self.before
                self._pass(_groups(document), group, scope)
                self.rest = self._opening + self.rest[start:]

    def _pass(
        self, groups: list[dict[str, Any]], group: dict[str, Any], scope: dict[str, Any]
    ) -> None:
        """Go on behind the last span of a document."""
        passed, count = len(groups) - 1, len(scope["spans"])
        others = len(group["scopeSpans"]) - 1
        if passed or others:
            told = {"resource": group["resource"], "scopeSpans": [{"scope": scope["scope"]}]}
            begun = _encode({"resourceSpans": [told]})
            self._opening = begun[: -len(_ENDED)] + b',"spans":['
        before, scopes, spans = self.before
        scopes = others if passed else scopes + others
        self.before = before + passed, scopes, count if passed or others else spans + count

    def _cut(self) -> Cut | None:
        """All that is held up to the last place where a span ends and another begins."""
        data, at = self.rest, len(self.rest)
        for _ in range(TRIES):
            at = data.rfind(self._name, len(self._opening), at)
            if at < 0:
                return None
            low = max(len(self._opening), at - _LOOK)
            between = _BETWEEN.search(data[low:at])
            if between is None:
                continue
            end = low + between.start() + 1
            try:
                document = otlp_json.shallow(data[:end] + CLOSED)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
            last = _last(document)
            if last is not None:
                return document, *last, low + between.end()
        return None


def _opened(begin: bytes) -> tuple[bytes, bytes]:
    """A document up to its first span, and a span's first name; empty where it is another one.

    The resource and the scope must have been told, since they are those of all its spans.
    """
    found = _SPANS.search(begin)
    first = None if found is None else _FIRST.match(begin, found.end())
    if found is None or first is None:
        return b"", b""
    opening = begin[: found.end()]
    try:
        document = otlp_json.shallow(opening + CLOSED)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return b"", b""
    return (opening, first[1]) if _last(document) is not None else (b"", b"")


def _groups(document: object) -> list[dict[str, Any]]:
    fields = cast("dict[str, Any]", document)
    return cast("list[dict[str, Any]]", fields.get("resourceSpans") or [])


def _last(document: object) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The last group of spans and its last scope, if what is told of all its spans is in there."""
    group = (_groups(document) or [{}])[-1]
    scope = (cast("list[dict[str, Any]]", group.get("scopeSpans") or [{}]))[-1]
    return (group, scope) if "resource" in group and "scope" in scope else None
