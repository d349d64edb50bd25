"""A run as OTLP spans: standard attributes for everybody, our own for the way back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from .. import conventions as c
from ..model import RecordingInfo, Sample, Span, Step, Value, plain_name
from ..reader import Run
from . import own
from .spans import Attributes, Plain, Source, WireEvent, WireLink, WireSpan

Shape = Literal["tree", "links"]

INTERNAL: Final = 1
KINDS: Final = {c.CHAT: 3, c.SEND: 4, c.PUBLISH: 4, c.PROCESS: 5}
MESSAGE_LINK: Final = "message"
STANDARD: Final = {c.CODE: c.TOOL}
_OPERATIONS: Final = frozenset({c.RUN, c.AGENT, c.CHAT, c.TOOL, c.CODE})
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
    return _Outgoing(run, options).spans()


@dataclass(slots=True)
class _Outgoing:
    run: Run
    options: Options
    source: Source = field(init=False)
    trace_id: int = field(init=False)
    moment: int = field(init=False)
    parts: dict[int, int] = field(default_factory=dict[int, int])  # part of each posting span

    def __post_init__(self) -> None:
        info = self.run.info
        self.source = source_of(self.run.recording.info)
        self.trace_id = int(info.trace_id, 16)
        self.moment = info.end_ns or self.run.recording.info.ended_ns or 0

    def spans(self) -> Iterator[WireSpan]:
        yield self._span(self.run.root, None, 0)
        for span in self.run.loose_spans():
            yield self._span(span, None, 0)
        part = 0
        for step, spans in self.run.iter_turns():
            if self._part(step.index) != part:
                part = self._part(step.index)
                yield self._part_root(part, step.start_ns)
            for span in spans:
                yield self._span(span, step, part)
        for number, sample in enumerate(self.run.samples()):
            yield self._sample(sample, number)

    def _part(self, step: int) -> int:
        return step // self.options.split if self.options.split else 0

    def _part_trace(self, part: int) -> int:
        return self.trace_id if part == 0 else self._derived(f"part {part}", 16)

    def _part_span(self, part: int) -> int:
        return self.run.root.id if part == 0 else self._derived(f"root {part}", 8)

    def _derived(self, what: str, size: int) -> int:
        digest = hashlib.blake2b(f"{self.trace_id:x} {what}".encode(), digest_size=size).digest()
        return int.from_bytes(digest, "big") or 1

    # -- one span ----------------------------------------------------------------------------
    def _span(self, span: Span, step: Step | None, part: int) -> WireSpan:
        attributes, added = self._attributes(span)
        if step is not None and step.span_id == span.id:
            attributes |= _message(step)
        elif span.op in (c.SEND, c.PUBLISH) and c.MESSAGE_ID in span.attributes:
            attributes |= {own.MESSAGE_KIND: span.op, own.TOPIC: _topic(span)}
        if self.options.split:
            attributes[own.RUN] = self.run.info.trace_id
            self.parts[span.id] = part
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
            kind=KINDS.get(span.op, INTERNAL),
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
        """The parent that is drawn: with "tree" that of a delivery is what posted its message."""
        parent = span.parent
        if span.op == c.PROCESS and self.options.shape == "tree":
            posted = next((x.span_id for x in span.links if x.kind == MESSAGE_LINK), parent)
            if self.parts.get(posted, part) == part:
                parent = posted
        if parent == self.run.root.id:
            return self._part_span(part)
        return parent

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

    def _sample(self, sample: Sample, number: int) -> WireSpan:
        attributes: Attributes = {own.OP: c.SAMPLE, c.STEP: sample.step}
        attributes[c.SAMPLE_MESSAGES] = sample.messages
        for key, value in _sample_values(sample):
            if value is not None:
                attributes[key] = value
        if sample.agent_blocks:
            attributes[c.AGENT_BLOCKS] = dict(sample.agent_blocks)
            attributes[c.AGENT_HEAP] = dict(sample.agent_heap)
        if self.options.split:
            attributes[own.RUN] = self.run.info.trace_id
        return WireSpan(
            trace_id=self.trace_id,
            id=self._derived(f"sample {number}", 8),
            parent=self.run.root.id,
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
