"""A run as a Markdown report: what it was, who did what, what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ..tracer.model import RunInfo, plain_name
from ..tracer.reader import Run
from ..tracer.text import visible
from ..tui.units import many, number, size, span
from .overview import JUDGED, stop_reason

if TYPE_CHECKING:
    from ..diagnose import Finding

SHOWN: Final = 50  # steps in the report's table
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|#~&])")


def escaped(text: str) -> str:
    """Text that Markdown takes for nothing but text."""
    return _SPECIAL.sub(r"\\\1", visible(text, newlines=False))


def markdown(run: Run) -> Iterator[str]:
    """The report's lines."""
    info = run.info
    yield f"# {escaped(info.name)}"
    yield ""
    yield from _facts(run)
    if info.agents:
        yield ""
        yield "## Agents"
        yield ""
        yield from _agents(info)
    yield ""
    yield "## Findings"
    yield ""
    if info.steps > JUDGED:
        yield "Not looked for in so long a run; `loupe check` does."
    else:
        from ..diagnose import check

        yield from _findings(check(run).findings)
    if info.steps:
        yield ""
        yield "## Steps"
        yield ""
        yield from _steps(run)


def _facts(run: Run) -> Iterator[str]:
    info, recording = run.info, run.recording.info
    status = f"{info.status}: {info.error}" if info.error else info.status
    rows = [
        ("Program", " ".join(recording.argv) or recording.program),
        ("Run", info.trace_id),
        ("Status", status),
        ("Stopped", stop_reason(run) or ""),
        ("Steps", number(info.steps)),
        ("Time", span(None if info.end_ns is None else info.end_ns - info.start_ns)),
        ("Model calls", _calls(info)),
        ("Tool calls", number(info.tools)),
        ("Errors", number(info.errors)),
        ("Messages nobody took", number(info.dead_letters)),
        ("Peak memory", size(info.peak_rss) if info.peak_rss else "unknown"),
    ]
    yield "| | |"
    yield "| --- | --- |"
    for name, value in rows:
        if value:
            yield f"| {name} | {escaped(value)} |"


def _calls(info: RunInfo) -> str:
    spent = f"{number(info.input_tokens)} tokens in, {number(info.output_tokens)} out"
    unknown = f", unknown for {many(info.unknown_tokens, 'call')}" if info.unknown_tokens else ""
    return f"{number(info.chats)}: {spent}{unknown}" if info.chats else "0"


def _agents(info: RunInfo) -> Iterator[str]:
    yield "| agent | received | sent | busy | tokens | errors |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for each in info.agents:
        spent = number(each.input_tokens + each.output_tokens)
        yield (
            f"| {escaped(each.name)} | {number(each.received)} | {number(each.sent)} "
            f"| {span(each.busy_ns)} | {spent} | {number(each.errors)} |"
        )


def _findings(found: Sequence[Finding]) -> Iterator[str]:
    if not found:
        yield "None."
    for each in found:
        where = "" if each.first_step is None else f", from step {each.first_step}"
        yield f"- **{each.code}** {escaped(each.title)} ({each.severity}, {each.certainty}{where})"
        if each.advice:
            yield f"  {escaped(each.advice)}"


def _steps(run: Run) -> Iterator[str]:
    yield "| step | from | to | message | error |"
    yield "| ---: | --- | --- | --- | --- |"
    for step in run.steps(0, SHOWN):
        sender = plain_name(step.sender)
        recipient = plain_name(step.recipient)
        cells = (escaped(text) for text in (sender, recipient, step.message_type, step.error or ""))
        yield f"| {step.index} | {' | '.join(cells)} |"
    if run.info.steps > SHOWN:
        yield ""
        yield f"{number(run.info.steps - SHOWN)} more steps are in the recording."
