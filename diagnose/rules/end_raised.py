"""A team's run, or a chat of v0.2, ended by an exception: nothing that was said in it comes back.

A fact of the run: an exception came out of it, which was no cancellation and no deadline. Told is
who raised it and on which message. Common causes are a condition that expects text where there is
none (a call of a tool has no content in v0.2), a function that chooses speakers, a client that
gives up. When the program went on to other runs and ended well, it is told as information: it may
have expected that.
"""

from __future__ import annotations

import re
from typing import Final

from ...tracer.model import plain_name
from ...tracer.overflow import overflows
from ..course import before, quote, told
from ..finding import Finding
from ..raised import Raised, RaisedDetector, of_team
from ..rule import Ending, Outcome, Rule

UNKNOWN_TYPE: Final = re.compile(r"^Message type .* is not registered")
CALLS: Final = frozenset({"tool_calls", "function_call"})  # of v0.2: their content is None
TYPE: Final = (
    "let the team know of the type that its member answers with:\n"
    "    RoundRobinGroupChat([...], custom_message_types=[StructuredMessage[Answer]])"
)
NO_TEXT: Final = (
    "a call of a tool has no text in v0.2; look for the word where there is one:\n"
    '    is_termination_msg=lambda m: (m.get("content") or "").rstrip().endswith("TERMINATE")'
)


class EndRaisedDetector(RaisedDetector):
    """Tells of the exception that ended the run, unless a model's reply or window explains it."""

    def end(self, ending: Ending) -> Outcome:
        if not of_team(ending):
            return Outcome(needs=RULE.needs)
        raised = self.raised(ending)
        if raised is None or raised.reply is not None or overflows(raised.error):
            return Outcome()
        return Outcome([_finding(raised, ending)])


def _finding(raised: Raised, ending: Ending) -> Finding:
    who = plain_name(raised.span.agent) if raised.span.agent else ""
    on = f" on a message of type {raised.message_type}" if raised.message_type else ""
    name, _, what = raised.error.partition(": ")
    of_nothing = raised.message_type in CALLS and "NoneType" in raised.error
    later = ending.judged_at > ending.info.number and ending.recording.exit_code == 0
    return told(
        RULE,
        f"{who or ending.info.name!r} raised {name}{on}, and the run ended with it",
        agents=[who] if who else [],
        quotes=[quote(raised.span, raised.error, "raised")],
        confidence=0.97,
        severity="info" if later else None,
        key=f"{name} {who}",
        last_healthy=before(raised.span.step),
        facts={"error": name, "text": what[:300], "message_type": raised.message_type},
        advice=NO_TEXT if of_nothing else TYPE if UNKNOWN_TYPE.search(what) else "",
    )


RULE = Rule(
    code="FLOW014",
    slug="end.raised",
    title="a run ended by an exception",
    severity="error",
    about=__doc__,
    needs="a team's run with its errors (recorded by loupe run)",
    doubt="the program may catch it and mean to go on",
    advice=(
        "catch what may fail where it fails, and answer with what happened:\n"
        "    try:\n"
        "        answer = await look_up(question)\n"
        "    except LookupError as error:\n"
        '        answer = f"not found: {error}"'
    ),
    start=lambda context: EndRaisedDetector(),
)
