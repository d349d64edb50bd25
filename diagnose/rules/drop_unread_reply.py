"""A handler returned a value to a published message: nobody gets it, though somebody would take it.

A fact of the trace. Only a request (`send_message`) has an answer; what a handler of an event
returns is thrown away by AutoGen without a word. Told where an agent of another class has a handler
for the returned type and the handler posted nothing of that type itself; as information where that
type arrives on other ways.
"""

from __future__ import annotations

from ...tracer.model import plain_name
from ..letters import UNREAD, Group, LetterDetector, returned, times
from ..rule import Context, Rule


def _title(group: Group) -> str:
    what = returned(group.reason)
    _, _, who = group.reason.rpartition("; ")
    return (
        f"{plain_name(group.recipient)!r} returned {what} to a published {group.type}, which "
        f"reaches nobody, and {who}{times(group.count)}"
    )


def _start(context: Context) -> LetterDetector:
    return LetterDetector(
        context,
        lambda: RULE,
        takes=lambda group: group.reason.startswith(UNREAD),
        title=_title,
        known=lambda seen: (),
        sought=lambda group: "",
    )


RULE = Rule(
    code="LOST006",
    slug="drop.unread-reply",
    title="a handler returned a value to a published message",
    severity="warning",
    about=__doc__,
    needs="deliveries with what their handlers returned (recorded on TracedRuntime)",
    doubt="a handler that also answers requests may return its result to both, and mean only those",
    advice=(
        "publish it to whoever shall have it:\n"
        "    await self.publish_message(Done(...), TopicId('results', self.id.key))\n"
        "or ask instead of publishing: await self.send_message(message, recipient)"
    ),
    start=_start,
)
