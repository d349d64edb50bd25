"""What a dialect is: another instrumentation's way of saying what the conventions say.

Ours are the modules of `dialects/`, others' come by entry points of the group
`agentloupe.dialects`. A span is given to the first dialect that speaks it; what nobody speaks is
read by the conventions alone.
"""

from __future__ import annotations

import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from . import dialects as ours
from . import standard
from .draft import Draft
from .merge import Merge
from .spans import WireSpan

GROUP: Final = "agentloupe.dialects"
KNOWN: Final = 64  # sets of attributes that are remembered: of a hostile file they are large


class Joiner(ABC):
    """Finds out which traces of a file are one run. It sees every span once and keeps none."""

    def __init__(self, merge: Merge) -> None:
        self.merge = merge

    @abstractmethod
    def see(self, span: WireSpan) -> None:
        """A span of the dialect, in the file's order."""

    def finish(self) -> None:  # noqa: B027 not every one has something left to do
        """All are seen."""


class Dialect(ABC):
    """Reads the spans of one instrumentation. Has no state: one instance serves all files."""

    name: str = ""
    #: Dialects of lower rank are asked first.
    rank: int = 50
    #: How attributes are called, or begin, of which every span of the dialect has one, unless its
    #: scope begins like one of these; None: any span may be of it.
    signs: tuple[str, ...] | None = None
    scopes: tuple[str, ...] = ()

    @abstractmethod
    def speaks(self, span: WireSpan) -> bool:
        """Whether a span is of this dialect."""

    def joiner(self, merge: Merge) -> Joiner | None:
        """What joins traces of a file into runs; None: each trace is a run."""
        return None

    def arrange(  # noqa: B027 a span often says all by itself
        self, spans: Sequence[WireSpan], everything: Sequence[WireSpan]
    ) -> None:
        """Put right, in place, what concerns several spans. Called once for a run.

        Args:
            spans: all spans of this dialect.
            everything: all spans of the run, of whatever traces.
        """

    def translate(self, span: WireSpan) -> None:  # noqa: B027 it may have nothing to rewrite
        """Rewrite a span's attributes, in place, to the conventions' names."""

    def draft(self, span: WireSpan, order: int) -> Draft | None:
        """The span in our model; None when it says nothing beyond what others say."""
        self.translate(span)
        return standard.draft(span, order)


@cache
def dialects() -> tuple[Dialect, ...]:
    """All dialects, in the order in which they are asked."""
    names = sorted(m.name for m in pkgutil.iter_modules(ours.__path__) if m.name[0] != "_")
    made: list[object] = [import_module(f"{ours.__name__}.{name}").DIALECT for name in names]
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        found: object = entry.load()
        made.append(found() if isinstance(found, type) else found)
    known = [dialect for dialect in made if isinstance(dialect, Dialect)]
    return tuple(sorted(known, key=lambda dialect: dialect.rank))


def dialect_of(span: WireSpan) -> Dialect | None:
    """The dialect that reads a span, None when it is the conventions' own."""
    for dialect in _asked(tuple(span.attributes), span.source.scope):
        if dialect.speaks(span):
            return dialect
    return None


@lru_cache(KNOWN)
def _asked(names: tuple[str, ...], scope: str) -> tuple[Dialect, ...]:
    """Those that a span with these attributes may be of: spans of a file have mostly the same."""
    return tuple(each for each in dialects() if _may_speak(each, names, scope))


def _may_speak(dialect: Dialect, names: tuple[str, ...], scope: str) -> bool:
    if dialect.signs is None or (dialect.scopes and scope.startswith(dialect.scopes)):
        return True
    return any(name.startswith(dialect.signs) for name in names)
