"""An MCP server did not answer a request.

The session gave up when its read timeout was over, or nobody gave up and the request is still open
at the end, or whoever had asked was cancelled while it waited. A `list_tools` that never answers
keeps an AutoGen agent from its first model call; with the default for HTTP servers, five minutes.
"""

from __future__ import annotations

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, number, times

PATIENCE = 1.0  # seconds after which being called off means it took too long


class Hung(Judge):
    """Sees timeouts, and requests without an end."""

    ops = frozenset({c.MCP})

    def see(self, span: Span) -> Sign | None:
        deadline = number(span, c.DEADLINE)
        given = f", its deadline is {deadline:g} s" if deadline else ", it has no deadline"
        waited = (span.duration_ns or 0) / 1e9
        error = span.error or ""
        if span.end_ns is None:
            how, confidence = "never answered", 0.95
        elif "Timed out while waiting" in error or error.startswith("TimeoutError"):
            how, confidence = f"did not answer within {waited:.1f} s", 0.97
        elif error.startswith("CancelledError") and waited >= PATIENCE:
            how, confidence = f"had not answered after {waited:.1f} s, when it was called off", 0.7
        else:
            return None
        server = str(span.attributes.get(c.MCP_SERVER, ""))
        return Sign(
            f"{span.name}: the server {server!r} {how}{given}",
            weight=waited,
            confidence=confidence,
            group=f"{server} {span.name}",
            facts={
                "method": str(span.attributes.get(c.MCP_METHOD, "")),
                "request": span.name,
                "server": server,
                "waited_seconds": round(waited, 3),
                "deadline_seconds": deadline,
            },
        )


def _title(group: Group) -> str:
    facts = group.sign.facts
    server = f"MCP server {facts['server']!r}" if facts["server"] else "an MCP server"
    return f"{server} did not answer {facts['request']!r}{times(group.count)}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, Hung(context), _title)


RULE = Rule(
    code="EXTN001",
    slug="extn.hung-server",
    title="an MCP server does not answer",
    severity="error",
    about=__doc__,
    needs="requests to MCP servers",
    doubt="a tool may take long by its nature; its deadline is then too short",
    advice=(
        "give the session a deadline that fits, and the run one besides:\n"
        "    StdioServerParams(..., read_timeout_seconds=30)\n"
        "    StreamableHttpServerParams(..., sse_read_timeout=30)\n"
        "    loupe run --deadline 120 app.py"
    ),
    start=_start,
)
