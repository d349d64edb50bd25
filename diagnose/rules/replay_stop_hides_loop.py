"""The run was ended by a cap while a loop was on, and it is reported as good.

Two facts beside each other: the loop that the loop rules tell of was open when the run ended, and
the reason why it stopped is a maximum. The result is what happened to be there; a program that goes
on with it does so on nothing (google-gemini/gemini-cli calls such a run a success as well).
"""

from __future__ import annotations

from ...tracer.model import plain_name
from ..course import (
    CAP,
    stop_reason,
    told,
)
from ..finding import Quote
from ..rule import AtEnd, Context, Ending, Outcome, Rule


class StopHidesLoopDetector(AtEnd):
    """Looks at the loops at the end."""

    def __init__(self, context: Context) -> None:
        self._analysis = context.recurrence()

    def end(self, ending: Ending) -> Outcome:
        reason = stop_reason(ending)
        if not reason:
            return Outcome(needs="the reason why the run stopped")
        loops = [loop for loop in self._analysis.loops if loop.open]
        if ending.info.status != "ok" or not loops or CAP.search(reason) is None:
            return Outcome()
        loop = loops[-1]
        agents = [plain_name(agent) for agent in loop.agents]
        last = loop.last
        seen = Quote(step=last.step, span=last.span, agent=agents[0], text=last.text[:240])
        return Outcome(
            [
                told(
                    RULE,
                    f"a cap ended a loop of {' and '.join(map(repr, agents))}: {reason[:80]}",
                    agents=agents,
                    quotes=[seen],
                    confidence=0.9,
                    key=" ".join(agents),
                    last_healthy=loop.before.step if loop.before else None,
                    facts={"stop_reason": reason, "cycles": round(loop.cycles, 1)},
                )
            ]
        )


RULE = Rule(
    code="FLOW009",
    slug="replay.stop-hides-loop",
    title="a cap ended a loop and the run counts as good",
    severity="info",
    about=__doc__,
    bodies=True,
    needs="the reason why a run stopped (recorded by loupe run)",
    doubt=("the cap may be just what should end the repetition"),
    advice=(
        "tell a cap from an answer where the result is used:\n"
        '    if "Maximum" in (result.stop_reason or ""):\n'
        "        raise RuntimeError(result.stop_reason)"
    ),
    start=StopHidesLoopDetector,
)
