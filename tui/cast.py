"""Who plays in a run: agents in order of appearance, their names, colours and lanes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..tracer.model import AgentTotals, Step, plain_name
from .pieces import cells, cut

PROGRAM = "program"  # who sends what no agent sent
HUES = 8
_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[_\-. /])")


class Cast:
    """The agents of a run. Lanes are given in order of appearance and never taken back."""

    def __init__(self, totals: Iterable[AgentTotals] = ()) -> None:
        self.lanes: list[str] = []  # identities
        self.program = False  # whether messages come from outside of all agents
        self._places: dict[str, int] = {}
        self._waiting: list[str] = []
        self.know(totals)

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
            self._place(step.sender)
            self._place(step.recipient)
        for identity in self._waiting:
            self._place(identity)
        self._waiting = []

    def lane(self, identity: str) -> int:
        """The lane of an agent, -1 for the program; an agent not known yet gets the next."""
        return self._place(identity)

    def name(self, identity: str) -> str:
        """How the program calls an agent."""
        return plain_name(identity) if identity else PROGRAM

    def role(self, identity: str) -> str:
        """The role that colours an agent."""
        return f"agent{self.lane(identity) % HUES}" if identity else "program"

    def _place(self, identity: str) -> int:
        if not identity:
            self.program = True
            return -1
        place = self._places.get(identity)
        if place is None:
            place = self._places[identity] = len(self.lanes)
            self.lanes.append(identity)
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
    """
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
    ('ToolCallRequest', 'TCRequest')
    >>> abbreviate("ToolCallRequest", 7)
    'TCRequ…'
    """
    words = _JOINT.split(name)
    for place in range(len(words) - 1):
        if cells("".join(words)) <= width:
            break
        words[place] = words[place][:1]
    return cut("".join(words), width)
