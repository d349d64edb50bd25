"""runtime_logging becomes a handler of 0.7's event log.

v0.2 writes every model call into a table of SQLite, and programs read it back. 0.7 emits an event
for each call to a standard logger; the file gets a handler that writes the same columns. There are
no prices in 0.7, and an event knows only when the call ended. Logging to a file, and other uses of
the module, are left; `loupe run` records more than both without a line of code.
"""

from __future__ import annotations

from ..context import Context
from ..model import Logging
from . import Example, RuleInfo


def apply(ctx: Context) -> None:
    if not ctx.program.logging or not all(map(ctx.standing.moves, ctx.program.chats)):
        return
    for entry in ctx.program.logging:
        log(ctx, entry)


def log(ctx: Context, entry: Logging) -> None:
    """Where logging starts or stops, with the file's own handler."""
    start, end = ctx.source.span(entry.call)
    if entry.starts:
        place = ctx.source.code(entry.database) if entry.database is not None else ""
        code = f"{ctx.helper('start_logging')}({place})"
    else:
        code = f"{ctx.helper('stop_logging')}()"
    ctx.plan.replace(start, end, code)
    ctx.reader.claim(entry.call.func)
    text = "costs are 0 and calls have one time: 0.7 knows no prices, and when a call ended"
    ctx.note("MIG070", entry.call, "caveat", text)


RULE = RuleInfo(
    code="MIG070",
    slug="runtime-logging",
    title="runtime_logging becomes a handler of the event log",
    level="caveat",
    v02="`autogen.runtime_logging.start(…)`",
    v07="`start_logging(…)`, a logging handler in the file",
    docs=__doc__ or "",
    examples=(
        Example(
            'session = autogen.runtime_logging.start(config={"dbname": "logs.db"})',
            'session = start_logging("logs.db")',
        ),
    ),
    order=95,
    apply=apply,
)
