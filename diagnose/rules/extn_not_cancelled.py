"""A tool call on an MCP server was called off and went on all the same.

The caller's cancellation token was cancelled before the request ended, and the request went on to
its answer, or has no end. In autogen-ext 0.7 a token that is cancelled while an MCP tool runs
raises `AttributeError: 'coroutine' object has no attribute 'cancel'` in whoever cancels, and the
tool goes on; and a server is not told of it, as the Python client sends no cancellation.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, times


class WentOn(Judge):
    """Sees answers to requests that were called off."""

    ops = frozenset({c.MCP})

    def see(self, span: Span) -> Sign | None:
        called_off = span.attributes.get(c.MCP_CANCELLED) is True
        if not called_off or (span.error or "").startswith("CancelledError"):
            return None
        took = (span.duration_ns or 0) / 1e9
        return Sign(
            f"{span.name} was called off and went on to its end, {took:.1f} s in all",
            weight=took,
            confidence=0.95,
            group=span.name,
            facts={"request": span.name, "took_seconds": round(took, 3)},
        )


def _title(group: Group) -> str:
    return f"{group.sign.facts['request']!r} cannot be cancelled: it went on{times(group.count)}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, WentOn(context), _title)


RULE = Rule(
    code="EXTN003",
    slug="extn.not-cancelled",
    title="an MCP tool call cannot be cancelled",
    severity="warning",
    about=__doc__,
    needs="requests to MCP servers, made for tool calls with a cancellation token",
    doubt="the answer may have been on its way when the token was cancelled",
    advice=(
        "cancel the task that awaits the call and not the token, and give the session a deadline:\n"
        "    async with asyncio.timeout(30):\n"
        "        await workbench.call_tool(name, arguments)"
    ),
    start=_start,
)
