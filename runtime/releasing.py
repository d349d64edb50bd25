"""Releasing agents that nobody has written to for a while, and the topics that led to them.

A server that keys agents by session makes one for each, and AutoGen's runtime keeps them all. By
policy an idle agent's state is saved and the agent forgotten; the next message makes it anew by its
factory and gives it the state back. One that cannot be made again or cannot save what it knows
stays: losing state is no way to save memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from autogen_core import Agent, AgentId, BaseAgent

from ..tracer.recorder import describe
from .options import Release

if TYPE_CHECKING:
    from .roster import Roster, Seat
    from .topics import Topics
    from .watch import Post

log = logging.getLogger("agentloupe")


class Releaser:
    """Keeps the agents of one runtime in the order in which they were last written to."""

    def __init__(
        self, policy: Mapping[str, Release] | Release, roster: Roster, topics: Topics
    ) -> None:
        self._policy = policy
        self._roster = roster
        self._topics = topics
        self._states: MutableMapping[str, Mapping[str, Any]] = {}
        self._used: OrderedDict[AgentId, float] = OrderedDict()  # when a handler of it ended last
        self._refused: set[str] = set()  # types of which it was said
        self._task: asyncio.Task[None] | None = None

    def _of(self, kind: str) -> Release | None:
        if isinstance(self._policy, Release):
            return self._policy
        return self._policy.get(kind)

    def _states_of(self, policy: Release) -> MutableMapping[str, Mapping[str, Any]]:
        return self._states if policy.states is None else policy.states

    # -- agents in use -------------------------------------------------------------------------
    def used(self, agent_id: AgentId) -> None:
        """A handler of an agent ended."""
        if self._of(agent_id.type) is not None:
            self._used[agent_id] = asyncio.get_running_loop().time()
            self._used.move_to_end(agent_id)

    async def after(self, agent_id: AgentId, agent: Agent) -> None:
        """An agent was made: it gets the state with which it was released."""
        policy = self._of(agent_id.type)
        if policy is None:
            return
        states, key = self._states_of(policy), _key(agent_id)
        state = states.get(key)
        if state is not None:
            await agent.load_state(state)
            del states[key]

    # -- agents that are idle ------------------------------------------------------------------
    def look(self, post: Post) -> bool:
        """Release those whose time has come. False: there is none to wait for."""
        if self._task is None or self._task.done():
            due = self._due()
            if due:
                self._task = asyncio.get_running_loop().create_task(self._release(due, post))
        return bool(self._used)

    def _due(self) -> list[Seat]:
        now = asyncio.get_running_loop().time()
        due: list[Seat] = []
        for agent_id, since in self._used.items():
            policy, seat = self._of(agent_id.type), self._roster.seats.get(agent_id)
            if policy is None or now - since < policy.after:
                if isinstance(self._policy, Release):
                    break  # those behind it were used later
            elif seat is not None:
                due.append(seat)
        return due

    async def _release(self, due: list[Seat], post: Post) -> None:
        for seat in due:
            since = self._used.get(seat.id)
            policy = self._of(seat.id.type)
            if since is None or policy is None or self._busy(seat, post):
                continue
            why = self._keeps(seat, policy)
            if not why:
                why = await self._let_go(seat, policy, since, post)
            if why and self._used.get(seat.id) == since:
                del self._used[seat.id]  # until it is used again
                self._say(seat, why)

    def _busy(self, seat: Seat, post: Post) -> bool:
        held = [] if post.gate is None else post.gate.waiting()
        return (
            post.prepares
            or any(each.recipient == seat.id for each in post.live)
            or any(each.delivery.recipient == seat.id for each in held)
        )

    def _keeps(self, seat: Seat, policy: Release) -> str:
        """Why an agent must stay, "" if it need not."""
        kind = type(seat.agent)
        if not self._roster.remakes(seat.id):
            return "it was made by the program and cannot be made again"
        if kind.__module__.startswith("autogen_agentchat."):
            return "it belongs to a team"
        saves = getattr(kind, "save_state", None) is not BaseAgent.save_state
        loads = getattr(kind, "load_state", None) is not BaseAgent.load_state
        if not (saves and loads) and not policy.forget:
            return "its class has no save_state and load_state of its own"
        return ""

    async def _let_go(self, seat: Seat, policy: Release, since: float, post: Post) -> str:
        """Save its state and forget it, unless it is written to meanwhile."""
        state: Mapping[str, Any] | None = None
        if type(seat.agent).save_state is not BaseAgent.save_state:
            try:
                state = await seat.agent.save_state()
            except Exception as error:
                return f"its state cannot be saved: {describe(error)}"
        if self._busy(seat, post) or self._used.get(seat.id) != since:
            return ""
        if state is not None:
            try:
                self._states_of(policy)[_key(seat.id)] = state
            except Exception as error:
                return f"its state cannot be kept: {describe(error)}"
        del self._used[seat.id]
        self._roster.leave(seat)
        self._topics.forget(seat.id)
        try:
            await seat.agent.close()
        except Exception as error:
            log.warning("%s could not be closed: %s", seat.identity, describe(error))
        return ""

    def _say(self, seat: Seat, why: str) -> None:
        if seat.id.type not in self._refused:
            self._refused.add(seat.id.type)
            log.warning("%s is idle and is kept all the same: %s", seat.identity, why)


def _key(agent_id: AgentId) -> str:
    return f"{agent_id.type}/{agent_id.key}"
