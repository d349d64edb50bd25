"""A cancellation token is given to one send after another and keeps a callback of each.

A note of the runtime, which looks at a token when it is given to a send: it holds callbacks of at
least 256 sends, nine in ten of which are over. AutoGen's runtime never unlinks them, so their
futures and replies stay for as long as the token lives; on `TracedRuntime()` there is none.
"""

from __future__ import annotations

from ..noted import NotedDetector
from ..rule import Rule

RULE = Rule(
    code="LEAK003",
    slug="leak.token",
    title="a cancellation token keeps all sends it was given to",
    severity="warning",
    about=__doc__,
    needs="notes of the runtime (recorded by loupe run)",
    doubt="a token that ends with the request it is for lets go of them then",
    advice=(
        "make a token for each request, not one for the program:\n"
        "    await runtime.send_message(m, to, cancellation_token=CancellationToken())\n"
        "or use a runtime that unlinks them: TracedRuntime()"
    ),
    start=lambda context: NotedDetector(context, lambda: RULE),
)
