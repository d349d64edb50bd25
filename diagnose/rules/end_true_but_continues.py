"""A participant said the very word that ends the run, and turns followed all the same.

The team's conditions are on its run; the word stands in a message of a participant that the
condition listens to, and participants spoke after it. Known from conditions of the program's own
that return True instead of a StopMessage, and from nested teams (microsoft/autogen#7071).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..course import (
    conditions,
    quoted,
    told,
)
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Act, Turn


class TrueButContinuesDetector:
    """Keeps the messages of a run, as far as they are few."""

    def __init__(self, context: Context) -> None:
        self._said: list[tuple[Act, Turn]] = []

    def turn(self, turn: Turn) -> Sequence[Finding]:
        if turn.step.message_type == "GroupChatRequestPublish" and len(self._said) < 512:
            self._said.extend((act, turn) for act in turn.acts if act.kind == "say")
        return ()

    def end(self, ending: Ending) -> Outcome:
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
    title="the stop word was said and the run went on",
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
