"""Who speaks next: `select_speaker` spans around the model calls that decide it.

What the model answered is nowhere in the team's messages, and when it never names a valid speaker
the team falls back to one without a word in the conversation (microsoft/autogen#7471: the same
speaker for ever). The span says how often the model was asked, who was chosen, and whether that
was the fallback.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...tracer import conventions as c
from ...tracer.recorder import LiveSpan, Recorder
from .watching import Args, Call, Kwargs, Watch

SELECT: Final = "select_speaker"
SELECTED: Final = "agentloupe.selection.speaker"
CANDIDATES: Final = "agentloupe.selection.candidates"
ATTEMPTS: Final = "agentloupe.selection.attempts"
FALLBACK: Final = "agentloupe.selection.fallback"


class Selection(Call):
    """The model is asked until it names one valid speaker, or for the last time."""

    __slots__ = ("_answers", "_previous")

    def __init__(self, owner: Any, span: LiveSpan) -> None:
        super().__init__(owner, span)
        self._answers: list[str] = []
        self._previous = getattr(owner, "_previous_speaker", None)

    def answered(self, text: str) -> None:
        """The model gave an answer."""
        self._answers.append(text)

    def result(self, value: Any) -> None:
        if not isinstance(value, str):
            return
        self.span.set(SELECTED, value)
        self.span.set(ATTEMPTS, len(self._answers))
        if self._answers:
            self.span.set(FALLBACK, not self._chosen(value, self._answers[-1]))

    def _chosen(self, speaker: str, answer: str) -> bool:
        owner: Any = self.owner
        mentioned = owner._mentioned_agents(answer, owner._participant_names)
        repeated = speaker == self._previous and not owner._allow_repeated_speaker
        return list(mentioned) == [speaker] and not repeated


class SelectionInstrumentor:
    """Watches `SelectorGroupChat` of AutoGen 0.4 and later."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch where the group chat's manager asks the model."""
        watch = Watch(recorder)

        def asked(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            candidates = kwargs.get("participants", args[1] if len(args) > 1 else ())
            span = recorder.span(SELECT, SELECT)
            span.set(CANDIDATES, tuple(str(name) for name in candidates))
            span.set(c.WORKFLOW, str(getattr(owner, "_name", "")))
            return Selection(owner, span)

        watch.family(module.SelectorGroupChatManager, {"_select_speaker": asked}, inside=True)
        return watch.undo


instrumentor = SelectionInstrumentor()
