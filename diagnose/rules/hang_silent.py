"""A run waited with nothing under way: no handler, no model call, no tool, no message on its way.

The run was cancelled, timed out or killed, and before that nothing had happened for longer than a
second and twice the longest operation of the run. Or the run had come to rest, and the program
failed after a silence, or gave up a wait of its own for what an agent has (an event, a future).
With nothing open that could still answer, the message that should have woken it was lost or never
sent, or the runtime was never started: a team on a runtime of its own has no idle detection, and
one lost message makes `team.run` wait for ever.
"""

from __future__ import annotations

import hashlib
from typing import Final

from ...tracer.model import plain_name
from ..finding import Cost, Evidence, Finding, Quote
from ..hangs import Hang
from ..rule import AtEnd, Context, Ending, Outcome, Rule
from ..words import age
from .hang_unfinished import NOT_OVER

#: What to do when not one message of the run was ever delivered.
NOT_STARTED: Final = (
    "start the runtime before anything is sent, and a team's own runtime as well:\n"
    "    runtime.start()"
)


class SilentDetector(AtEnd):
    """Tells of a run that waited for nothing."""

    def __init__(self, context: Context) -> None:
        self._account = context.unfinished()

    def end(self, ending: Ending) -> Outcome:
        hang = self._account.hang(ending)
        if hang is None and not ending.over:
            return Outcome(needs=NOT_OVER)
        if hang is None or hang.kind != "silent" or hang.cause != "silence":
            return Outcome()
        return Outcome([_finding(hang, ending)])


def _finding(hang: Hang, ending: Ending) -> Finding:
    last = hang.last
    who = plain_name(last.agent) if last is not None and last.agent else ""
    after = f" after {who!r} had its turn" if who else ""
    words = "\0".join(["HANG003", ending.info.name, who])
    quoted = (
        Quote(
            step=last.step,
            span=last.hex_id,
            agent=who,
            label="last sign of life",
            text=f"{last.op} {last.name.removeprefix(f'{last.op} ')}",
        )
        if last is not None
        else None
    )
    title = f"{ending.info.name!r} waited {age(hang.silence_ns)} with nothing under way{after}"
    if not ending.info.steps:
        title = (
            f"{ending.info.name!r} waited {age(hang.silence_ns)}, and nobody took its message up"
        )
    code = ending.recording.exit_code
    if hang.gave_up is not None:
        title += f", until the program gave up ({hang.gave_up.what} at {hang.gave_up.where})"
    elif code:
        title += f", and the program failed with exit code {code}"
    return RULE.finding(
        title,
        agents=[who] if who else [],
        confidence=0.85,
        first_step=ending.last_step,
        last_step=ending.last_step,
        detected_at_step=ending.last_step,
        spans=[last.hex_id] if last is not None else [],
        fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
        cost=Cost(seconds=round(hang.silence_ns / 1e9, 3)),
        evidence=Evidence(
            quotes=(quoted,) if quoted is not None else (),
            last_healthy_step=ending.last_step,
            counterfactual=f"would have fired {age(max(10**9, 2 * hang.usual_ns))} after that",
            facts={
                "status": ending.info.status,
                "silence_seconds": round(hang.silence_ns / 1e9, 3),
                "longest_operation_seconds": round(hang.usual_ns / 1e9, 3),
                "dead_letters": ending.info.dead_letters,
            },
        ),
        advice="" if ending.info.steps else NOT_STARTED,
    )


RULE = Rule(
    code="HANG003",
    slug="hang.silent",
    title="a run waited with nothing under way",
    severity="error",
    about=__doc__,
    needs="the end of the run as the program saw it (recorded by loupe run, not imported)",
    doubt="the program itself may have done something else inside the run, which left no span",
    advice=(
        "look at the dead letters of the run (`loupe check --select drop`), and let the runtime "
        "watch for silence:\n"
        "    runtime = TracedRuntime()  # raises instead of waiting for ever"
    ),
    start=SilentDetector,
)
