"""A report for people, each finding in the shape of a compiler's message.

error[LOOP001]: 'writer' and 'critic' repeat the same messages in turn, 14 times over
  --> run.loupe@61  (certain, loop.repetition)
   |
61 | writer: Here is the draft.                          first
62 | critic: Please shorten it.                          first
65 | writer: Here is the «new» draft.                    again
   |
   = cost: 44 steps, 118,000 tokens, 130.2 s
   = note: would have fired at step 75 of 105; ...
   = note: this may be wrong: ...
   = help: end the talk on the repeated state ...
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..tracer.text import visible
from .catalogue import rule
from .finding import Cost, Finding, Quote
from .report import Report, RunReport

_COLORS: Final = {"error": "31;1", "warning": "33;1", "info": "36;1"}
_WIDTH: Final = 92  # of a quoted line


def text(report: Report, *, color: bool = False, verbose: bool = False) -> str:
    """The report on a terminal. `verbose` lists what was checked and found fine."""
    blocks = ["\n".join(_run(run, color=color, verbose=verbose)) for run in report.runs]
    blocks.append(_summary(report))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _summary(report: Report) -> str:
    count = len(report.findings)
    runs = sum(bool(run.checked) for run in report.runs)
    unread = len(report.runs) - runs
    if not runs:
        return "nothing was judged"
    found = f"{count} finding{'s' * (count != 1)}" if count else "nothing found"
    rest = f", {unread} could not be judged" if unread else ""
    return f"{found} in {runs} run{'s' * (runs != 1)}{rest}"


def _run(run: RunReport, *, color: bool, verbose: bool) -> Iterator[str]:
    for finding in run.findings:
        yield from _finding(finding, run, color=color)
        yield ""
    where = visible(run.place, newlines=False)
    silent = len(run.not_applicable)
    yield (
        f"{where}: {run.verdict}, {len(run.checked)} rules checked"
        + (f", {silent} could not judge" if silent else "")
    )
    fine = _fine(run)
    if verbose:
        yield f"   = checked: {', '.join(run.checked)}"
    elif run.findings and fine:
        yield f"   = found fine: {fine}"
    if verbose or run.verdict in ("inconclusive", "error"):
        for entry in run.not_applicable:
            yield f"   = {entry.code} needs {visible(entry.needs, newlines=False)}"


def _fine(run: RunReport) -> str:
    """Families of rules of which all that could judge found nothing."""
    found = {finding.slug.partition(".")[0] for finding in run.findings}
    checked = (known.family for code in run.checked if (known := rule(code)) is not None)
    return ", ".join(dict.fromkeys(family for family in sorted(checked) if family not in found))


def _finding(finding: Finding, run: RunReport, *, color: bool) -> Iterator[str]:
    head = f"{finding.severity}[{finding.code}]"
    if color:
        head = f"\x1b[{_COLORS[finding.severity]}m{head}\x1b[0m"
    yield f"{head}: {visible(finding.title, newlines=False)}"
    at = "" if finding.first_step is None else f"@{finding.first_step}"
    place = f"{visible(run.place, newlines=False)}{at}"
    yield f"  --> {place}  ({finding.certainty}, {finding.slug})"
    steps = [str(quote.step) for quote in finding.evidence.quotes if quote.step is not None]
    margin = max((len(step) for step in steps), default=1) + 1
    gutter = " " * margin + " |"
    if finding.evidence.quotes:
        yield gutter
        yield from (_quote(quote, margin) for quote in finding.evidence.quotes)
        yield gutter
    for word, said in _notes(finding):
        first, *more = visible(said).splitlines() or [""]
        yield f"{' ' * margin} = {word}: {first}"
        yield from (f"{' ' * margin}   {line}" for line in more)


def _quote(quote: Quote, margin: int) -> str:
    step = "" if quote.step is None else str(quote.step)
    who = f"{quote.agent}: " if quote.agent else ""
    said = visible(f"{who}{quote.text}", newlines=False)
    if len(said) > _WIDTH - len(quote.label):
        said = said[: _WIDTH - len(quote.label) - 1] + "…"
    return f"{step:>{margin}} | {said:<{max(1, _WIDTH - len(quote.label))}} {quote.label}".rstrip()


def _notes(finding: Finding) -> Iterator[tuple[str, str]]:
    evidence = finding.evidence
    if evidence.last_healthy_step is not None:
        yield "note", f"the last healthy step is {evidence.last_healthy_step}"
    if cost := costs(finding.cost):
        yield "cost", cost
    if evidence.counterfactual:
        yield "note", evidence.counterfactual
    if evidence.doubt:
        yield "note", f"this may be wrong: {evidence.doubt}"
    if finding.advice:
        yield "help", finding.advice
    yield "note", f"`loupe explain {finding.code}` says how this is decided"


def costs(cost: Cost) -> str:
    """A cost in words, "" when there is none.

    >>> costs(Cost(steps=3, tokens=1200))
    '3 steps, 1,200 tokens'
    """
    parts = [
        f"{cost.steps:,} step{'s' * (cost.steps != 1)}" if cost.steps else "",
        f"{cost.tokens:,} tokens" if cost.tokens else "",
        f"{cost.seconds:,.1f} s" if cost.seconds >= 0.05 else "",
        f"{cost.bytes:,} bytes" if cost.bytes else "",
    ]
    return ", ".join(part for part in parts if part)
