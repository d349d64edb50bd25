"""The agents of a runtime: how they are made, those that are there, and their state."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from autogen_core import (
    Agent,
    AgentId,
    AgentInstantiationContext,
    AgentType,
    ClosureAgent,
    RoutedAgent,
)

from ..tracer.recorder import active, current_span
from ..tracer.telling import tell
from . import events, stories
from .semantics import Semantics
from .states import keep_seat
from .teams import is_manager

if TYPE_CHECKING:
    from autogen_core import AgentRuntime

    from ..tracer.tallies import Attribution
    from .releasing import Releaser
    from .supervision import Supervisor

Factory = Callable[..., Agent | Awaitable[Agent]]


class Kind:
    """An agent type: made by a factory, or a set of instances that the program made."""

    __slots__ = ("expected", "factory", "handled", "instances_of")

    def __init__(
        self,
        factory: Factory | None,
        expected: type[Agent] | None = None,
        instances_of: type[Agent] | None = None,
    ) -> None:
        self.factory = factory
        self.expected = expected
        self.instances_of = instances_of
        self.handled: frozenset[type] | None = None  # types that its class has handlers for


class Seat:
    """An agent that is there. `identity` is `type/key`, put together once."""

    __slots__ = ("agent", "catches", "id", "identity", "kind", "routed", "tally", "types")

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.tally: Attribution | None = None  # of what its handlers leave allocated
        self.id: AgentId = agent.id
        self.kind = self.id.type
        self.identity = f"{self.kind}/{self.id.key}"
        types = _handled_types(agent)
        self.routed = types is not None
        expected = _expected_types(agent)  # what it does about others says its policy
        self.types: frozenset[type] = types or expected or frozenset()
        self.catches = expected is None and (  # whatever its handlers do not take
            types is None
            or getattr(type(agent), "on_unhandled_message", None)
            is not RoutedAgent.on_unhandled_message
        )

    def handles(self, message: object) -> bool:
        """False when nothing of the agent takes the message's type."""
        return self.takes(type(message))

    def takes(self, kind: type) -> bool:
        """False when nothing of the agent takes messages of the class."""
        return self.catches or kind in self.types

    def refuses(self, message: object) -> bool:
        """No handler takes the type; what the agent does about the rest is a refusal."""
        return self.routed and type(message) not in self.types


def _messages() -> int:
    """Deliveries of the process so far, as far as they are recorded."""
    recorder = active()
    return 0 if recorder is None else recorder.sampler.messages


def _handled_types(agent: Agent) -> frozenset[type] | None:
    """The types an agent has handlers for; None when it decides by code of its own."""
    if not isinstance(agent, RoutedAgent):
        return None
    for owner in type(agent).__mro__:
        if "on_message_impl" in vars(owner):
            if owner is not RoutedAgent and owner.__name__ != "SequentialRoutedAgent":
                return None
            break
    return frozenset(agent._handlers)  # the routing table; there is no other way to ask


def _expected_types(agent: Agent) -> frozenset[type] | None:
    """The types that a function registered as an agent takes; None when it is given all. One that
    says `Any` is given nothing by AutoGen 0.7.5, which looks for that very class."""
    if type(agent) is not ClosureAgent or agent._unknown_type_policy == "ignore":
        return None
    expected: Sequence[Any] = agent._expected_types
    return frozenset(expected) if all(isinstance(each, type) for each in expected) else None


def _wake(
    waiting: Sequence[asyncio.Future[Seat | None]], seat: Seat | None, error: Exception | None
) -> None:
    for each in waiting:
        if each.done():
            continue
        if error is not None:
            each.set_exception(error)
        else:
            each.set_result(seat)


class Roster:
    """Makes agents when they are first needed and keeps them."""

    def __init__(self, runtime: AgentRuntime, semantics: Semantics) -> None:
        self.seats: dict[AgentId, Seat] = {}
        self.kinds: dict[str, Kind] = {}
        self._runtime = runtime
        self._single_flight = semantics.single_flight_factories
        self._making: dict[AgentId, list[asyncio.Future[Seat | None]]] = {}  # who waits
        self._makers: dict[AgentId, asyncio.Task[Any] | None] = {}
        self._opening: dict[AgentId, Seat] = {}  # made, and those who waited come first
        self._made: dict[str, int] = {}  # and there, by type
        self.managers: list[Seat] = []  # of AgentChat's teams
        self.supervisor: Supervisor | None = None
        self.releaser: Releaser | None = None

    # -- registration ----------------------------------------------------------------------------
    def add_factory(
        self, kind: str | AgentType, factory: Factory, expected: type[Agent] | None
    ) -> AgentType:
        """Raises ValueError when the type is taken."""
        agent_type = AgentType(kind) if isinstance(kind, str) else kind
        if agent_type.type in self.kinds:
            raise ValueError(f"Agent with type {agent_type} already exists.")
        self.kinds[agent_type.type] = Kind(factory, expected)
        if len(self.kinds) in stories.MARKS:
            tell(stories.types(len(self.kinds), _messages()), "warned", current_span())
        return agent_type

    async def add_instance(self, agent: Agent, agent_id: AgentId) -> AgentId:
        """Raises ValueError when the id or the type is taken otherwise."""
        if agent_id in self.seats:
            raise ValueError(f"Agent with id {agent_id} already exists.")
        kind = self.kinds.get(agent_id.type)
        if kind is None:
            self.kinds[agent_id.type] = Kind(None, instances_of=type(agent))
        elif kind.instances_of is None:
            raise ValueError(
                "Agent factories and agent instances cannot be registered to the same type."
            )
        elif kind.instances_of is not type(agent):
            raise ValueError("Agent instances must be the same object type.")
        await agent.bind_id_and_runtime(id=agent_id, runtime=self._runtime)
        self._sit(agent_id, agent)
        return agent_id

    def _sit(self, agent_id: AgentId, agent: Agent) -> Seat:
        seat = Seat(agent)
        if agent_id in self.seats:
            tell(stories.replaced(seat.identity), "warned", current_span())
        self.seats[agent_id] = seat
        count = self._made[agent_id.type] = self._made.get(agent_id.type, 0) + 1
        if count in stories.MARKS and self.releaser is None:
            tell(stories.many(seat.identity, count, _messages()), "warned", current_span())
        if is_manager(agent):
            self.managers.append(seat)
        return seat

    @property
    def changes(self) -> bool:
        """Whether an agent of an id may be another one later."""
        return self.supervisor is not None or self.releaser is not None

    def has(self, seat: Seat) -> bool:
        """Whether an agent is there still."""
        return seat in (self.seats.get(seat.id), self._opening.get(seat.id))

    def remakes(self, agent_id: AgentId) -> bool:
        """Whether an agent can be made again: its type has a factory."""
        kind = self.kinds.get(agent_id.type)
        return kind is not None and kind.factory is not None

    def leave(self, seat: Seat) -> None:
        """An agent is there no longer; the next message makes it anew."""
        if self.seats.pop(seat.id, None) or self._opening.pop(seat.id, None):
            self._made[seat.id.type] -= 1
        if seat in self.managers:
            self.managers.remove(seat)

    # -- agents ----------------------------------------------------------------------------------
    async def seat(self, agent_id: AgentId) -> Seat:
        """The agent of that id, made now if need be.

        Raises:
            LookupError: its type is not registered. Whatever its factory raises.
        """
        waiting = self._making.get(agent_id)
        if waiting is not None:
            mine: asyncio.Future[Seat | None] = asyncio.get_running_loop().create_future()
            waiting.append(mine)
            return await mine or await self.seat(agent_id)
        found = self.seats.get(agent_id)
        if found is not None:
            return found
        kind = self.kinds.get(agent_id.type)
        if kind is None:
            raise LookupError(f"Agent with name {agent_id.type} not found.")
        if not self._single_flight and self.releaser is None:  # its state is given back once
            return await self._make(agent_id, kind)
        return await self._make_once(agent_id, kind)

    async def _make_once(self, agent_id: AgentId, kind: Kind) -> Seat:
        """Whoever comes while the agent is being made waits for this one, and begins first: to
        messages that are posted since, it is not there before they have gone on. When who makes
        it is cancelled, the next does.
        """
        waiting = self._making[agent_id] = []
        self._makers[agent_id] = asyncio.current_task()
        seat: Seat | None = None
        error: Exception | None = None
        try:
            seat = await self._make(agent_id, kind)
        except Exception as raised:
            error = raised
            raise
        else:
            return seat
        finally:
            del self._making[agent_id], self._makers[agent_id]
            _wake(waiting, seat, error)
            if waiting and seat is not None:
                del self.seats[agent_id]
                self._making[agent_id] = []
                self._opening[agent_id] = seat
                asyncio.get_running_loop().call_soon(self._open, agent_id, seat)

    def made_by(self) -> dict[object, asyncio.Task[Any]]:
        """The task that makes the agent, by the futures of those who wait for it."""
        makers = [(maker, self._making[each]) for each, maker in self._makers.items()]
        return {one: maker for maker, waiting in makers if maker is not None for one in waiting}

    def _open(self, agent_id: AgentId, seat: Seat) -> None:
        """An agent that was waited for is there for all, once nobody is left who did."""
        waiting = self._making.pop(agent_id)
        if self._opening.get(agent_id) is not seat:  # it left again: the next one makes another
            _wake(waiting, None, None)
            return
        if not waiting:
            self.seats[agent_id] = self._opening.pop(agent_id)
            return
        self._making[agent_id] = []
        _wake(waiting, seat, None)
        asyncio.get_running_loop().call_soon(self._open, agent_id, seat)

    async def _make(self, agent_id: AgentId, kind: Kind) -> Seat:
        if self.supervisor is not None:
            await self.supervisor.before(agent_id)
        with AgentInstantiationContext.populate_context((self._runtime, agent_id)):
            try:
                agent = await self._call(kind, agent_id)
            except BaseException as error:
                events.construction_failed(agent_id, error)
                raise
        if self.supervisor is not None:
            await self.supervisor.after(agent_id, agent)
        if self.releaser is not None:
            await self.releaser.after(agent_id, agent)
        return self._sit(agent_id, agent)

    async def _call(self, kind: Kind, agent_id: AgentId) -> Agent:
        factory = kind.factory
        if factory is None:
            raise RuntimeError(
                f"agent type {agent_id.type!r} consists of instances that were registered one by "
                f"one, and {str(agent_id)!r} is none of them: a subscription of that type matches "
                "a topic whose source is another key. Register that instance, or register the "
                "agent with skip_class_subscriptions off"
            )
        made: Any = factory()
        if inspect.isawaitable(made):
            made = await made
        if kind.expected is not None and not isinstance(made, kind.expected):
            raise ValueError(
                f"Factory registered using the wrong type: expected {kind.expected.__name__}, "
                f"got {type(made).__name__}"
            )
        return cast(Agent, made)

    async def instance(self, agent_id: AgentId, expected: type[Any]) -> Any:
        """The agent itself.

        Raises:
            LookupError: its type is not registered.
            TypeError: it is not of the expected class.
        """
        agent = (await self.seat(agent_id)).agent
        if not isinstance(agent, expected):
            raise TypeError(
                f"Agent with name {agent_id.type} is not of type {expected.__name__}. "
                f"It is of type {type(agent).__name__}"
            )
        return agent

    # -- state -----------------------------------------------------------------------------------
    async def save(self) -> dict[str, dict[str, Any]]:
        """The state of every agent that is there, by identity."""
        found: dict[str, dict[str, Any]] = {}
        for agent_id, seat in [*self.seats.items(), *self._opening.items()]:
            state = found[str(agent_id)] = dict(await seat.agent.save_state())
            keep_seat(seat.identity, seat.agent, state, "saved")
        return found

    async def load(self, state: Mapping[str, Any]) -> None:
        """Gives agents their state back; those of unregistered types are passed over."""
        for name, of_agent in state.items():
            agent_id = AgentId.from_str(name)
            if agent_id.type in self.kinds:
                await (await self.seat(agent_id)).agent.load_state(of_agent)

    async def close(self) -> None:
        """Closes every agent that is there."""
        for seat in [*self.seats.values(), *self._opening.values()]:
            await seat.agent.close()
