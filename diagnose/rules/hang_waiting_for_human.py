"""A person was asked for input and no answer came: the run waited for nobody.

The deepest span that was still open, or was given up, is a wait for a person (`UserProxyAgent`,
`input()`, v0.2's `human_input_mode`). On a server or in a pipeline nobody sits at the console, and
a blocking `input()` stops every other agent of the process as well (microsoft/autogen#5335, #6174).
"""

from __future__ import annotations

from ..rule import Context, Rule
from .hang_unfinished import UnfinishedDetector


def _start(context: Context) -> UnfinishedDetector:
    return UnfinishedDetector(context, lambda: RULE, "person")


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
    start=_start,
)
