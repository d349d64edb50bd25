"""One act told by two instrumentations: a client's span around the same call's span of another.

A model call inside a model call, a tool's span inside the same tool's, a turn inside the same
agent's turn: told by different instrumentation scopes they are one act, and count once. The outer
one stays and takes over what only the inner one says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .. import conventions as c
from ..names import plain_name
from .draft import Draft

FOLDED: Final = "agentloupe.folded"  # scopes whose account of the same act was taken in


def fold(trace: dict[int, Draft]) -> dict[int, Draft]:
    """`trace` without the spans that tell of their parent's act; their children move up."""
    children: dict[int, list[Draft]] = {}
    for span in trace.values():
        children.setdefault(span.parent, []).append(span)
    gone: dict[int, int] = {}
    for span in trace.values():
        outer = _outer(trace, span)
        if outer is not None and _same(span, outer, children):
            _take_over(outer, span)
            gone[span.id] = outer.id
    for span in trace.values():
        while span.parent in gone:
            span.parent = gone[span.parent]
    return {key: span for key, span in trace.items() if key not in gone} if gone else trace


def _outer(trace: Mapping[int, Draft], span: Draft) -> Draft | None:
    """The nearest span around of the same operation, with nothing but plain spans between."""
    if span.op not in (c.AGENT, c.CHAT, c.TOOL):
        return None
    at = trace.get(span.parent)
    for _ in range(4):
        if at is None or at.op == span.op:
            return at if at is not span else None
        if at.op in (c.AGENT, c.CHAT, c.TOOL, c.PROCESS, c.RUN, c.SEND, c.PUBLISH):
            return None
        at = trace.get(at.parent)
    return None


def _same(inner: Draft, outer: Draft, children: Mapping[int, list[Draft]]) -> bool:
    if inner.scope == outer.scope or inner.trace_id != outer.trace_id:
        return False
    if inner.op == c.AGENT:
        return plain_name(inner.agent) == plain_name(outer.agent) != ""
    if inner.op == c.TOOL:
        return inner.attributes.get(c.TOOL_NAME) == outer.attributes.get(c.TOOL_NAME)
    attempts = [each for each in children.get(outer.id, ()) if each.op == c.CHAT]
    return len(attempts) == 1


def _take_over(outer: Draft, inner: Draft) -> None:
    scopes = outer.attributes.get(FOLDED, ())
    known = scopes if isinstance(scopes, tuple) else ()
    for key, value in inner.attributes.items():
        outer.attributes.setdefault(key, value)
    for key, body in inner.bodies.items():
        outer.bodies.setdefault(key, body)
    outer.attributes[FOLDED] = (*known, inner.scope)
    outer.agent = outer.agent or inner.agent
    outer.error = outer.error or inner.error
    outer.links.extend(inner.links)
    if not outer.events:
        outer.events.extend(inner.events)
