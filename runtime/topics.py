"""Subscriptions, and who receives what is published to a topic."""

from __future__ import annotations

from autogen_core import AgentId, Subscription, TopicId

from .errors import NoSuchSubscription
from .roster import Seat
from .semantics import Semantics

REMEMBERED = 1_024  # topics whose recipients are known without matching
HEARD = 64  # senders and classes of messages, likewise a topic


class Route:
    """Where what is published to a topic goes. `seats` is there once all of the agents are."""

    __slots__ = ("heard_by", "recipients", "seats")

    def __init__(self, recipients: tuple[AgentId, ...]) -> None:
        self.recipients = recipients
        self.seats: list[Seat] | None = None
        #: What `heard` found.
        self.heard_by: dict[tuple[str, type], tuple[list[Seat], bool]] = {}

    def ready(self, there: dict[AgentId, Seat]) -> list[Seat] | None:
        """The recipients, if none is still to be made. Agents stay once they are there."""
        if self.seats is None:
            seats = [there[each] for each in self.recipients if each in there]
            if len(seats) == len(self.recipients):
                self.seats = seats
        return self.seats

    def heard(self, who: str, kind: type) -> tuple[list[Seat], bool]:
        """The seats that get what `who` publishes, which it does not get itself, and whether any of
        them takes a message of that class. `seats` must be there."""
        found = self.heard_by.get((who, kind))
        if found is None:
            assert self.seats is not None
            seats = [seat for seat in self.seats if seat.identity != who]
            if len(self.heard_by) >= HEARD:
                self.heard_by.clear()
            found = seats, any(seat.takes(kind) for seat in seats)
            self.heard_by[who, kind] = found
        return found

    def forget(self) -> None:
        """An agent left: the others are asked for again."""
        self.seats = None
        self.heard_by.clear()


class Topics:
    """Recipients in the order of their subscriptions; one that matches twice receives twice."""

    def __init__(self, semantics: Semantics) -> None:
        self._subscriptions: list[Subscription] = []
        #: By type and source: hashing and comparing a TopicId is Python code.
        self.routes: dict[tuple[str, str], Route] = {}
        self._documented = semantics.documented_errors
        self._bound = REMEMBERED if semantics.bounded_topics else None

    def __len__(self) -> int:
        """Topics whose route is remembered."""
        return len(self.routes)

    def add(self, subscription: Subscription) -> None:
        """Raises ValueError when an equal one is there."""
        if any(other == subscription for other in self._subscriptions):
            raise ValueError("Subscription already exists")
        self._subscriptions.append(subscription)
        self.routes.clear()

    def remove(self, subscription_id: str) -> None:
        """Raises LookupError (ValueError under `compat="autogen"`) when there is none."""
        kept = [each for each in self._subscriptions if each.id != subscription_id]
        if len(kept) == len(self._subscriptions):
            if self._documented:
                raise NoSuchSubscription(f"there is no subscription with id {subscription_id!r}")
            raise ValueError("Subscription does not exist")
        self._subscriptions = kept
        self.routes.clear()

    def forget_seats(self) -> None:
        """An agent left: routes ask for theirs again."""
        for route in self.routes.values():
            route.forget()

    def forget(self, agent_id: AgentId) -> None:
        """An agent left: so do the topics that led to it."""
        for topic in [each for each, route in self.routes.items() if agent_id in route.recipients]:
            del self.routes[topic]

    def route(self, topic: TopicId) -> Route:
        """The agents that subscriptions map the topic to."""
        name = topic.type, topic.source
        route = self.routes.get(name)
        if route is None:
            matching = (each for each in self._subscriptions if each.is_match(topic))
            route = Route(tuple(each.map_to_agent(topic) for each in matching))
            if self._bound is not None and len(self.routes) >= self._bound:
                del self.routes[next(iter(self.routes))]
            self.routes[name] = route
        return route
