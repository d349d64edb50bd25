"""The runtime itself saw that a run could not go on, while it was going on.

TracedRuntime keeps account of who waits for what. When a handler was cancelled and waits on, a team
waits for a message that is not on its way, or somebody waits for what nothing can bring about, it
notes that at once; this rule passes the note on when the run did not recover from it.
"""

from __future__ import annotations

from ..rule import Rule
from ..standstill import StandstillDetector


def _title(who: str, waited: str) -> str:
    at = f" at {who!r}" if who else ""
    return f"a run stood still{at}: its runtime saw nothing under way for {waited}"


RULE = Rule(
    code="HANG009",
    slug="hang.stood-still",
    title="the runtime saw that nothing could go on",
    severity="error",
    about=__doc__,
    needs="notes of the runtime (recorded on TracedRuntime)",
    doubt="something outside the runtime, such as another thread, may still have ended the wait",
    advice=(
        "see what it waits for in the note above, and link it to the run's end:\n"
        "    cancellation_token.link_future(task)\n"
        "or let the runtime end what cannot go on: loupe run --guard"
    ),
    start=lambda context: StandstillDetector(context, lambda: RULE, "told", _title),
)
