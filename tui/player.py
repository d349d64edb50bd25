"""Playing a run: the cursor moves as the recorded messages did, faster or slower."""

from __future__ import annotations

from ..tracer.filter import Filter
from .facts import StepFacts
from .session import Session

SPEEDS = (1, 8, 64)
LONGEST_PAUSE = 1_000_000_000  # ns: longer silences are played as this
MOST_STEPS = 200  # a beat: what happened at once is not to be read anyway


class Player:
    """Moves a session's cursor by recorded time."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.playing = False
        self.speed = SPEEDS[0]
        self.breaks: list[Filter] = []  # steps at which playing stops
        self._saved = 0  # recorded time that has passed since the current step

    def toggle(self) -> None:
        """Start or pause; at the end of the run it starts from the beginning."""
        self.playing = not self.playing and self.session.total > 1
        self._saved = 0
        if self.playing and self.session.cursor.step == self.session.total - 1:
            self.session.cursor.go(0)

    def faster(self, by: int) -> None:
        """The next speed, or with -1 the one before."""
        place = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[max(0, min(place, len(SPEEDS) - 1))]

    def beat(self, elapsed_ns: int) -> None:
        """So much time has passed for the one who watches."""
        if not self.playing:
            return
        session = self.session
        self._saved += elapsed_ns * self.speed
        step = session.cursor.step
        facts = session.facts() if self.breaks else None
        for _ in range(MOST_STEPS):
            if step + 1 >= session.total:
                self.playing = False
                break
            gap = session.step(step + 1).start_ns - session.step(step).start_ns
            pause = min(max(0, gap), LONGEST_PAUSE)
            if pause > self._saved:
                break
            self._saved -= pause
            step += 1
            if facts is not None and self._stops(facts.of(session.step(step))):
                self.playing = False
                break
        else:
            self._saved = 0
        session.cursor.go(step)

    def _stops(self, facts: StepFacts) -> bool:
        return any(meant.matches(facts) for meant in self.breaks)
