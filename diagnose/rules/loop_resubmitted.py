"""An agent hands in the same long text again and again, at most a tenth of it changed.

Four versions in a row of more than forty words, each with at most ten per cent new word pairs
against an earlier one; a text that grows by new content or whose numbers move is not meant. Seen
in reviews that ask for changes in general terms and get the same draft back.
"""

from __future__ import annotations

from ..loop import Loop
from ..loops import LoopDetector, LoopKind
from ..rule import Rule
from ..words import listed


def _takes(loop: Loop) -> bool:
    return loop.sign == "drafts"


def _title(loop: Loop, names: list[str]) -> str:
    count = max(len(loop.own), round(loop.cycles))
    return f"{listed(names[:1])} handed in nearly the same text {count} times"


KIND = LoopKind(_takes, _title)

RULE = Rule(
    code="LOOP004",
    slug="loop.resubmitted",
    title="the same deliverable is handed in again",
    severity="warning",
    about=__doc__,
    bodies=True,
    needs="messages or agents' turns with their text",
    doubt="small edits may be all that was asked for, such as a typo in a long document",
    advice=(
        "have the reviewer answer with a list that can be checked off, and stop after two versions "
        "without a change: `MaxMessageTermination`, or a `FunctionalTermination` that compares the "
        "last two drafts"
    ),
    start=lambda context: LoopDetector(context, lambda: RULE, KIND),
)
