"""The loop analysis of a run: one `Talk` a conversation id, bounded in number.

It is shared by the loop rules; `fired` holds the loops that the latest turn brought to light.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from ..tracer import conventions as c
from .config import Config
from .embedding import named
from .loop import Loop
from .talk import Talk
from .turn import Turn

CONVERSATIONS: Final = 256  # judged at a time; the one that rested longest is let go
LOOPS: Final = 64  # kept of one run
PAID: Final = frozenset({c.AGENT, c.CHAT, c.TOOL, c.CODE, c.HUMAN})


class Recurrence:
    """Feeds turns to the conversations they belong to."""

    def __init__(self, config: Config | None = None) -> None:
        self._config = config if config is not None and (config.tools or config.agents) else None
        self._embed = named(config.embedding) if config is not None else None
        self.loops: list[Loop] = []
        self.fired: list[Loop] = []
        self.acts = 0
        self.beyond = 0  # loops that were not kept
        self.paid = False  # a model, a tool or a person had a part in the run
        self._tokens = 0
        self._bytes = 0
        self._talks: OrderedDict[str, Talk] = OrderedDict()

    def turn(self, turn: Turn) -> None:
        """Take in the next step."""
        self.fired = []
        self.paid = self.paid or not turn.ops.isdisjoint(PAID)
        self._tokens += turn.tokens
        self._bytes += turn.bytes
        self.acts += len(turn.acts)
        talk = self._talk(turn.conversation)
        spoken = turn.outside and not (turn.acts and all(act.wordless for act in turn.acts))
        if spoken or (turn.step.kind != "call" and not turn.step.sender):
            talk.interrupted()
        if turn.heard:
            talk.hears(turn.heard)
        for act in turn.acts:
            tool = act.target if act.kind == "call" else ""
            if self._config is not None and self._config.exempts(act.name, tool):
                continue
            loop = talk.act(act, turn, self._tokens, self._bytes)
            if loop is not None:
                self._keep(loop)
        talk.rest(turn)

    def _talk(self, name: str) -> Talk:
        talk = self._talks.get(name)
        if talk is None:
            talk = self._talks[name] = Talk(name, self._config, self._embed)
            if len(self._talks) > CONVERSATIONS:
                self._talks.popitem(last=False)
        else:
            self._talks.move_to_end(name)
        return talk

    def _keep(self, loop: Loop) -> None:
        if loop in self.loops:
            return
        if len(self.loops) >= LOOPS:
            self.beyond += 1
            return
        self.loops.append(loop)
        self.fired.append(loop)
