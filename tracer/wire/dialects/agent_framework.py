"""Microsoft Agent Framework: the conventions' names, and workflows in names of its own.

In a workflow an executor is an agent: `executor.process` is the delivery of a message, linked to
the `message.send` span in the executor that posted it. What a message holds is not told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ... import conventions as c
from .. import own, own_in
from ..dialect import Dialect, Joiner
from ..draft import Draft
from ..merge import Merge
from ..spans import Attributes, WireSpan

RUN: Final = "workflow.run"
BUILD: Final = "workflow.build"
DELIVERY: Final = "executor.process"
POST: Final = "message.send"
EDGES: Final = "edge_group.process"
WORKFLOW_ID: Final = "workflow.id"
_PLUMBING: Final = {BUILD: "build_workflow", EDGES: "process_edges"}
_MISMATCH: Final = "mismatch"  # of type or target: nobody takes it; a condition may well be false

Spans = dict[tuple[int, int], WireSpan]


class AgentFramework(Dialect):
    """Spans of the scope `agent_framework`."""

    name = "agent-framework"
    rank = 30
    signs = ()
    scopes = ("agent_framework",)

    def speaks(self, span: WireSpan) -> bool:
        return span.source.scope.startswith("agent_framework")

    def joiner(self, merge: Merge) -> Joiner:
        return _Joined(merge)

    def arrange(self, spans: Sequence[WireSpan], everything: Sequence[WireSpan]) -> None:
        """Messages in our own form."""
        known = {(span.trace_id, span.id): span for span in spans}
        taken: dict[tuple[int, int], int] = {}
        for span in spans:
            if _word(span) == DELIVERY:
                _delivery(span, known, taken)
        for span in spans:
            if _word(span) == POST:
                _posted(span, known, taken.get((span.trace_id, span.id), 0))
        for span in spans:
            if _word(span) == EDGES:
                _undelivered(span, known, taken)

    def translate(self, span: WireSpan) -> None:
        attributes = span.attributes
        word = _word(span)
        if word == RUN:
            attributes.setdefault(c.OPERATION, c.RUN)
            named = attributes.get("workflow.name") or attributes.get(WORKFLOW_ID)
            attributes.setdefault(c.WORKFLOW, str(named or "workflow"))
        elif word in _PLUMBING:
            attributes.setdefault(c.OPERATION, _PLUMBING[word])

    def draft(self, span: WireSpan, order: int) -> Draft | None:
        if own.OP not in span.attributes:
            return super().draft(span, order)
        made = own_in.draft(span, order)
        made.name = ""
        made.scope = span.source.scope
        return made


def _word(span: WireSpan) -> str:
    return span.name.split(" ", 1)[0]


def _executor(span: WireSpan, known: Spans) -> str:
    """Whose delivery a span is in."""
    at: WireSpan | None = span
    for _ in range(100):
        at = known.get((at.trace_id, at.parent))
        if at is None:
            return ""
        if _word(at) == DELIVERY:
            return str(at.attributes.get("executor.id") or "")
    return ""


def _post_of(span: WireSpan, known: Spans) -> WireSpan | None:
    posts = (known.get((link.trace_id, link.span_id)) for link in span.links)
    return next((post for post in posts if post is not None and _word(post) == POST), None)


def _delivery(span: WireSpan, known: Spans, taken: dict[tuple[int, int], int]) -> None:
    post = _post_of(span, known)
    executor = str(span.attributes.get("executor.id") or "executor")
    kind = span.attributes.get("message.payload_type") or span.attributes.get("message.type")
    marks: Attributes = {
        own.OP: c.PROCESS,
        own.AGENT: executor,
        own.MESSAGE_KIND: c.SEND,
        c.SENDER: "",
        c.RECIPIENT: executor,
        c.MESSAGE_TYPE: str(kind or ""),
        own.TOPIC: "",
        c.MESSAGE_ID: "",
        own.POSTED: span.start_ns,
    }
    if post is not None:
        key = post.trace_id, post.id
        taken[key] = taken.get(key, 0) + 1
        marks |= {
            c.SENDER: _executor(post, known),
            c.MESSAGE_TYPE: str(post.attributes.get("message.type") or kind or ""),
            c.MESSAGE_ID: f"{post.id:016x}",
            own.POSTED: post.start_ns,
        }
        for link in span.links:
            if link.span_id == post.id:
                link.attributes[c.LINK_KIND] = "message"
    span.attributes |= marks


def _posted(span: WireSpan, known: Spans, handlers: int) -> None:
    sender = _executor(span, known)
    span.attributes |= {
        own.OP: c.SEND,
        own.AGENT: sender,
        own.MESSAGE_KIND: c.SEND,
        c.SENDER: sender,
        c.RECIPIENT: str(span.attributes.get("message.destination_executor_id") or ""),
        c.MESSAGE_TYPE: str(span.attributes.get("message.type") or ""),
        own.TOPIC: "",
        c.MESSAGE_ID: f"{span.id:016x}",
        own.POSTED: span.start_ns,
    }
    if handlers > 1:
        span.attributes[c.FAN_OUT] = handlers


def _undelivered(span: WireSpan, known: Spans, taken: Mapping[tuple[int, int], int]) -> None:
    post = _post_of(span, known)
    status = str(span.attributes.get("edge_group.delivery_status") or "")
    if post is not None and _MISMATCH in status and (post.trace_id, post.id) not in taken:
        post.attributes[c.DEAD_LETTER] = status[:200]


class _Joined(Joiner):
    """A workflow is built in the run that it is built for, the first one."""

    def __init__(self, merge: Merge) -> None:
        super().__init__(merge)
        self._runs: dict[str, tuple[int, int]] = {}  # by workflow: start, trace
        self._builds: list[tuple[str, int]] = []

    def see(self, span: WireSpan) -> None:
        workflow = str(span.attributes.get(WORKFLOW_ID))
        if _word(span) == RUN:
            run = span.start_ns, span.trace_id
            self._runs[workflow] = min(run, self._runs.get(workflow, run))
        elif _word(span) == BUILD and span.parent == 0:
            self._builds.append((workflow, span.trace_id))

    def finish(self) -> None:
        for workflow, trace_id in self._builds:
            if workflow in self._runs:
                start_ns, run = self._runs[workflow]
                self.merge.add(run, start_ns)
                self.merge.join(run, trace_id)


DIALECT: Final = AgentFramework()
