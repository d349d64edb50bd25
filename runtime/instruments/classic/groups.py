"""Who speaks next in a group chat: `select_speaker` spans, as of 0.7's `SelectorGroupChat`.

AutoGen asks the model in a chat of its own between two agents made for that, up to three times,
and takes the next agent in the list when no answer names one. Nothing of it is in the group's
messages: here it is the model calls inside the span, the number of attempts and whether the
fallback decided. Turns by round robin and at random decide nothing and make no span.
"""

from __future__ import annotations

from typing import Any, Final

from ....tracer import conventions as c
from ....tracer.recorder import Recorder, current_span
from ..selection import ATTEMPTS, CANDIDATES, FALLBACK, SELECT, SELECTED, Selection
from ..watching import Args, Call, Kwargs, call_of
from .lanes import current_lane
from .naming import argument, is_tuple, name_of

BY_ITSELF: Final = frozenset({"round_robin", "random"})


class SpeakerSelection(Selection):
    """The next speaker is chosen."""

    def result(self, value: Any) -> None:
        speaker = name_of(value)
        if not speaker:
            return
        self.span.set(SELECTED, speaker)
        self.span.set(ATTEMPTS, len(self._answers))
        if self._answers:
            self.span.set(FALLBACK, not self._named(speaker, self._answers[-1]))

    def _named(self, speaker: str, answer: str) -> bool:
        owner: Any = self.owner
        if answer.strip() == speaker:
            return True
        mentions: Any = getattr(owner, "_mentioned_agents", None)  # v0.1: the answer is the name
        return mentions is not None and list(mentions(answer, owner.agents)) == [speaker]

    def failed(self, error: BaseException) -> None:
        if type(error).__name__.startswith("NoEligibleSpeaker"):  # how a group chat ends
            lane = current_lane()
            if lane is not None:
                lane.reason = f"no eligible speaker: {error}"[:500]
        else:
            super().failed(error)


def selecting(recorder: Recorder, owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
    """`select_speaker` is called."""
    lane = current_lane()
    if lane is not None:
        lane.told_all()
        if lane.quiet:
            return None
    method: Any = getattr(owner, "speaker_selection_method", None)
    if isinstance(method, str) and method.lower() in BY_ITSELF:
        return None
    span = recorder.span(SELECT, SELECT)
    span.set(CANDIDATES, tuple(name_of(agent) for agent in owner.agents))
    manager = name_of(argument("selector", 1, args, kwargs))
    if manager:
        span.set(c.WORKFLOW, manager)
    return SpeakerSelection(owner, span)


def chosen_from(owner: Any, args: Args, kwargs: Kwargs, result: Any) -> None:
    """`_prepare_and_select_agents` returned: the agents that may be chosen."""
    call = call_of(current_span())
    if isinstance(call, SpeakerSelection) and is_tuple(result, 3):
        agents: Any = result[1]
        if agents:
            call.span.set(CANDIDATES, tuple(name_of(agent) for agent in agents))
