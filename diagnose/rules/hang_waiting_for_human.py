"""A person was asked for input and no answer came: the run waited for nobody.

The deepest span that was still open, or was given up, is a wait for a person (`UserProxyAgent`,
`input()`, v0.2's `human_input_mode`). On a server or in a pipeline nobody sits at the console, and
a blocking `input()` stops every other agent of the process as well (microsoft/autogen#5335, #6174).
Where standard input is closed, the wait ends at once by EOFError, and the run with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...tracer import conventions as c
from ...tracer.model import Span, plain_name
from ..course import quote, told
from ..finding import Finding
from ..rule import Context, Ending, Outcome, Rule
from ..turn import Turn
from .hang_unfinished import UnfinishedDetector


class NobodyDetector:
    """Keeps the first question that met the end of the program's input."""

    ops = frozenset({c.HUMAN})

    def __init__(self, context: Context) -> None:
        self._unfinished = UnfinishedDetector(context, lambda: RULE, "person")
        self._closed: Span | None = None

    def turn(self, turn: Turn) -> Sequence[Finding]:
        if self._closed is None:
            closed = (each for each in turn.spans if each.op == c.HUMAN and _met_eof(each))
            self._closed = next(closed, None)
        return ()

    def end(self, ending: Ending) -> Outcome:
        if self._closed is None:
            return self._unfinished.end(ending)
        span = self._closed
        who = plain_name(span.agent) if span.agent else span.name
        finding = told(
            RULE,
            f"{who!r} asked a person, and standard input is closed: nobody could answer",
            agents=[who],
            quotes=[quote(span, span.error or "", "asked")],
            confidence=0.97,
            key=who,
        )
        return Outcome([finding])


def _met_eof(span: Span) -> bool:
    return span.error is not None and "EOF when reading a line" in span.error


RULE = Rule(
    code="HANG006",
    slug="hang.waiting-for-human",
    title="a person was asked and nobody answers",
    severity="error",
    about=__doc__,
    needs="waits for a person, recorded by loupe run",
    doubt=("the person may just have been slow, and the program ended for another reason"),
    advice=(
        "end the run where a person is needed, and resume it with the answer:\n"
        '    team = Swarm([...], termination_condition=HandoffTermination("user"))\n'
        '    await team.run(task=HandoffMessage(source="user", target="agent", content=answer))\n'
        "or give UserProxyAgent an input_func that raises after a while"
    ),
    start=NobodyDetector,
)
