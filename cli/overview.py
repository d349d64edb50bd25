"""The overview of a run: what it was, how it went, who did what, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ..tracer.model import AgentTotals, RunInfo
from ..tracer.reader import Run
from ..tracer.text import visible
from ..tui.units import many, number, size, span, tokens
from .finding import only
from .listing import ending, selector
from .shapes import FindingRow
from .terminal import paint, table

#: Runs up to this many steps are diagnosed for the overview; longer ones take `loupe check`.
JUDGED: Final = 20_000
STOP_REASON: Final = "agentloupe.stop_reason"
SEVERITY_COLORS: Final = {"error": "red", "warning": "yellow", "info": "cyan"}


def stop_reason(run: Run) -> str | None:
    """Why the team stopped, in its own words."""
    reason = run.root.attributes.get(STOP_REASON)
    return reason if isinstance(reason, str) else None


def findings(run: Run, name: str | None = None) -> list[FindingRow] | None:
    """What the rules find, or the one finding that is named; None when the run is too long to
    look by the way.

    Raises:
        NoSuchFinding: the run has none of that name.
    """
    if run.info.steps > JUDGED and name is None:
        return None
    from ..diagnose import check

    report = check(run)
    return [
        FindingRow(
            code=each.code,
            slug=each.slug,
            severity=each.severity,
            title=visible(each.title, newlines=False),
            agents=list(each.agents),
            first_step=each.first_step,
        )
        for each in (only(report, name) if name else report).findings
    ]


def lines(run: Run, found: Sequence[FindingRow] | None) -> Iterator[str]:
    """The overview as text."""
    info, recording = run.info, run.recording.info
    named = selector(recording.path, info.number)
    yield paint(f"{info.name}  ({named})", bold=True)
    running = info.status == "running"
    yield f"program   {' '.join(recording.argv) or recording.program}: " + ending(
        recording, running=running
    )
    yield f"run       {info.trace_id}, {_status(run)}"
    reason = stop_reason(run)
    if reason:
        yield f"stopped   {reason}"
    lasted = "unfinished" if info.end_ns is None else f"in {span(info.end_ns - info.start_ns)}"
    yield f"steps     {number(info.steps)} {lasted}, {many(info.spans, 'span')}"
    yield f"models    {_models(info)}"
    yield f"tools     {many(info.tools, 'call')}"
    if info.errors:
        yield paint(f"errors    {number(info.errors)}", color="red")
    if info.dead_letters:
        dead = many(info.dead_letters, "message")
        yield paint(f"lost      {dead} that nobody took", color="yellow")
    peak = size(info.peak_rss) if info.peak_rss else "unknown"
    yield f"memory    peak {peak}"
    if run.recording.damage:
        yield paint(f"notice    {run.recording.damage}", color="yellow")
    lost = sum(segment.lost for segment in run.recording.segments)
    if lost:
        yield paint(f"notice    {many(lost, 'span')} could not be written", color="yellow")
    if info.agents:
        yield ""
        yield from agents(info.agents)
    yield ""
    yield from _findings(named, found)


def _models(info: RunInfo) -> str:
    spent = info.input_tokens + info.output_tokens
    unknown = info.unknown_tokens if spent else info.chats
    told = tokens(spent, unknown, info.chats)
    return f"{many(info.chats, 'call')}, {told}" if info.chats else told


def _status(run: Run) -> str:
    error = run.info.error
    return f"{run.info.status}: {error}" if error else run.info.status


def agents(found: Sequence[AgentTotals]) -> list[str]:
    """A table of the agents."""
    head = ("AGENT", "RECEIVED", "SENT", "BUSY", "TOKENS", "ERRORS")
    return table(
        head,
        [
            (
                agent.name,
                number(agent.received),
                number(agent.sent),
                span(agent.busy_ns),
                number(agent.input_tokens + agent.output_tokens),
                number(agent.errors),
            )
            for agent in found
        ],
        "RECEIVED SENT BUSY TOKENS ERRORS",
    )


def _findings(named: str, found: Sequence[FindingRow] | None) -> Iterator[str]:
    if found is None:
        yield f"findings  not looked for in so long a run: loupe check '{named}'"
        return
    if not found:
        yield "findings  none"
        return
    yield f"findings  {len(found)}, the evidence with: loupe check '{named}'"
    for each in found:
        where = "" if each.first_step is None else f" from step {each.first_step}"
        text = f"  {each.code} {each.slug}{where}: {each.title}"
        yield paint(text, color=SEVERITY_COLORS.get(each.severity))
