"""The team ends when somebody says a word that stands in no system message, description or task.

All members are agents with system messages, and none of these holds the word to the letter: the
model can only come upon it by chance (MAST FM-1.5; microsoft/autogen#254). Told when nothing else
can end the team, or when the run did not end by that word either.
"""

from __future__ import annotations

from ..course import stop_reason
from ..rule import Ending, Rule
from ..wiring import WiringDetector


def _borne_out(ending: Ending, what: str) -> bool:
    """The run has not shown that somebody does say it."""
    return "mention" not in stop_reason(ending) and (
        "nothing else ends" in what or ending.info.status != "ok"
    )


RULE = Rule(
    code="PLUG003",
    slug="plug.unsayable-stop",
    title="the stop word is one that nobody was told to say",
    severity="warning",
    about=__doc__,
    needs="a team that was looked at before it ran (recorded by loupe run)",
    doubt="the model may be trained, or told elsewhere, to end with this word",
    advice=(
        "tell the agent that decides, and cap the run as well:\n"
        '    AssistantAgent(..., system_message="... When all is done, say APPROVED.")\n'
        '    TextMentionTermination("APPROVED") | MaxMessageTermination(20)'
    ),
    start=lambda context: WiringDetector(context, lambda: RULE, _borne_out, 0.8),
)
