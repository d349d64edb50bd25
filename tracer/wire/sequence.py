"""A run as a Mermaid sequence diagram: who wrote to whom, which tools were called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .. import conventions as c
from ..model import Span, Step, plain_name
from ..reader import Run
from ..text import visible

PROGRAM: Final = "program"
LABEL: Final = 60  # characters of an arrow's text
_ENTITIES: Final = {"#": "#35;", ";": "#59;", "<": "#lt;", ">": "#gt;", "&": "#amp;", '"': "#quot;"}


def sequence(run: Run, start: int = 0, stop: int | None = None) -> Iterator[str]:
    """The lines of the diagram of steps `start` to `stop` (exclusive)."""
    names = _Names()
    lines = [line for turn in _turns(run, start, stop) for line in _arrows(names, *turn)]
    yield "sequenceDiagram"
    for name, alias in names.known.items():
        yield f"    participant {alias} as {label(name)}"
    yield from lines


class _Names:
    """Agents' aliases: names themselves may be anything."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self.known.setdefault(name, f"p{len(self.known)}")


def _turns(run: Run, start: int, stop: int | None) -> Iterator[tuple[Step, list[Span]]]:
    for step, spans in run.iter_turns():
        if stop is not None and step.index >= stop:
            return
        if step.index >= start:
            yield step, spans


def _arrows(names: _Names, step: Step, spans: list[Span]) -> Iterator[str]:
    recipient = names[plain_name(step.recipient) or PROGRAM]
    sender = names[plain_name(step.sender) or PROGRAM]
    arrow = "-x" if step.error else "-)" if step.kind == "publish" else "->>"
    text = f"{step.index}: {step.message_type}" + (f" ({step.error})" if step.error else "")
    yield f"    {sender}{arrow}{recipient}: {label(text)}"
    for span in spans:
        if span.op in (c.TOOL, c.CODE) and span.id != step.span_id:
            name = str(span.attributes.get(c.TOOL_NAME) or span.name)
            failed = f" failed: {span.error}" if span.error else ""
            yield f"    {recipient}->>{recipient}: {label(name + failed)}"


def label(text: str) -> str:
    """Text that Mermaid takes for nothing but text."""
    line = visible(text, newlines=False)
    if len(line) > LABEL:
        line = line[: LABEL - 1] + "…"
    return "".join(_ENTITIES.get(char, char) for char in line).strip() or "(unnamed)"
