"""`save_state` of AgentChat's teams and agents: what they keep goes on the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...tracer import conventions as c
from ...tracer.recorder import LiveSpan, Recorder, current_span
from ..states import keep, keep_team, mark
from .watching import Args, Call, Kwargs, Opener, Watch


class Saving(Call):
    """A team or an agent is asked for its state."""

    __slots__ = ("_identity", "_state")

    def __init__(self, owner: Any, span: LiveSpan, identity: str) -> None:
        super().__init__(owner, span)
        self._identity = identity
        self._state: object = None

    def result(self, value: Any) -> None:
        self._state = value

    def end(self) -> None:
        super().end()
        if self._state is None:
            return
        if self._identity:
            keep(self._identity, self._state, "saved", self.owner)
        else:
            keep_team(self.owner, self._state)


def watch_states(
    recorder: Recorder, watch: Watch, module: Any, identity_of: Callable[[str], str]
) -> None:
    """Watch `save_state` of the classes of `autogen_agentchat.base`."""

    def saving(*, team: bool) -> Opener:
        def opener(owner: Any, args: Args, kwargs: Kwargs) -> Call | None:
            around = current_span()
            if around is not None and around.op == c.STATE:
                return None  # part of what a whole team is asked for
            name = str(owner.name)
            return Saving(owner, mark(recorder, name, owner), "" if team else identity_of(name))

        return opener

    watch.family(module.Team, {"save_state": saving(team=True)})
    watch.family(module.ChatAgent, {"save_state": saving(team=False)})
