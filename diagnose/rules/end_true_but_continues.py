"""What should end the run came true, and turns followed all the same.

A participant said the very word that ends the run: the team's conditions are on its run, the word
stands in a message of a participant that the condition listens to, and participants spoke after
it. Or a condition of the program's own was true (`terminated`) and returned no StopMessage, which
is noted on the step in which it was asked; one that returns True instead makes its team fail.
Known from conditions that forget the StopMessage and from nested teams (microsoft/autogen#7071).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...tracer.model import Span
from ..course import (
    conditions,
    quote,
    quoted,
    told,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Act, Turn

NO_STOP: Final = "agentloupe.team.no_stop"


class TrueButContinuesDetector:
    """Keeps the messages of a run, as far as they are few."""

    def __init__(self, context: Context) -> None:
        self._said: list[tuple[Act, Turn]] = []
        self._came: tuple[str, Span, int] | None = None  # true, where, after how many messages

    def turn(self, turn: Turn) -> Sequence[Finding]:
        if self._came is None:
            for span in turn.spans:
                if NO_STOP in span.attributes:
                    self._came = str(span.attributes[NO_STOP]), span, len(self._said)
        if turn.step.message_type == "GroupChatRequestPublish" and len(self._said) < 512:
            self._said.extend((act, turn) for act in turn.acts if act.kind == "say")
        return ()

    def end(self, ending: Ending) -> Outcome:
        if self._came is not None:
            return self._silent(*self._came)
        words = [
            (str(settings.get("text")), settings.get("sources"))
            for name, settings in conditions(ending)
            if name == "TextMentionTermination"
        ]
        if not words:
            return Outcome(needs="what may end the team")
        for place, (act, turn) in enumerate(self._said[:-2]):
            for word, sources in words:
                heard = not isinstance(sources, list) or act.name in sources
                if heard and word in act.text:
                    return Outcome([self._finding(place, word, act, turn)])
        return Outcome()

    def _silent(self, what: str, span: Span, place: int) -> Outcome:
        """A condition of the program's own: true at the last message, it may have ended the run."""
        followed = len(self._said) - place
        if not followed and "came true" in what:
            return Outcome()
        before = self._said[place - 1 : place] if place else []
        after = self._said[place : place + 1]
        return Outcome(
            [
                told(
                    RULE,
                    f"{what}, and {followed} messages followed" if followed else what,
                    agents=[act.name for act, _ in before],
                    quotes=[
                        *(quoted(act, turn, "should end") for act, turn in before),
                        quote(span, what, "condition"),
                        *(quoted(act, turn, "went on") for act, turn in after),
                    ],
                    confidence=0.97,
                    key=what,
                    last_healthy=span.step,
                    facts={"condition": what.partition(" ")[0]},
                )
            ]
        )

    def _finding(self, place: int, word: str, act: Act, turn: Turn) -> Finding:
        after, then = self._said[place + 1]
        return told(
            RULE,
            f"{act.name!r} said {word!r}, and {len(self._said) - place - 1} messages followed",
            agents=[act.name],
            quotes=[quoted(act, turn, "should end"), quoted(after, then, "went on")],
            confidence=0.9,
            key=word,
            last_healthy=turn.step.index,
            facts={"word": word},
        )


RULE = Rule(
    code="FLOW003",
    slug="end.true-but-continues",
    title="what should end the run came true and the run went on",
    severity="warning",
    about=__doc__,
    bodies=True,
    needs="a team's run with its conditions (recorded by loupe run)",
    doubt=("the turns may have been under way already when the word was said"),
    advice=(
        "return a StopMessage from a condition of your own, and reset the team between runs:\n"
        '    return StopMessage(content="done", source="condition")'
    ),
    start=TrueButContinuesDetector,
)
