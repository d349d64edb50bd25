"""An agent is asked by name, and speaks twice without a word about it.

A suggestion: a message of another agent asks a question that begins or ends with the name of a
participant, and the next two messages of that participant share no content word with it, nor say
that they cannot answer; nobody else takes it up in between either (MAST FM-2.2 and 2.5,
arXiv 2503.13657).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..course import quoted, told
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..synonyms import stem
from ..turn import Act, Turn

TURNS: Final = 2  # without an answer
OPEN: Final = 64  # questions that wait
PATIENCE: Final = 40  # steps for which they do
KEPT: Final = 16  # findings
WORDS: Final = 3  # content words of a question that can be looked for
SENTENCE: Final = 3, 400  # characters before the question mark: fewer are none, the last ones count
_WORD: Final = re.compile(r"[^\W\d_]{4,}|\d+")
_PLAIN: Final = frozenset(
    "what when where which whom whose would could should will does that this these those with from "
    "have your yours you're about there here then than they them their please tell know think want "
    "need like just also into over only some such were been being because".split()
)
_DECLINES: Final = re.compile(
    r"\b(?:sorry|unable|can(?:'|no)t|do(?: not|n't) know|no idea|not sure|later|before (?:i|we)|"
    r"first)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Question:
    """A question that waits for its answer."""

    act: Act
    turn: Turn
    sentence: str
    words: frozenset[str]
    passed: list[tuple[Act, Turn]] = field(default_factory=list[tuple[Act, Turn]])


class UnansweredDetector:
    """Keeps the last question put to each participant."""

    def __init__(self, context: Context) -> None:
        self._names: dict[str, re.Pattern[str]] = {}
        self._lower: dict[str, str] = {}  # in lower case
        self._open: dict[str, _Question] = {}
        self._found: list[Finding] = []

    def turn(self, turn: Turn) -> Sequence[Finding]:
        found: list[Finding] = []
        for act in turn.acts:
            if act.kind == "say" and len(act.text) < 20_000:
                found += self._said(act, turn)
        return found

    def _said(self, act: Act, turn: Turn) -> list[Finding]:
        name = act.name
        if name and name not in self._names and len(self._names) < OPEN:
            self._lower[name] = name.lower()
            bare = re.escape(name)
            self._names[name] = re.compile(
                rf"^\W*@?{bare}\s*[,:]|\b@{bare}\b|,\s*{bare}\s*\?$", re.IGNORECASE
            )
        if "?" in act.text or self._open:
            return self._weighed(name, act, turn)
        return []

    def _weighed(self, name: str, act: Act, turn: Turn) -> list[Finding]:
        now = turn.step.index
        self._open = {n: q for n, q in self._open.items() if now - q.turn.step.index < PATIENCE}
        words = _content(act.text) if self._open else frozenset[str]()
        found = self._answered(name, act, turn, words)
        for other in [n for n, q in self._open.items() if n != name and q.words & words]:
            if self._open[other].act.agent != act.agent:
                del self._open[other]  # somebody else took it up
        self._asked(act, turn)
        return found

    def _asked(self, act: Act, turn: Turn) -> None:
        if not self._names_others(act):
            return
        for sentence in _sentences(act.text):
            asked = sentence.strip()
            plain = asked.lower()
            for name, pattern in self._names.items():
                if name != act.name and name.lower() in plain and pattern.search(asked):
                    words = _content(asked) - _content(name)
                    if len(words) >= WORDS and len(self._open) < OPEN:
                        self._open[name] = _Question(act, turn, asked, words)

    def _names_others(self, act: Act) -> bool:
        """A question with another's name may be in it: most texts have neither."""
        if "?" not in act.text:
            return False
        plain, own = act.text.lower(), act.name
        return any(word in plain and name != own for name, word in self._lower.items())

    def _answered(self, name: str, act: Act, turn: Turn, words: frozenset[str]) -> list[Finding]:
        question = self._open.get(name)
        if question is None:
            return []
        if question.words & words or _DECLINES.search(act.text) or len(act.text.split()) < 5:
            del self._open[name]
            return []
        question.passed.append((act, turn))
        if len(question.passed) < TURNS:
            return []
        del self._open[name]
        if len(self._found) >= KEPT:
            return []
        finding = _finding(name, question)
        self._found.append(finding)
        return [finding]

    def end(self, ending: Ending) -> Outcome:
        return Outcome(self._found)


def _sentences(text: str) -> Iterator[str]:
    """What ends in a question mark.

    >>> [*_sentences("Fine. Who is it? Me?")]
    [' Who is it?']
    """
    least, most = SENTENCE
    for before in text.split("?")[:-1]:
        start = 1 + max(map(before.rfind, ".!\n"))
        if len(before) - start >= least:
            yield f"{before[max(start, len(before) - most) :]}?"


def _content(text: str) -> frozenset[str]:
    """The stems of words that carry something."""
    found = (word.lower() for word in _WORD.findall(text))
    return frozenset(stem(word)[:6] for word in found if word not in _PLAIN)


def _finding(name: str, question: _Question) -> Finding:
    asker = question.act
    asked = quoted(asker, question.turn, "asks").model_copy(update={"text": question.sentence})
    return told(
        RULE,
        f"{name!r} was asked by {asker.name!r} and said {TURNS} other things since",
        agents=[name, asker.name],
        quotes=[asked, *(quoted(act, turn, "no answer") for act, turn in question.passed)],
        confidence=0.55,
        key=" ".join(sorted(question.words)),
        last_healthy=question.turn.step.index,
    )


RULE = Rule(
    code="FLOW006",
    slug="talk.unanswered-question",
    title="a question to an agent by name is not answered",
    severity="info",
    about=__doc__,
    bodies=True,
    needs="what the agents said",
    doubt="the answer may be in other words, or in what a tool was called with",
    advice=(
        "let the one who is asked speak next, and say in its prompt that it answers first:\n"
        "    SelectorGroupChat(..., selector_func=who_was_asked)"
    ),
    start=UnansweredDetector,
)
