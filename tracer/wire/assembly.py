"""Runs of drafts: which span is the root, what is a step, who did what.

A run is a trace. Its steps are the deliveries; where a trace has none, each agent's turn, else each
model call, else each tool call outside of any of these, by start and then by place in the file.
Nothing of a foreign tree is taken for granted: parents may be missing, late, or form a ring.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .. import conventions as c
from ..clocks import CLOCKS
from ..names import plain_name
from .calls import tell_tools
from .clocking import correct
from .draft import RUN_ERROR, SERVICE, Draft
from .folding import fold
from .parts import join, parts_of

#: Operations inside of which a span may not be a step.
_HOLDING: Final = frozenset({c.PROCESS, c.AGENT, c.CHAT, c.TOOL})
#: Operations that cannot be the run itself: they are steps, or belong to one.
_INNER: Final = frozenset(
    {c.AGENT, c.CHAT, c.TOOL, c.CODE, c.SEND, c.PUBLISH, c.PROCESS, c.HUMAN, c.SAMPLE}
)


@dataclass(slots=True)
class DraftRun:
    """One run: its root, and all other spans in the order in which they are written."""

    trace_id: int
    root: Draft
    spans: list[Draft]
    steps: int = 0
    told: bool = False  # a recording of ours says itself what its steps are
    samples: list[Draft] = field(default_factory=list[Draft])
    by_id: dict[int, Draft] = field(default_factory=dict[int, Draft])


def runs_of(drafts: Iterable[Draft]) -> list[DraftRun]:
    """The runs of a file's spans, by start."""
    traces: dict[int, dict[int, Draft]] = {}
    for draft in drafts:
        trace = traces.setdefault(draft.trace_id, {})
        known = trace.get(draft.id)
        if known is None or draft.end_ns is not None or known.end_ns is None:
            trace[draft.id] = draft  # sent twice, or first without its end
    runs = [_run(trace_id, traces.pop(trace_id)) for trace_id in [*traces]]
    return sorted(runs, key=lambda run: (run.root.start_ns, run.root.order))


def _run(trace_id: int, trace: dict[int, Draft]) -> DraftRun:
    samples = [span for span in trace.values() if span.reading is not None]
    if 0 < len(samples) < len(trace):
        for sample in samples:
            del trace[sample.id]
    break_rings(trace)
    trace = fold(trace)
    parts = parts_of(trace)
    clocks = correct(trace, parts)
    if parts:
        join(trace, parts)
        break_rings(trace)
    tops = [span for span in trace.values() if span.parent not in trace]
    root = _root(trace_id, tops, trace)
    for span in tops:
        span.parent = root.id
    root.parent = 0
    if root.op == c.RUN:
        root.name = _workflow([root]) or root.name.removeprefix(f"{c.RUN} ")
    spans = [span for span in trace.values() if span is not root]
    run = DraftRun(trace_id, root, spans, by_id=trace, samples=samples)
    run.by_id[root.id] = root
    ordered = _by_depth(run)
    _steps(run, ordered)
    _agents(run, ordered)
    if not run.told:
        tell_tools(run.spans)
    _services(run)
    if clocks:
        root.attributes[CLOCKS] = clocks
    _sort(run.spans)
    run.spans.sort(key=lambda span: -1 if span.step is None else span.step)
    return run


def _sort(spans: list[Draft]) -> None:
    """By start and place: one after the other, as a key of both is an object a span."""
    spans.sort(key=lambda span: span.order)
    spans.sort(key=lambda span: span.start_ns)


def _place(span: Draft) -> tuple[int, int]:
    return span.start_ns, span.order


def break_rings(trace: dict[int, Draft]) -> None:
    """Cut parents that lead back to the span itself."""
    safe: set[int] = set()
    for span in trace.values():
        if span.parent in safe and span.id not in safe:
            safe.add(span.id)
            continue
        path: set[int] = set()
        at: Draft | None = span
        while at is not None and at.id not in safe:
            if at.id in path:
                at.parent = 0
                break
            path.add(at.id)
            at = trace.get(at.parent)
        safe |= path


# -- the root --------------------------------------------------------------------------------------
def _root(trace_id: int, tops: list[Draft], trace: dict[int, Draft]) -> Draft:
    """The span that stands for the run, or one made up around what has no common parent."""
    own = [span for span in tops if span.parent == 0]
    candidates = [span for span in own if span.op == c.RUN] or own
    if len(candidates) == 1 and candidates[0].op not in _INNER:
        return candidates[0]
    spans = trace.values()
    ends = [span.end_ns for span in spans]
    first = min(spans, key=_place)
    digest = hashlib.blake2b(trace_id.to_bytes(16, "big"), digest_size=8).digest()
    number = int.from_bytes(digest, "big") or 1
    while number in trace:
        number = number % ((1 << 64) - 1) + 1
    return Draft(
        trace_id=trace_id,
        id=number,
        parent=0,
        op=c.RUN,
        name=_name(tops, first),
        agent="",
        start_ns=first.start_ns,
        end_ns=None if None in ends else max(end for end in ends if end is not None),
        order=first.order,
        service=first.service,
        error=_error(tops),
    )


def _error(tops: list[Draft]) -> str | None:
    """What ended the run, where a span inside it says so."""
    told = (span.attributes.pop(RUN_ERROR, None) for span in tops)
    return next((error for error in told if isinstance(error, str)), None)


def _name(tops: list[Draft], first: Draft) -> str:
    workflow = _workflow(tops)
    service = first.service
    if workflow:
        return workflow
    if service and not service.startswith("unknown_service"):
        return service
    return tops[0].agent or tops[0].name if len(tops) == 1 else first.agent or first.name


def _workflow(spans: list[Draft]) -> str:
    names = (span.attributes.get(c.WORKFLOW) for span in spans)
    return next((name for name in names if isinstance(name, str) and name), "")


# -- steps -----------------------------------------------------------------------------------------
def _steps(run: DraftRun, ordered: list[Draft]) -> None:
    """Number the steps and give every other span the step it is in."""
    told = [span for span in run.spans if span.boundary]
    run.told = bool(told)
    if told:
        _renumber(run, told)
    else:
        _choose_steps(run, ordered)
    run.root.step = None
    for span in ordered:
        if not span.boundary and span.step is None:
            span.step = run.by_id[span.parent].step
    steps = [span.step for span in run.spans if span.boundary and span.step is not None]
    run.steps = 1 + max(steps, default=-1)


def _renumber(run: DraftRun, told: list[Draft]) -> None:
    """Close the gaps in numbers of steps, of which some did not arrive."""
    told.sort(key=lambda span: (span.step or 0, *_place(span)))
    if all(span.step == number for number, span in enumerate(told)):
        return
    known: dict[int | None, int] = {}
    for number, span in enumerate(told):
        known.setdefault(span.step, number)
    for span in run.spans:
        if not span.boundary:
            span.step = known.get(span.step)
    for number, span in enumerate(told):
        span.step = number


def _choose_steps(run: DraftRun, ordered: list[Draft]) -> None:
    deliveries = any(span.op == c.PROCESS for span in ordered)
    around: dict[int, frozenset[str]] = {run.root.id: frozenset()}
    known: dict[tuple[frozenset[str], str], frozenset[str]] = {}  # few, for any number of spans
    steps: list[Draft] = []
    for span in ordered:
        outer = around[span.parent]
        if _is_step(span.op, outer, deliveries=deliveries):
            steps.append(span)
        if span.op in _HOLDING:
            inner = known.get((outer, span.op))
            if inner is None:
                inner = known[outer, span.op] = outer | {span.op}
            outer = inner
        around[span.id] = outer
    _sort(steps)
    for number, span in enumerate(steps):
        span.step = number
        span.boundary = True
        if span.message is None:
            span.message = ("call", "", span.agent, span.op, "", "", span.start_ns)


def _is_step(op: str, outer: frozenset[str], *, deliveries: bool) -> bool:
    """Whether a span of this operation, inside spans of the operations `outer`, is a step."""
    if op == c.PROCESS:
        return True
    if deliveries and not outer.isdisjoint((c.PROCESS, c.AGENT, c.CHAT, c.TOOL)):
        return False
    match op:
        case c.AGENT:
            return True
        case c.CHAT:
            return outer.isdisjoint((c.AGENT, c.CHAT))
        case c.TOOL:
            return outer.isdisjoint((c.AGENT, c.CHAT, c.TOOL))
        case _:
            return False


def _by_depth(run: DraftRun) -> list[Draft]:
    """All spans but the root, parents before their children."""
    children: dict[int, list[Draft]] = {}
    for span in run.spans:
        children.setdefault(span.parent, []).append(span)
    ordered: list[Draft] = []
    level = children.get(run.root.id, [])
    while level:
        ordered += level
        level = [child for span in level for child in children.get(span.id, ())]
    return ordered


# -- agents and services ---------------------------------------------------------------------------
def _agents(run: DraftRun, ordered: list[Draft]) -> None:
    """A span without an agent belongs to that of the span around it."""
    for span in ordered:
        around = run.by_id[span.parent].agent
        if span.op != c.RUN and (not span.agent or span.agent == plain_name(around)):
            span.agent = around
        message = span.message
        if message is not None and message[0] == "call" and not message[2] and not run.told:
            span.message = ("call", "", span.agent, *message[3:7])


def _services(run: DraftRun) -> None:
    """Spans of another service than the root's say which."""
    home = run.root.service
    for span in run.spans:
        if span.service != home:
            span.attributes.setdefault(SERVICE, span.service)
