"""Finding words in what was said: in one run by looking, in many by the catalog's index.

A text is found if it holds all words, whatever their case. Texts that several spans share (a
message and the delivery of it, the start of every model request) count where they come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .errors import RecordingError
from .model import BodyRef, Span
from .packing import Record
from .reader import Run

AROUND: Final = 60  # characters of an excerpt before and behind
LONG: Final = 1 << 20  # characters of a text that are looked through

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Found:
    """A text with all the words: where it is, and the surroundings of the first of them, raw."""

    step: int | None
    span_id: int
    key: str  # of the body, "" for what the span itself says (name, error, attributes)
    excerpt: str


def words_of(text: str) -> list[str]:
    """The words that are looked for, as the index has them."""
    return [word.casefold() for word in _WORD.findall(text)]


def texts_of(run: Run, step: int | None = None) -> Iterator[tuple[Span, str, str]]:
    """Every text of a run, or of one step, with the span that says it first; by step.

    With it comes the body's key. What a span itself says comes with the key "".
    """
    seen: set[BodyRef] = set()
    for span in _spans(run) if step is None else run.spans(step, step + 1):
        said = [span.name, span.error or "", *_strings(span)]
        yield span, "", "\n".join(filter(None, said))
        for key, body in span.bodies.items():
            for ref in run.parts(body):
                if ref not in seen:
                    seen.add(ref)
                    yield span, key, run.text(ref)


def _spans(run: Run) -> Iterator[Span]:
    yield run.root
    for _, spans in run.iter_turns():
        yield from spans
    yield from run.loose_spans()


def _strings(span: Span) -> Iterator[str]:
    for value in span.attributes.values():
        if isinstance(value, str):
            yield value


def find(run: Run, text: str, limit: int = 100, *, step: int | None = None) -> list[Found]:
    """The first `limit` texts of a run, or of one step, that hold all words of `text`, by step."""
    words = words_of(text)
    found: list[Found] = []
    if not words:
        return found
    for span, key, said in texts_of(run, step) if step is not None else _likely(run, words):
        low = said[:LONG].casefold()
        if all(word in low for word in words):
            found.append(Found(span.step, span.id, key, excerpt(said, words[0])))
            if len(found) == limit:
                break
    return found


def _likely(run: Run, words: list[str]) -> Iterator[tuple[Span, str, str]]:
    """Texts that may hold the words, as `texts_of` gives them.

    SQLite looks through the stored bodies, and spans are only made of records that matter.
    """
    records = {record[0]: record for record in run.records()}
    refs = {record[0]: _refs(run, record[12]) for record in records.values() if record[12]}
    stored = {ref for of in refs.values() for _, ref in of if isinstance(ref, int)}
    likely = run.bodies_with([word for word in words if word.isascii()], stored)
    first = words[0]
    seen: set[BodyRef] = set()
    yield from _told(run, run.root, _refs(run, run.root.bodies), seen)
    for record in sorted(records.values(), key=_place):
        fits: list[tuple[str, BodyRef]] = []
        for key, ref in refs.get(record[0], ()):
            if ref in likely if isinstance(ref, int) else first in str(ref).casefold():
                fits.append((key, ref))
        if fits or first in _own(record).casefold():
            yield from _told(run, run.span_of(record), fits, seen)


def _told(
    run: Run, span: Span, bodies: list[tuple[str, BodyRef]], seen: set[BodyRef]
) -> Iterator[tuple[Span, str, str]]:
    yield span, "", "\n".join(filter(None, [span.name, span.error or "", *_strings(span)]))
    for key, ref in bodies:
        if ref not in seen:
            seen.add(ref)
            yield span, key, run.text(ref)


def _refs(run: Run, bodies: object) -> list[tuple[str, BodyRef]]:
    if not isinstance(bodies, Mapping):
        return []
    found: list[tuple[str, BodyRef]] = []
    for key, ref in bodies.items():  # pyright: ignore[reportUnknownVariableType]  decoded
        if isinstance(ref, list | tuple):
            if len(ref) != 2 or not isinstance(ref[1], int):  # pyright: ignore[reportUnknownArgumentType]  decoded
                raise RecordingError(f"a span's body lies nowhere: {ref!r}")
            parts = run.parts(("context", ref[1]))
            found += [(str(key), part) for part in parts]  # pyright: ignore[reportUnknownArgumentType]  decoded
        elif isinstance(ref, str | int):
            found.append((str(key), ref))  # pyright: ignore[reportUnknownArgumentType]  decoded
    return found


def _own(record: Record) -> str:
    """What a span itself says, with the parts that its name is made of."""
    said: list[Any] = [record[4], record[5], record[8], *(record[10] or ())]
    if isinstance(record[11], dict):
        said += record[11].values()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  decoded
    return "\n".join(each for each in said if isinstance(each, str))


def _place(record: Record) -> tuple[bool, int, int]:
    step = record[9]
    return step is None, step if isinstance(step, int) else 0, record[6]


def excerpt(text: str, word: str) -> str:
    """The surroundings of a word on one line, raw."""
    at = max(0, text.casefold().find(word))
    start, end = max(0, at - AROUND), at + len(word) + AROUND
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"
