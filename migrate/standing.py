"""Which parts of a program move and which stay on v0.2 together.

A conversation runs on one version: what an obstacle keeps on v0.2 keeps everything that talks
to it there as well, so that no half of a chat is left without the other.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from .model import Chat, Group, Obstacle, Program, Speaker, Tool

Part = Speaker | Group | Chat | Tool
Conversation = list[Speaker | Group | Chat]


class Standing:
    """The obstacle that keeps a part on v0.2, or None when the part moves."""

    def __init__(self, program: Program, unwanted: Sequence[Obstacle] = ()) -> None:
        self._kept: dict[int, Obstacle] = {}
        self._own: dict[int, list[Obstacle]] = {}
        self._links: dict[int, list[Part]] = defaultdict(list)
        parts: list[Speaker | Group | Chat] = [*program.speakers, *program.groups, *program.chats]
        for part in parts:
            self._own[id(part)] = list(part.obstacles)
        self._link(program)
        self._hold_unseen(program)
        self._spread(parts)

    def _join(self, one: Part | None, other: Part | None) -> None:
        if one is not None and other is not None:
            self._links[id(one)].append(other)
            self._links[id(other)].append(one)

    def _link(self, program: Program) -> None:
        for chat in program.chats:
            for part in (chat, *chat.queue):
                self._join(chat, part.starter)
                self._join(chat, part.partner)
        for speaker in program.speakers:
            for nested in speaker.nested:
                for part in nested.queue:
                    self._join(speaker, part.starter)
                    self._join(speaker, part.partner)
                for trigger in nested.triggers:
                    self._join(speaker, trigger)
        for group in program.groups:
            for member in group.members:
                self._join(group, member)
        for tool in program.tools:
            self._join(tool.caller, tool.executor)

    def _hold_unseen(self, program: Program) -> None:
        """A chat of unknown parties may be held by any speaker that is handed around."""
        if program.unseen is None and not program.handled:
            return
        for speaker in program.speakers:
            loose = speaker.variable is None or not (speaker.chats or speaker.groups)
            if loose and not self._own[id(speaker)]:
                text = "may take part in a chat whose parties are not known here"
                self._own[id(speaker)].append(Obstacle("MIG098", speaker.call, text))

    def _spread(self, parts: Sequence[Part]) -> None:
        queue: deque[Part] = deque()
        for part in parts:
            if self._own[id(part)]:
                self._kept[id(part)] = self._own[id(part)][0]
                queue.append(part)
        while queue:
            part = queue.popleft()
            for other in self._links[id(part)]:
                if id(other) not in self._kept:
                    cause = self._kept[id(part)]
                    self._kept[id(other)] = Obstacle("MIG099", cause.node, cause.message)
                    queue.append(other)

    def together(self, program: Program) -> list[Conversation]:
        """Parts that move, in groups of those that only move together, in the file's order."""
        seen: set[int] = set()
        found: list[Conversation] = []
        for part in [*program.speakers, *program.groups, *program.chats]:
            group: Conversation = []
            queue: deque[Part] = deque([part])
            while queue:
                one = queue.popleft()
                if id(one) not in seen:
                    seen.add(id(one))
                    queue.extend(self._links[id(one)])
                    if not isinstance(one, Tool) and self.moves(one):
                        group.append(one)
            if group:
                found.append(group)
        return found

    def own(self, part: Part) -> list[Obstacle]:
        """Obstacles of the part itself, not of what it is connected to."""
        return self._own.get(id(part), [])

    def kept(self, part: Part) -> Obstacle | None:
        if isinstance(part, Tool):
            owner = part.caller or part.executor
            return self._kept.get(id(owner)) if owner is not None else None
        return self._kept.get(id(part))

    def moves(self, part: Part | None) -> bool:
        return part is not None and self.kept(part) is None
