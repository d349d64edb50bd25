"""Subscriptions, and who receives what is published to a topic."""

from __future__ import annotations

from autogen_core import AgentId, Subscription, TopicId

from .errors import NoSuchSubscription
from .semantics import Semantics

REMEMBERED = 1_024  # topics whose recipients are known without matching


class Topics:
    """Recipients in the order of their subscriptions; one that matches twice receives twice."""

    def __init__(self, semantics: Semantics) -> None:
        self._subscriptions: list[Subscription] = []
        self._recipients: dict[TopicId, tuple[AgentId, ...]] = {}
        self._documented = semantics.documented_errors
        self._bound = REMEMBERED if semantics.bounded_topics else None

    def add(self, subscription: Subscription) -> None:
        """Raises ValueError when an equal one is there."""
        if any(other == subscription for other in self._subscriptions):
            raise ValueError("Subscription already exists")
        self._subscriptions.append(subscription)
        self._recipients.clear()

    def remove(self, subscription_id: str) -> None:
        """Raises LookupError (ValueError under `compat="autogen"`) when there is none."""
        kept = [each for each in self._subscriptions if each.id != subscription_id]
        if len(kept) == len(self._subscriptions):
            if self._documented:
                raise NoSuchSubscription(f"there is no subscription with id {subscription_id!r}")
            raise ValueError("Subscription does not exist")
        self._subscriptions = kept
        self._recipients.clear()

    def recipients(self, topic: TopicId) -> tuple[AgentId, ...]:
        """The agents that subscriptions map the topic to."""
        found = self._recipients.get(topic)
        if found is None:
            matching = (each for each in self._subscriptions if each.is_match(topic))
            found = tuple(each.map_to_agent(topic) for each in matching)
            if self._bound is not None and len(self._recipients) >= self._bound:
                del self._recipients[next(iter(self._recipients))]
            self._recipients[topic] = found
        return found
