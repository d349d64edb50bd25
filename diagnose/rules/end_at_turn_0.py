"""The run ended before any agent had its turn: the task itself met the condition that ends it.

A fact of the trace: the team stopped by a condition of its own, and no participant had a turn. A
task such as "... then say TERMINATE" mentions the word (microsoft/autogen#6826), a limit of
messages counts the task, and a condition that waits for a source takes the task for a message of
"user". A stop from outside is told by nobody, one for want of messages by another rule. A team that
an agent or a tool runs within is judged like one of the program's own: it hears the whole task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import (
    CAP,
    STOP_REASON,
    TEAM,
    quote,
    stop_reason,
    stop_words,
    told,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn
from .end_fell_idle import IDLE, NO_REPLY

#: What to do where a limit was reached and no word was said.
KEPT: Final = 64  # teams within the run of whose members none was seen to have a turn
#: Why a team stops that is no condition's doing.
OUTSIDE: Final = ("External termination requested", IDLE)
OTHER: Final = (
    "have the condition look at what agents say, not at the task:\n"
    '    SourceMatchTermination(["writer"])  # the task is a message of "user"'
)
LIMIT: Final = (
    "count the task and a message for each turn that is to come:\n    MaxMessageTermination(1 + 10)"
)


class AtTurn0Detector:
    """Counts turns, and keeps the teams within the run until one of their members has one."""

    def __init__(self, context: Context) -> None:
        self._turns = 0
        self._within: list[Span] = []  # a team's own span comes with an earlier step than its turns

    def turn(self, turn: Turn) -> Sequence[Finding]:
        for span in turn.spans:
            if span.op == c.RUN and TEAM in span.attributes and len(self._within) < KEPT:
                self._within.append(span)
            elif span.op == c.AGENT and self._within:
                self._within = [team for team in self._within if not _speaks_in(team, span)]
        ops = turn.ops
        at_work = c.CHAT in ops or c.TOOL in ops
        spoke = c.AGENT in ops and (turn.step.kind != "send" or c.SEND in ops or c.PUBLISH in ops)
        task = not turn.step.sender or turn.step.message_type == "GroupChatStart"
        said = not task and any(act.kind == "say" for act in turn.acts)
        # v0.2's agents look at a message and may say nothing
        self._turns += at_work or spoke or said
        return ()

    def end(self, ending: Ending) -> Outcome:
        reason, root = stop_reason(ending), ending.root
        if root is None or not reason:
            return Outcome(needs="the reason why the run stopped")
        said = "mention" in reason or "termination message" in reason
        capped = CAP.search(reason) is not None
        of_team = (
            TEAM in root.attributes and not reason.startswith(OUTSIDE) and NO_REPLY not in reason
        )
        if self._turns or not (said or capped or (of_team and ending.info.status == "ok")):
            return Outcome(self._silent())
        words = stop_words(ending)
        word = next((word for word in words if word in reason), words[0] if words else "")
        return Outcome([_finding(root, ending.info.name, reason, word)])

    def _silent(self) -> list[Finding]:
        """Teams within the run, while which nobody had a turn but who runs them."""
        found: dict[str, Finding] = {}
        for team in self._within:
            reason = str(team.attributes.get(STOP_REASON, ""))
            outside = reason.startswith(OUTSIDE) or NO_REPLY in reason
            if reason and not outside and team.error is None:
                finding = _finding(team, team.name.removeprefix(f"{c.RUN} "), reason, "")
                found.setdefault(finding.fingerprint, finding)
        return list(found.values())


def _speaks_in(team: Span, turn: Span) -> bool:
    who = plain_name(team.agent) if team.agent else ""
    in_time = team.start_ns <= turn.start_ns and (
        team.end_ns is None or turn.start_ns <= team.end_ns
    )
    return in_time and plain_name(turn.agent) != who


def _finding(team: Span, name: str, reason: str, word: str) -> Finding:
    said = "mention" in reason or "termination message" in reason
    capped = CAP.search(reason) is not None
    what = f"the task mentions {word!r}" if word else f"the task was taken for the end: {reason}"
    if not said:
        how = "reached the limit" if capped else "met the condition"
        what = f"the task alone {how}: {reason}"
    who = plain_name(team.agent) if team.agent else ""
    within = f" within {who!r}" if who else ""
    return told(
        RULE,
        f"{name!r}{within} ended before anybody spoke: {what}",
        agents=[who] if who else [],
        quotes=[quote(team, reason, "stopped")],
        confidence=0.98,
        key=name,
        detected=team.step or 0,
        facts={"stop_reason": reason},
        advice="" if said else LIMIT if capped else OTHER,
    )


RULE = Rule(
    code="FLOW001",
    slug="end.at-turn-0",
    title="the run ended before anybody spoke",
    severity="error",
    about=__doc__,
    needs="a team's run with the reason why it stopped (recorded by loupe run)",
    doubt=("the task may have been answered before, and the team asked in vain on purpose"),
    advice=(
        "keep the word out of the task, and listen to the agents only:\n"
        '    TextMentionTermination("TERMINATE", sources=["writer"])'
    ),
    start=AtTurn0Detector,
)
