"""Who plays in a run: agents in order of appearance, their names, colours and lanes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..tracer.model import AgentTotals, Step, plain_name
from .inner import Inner
from .pieces import cells, cut

PROGRAM = "program"  # who sends what no agent sent
HUES = 8
_CALLS = {"invoke_agent": "turn", "chat": "model call", "execute_tool": "tool call"}
NO_LANE = 1 << 30
#: AutoGen's own messages where there is no room for their names: what they are to their reader.
_BRIEF = {
    "RequestPublish": "Request",
    "AgentResponse": "Response",
    "TeamResponse": "TResponse",
    "ToolCallRequest": "ToolCall",
    "ToolCallExecution": "ToolResult",
    "ToolCallSummary": "Summary",
    "UserInputRequested": "UserInput",
    "model call": "model",
    "tool call": "tool",
}
_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[_\-. /])")


class Cast:
    """The agents of a run. Lanes are given in order of appearance and never taken back.

    Agents that only take part in inner conversations have none: `inner` tells inner steps.
    """

    def __init__(self, totals: Iterable[AgentTotals] = (), inner: Inner | None = None) -> None:
        self.lanes: list[str] = []  # identities
        self.within: dict[str, int] = {}  # identities without a lane, numbered
        self.program = False  # whether messages come from outside of all agents
        self._inner = inner or Inner()
        self._places: dict[str, int] = {}
        self._waiting: list[str] = []
        self.know(totals)

    @property
    def count(self) -> int:
        """How many agents there are."""
        return len(self.lanes) + len(self.within)

    def know(self, totals: Iterable[AgentTotals]) -> None:
        """Take the run's agents; they get lanes when they appear, or after those that did."""
        self._waiting = [
            total.identity
            for total in totals
            if total.identity not in self._places and (total.received or total.sent)
        ]

    def meet(self, steps: Iterable[Step]) -> None:
        """Give lanes to who appears in these steps, then to the rest of the run's agents."""
        for step in steps:
            inside = bool(self._inner.of(step))
            for identity in (step.sender, step.recipient):
                if inside:
                    self._within(identity)
                else:
                    self.lane(identity)
        for identity in self._waiting:
            if identity not in self.within:
                self.lane(identity)
        self._waiting = []

    def lane(self, identity: str) -> int:
        """The lane of an agent, -1 for the program, NO_LANE for one of an inner conversation.

        An agent not known yet gets the next.
        """
        if self._inner.member(identity):
            self._within(identity)
            return NO_LANE
        return self._place(identity)

    def name(self, identity: str) -> str:
        """How the program calls an agent."""
        return plain_name(identity) if identity else PROGRAM

    def role(self, identity: str) -> str:
        """The role that colours an agent."""
        if not identity:
            return "program"
        place = self.within.get(identity)
        if place is None:
            place = self.lane(identity)
        if place == NO_LANE:
            place = self.within[identity]
        return f"agent{place % HUES}"

    def _within(self, identity: str) -> None:
        if identity and identity not in self._places and identity not in self.within:
            self.within[identity] = len(self.within)

    def _place(self, identity: str) -> int:
        if not identity:
            self.program = True
            return -1
        place = self._places.get(identity)
        if place is None:
            place = self._places[identity] = len(self.lanes)
            self.lanes.append(identity)
            self.within.pop(identity, None)  # of an inner conversation only so far
        return place


def two_lines(name: str, width: int) -> tuple[str, str]:
    """A name broken over two lines at a joint of its words; the second is "" if one is enough.

    >>> two_lines("RoundRobinGroupChatManager", 12)
    ('RoundRobin', 'GroupChatMa…')
    """
    if cells(name) <= width:
        return "", name
    first = ""
    for part in _JOINT.split(name):
        if cells(first + part) > width:
            break
        first += part
    if not first:
        return "", cut(name, width)
    return first.strip(), cut(name[len(first) :], width)


def short_type(message_type: str) -> str:
    """A message type without module, and without the words that every message carries.

    >>> short_type("autogen_agentchat.messages.TextMessage"), short_type("GroupChatRequestPublish")
    ('Text', 'RequestPublish')
    >>> short_type("invoke_agent")  # a step that is no delivery, but a turn or a call
    'turn'
    """
    if message_type in _CALLS:
        return _CALLS[message_type]
    name = message_type.rpartition(".")[2]
    for prefix in ("GroupChat",):
        if name.startswith(prefix) and len(name) > len(prefix):
            name = name[len(prefix) :]
    for suffix in ("Message", "Event"):
        if name.endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
    return name


def abbreviate(name: str, width: int) -> str:
    """A type name in at most `width` cells: leading words become their initials.

    >>> abbreviate("ToolCallRequest", 15), abbreviate("ToolCallRequest", 9)
    ('ToolCallRequest', 'ToolCall')
    >>> abbreviate("CodeReviewTask", 9), abbreviate("CodeReviewTask", 5)
    ('CRTask', 'CRTa…')
    """
    if cells(name) <= width:
        return name
    words = _JOINT.split(_BRIEF.get(name, name))
    for place in range(len(words) - 1):
        if cells("".join(words)) <= width:
            break
        words[place] = words[place][:1]
    return cut("".join(words), width)
