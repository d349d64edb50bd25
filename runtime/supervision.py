"""Supervision: an agent whose handler raised is made anew, with the state it last had when all was
well; one that fails too often is given up.

A failure stays its own: the handler's exception goes to whoever asked, and other agents go on.
Messages that come while the agent is being made wait for it. An agent that the program made itself
cannot be made again: it gets its last state back.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any

from autogen_core import Agent, AgentId

from ..tracer.names import plain_name
from ..tracer.observer import Severity, Told
from ..tracer.recorder import current_span, describe
from ..tracer.telling import tell
from .errors import Abandoned
from .options import Restart
from .states import keep_seat

if TYPE_CHECKING:
    from .roster import Roster, Seat
    from .topics import Topics

log = logging.getLogger("agentloupe")


class Supervisor:
    """Restarts the agents of one runtime by policy."""

    def __init__(
        self, policy: Mapping[str, Restart] | Restart, roster: Roster, topics: Topics
    ) -> None:
        self.restarts: dict[AgentId, int] = {}
        self._policy = policy
        self._roster = roster
        self._topics = topics
        self._states: dict[AgentId, Mapping[str, Any]] = {}  # the last checkpoints
        self._handled: dict[AgentId, int] = {}
        self._failures: dict[AgentId, deque[float]] = {}
        self._not_before: dict[AgentId, float] = {}
        self._given_up: dict[AgentId, Abandoned] = {}

    def _of(self, agent_id: AgentId) -> Restart | None:
        if isinstance(self._policy, Restart):
            return self._policy
        return self._policy.get(agent_id.type)

    # -- agents being made ---------------------------------------------------------------------
    async def before(self, agent_id: AgentId) -> None:
        """Before an agent is made.

        Raises:
            Abandoned: it failed too often.
        """
        given_up = self._given_up.get(agent_id)
        if given_up is not None:
            raise given_up
        until = self._not_before.pop(agent_id, None)
        if until is not None:
            await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))

    async def after(self, agent_id: AgentId, agent: Agent) -> None:
        """It was made: it gets the state that it last had."""
        state = self._states.get(agent_id)
        if state is not None:
            await agent.load_state(state)

    # -- handlers ------------------------------------------------------------------------------
    async def drive(self, handling: Awaitable[Any], seat: Seat) -> Any:
        """Await a handler, and see to its agent afterwards."""
        policy = self._of(seat.id)
        try:
            reply = await handling
        except Exception as error:
            if policy is not None and self._roster.has(seat):
                await self._failed(seat, policy, error)
            raise
        if policy is not None and self._roster.has(seat):  # else its state is that of a failure
            await self._checkpoint(seat, policy)
        return reply

    async def _checkpoint(self, seat: Seat, policy: Restart) -> None:
        count = self._handled[seat.id] = self._handled.get(seat.id, 0) + 1
        if not policy.checkpoint_every or count % policy.checkpoint_every:
            return
        try:
            state = self._states[seat.id] = await seat.agent.save_state()
            keep_seat(seat.identity, seat.agent, state, "checkpoint")
        except Exception as error:
            log.warning("%s has no state to keep: %s", seat.identity, describe(error))

    async def _failed(self, seat: Seat, policy: Restart, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        failures = self._failures.setdefault(seat.id, deque(maxlen=policy.limit + 1))
        failures.append(now)
        while failures and now - failures[0] > policy.within:
            failures.popleft()
        count = len(failures)
        name = plain_name(seat.identity)
        if count > policy.limit:
            told = _told(
                "supervision.gave-up",
                f"{name} failed {count} times within {policy.within:g} s and is given up",
                f"last: {describe(error)}. What it would have handled is a dead letter from now on",
                seat,
                "error",
            )
            self._given_up[seat.id] = Abandoned(told)
        else:
            delay = policy.backoff * 2 ** (count - 1)
            self._not_before[seat.id] = now + delay
            self.restarts[seat.id] = self.restarts.get(seat.id, 0) + 1
            told = _told(
                "supervision.restart",
                f"{name} failed and is made anew in {delay:g} s: {count} of {policy.limit}",
                describe(error),
                seat,
                "warning",
            )
        tell(told, "ended" if count > policy.limit else "restarted", current_span())
        if self._roster.remakes(seat.id) or seat.id in self._given_up:
            self._roster.leave(seat)
            self._topics.forget_seats()
        elif seat.id in self._states:
            await seat.agent.load_state(self._states[seat.id])


def _told(slug: str, title: str, story: str, seat: Seat, severity: Severity) -> Told:
    return Told(slug, title, story, severity=severity, agents=(seat.identity,))
