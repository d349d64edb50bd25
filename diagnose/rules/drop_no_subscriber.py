"""A message was published and nobody is subscribed to its topic: it is gone, and nothing says so.

A fact of the trace: the publish span notes how many subscriptions matched. AutoGen's runtime
loops over an empty list of recipients without a word. The topics that did reach somebody in this
run are searched for the nearest name.
"""

from __future__ import annotations

from ...tracer.model import plain_name
from ..letters import Group, LetterDetector, times
from ..rule import Context, Rule


def _title(group: Group) -> str:
    who = f"that {plain_name(group.sender)!r} published" if group.sender else "published there"
    return (
        f"nobody is subscribed to {group.topic!r}: the {group.type} {who} is lost"
        f"{times(group.count)}"
    )


def _start(context: Context) -> LetterDetector:
    return LetterDetector(
        context,
        lambda: RULE,
        takes=lambda group: group.reason.startswith("no subscriber"),
        title=_title,
        known=lambda seen: seen.topics,
        sought=lambda group: group.topic,
    )


RULE = Rule(
    code="LOST001",
    slug="drop.no-subscriber",
    title="a message was published that nobody is subscribed to",
    severity="warning",
    about=__doc__,
    needs="publish spans that count their recipients (recorded on TracedRuntime)",
    doubt="an event may be published for whoever cares, and nobody has to",
    advice=(
        "subscribe the agent that should get it, or correct the topic:\n"
        '    await runtime.add_subscription(TypeSubscription(topic_type="...", agent_type="..."))'
    ),
    start=_start,
)
