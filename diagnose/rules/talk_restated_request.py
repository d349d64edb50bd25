"""An agent asks for the same thing again in other words, since the answers do not bring it.

A suggestion: four requests of one agent in a row, with somebody else's words or calls between them,
in which more than half of the content words stay and what changes is no name, number or quoted
text. The wordings stand side by side in the finding. Asking again is what people marked most often
in failed runs of real teams (arXiv 2505.00212, arXiv 2411.04468); a loop that is exact enough to
be called one is told by the loop rules.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..course import quoted, told
from ..finding import Finding
from ..likeness import nearest
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Act, Turn
from ..wording import LONG, Wording

IN_A_ROW: Final = 4
KEPT: Final = 0.6  # of a request's content words, in each of the others
WORDS: Final = 3  # that all of them share
MOST: Final = 2 * LONG  # word pairs of a request
AGENTS: Final = 256
_ASKING: Final = (
    "please", "could you", "can you", "would you", "i need", "we need", "make sure", "try to",
    "provide", "find", "check", "search", "look for", "send", "give me",
)  # fmt: skip
_NAMES: Final = re.compile(
    r"(?<![.!?:]\s)(?<!^)\b[A-Z][\w-]+|\d[\w.,-]*|\"[^\"]{1,60}\"|'[^']{1,60}'|“[^”]{1,60}”|«[^»]{1,60}»"
)


@dataclass(slots=True)
class _Request:
    act: Act
    turn: Turn
    words: Wording
    heard: int  # acts of others before it

    @property
    def names(self) -> frozenset[str]:
        """Names, numbers and what stands in quotes: dear to find, and hardly ever asked for."""
        return frozenset(_NAMES.findall(self.act.text))


class RestatedDetector:
    """Remembers the last requests of each agent."""

    def __init__(self, context: Context) -> None:
        self._rows: OrderedDict[tuple[str, str], deque[_Request]] = OrderedDict()
        self._acts = 0
        self._found: dict[str, Finding] = {}

    def turn(self, turn: Turn) -> Sequence[Finding]:
        found: list[Finding] = []
        for act in turn.acts:
            self._acts += 1
            if act.kind == "say":
                found += self._said(act, turn)
        return found

    def _said(self, act: Act, turn: Turn) -> list[Finding]:
        key = turn.conversation, act.agent
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = deque(maxlen=IN_A_ROW)
        self._rows.move_to_end(key)
        if len(self._rows) > AGENTS:
            self._rows.popitem(last=False)
        if len(act.text) > 1200 or not _requests(act.text):
            row.clear()
            return []
        words = act.wording
        new = _Request(act, turn, words, self._acts)
        another = not words.below(MOST + 1) or (row and not _again(new, row[-1]))
        if another or _fills(words, row):
            row.clear()
        row.append(new)
        if len(row) < IN_A_ROW or act.name in self._found or not _restated(row):
            return []
        self._found[act.name] = _finding(act.name, list(row))
        return [self._found[act.name]]

    def end(self, ending: Ending) -> Outcome:
        return Outcome(list(self._found.values()))


def _requests(text: str) -> bool:
    """A question, or words that ask for something: looked for one by one, as that takes a tenth of
    what an expression for all of them does.

    >>> _requests("Send it to me."), _requests("He sends it to me.")
    (True, False)
    """
    if "?" in text:
        return True
    lower = text.lower()
    if not any(map(lower.__contains__, _ASKING)):
        return False
    return any(_has(lower, words) for words in _ASKING)


def _has(text: str, words: str) -> bool:
    """It has these words, and not only as part of others."""
    at = text.find(words)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(words) : at + len(words) + 1]
        if "_" not in around and not any(map(str.isalnum, around)):
            return True
        at = text.find(words, at + 1)
    return False


def _again(new: _Request, old: _Request) -> bool:
    """The same thing is asked for after somebody else had a turn."""
    if new.heard - old.heard < 2:
        return False
    least = min(len(new.words.stems), len(old.words.stems))
    if least < WORDS or len(new.words.stems & old.words.stems) < KEPT * least:
        return False
    return new.names == old.names


def _fills(words: Wording, row: Sequence[_Request]) -> bool:
    """It is a template whose slot holds something else each time."""
    return nearest(words, [request.words for request in row]).moves


def _restated(row: Sequence[_Request]) -> bool:
    """All of them share a core, and they are no mere copies of one another."""
    core = row[0].words.stems
    for request in row:
        core = core & request.words.stems
    return len(core) >= WORDS and len({request.words.key for request in row}) >= 3


def _finding(who: str, row: Sequence[_Request]) -> Finding:
    return told(
        RULE,
        f"{who!r} asked for the same {len(row)} times in other words",
        agents=[who],
        quotes=[
            quoted(request.act, request.turn, "asks" if request is row[0] else "asks again")
            for request in row
        ],
        confidence=0.5,
    )


RULE = Rule(
    code="FLOW007",
    slug="talk.restated-request",
    title="the same request in other words",
    severity="info",
    about=__doc__,
    bodies=True,
    needs="messages or agents' turns with their text",
    doubt="the requests may be steps of one task whose words are alike",
    advice=(
        "let the one who is asked say what it cannot do, and who can; then change the tool or the "
        "agent:\n"
        "    If you cannot do what you are asked for, say why and name what is missing."
    ),
    start=RestatedDetector,
)
