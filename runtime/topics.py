"""Subscriptions, and who receives what is published to a topic."""

from __future__ import annotations

from autogen_core import AgentId, Subscription, TopicId

from .errors import NoSuchSubscription
from .roster import Seat
from .semantics import Semantics

REMEMBERED = 1_024  # topics whose recipients are known without matching


class Route:
    """Where what is published to a topic goes. `seats` is there once all of the agents are."""

    __slots__ = ("recipients", "seats")

    def __init__(self, recipients: tuple[AgentId, ...]) -> None:
        self.recipients = recipients
        self.seats: list[Seat] | None = None

    def ready(self, there: dict[AgentId, Seat]) -> list[Seat] | None:
        """The recipients, if none is still to be made. Agents stay once they are there."""
        if self.seats is None:
            seats = [there[each] for each in self.recipients if each in there]
            if len(seats) == len(self.recipients):
                self.seats = seats
        return self.seats


class Topics:
    """Recipients in the order of their subscriptions; one that matches twice receives twice."""

    def __init__(self, semantics: Semantics) -> None:
        self._subscriptions: list[Subscription] = []
        self._routes: dict[TopicId, Route] = {}
        self._documented = semantics.documented_errors
        self._bound = REMEMBERED if semantics.bounded_topics else None

    def __len__(self) -> int:
        """Topics whose route is remembered."""
        return len(self._routes)

    def add(self, subscription: Subscription) -> None:
        """Raises ValueError when an equal one is there."""
        if any(other == subscription for other in self._subscriptions):
            raise ValueError("Subscription already exists")
        self._subscriptions.append(subscription)
        self._routes.clear()

    def remove(self, subscription_id: str) -> None:
        """Raises LookupError (ValueError under `compat="autogen"`) when there is none."""
        kept = [each for each in self._subscriptions if each.id != subscription_id]
        if len(kept) == len(self._subscriptions):
            if self._documented:
                raise NoSuchSubscription(f"there is no subscription with id {subscription_id!r}")
            raise ValueError("Subscription does not exist")
        self._subscriptions = kept
        self._routes.clear()

    def forget_seats(self) -> None:
        """An agent left: routes ask for theirs again."""
        for route in self._routes.values():
            route.seats = None

    def forget(self, agent_id: AgentId) -> None:
        """An agent left: so do the topics that led to it."""
        for topic in [each for each, route in self._routes.items() if agent_id in route.recipients]:
            del self._routes[topic]

    def route(self, topic: TopicId) -> Route:
        """The agents that subscriptions map the topic to."""
        route = self._routes.get(topic)
        if route is None:
            matching = (each for each in self._subscriptions if each.is_match(topic))
            route = Route(tuple(each.map_to_agent(topic) for each in matching))
            if self._bound is not None and len(self._routes) >= self._bound:
                del self._routes[next(iter(self._routes))]
            self._routes[topic] = route
        return route
