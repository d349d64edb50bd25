"""Chosen steps as a file to attach to a report: JSON lines, a sequence diagram, or Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..tracer.text import visible
from ..tracer.wire.sequence import label
from .copying import as_show, fresh, run_name
from .findings import Mark
from .gist import parsed
from .session import Session
from .told import price, reach
from .units import many, number, size, span, tokens

MOST = 100_000  # steps of one export
QUOTED = 40  # steps that a report quotes in full
_LONG = 2_000  # characters of one message in a report

Steps = Sequence[int]


def jsonl(session: Session, steps: Steps) -> Iterator[str]:
    """One JSON object a step."""
    cast = session.cast
    for index in steps:
        step = session.step(index)
        yield json.dumps(
            {
                "step": step.index,
                "kind": step.kind,
                "sender": cast.name(step.sender) if step.sender else "",
                "recipient": cast.name(step.recipient),
                "type": step.message_type,
                "elapsed": round(session.elapsed_ns(step) / 1e9, 6),
                "seconds": None if step.end_ns is None else (step.end_ns - step.start_ns) / 1e9,
                "error": step.error,
                "body": None if step.body is None else parsed(session.text(step.body)),
                "reply": None if step.reply is None else parsed(session.text(step.reply)),
            }
        )


def mermaid(session: Session, steps: Steps) -> Iterator[str]:
    """A sequence diagram."""
    cast = session.cast
    known: dict[str, str] = {}
    lines: list[str] = []
    for index in steps:
        step = session.step(index)
        sender, recipient = (
            known.setdefault(identity, f"p{len(known)}")
            for identity in (step.sender, step.recipient)
        )
        arrow = "-x" if step.error else "-)" if step.kind == "publish" else "->>"
        said = session.headline(step.body) or step.message_type
        lines.append(f"    {sender}{arrow}{recipient}: {label(f'{index}: {said}')}")
    yield "sequenceDiagram"
    for identity, alias in known.items():
        yield f"    participant {alias} as {label(cast.name(identity))}"
    yield from lines


def markdown(session: Session, steps: Steps) -> Iterator[str]:
    """A report to attach to an issue: what ran, what is wrong, the steps, how to look again."""
    info, program = session.info, session.source.recording.info
    yield f"# {_plain(info.name)}: steps {steps[0]} to {steps[-1]}"
    yield ""
    ended = f"{info.status}: {info.error}" if info.error else info.status
    took = "unfinished" if info.end_ns is None else span(info.end_ns - info.start_ns)
    spent = tokens(info.input_tokens + info.output_tokens, info.unknown_tokens, info.chats)
    size_of_it = f"{many(info.steps, 'step')} in {took}, {spent}"
    yield f"- run: `{info.trace_id}`, {_plain(ended)}, {size_of_it}"
    if info.peak_rss:
        yield f"- peak memory: {size(info.peak_rss)}"
    versions = ", ".join(f"{name} {version}" for name, version in sorted(program.versions.items()))
    yield f"- Python {program.python}{f', {versions}' if versions else ''}"
    marks = session.findings.covering(steps[0], steps[-1] + 1)
    yield from _findings(marks)
    yield from _quoted(session, steps)
    yield ""
    yield f"Look at it: `loupe view {run_name(session)}@{steps[0]}`; the same as text: "
    yield f"`{as_show(session, f'--steps {steps[0]}..{steps[-1]}', at_cursor=False)}`"


def _findings(marks: Sequence[Mark]) -> Iterator[str]:
    if marks:
        yield ""
        yield "## Findings"
    for mark in marks:
        found = mark.finding
        yield ""
        yield f"**{found.code} {_plain(found.title)}** ({found.certainty}, {reach(mark)})"
        yield f"{price(mark)}"
        if found.advice:
            yield from ("", *_fenced(found.advice))


def _quoted(session: Session, steps: Steps) -> Iterator[str]:
    cast = session.cast
    yield ""
    yield "## Steps"
    for index in steps[:QUOTED]:
        step = session.step(index)
        yield ""
        kind = _plain(session.kind(step).rpartition(".")[2])
        who = f"{_plain(cast.name(step.sender))} → {_plain(cast.name(step.recipient))}"
        yield f"### {index}: {who}, {kind}"
        if step.error:
            yield from ("", f"failed: {_plain(step.error)}")
        if step.body is not None:
            yield from ("", *_fenced(session.text(step.body)))
    if len(steps) > QUOTED:
        yield ""
        yield f"… and {number(len(steps) - QUOTED)} more steps."


def _fenced(text: str) -> list[str]:
    """A block of text as it is, cut, whatever fences it may hold itself."""
    shown = visible(text[:_LONG]) + ("\n…" if len(text) > _LONG else "")
    fence = "```"
    while fence in shown:
        fence += "`"
    return [fence, *shown.splitlines(), fence]


def _plain(text: str) -> str:
    return "".join(
        f"\\{char}" if char in "\\`*_[]<>#|" else char for char in visible(text, newlines=False)
    )


FORMATS: Mapping[str, tuple[str, Callable[[Session, Steps], Iterator[str]]]] = {
    "jsonl": (".jsonl", jsonl),
    "mermaid": (".mmd", mermaid),
    "markdown": (".md", markdown),
}


def write(session: Session, steps: Steps, form: str) -> Path:
    """Write steps to a new file in the current folder; its path.

    Raises:
        OSError: it cannot be written.
    """
    suffix, make = FORMATS[form]
    path = fresh(
        f"{Path(session.title).stem or 'run'}-{steps[0]}-{steps[-1]}".replace("#", "-"), suffix
    )
    path.write_text(
        "\n".join(make(session, steps)) + "\n", encoding="utf-8", errors="backslashreplace"
    )
    return path
