"""Microsoft Agent Framework: the conventions' names, and workflows in names of its own."""

from __future__ import annotations

from typing import Final

from ... import conventions as c
from ..dialect import Dialect
from ..spans import WireSpan

RUN: Final = "workflow.run"
_PLUMBING: Final = {
    "workflow.build": "build_workflow",
    "executor.process": "process_executor",
    "edge_group.process": "process_edges",
    "message.send": "send_message",
}


class AgentFramework(Dialect):
    """Spans of the scope `agent_framework`."""

    name = "agent-framework"
    rank = 30

    def speaks(self, span: WireSpan) -> bool:
        return span.source.scope.startswith("agent_framework")

    def translate(self, span: WireSpan) -> None:
        attributes = span.attributes
        word = span.name.split(" ", 1)[0]
        if word == RUN:
            attributes.setdefault(c.OPERATION, c.RUN)
            named = attributes.get("workflow.name") or attributes.get("workflow.id")
            attributes.setdefault(c.WORKFLOW, str(named or "workflow"))
        elif word in _PLUMBING:
            attributes.setdefault(c.OPERATION, _PLUMBING[word])


DIALECT: Final = AgentFramework()
