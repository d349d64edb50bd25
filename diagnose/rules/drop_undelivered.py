"""A message never arrived: no such recipient, taken out by an intervention handler, or still
queued when the runtime stopped or the program ended.

A fact of the trace, with the reason that the runtime noted on the message's span; or nobody took
the message up until the program ended by itself, and it was posted by no handler that was at work
when the runtime stopped; or the program itself posted it when it had stopped its runtime.
Upstream's `stop` drops what is queued and leaves its senders waiting for ever
(microsoft/autogen#7007). The agents that did receive something are searched for the nearest name.
"""

from __future__ import annotations

from typing import Final

from ..letters import UNREAD, Group, LetterDetector, times
from ..rule import Context, Rule

#: Reasons of other rules, and of runs that were ended on purpose.
_NOT_MEANT: Final = ("no subscriber", "no handler", UNREAD, "stopped: loop.", "stopped: budget.")
_STOPPED: Final = "refused: Queue"  # posted when the runtime had been stopped


REGISTER: Final = (
    "register the recipient's type before anything is sent to it:\n"
    '    await Clerk.register(runtime, "clerk", lambda: Clerk())'
)
STARTED: Final = (
    "start what sends before it is stopped again, and wait for the answers:\n"
    "    answers = await asyncio.gather(*(runtime.send_message(each, clerk) for each in work))\n"
    "    await runtime.stop_when_idle()"
)
INTERVENES: Final = (
    "see what the handler does about this type; where it shall pass, it returns the message:\n"
    "    async def on_publish(self, message, *, message_context):\n"
    "        return message"
)


def _title(group: Group) -> str:
    where = group.recipient or group.topic
    return f"{group.type} to {where!r} was not delivered: {group.reason}{times(group.count)}"


def _unknown(group: Group) -> bool:
    return group.reason.startswith(("unknown recipient", "no such agent"))


def _meant(group: Group) -> bool:
    """Agents may go on posting when their program has stopped the runtime; the program may not."""
    if group.reason.startswith(_STOPPED):
        return not group.sender
    return not group.reason.startswith(_NOT_MEANT)


def _advice(group: Group) -> str:
    if _unknown(group):
        return REGISTER
    if group.reason.startswith(_STOPPED):
        return STARTED
    return INTERVENES if "intervention handler" in group.reason else ""


def _start(context: Context) -> LetterDetector:
    return LetterDetector(
        context,
        lambda: RULE,
        takes=_meant,
        title=_title,
        known=lambda seen: seen.agents,
        sought=lambda group: group.recipient if _unknown(group) else "",
        advice=_advice,
    )


RULE = Rule(
    code="LOST003",
    slug="drop.undelivered",
    title="a message was never delivered",
    severity="warning",
    about=__doc__,
    needs="send and publish spans that note a failed delivery (recorded on TracedRuntime)",
    doubt="an intervention handler may drop messages on purpose",
    advice=("wait for the queue before stopping:\n    await runtime.stop_when_idle()"),
    start=_start,
)
