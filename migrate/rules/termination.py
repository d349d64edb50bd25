"""When a chat ends becomes a condition of the team.

In v0.2 the agent that *receives* a message checks it, so the owner's own messages and the first
task do not count: a condition without `sources` would end a chat whose task says TERMINATE before
anybody spoke. A lambda that looks for a word becomes TextMentionTermination with `sources`, any
other test FunctionalTermination over the text, and a function of the program is called with a
message as v0.2 gave it. Without is_termination_msg a message that is exactly TERMINATE ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..context import WIDTH, Context, quote
from ..model import DEFAULT_END, Ends
from . import Example, RuleInfo


def message_test(ctx: Context, ends: Ends | None, message: str) -> str:
    """The predicate as an expression over a 0.7 message."""
    rule = ends or DEFAULT_END
    text, source = f"{message}.to_text()", f"{message}.source"
    if rule.function:
        as_dict = f'{{"content": {text}, "name": {source}, "role": "user"}}'
        return f"{rule.function}({as_dict})"
    return rule.test.format(text=text, source=source).replace("'TERMINATE'", '"TERMINATE"')


def condition(ctx: Context, ends: Ends | None, sources: Sequence[str]) -> str | None:
    """A termination condition for messages of these speakers (all of them if none is given)."""
    rule = ends or DEFAULT_END
    if rule.test == "False":
        return None
    if rule.word and not rule.exact and not rule.function:
        mention = ctx.need("autogen_agentchat.conditions", "TextMentionTermination")
        where = f", sources=[{', '.join(sources)}]" if sources else ""
        return f"{mention}({quote(rule.word)}{where})"
    functional = ctx.need("autogen_agentchat.conditions", "FunctionalTermination")
    test = message_test(ctx, rule, "messages[-1]")
    tests = [] if test == "True" and sources else [test]
    if len(sources) == 1:
        tests.insert(0, f"messages[-1].source == {sources[0]}")
    elif sources:
        tests.insert(0, f"messages[-1].source in ({', '.join(sources)})")
    if len(tests) > 1 and re.search(r"\b(or|if|lambda)\b", test):
        tests[-1] = f"({test})"
    line = f"{functional}(lambda messages: {' and '.join(tests)})"
    if len(line) + 34 <= WIDTH:
        return line
    return f"{functional}(\n    lambda messages: " + "\n    and ".join(tests) + "\n)"


RULE = RuleInfo(
    code="MIG031",
    slug="termination",
    title="is_termination_msg becomes a termination condition",
    level="todo",
    v02="`is_termination_msg`, or none",
    v07="`TextMentionTermination(…, sources=[…])`, `FunctionalTermination`",
    docs=__doc__ or "",
    examples=(
        Example(
            (
                'user = autogen.UserProxyAgent("user", is_termination_msg=lambda '
                'm: "DONE" in m["content"], …)'
            ),
            (
                "team = RoundRobinGroupChat([bot], "
                'termination_condition=TextMentionTermination("DONE", sources=["bot"]), …)'
            ),
        ),
    ),
)
