"""Steps as rows and lines, and one step in full."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec

from ..tracer import conventions as c
from ..tracer.model import Span, Step, plain_name
from ..tracer.reader import WINDOW, Run
from ..tracer.text import visible
from ..tui import talking
from ..tui.gist import headline
from ..tui.inner import Inner, spoken
from ..tui.units import span
from .shapes import BodyRow, InnerRow, StepDetail, StepRow, iso, seconds
from .spans import bodies_of, span_row, title, tree
from .terminal import columns, cut, pad, paint

PROGRAM = "(program)"
TOLD = 64  # steps by which it is told which team is the run's own
Window = tuple[int, int]


class Message(msgspec.Struct):
    """As much of a message in the GenAI conventions' shape as is read here."""

    parts: list[dict[str, object]]


_messages = msgspec.json.Decoder(list[Message]).decode


def parse_window(text: str, steps: int) -> Window:
    """`a..b` with both included, `a..`, `..b` or `a`, as a half-open range.

    Raises:
        ValueError: it is something else, or there are no such steps.
    """
    first, dots, last = text.partition("..")
    start = int(first) if first else 0
    stop = (int(last) if last else steps - 1) if dots else start
    if not text or start < 0 or stop < start:
        raise ValueError(f"{text!r} is no range of steps: write 3..7, 3.., ..7 or 3")
    if start >= steps:
        raise ValueError(f"the run has {steps} steps, numbered from 0: there is no step {start}")
    return start, min(stop + 1, steps)


def rows(run: Run, window: Window) -> Iterator[StepRow]:
    """The steps of a window, unpacked a part at a time."""
    first, end = window
    inner = Inner()
    for step in run.steps(0, TOLD):
        inner.of(step)  # whose team the run's own is
    for start in range(first, end, WINDOW):
        stop = min(start + WINDOW, end)
        spans: dict[int | None, list[Span]] = {}
        for each in run.spans(start, stop):
            spans.setdefault(each.step, []).append(each)
        for step in run.steps(start, stop):
            own = spans.get(step.index, [])
            said = "" if step.body is not None else _first_said(run, step, own)
            yield step_row(run, step, said, inner.of(step), within(run, step, own))


def _first_said(run: Run, step: Step, spans: Iterable[Span]) -> str:
    return next((_said(run, each) for each in spans if each.id == step.span_id), "")


def within(run: Run, step: Step, spans: list[Span]) -> list[InnerRow]:
    """What was talked inside of a step that has no steps."""
    return [
        InnerRow(
            depth=each.depth,
            operation=each.span.op,
            what="".join(text for text, _ in talking.heading(each.span)[1:-1]),
            seconds=seconds(each.span.duration_ns),
            text=talking.outcome(each.span, run.text),
        )
        for each in spoken(step, spans)
    ]


def _said(run: Run, each: Span) -> str:
    """What a call came to, for steps that are no deliveries of a message."""
    ref = each.bodies.get(c.OUTPUT_MESSAGES) or each.bodies.get(c.TOOL_RESULT)
    return (headline(_content(run.text(ref))) if ref is not None else "") or each.name


def _content(text: str) -> str:
    """The text of the last message in the conventions' shape; anything else as it is."""
    try:
        messages = _messages(text)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError):
        return text
    for message in reversed(messages):
        said = " ".join(str(part["content"]) for part in message.parts if "content" in part)
        if said:
            return said
    return text


def step_row(
    run: Run,
    step: Step,
    said: str = "",
    inner: str = "",
    within: list[InnerRow] | None = None,
) -> StepRow:
    """One step; `said` stands in where there is no message."""
    return StepRow(
        step=step.index,
        kind=step.kind,
        sender=plain_name(step.sender),
        recipient=plain_name(step.recipient),
        type=step.message_type,
        topic=step.topic,
        message_id=step.message_id,
        start=iso(step.start_ns),
        seconds=seconds(None if step.end_ns is None else step.end_ns - step.start_ns),
        error=step.error,
        text=said if step.body is None else headline(run.text(step.body)),
        reply_type=step.reply_type,
        inner=visible(inner, newlines=False),
        within=within or [],
    )


def route(row: StepRow, *, plain: bool) -> str:
    """Who to whom; what is of an inner conversation is indented."""
    arrow = "->" if plain else "→"
    indent = ("| " if plain else "┊ ") if row.inner else ""
    return f"{indent}{row.sender or PROGRAM} {arrow} {row.recipient or PROGRAM}"


def lines(found: Iterable[StepRow], *, plain: bool) -> Iterator[str]:
    """One line a step. Columns are as wide as a batch of steps needs them."""
    width = None if plain else columns()
    batch: list[StepRow] = []
    for row in found:
        batch.append(row)
        if len(batch) == WINDOW:
            yield from _lines(batch, width, plain=plain)
            batch.clear()
    yield from _lines(batch, width, plain=plain)


def _lines(batch: list[StepRow], width: int | None, *, plain: bool) -> Iterator[str]:
    if not batch:
        return
    number = max(len(str(batch[-1].step)), 4)
    who = max(len(route(row, plain=plain)) for row in batch)
    kind = max(len(row.type) for row in batch)
    for row in batch:
        start = f"{row.step:>{number}}  {pad(route(row, plain=plain), who)}  {pad(row.type, kind)}"
        line = cut(f"{start}  {row.text}".rstrip(), width)
        if row.error is not None:
            mark = "error" if plain else "✗"
            line += "\n" + paint(cut(f"{'':>{number}}  {mark} {row.error}", width), color="red")
        elif row.seconds is None:
            line += paint("  (unfinished)", color="yellow")
        yield line
        for each in row.within:
            lead = f"{'':>{number}}    {'  ' * each.depth}{'|' if plain else '┊'} {each.what}"
            yield paint(cut(f"{lead}: {each.text}" if each.text else lead, width), dim=True)


def detail(run: Run, index: int) -> StepDetail:
    """One step with its spans and all their bodies."""
    step = run.step(index)
    spans = own_spans(run, step)
    inner = Inner()
    for each in run.steps(0, TOLD):
        inner.of(each)
    row = step_row(
        run, step, _first_said(run, step, spans), inner.of(step), within(run, step, spans)
    )
    return StepDetail(
        step=row,
        spans=[span_row(each, bodies=bodies_of(run, each)) for each in spans],
    )


def own_spans(run: Run, step: Step) -> list[Span]:
    """The spans of one step, its own first."""
    spans = run.spans(step.index, step.index + 1)
    return sorted(spans, key=lambda each: (each.id != step.span_id, each.start_ns))


def detail_lines(run: Run, index: int, *, plain: bool) -> Iterator[str]:
    """One step in full, as text."""
    step = run.step(index)
    spans = own_spans(run, step)
    row = step_row(run, step)
    yield paint(f"step {index} of {run.info.steps}: {route(row, plain=plain)}", bold=True)
    yield f"{row.kind} {row.type}".rstrip() + (f" on topic {row.topic}" if row.topic else "")
    waited = span(max(0, step.start_ns - step.posted_ns))
    took = span(None if step.end_ns is None else step.end_ns - step.start_ns)
    since = span(max(0, step.start_ns - run.info.start_ns))
    yield f"handled {since} after the run's start, waited {waited}, took {took}"
    if row.message_id:
        yield f"message id {row.message_id}"
    if row.error:
        yield paint(f"error: {row.error}", color="red")
    yield ""
    yield from tree(spans, plain=plain)
    for each in spans:
        for body in bodies_of(run, each):
            yield ""
            yield paint(f"{title(each)}: {body.name}", bold=True)
            yield from body_lines(body)
        for event in each.events:
            trace = event.attributes.get("exception.stacktrace")
            if isinstance(trace, str):
                yield ""
                yield paint(f"{title(each)}: {event.name}", bold=True)
                yield from (f"  {line}" for line in trace.rstrip().splitlines())


def body_lines(body: BodyRow) -> Iterator[str]:
    """A body, indented; JSON is laid out for reading."""
    text = body.text
    if text[:1] in ("{", "["):
        try:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            text = body.text
    yield from (f"  {line}" for line in visible(text).splitlines() or [""])
    shown = len(body.text.encode("utf-8", "replace"))
    if body.size > shown:
        yield paint(f"  … {body.size - shown} of {body.size} bytes were not kept", dim=True)
