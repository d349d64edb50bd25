"""A run as OTLP spans: standard attributes for everybody, our own for the way back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from .. import conventions as c
from ..model import RecordingInfo, Sample, Span, Step, Value, plain_name
from ..reader import Run
from . import own
from .own_in import hex_id
from .spans import KINDS as OTLP_KINDS
from .spans import Attributes, Plain, Source, WireEvent, WireLink, WireSpan

Shape = Literal["tree", "links"]

INTERNAL: Final = 1
FOREIGN: Final[dict[object, int]] = {word: kind for kind, word in OTLP_KINDS.items()}
KINDS: Final = {c.CHAT: 3, c.SEND: 4, c.PUBLISH: 4, c.PROCESS: 5}
MESSAGE_LINK: Final = "message"
STANDARD: Final = {c.CODE: c.TOOL}
_OPERATIONS: Final = frozenset({c.RUN, c.AGENT, c.CHAT, c.TOOL, c.CODE})
_LINKED: Final = frozenset({c.SEND, c.PUBLISH, c.PROCESS})
_INT64: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is sent.

    Args:
        bodies: with messages, prompts, arguments and results; without by default, since a
            backend is shared.
        shape: "tree" draws a delivery under the span that posted its message, "links" under the
            run, as it is recorded.
        split: steps a trace at the most; a longer run is cut into traces that are linked.
    """

    bodies: bool = False
    shape: Shape = "tree"
    split: int | None = None


def source_of(info: RecordingInfo) -> Source:
    """Resource and scope of a recording's spans."""
    resource: Attributes = {
        "service.name": info.program or "agentloupe",
        "telemetry.sdk.name": own.SDK,
        "telemetry.sdk.language": "python",
        own.CREATED: info.created_ns,
        own.VERSIONS: dict(info.versions),
    }
    if info.pid:
        resource |= {"process.pid": info.pid, "process.command_args": list(info.argv)}
    if info.python:
        resource["process.runtime.version"] = info.python
    return Source(resource, own.SDK, c.VERSION)


def spans_out(run: Run, options: Options) -> Iterator[WireSpan]:
    """The spans of a run, its root first; a window of steps in memory at a time."""
    info = run.info
    out = Outgoing(run, options, source_of(run.recording.info))
    out.moment = info.end_ns or run.recording.info.ended_ns or _last_moment(run)
    yield out.span(run.root, None)
    for span in run.loose_spans():
        yield out.span(span, None)
    for step, spans in run.iter_turns():
        out.reach(step.index, step.start_ns)
        yield from out.part_roots()
        for span in spans:
            yield out.span(span, step)
    for sample in run.samples():
        yield out.sample(sample)


def _last_moment(run: Run) -> int:
    """The last that is known of a run which nobody ended."""
    spans = run.spans(max(0, run.info.steps - 1), run.info.steps)
    return max((span.end_ns or span.start_ns for span in spans), default=run.info.start_ns)


@dataclass(slots=True)
class Outgoing:
    """Turns what is recorded of one run into spans for the wire, in whatever order it comes.

    `moment` is what open spans are ended at.
    """

    run: Run
    options: Options
    source: Source
    trace_id: int = field(init=False)
    moment: int = 0
    joins: bool = False  # it is a part of a run of another process, in that one's trace
    parts: dict[int, int] = field(default_factory=dict[int, int])  # part of what others link to
    _reached: int = 0  # the last part that began
    _begun: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # part, start

    def __post_init__(self) -> None:
        self.trace_id = int(self.run.info.trace_id, 16)

    def _part(self, step: int | None) -> int:
        return step // self.options.split if self.options.split and step is not None else 0

    def _part_trace(self, part: int) -> int:
        return self.trace_id if part == 0 else self._derived(f"part {part}", 16)

    def _part_span(self, part: int) -> int:
        return self.run.info.root_span if part == 0 else self._derived(f"root {part}", 8)

    def _derived(self, what: str, size: int) -> int:
        of = f"{self.trace_id:x}"
        if self.joins:  # another process's steps have the same numbers in this trace
            of = f"{of} {self.run.info.root_span:x}"
        digest = hashlib.blake2b(f"{of} {what}".encode(), digest_size=size).digest()
        return int.from_bytes(digest, "big") or 1

    # -- one span ----------------------------------------------------------------------------
    def note(self, span: int, op: str, step: int | None) -> None:
        """A span that others may link to, before those others come."""
        if self.options.split and op in _LINKED:
            self.parts[span] = self._part(step)

    def span(self, span: Span, step: Step | None) -> WireSpan:
        """One span; `step` is the step that it is or belongs to, where that is known."""
        part = self._part(span.step)
        self.note(span.id, span.op, span.step)
        attributes, added = self._attributes(span)
        if step is not None and step.span_id == span.id:
            attributes |= _message(step)
        elif span.op in (c.SEND, c.PUBLISH) and c.MESSAGE_ID in span.attributes:
            attributes |= {own.MESSAGE_KIND: span.op, own.TOPIC: _topic(span)}
        if self.options.split:
            attributes[own.RUN] = self.run.info.trace_id
        parent = self._parent(span, part)
        if parent != span.parent:
            attributes[own.PARENT] = f"{span.parent:016x}"
        if span.end_ns is None:
            attributes[own.OPEN] = True
        if added:
            attributes[own.ADDED] = added
        return WireSpan(
            trace_id=self._part_trace(part),
            id=span.id,
            parent=parent,
            name=f"{c.RUN} {span.name}" if span.parent == 0 else span.name,
            kind=KINDS.get(span.op) or FOREIGN.get(span.attributes.get(c.SPAN_KIND), INTERNAL),
            start_ns=span.start_ns,
            end_ns=max(span.start_ns, self.moment) if span.end_ns is None else span.end_ns,
            attributes=attributes,
            events=[
                WireEvent(event.name, event.time_ns, _plain(event.attributes))
                for event in span.events
            ],
            links=[
                WireLink(
                    self._part_trace(self.parts.get(link.span_id, part)),
                    link.span_id,
                    {c.LINK_KIND: link.kind},
                )
                for link in span.links
            ],
            failed=span.error is not None,
            status=span.error or "",
            source=self.source,
        )

    def _attributes(self, span: Span) -> tuple[Attributes, list[str]]:
        """The attributes, and which of them are there for others only."""
        attributes = _plain(span.attributes)
        standard: Attributes = {}
        if span.op in _OPERATIONS:
            standard[c.OPERATION] = STANDARD.get(span.op, span.op)
        if span.op == c.RUN:
            standard[c.WORKFLOW] = span.name
        if span.agent:
            standard |= {c.AGENT_NAME: plain_name(span.agent), c.AGENT_ID: span.agent}
        if span.error is not None:
            standard[c.ERROR_TYPE] = span.error.partition(":")[0]
        added = [key for key in standard if key not in attributes]
        attributes = {key: standard[key] for key in added} | attributes
        attributes[own.OP] = span.op
        if span.agent:
            attributes[own.AGENT] = span.agent
        if span.parent == 0:
            attributes[own.NAME] = span.name
        if self.options.bodies and span.bodies:
            attributes[own.BODIES] = list(span.bodies)
            attributes |= {key: self.run.text(ref) for key, ref in span.bodies.items()}
        return attributes, added

    def _parent(self, span: Span, part: int) -> int:
        """The parent that is drawn: with "tree" that of a delivery is what posted its message.

        That of a part's root is what set it off in another process.
        """
        parent = span.parent
        if parent == 0 and (told := hex_id(span.attributes.get(c.REMOTE_PARENT))) is not None:
            return told
        if span.op == c.PROCESS and self.options.shape == "tree":
            posted = next((x.span_id for x in span.links if x.kind == MESSAGE_LINK), parent)
            if self.parts.get(posted, part) == part:
                parent = posted
        if parent == self.run.info.root_span:
            return self._part_span(part)
        return parent

    def reach(self, step: int, start_ns: int) -> None:
        """A step is known: its part of the run has begun."""
        while self._reached < self._part(step):
            self._reached += 1
            self._begun.append((self._reached, start_ns))

    def part_roots(self) -> Iterator[WireSpan]:
        """The made-up roots of parts that began, each once."""
        while self._begun:
            yield self._part_root(*self._begun.pop(0))

    def _part_root(self, part: int, start_ns: int) -> WireSpan:
        name = f"{self.run.info.name} (part {part + 1})"
        before = part - 1
        return WireSpan(
            trace_id=self._part_trace(part),
            id=self._part_span(part),
            parent=0,
            name=f"{c.RUN} {name}",
            kind=INTERNAL,
            start_ns=start_ns,
            end_ns=max(start_ns, self.moment),
            attributes={
                c.OPERATION: c.RUN,
                c.WORKFLOW: name,
                own.OP: c.RUN,
                own.PART: part,
                own.RUN: self.run.info.trace_id,
            },
            events=[],
            links=[
                WireLink(
                    self._part_trace(before), self._part_span(before), {c.LINK_KIND: "continues"}
                )
            ],
            failed=False,
            status="",
            source=self.source,
        )

    def sample(self, sample: Sample) -> WireSpan:
        """A memory sample."""
        attributes: Attributes = {own.OP: c.SAMPLE, c.STEP: sample.step}
        attributes[c.SAMPLE_MESSAGES] = sample.messages
        for key, value in _sample_values(sample):
            if value is not None:
                attributes[key] = value
        if sample.agent_blocks:
            attributes[c.AGENT_BLOCKS] = dict(sample.agent_blocks)
            attributes[c.AGENT_HEAP] = dict(sample.agent_heap)
        if sample.agent_deliveries:
            attributes[c.AGENT_DELIVERIES] = dict(sample.agent_deliveries)
        for key, column in own.SAMPLE_COUNTS:
            counts: Mapping[str, int] | None = getattr(sample, column)
            if counts is not None:
                attributes[key] = dict(counts)
        if sample.holders or sample.looked:
            told = [
                (x.what, x.size, x.grew, x.path, x.agent, x.course, x.bound) for x in sample.holders
            ]
            attributes[c.HOLDERS] = json.dumps(told)
        if sample.lines:
            attributes[c.ALLOCATED_AT] = json.dumps(sample.lines)
        if self.options.split:
            attributes[own.RUN] = self.run.info.trace_id
        return WireSpan(
            trace_id=self.trace_id,
            id=self._derived(f"sample {sample.time_ns} {sample.step} {sample.messages}", 8),
            parent=self.run.info.root_span,
            name=c.SAMPLE,
            kind=INTERNAL,
            start_ns=sample.time_ns,
            end_ns=sample.time_ns,
            attributes=attributes,
            events=[],
            links=[],
            failed=False,
            status="",
            source=self.source,
        )


def _sample_values(sample: Sample) -> Iterator[tuple[str, Plain]]:
    fields = {"gc": "gc_enabled"}
    for key, column in own.SAMPLE_FIELDS:
        yield key, getattr(sample, fields.get(column, column))


def _message(step: Step) -> Attributes:
    return {
        own.BOUNDARY: True,
        own.MESSAGE_KIND: step.kind,
        c.SENDER: step.sender,
        c.RECIPIENT: step.recipient,
        c.MESSAGE_TYPE: step.message_type,
        own.TOPIC: step.topic,
        c.MESSAGE_ID: step.message_id,
        own.POSTED: step.posted_ns,
    }


def _topic(span: Span) -> str:
    """The topic of a posted message: its destination, unless that is an agent."""
    if span.op == c.SEND:
        return ""
    return str(span.attributes.get(c.DESTINATION, ""))


def _plain(attributes: Mapping[str, Value]) -> Attributes:
    return {key: _plain_value(value) for key, value in attributes.items()}


def _plain_value(value: Value) -> Plain:
    if isinstance(value, tuple):
        return [_plain_value(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain_value(item) for key, item in value.items()}
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return str(value)
    return value
