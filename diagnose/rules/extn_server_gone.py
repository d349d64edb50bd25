"""An MCP server went away, or never came.

The connection was closed while a request waited, the session was over, or the server's program
could not be started. AutoGen's workbench turns that into an error text for the model, which then
tries again or makes something up; and every later call of the same workbench fails as well.
"""

from __future__ import annotations

import re

from ...tracer import conventions as c
from ...tracer.model import Span
from ..rule import Context, Rule
from ..signs import Group, Judge, Sign, SignDetector, times

_GONE = re.compile(
    r"Connection closed|Session terminated|ClosedResourceError|BrokenResourceError|EndOfStream"
    r"|ProcessLookupError|ConnectError|ConnectionError|ConnectionRefused|ReadError"
    r"|RemoteProtocolError|MCP actor task crashed"
)


class Gone(Judge):
    """Sees closed connections."""

    ops = frozenset({c.MCP})

    def see(self, span: Span) -> Sign | None:
        if span.error is None or _GONE.search(span.error) is None:
            return None
        server = str(span.attributes.get(c.MCP_SERVER, ""))
        return Sign(
            f"{span.name}: {span.error}",
            weight=1,
            group=server,
            facts={"request": span.name, "server": server, "error": span.error[:200]},
        )


def _title(group: Group) -> str:
    facts = group.first[1].facts
    server = f"MCP server {facts['server']!r}" if facts["server"] else "an MCP server"
    return f"{server} went away during {facts['request']!r}{times(group.count)}"


def _start(context: Context) -> SignDetector:
    return SignDetector(lambda: RULE, Gone(context), _title)


RULE = Rule(
    code="EXTN002",
    slug="extn.server-gone",
    title="an MCP server went away",
    severity="error",
    about=__doc__,
    needs="requests to MCP servers",
    doubt="the program may have stopped the server itself while a request was still open",
    advice=(
        "start the server by hand with the same command and arguments and look at its stderr; in "
        "the program, make a new workbench after a failure:\n"
        "    await workbench.stop()\n"
        "    await workbench.start()"
    ),
    start=_start,
)
