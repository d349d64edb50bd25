"""What should have ended the run could not come true: not said as it is looked for, or never there.

A message holds the stop word in another case, in markdown or with punctuation in it, and the run
went on until something else ended it (microsoft/autogen#391, #682). Or the run is to end at a
number of tokens, and no model call told how many it took. Or a condition waits for an agent, a
function or a kind of message that nobody in the team is, has or makes, and a cap ended the run.
Where v0.2 programs look for the word with code of their own, a message that holds it and did not
end the talk is told as likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from ...tracer import conventions as c
from ..course import (
    CAP,
    conditions,
    names,
    quote,
    quoted,
    stop_reason,
    stop_words,
    told,
    whole,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Act, Turn
from ..wiring import WIRING

PLAIN: Final = str.maketrans("", "", "*_`#>~.!?,:;-()[]\"' \n\t")
STOP_WORDS: Final = "agentloupe.chat.stop_words"
BOTH: Final = "AndTerminationCondition"
EITHER: Final = (
    'end when either comes true:\n    TextMentionTermination("DONE") | MaxMessageTermination(30)'
)
WORD: Final = "TERMINATE"  # what v0.2's programs say by custom

#: A budget counts what cached answers once took, too.
COUNTED = (c.INPUT_TOKENS, c.OUTPUT_TOKENS, c.CACHED_INPUT_TOKENS, c.CACHED_OUTPUT_TOKENS)


class NeverTrueDetector:
    """Keeps the messages that hold something like a stop word."""

    def __init__(self, context: Context) -> None:
        self._near: list[tuple[int, Act, Turn]] = []
        self._said = 0
        self._chats = 0
        self._tokens = 0

    def turn(self, turn: Turn) -> Sequence[Finding]:
        for act in turn.acts:
            task = not turn.step.sender or turn.step.message_type == "GroupChatStart"
            if act.kind == "say" and not task:
                self._said += 1
                if len(self._near) < 256 and len(act.text) < 20_000:
                    self._near.append((self._said, act, turn))
        for span in turn.spans:
            if span.op == c.CHAT:
                self._chats += 1
                self._tokens += sum(whole(span.attributes.get(key)) or 0 for key in COUNTED)
        return ()

    def end(self, ending: Ending) -> Outcome:
        reason = stop_reason(ending)
        known = conditions(ending)
        if not known and not reason:
            return Outcome(needs="what may end the run")
        if "mention" in reason or "termination message" in reason:
            return Outcome()
        found = [self._missed(word, ending, 0.95) for word in stop_words(ending)]
        if not known:
            words = names(ending, STOP_WORDS) or (WORD,)
            found = [self._missed(word, ending, 0.85) for word in words]
        found.append(self._uncounted(known, ending))
        found += [self._joined(settings, ending) for name, settings in known if name == BOTH]
        if ending.info.status != "ok" or CAP.search(reason):
            found += [_unreachable(what, ending) for what in names(ending, WIRING)]
        return Outcome([finding for finding in found if finding is not None])

    def _missed(self, word: str, ending: Ending, confidence: float) -> Finding | None:
        plain = word.translate(PLAIN).lower()
        for place, act, turn in self._near:
            v02 = confidence < 0.9
            said = act.text.translate(PLAIN).lower()
            # a word of the program's own may also stand in a sentence: there it is not meant
            holds = plain and (plain in said if word == WORD or not v02 else said.endswith(plain))
            exact = word in act.text and not v02
            if holds and not exact and self._said > place:
                return told(
                    RULE,
                    f"{act.name!r} said {word!r} in another form, and the run went on",
                    agents=[act.name],
                    quotes=[quoted(act, turn, "near miss")],
                    confidence=confidence,
                    key=word,
                    counterfactual=f"{self._said - place} messages followed that were not meant",
                    facts={"looked_for": word, "ended_by": stop_reason(ending)},
                )
        return None

    def _joined(self, settings: dict[str, object], ending: Ending) -> Finding | None:
        """A word was said, and the condition that it is joined with never came true as well."""
        words = _texts(settings)
        if not CAP.search(stop_reason(ending)):
            return None
        for word in words:
            for place, act, turn in self._near:
                if word in act.text and self._said - place > 1:
                    return told(
                        RULE,
                        f"{act.name!r} said {word!r}, and the run went on: with `&`, what it is "
                        "joined with must come true as well, and never did",
                        agents=[act.name],
                        quotes=[quoted(act, turn, "said")],
                        confidence=0.95,
                        key=f"& {word}",
                        counterfactual=f"{self._said - place} messages followed",
                        facts={"looked_for": word, "ended_by": stop_reason(ending)},
                        advice=EITHER,
                        doubt="both may be meant to hold, and the run was cut short before",
                    )
        return None

    def _uncounted(
        self, known: list[tuple[str, dict[str, object]]], ending: Ending
    ) -> Finding | None:
        budget = any(name == "TokenUsageTermination" for name, _ in known)
        if not budget or self._tokens or self._chats < 3 or ending.root is None:
            return None
        return told(
            RULE,
            f"a budget of tokens can end nothing: {self._chats} model calls told of none",
            agents=[],
            quotes=[quote(ending.root, stop_reason(ending), "stopped")],
            confidence=0.97,
            key="tokens",
            facts={"model_calls": self._chats},
        )


def _texts(settings: object) -> list[str]:
    """The texts that conditions look for, in settings however deep."""
    if isinstance(settings, list):
        return [text for each in cast("list[object]", settings) for text in _texts(each)]
    if not isinstance(settings, dict):
        return []
    table = cast("dict[str, object]", settings)
    own = [table["text"]] if isinstance(table.get("text"), str) else []
    return [*map(str, own), *(text for each in table.values() for text in _texts(each))]


def _unreachable(text: str, ending: Ending) -> Finding | None:
    """What the recorder noted before the run began."""
    code, _, what = text.partition(" : ")
    if code != RULE.code or ending.root is None:
        return None
    return told(
        RULE,
        f"what should end the run cannot come true: {what}",
        agents=[],
        quotes=[quote(ending.root, stop_reason(ending) or ending.info.status, "ended by")],
        confidence=0.96,
        key=what,
        detected=0,
        counterfactual="would have shown before the first model call",
        facts={"condition": what},
    )


RULE = Rule(
    code="FLOW002",
    slug="end.never-true",
    title="what should end the run never came true",
    severity="warning",
    about=__doc__,
    bodies=True,
    needs="a team's run with its conditions, or a chat of v0.2 (recorded by loupe run)",
    doubt=("the word may have been meant as a word"),
    advice=(
        "look for the word as it is said, and cap the run as well:\n"
        '    TextMentionTermination("TERMINATE") | MaxMessageTermination(30)\n'
        "and ask for it in plain capitals, alone on the last line"
    ),
    start=NeverTrueDetector,
)
