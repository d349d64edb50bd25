"""Counts that only runtimes know, for memory samples: their agents, topics, and what waits."""

from __future__ import annotations

from typing import Any, Final

from ..tracer.names import plain_name, plain_type
from ..tracer.sampler import gauges, settlers
from .depths import Mailbox
from .registry import enter, runtimes

__all__ = ["enter", "read"]

SHOWN: Final = 8  # mailboxes that a sample tells of
TYPED: Final = 20_000  # agents of a runtime that are counted by type


def read(data: dict[str, Any]) -> None:
    """Add what the runtimes there are hold between them."""
    instances: dict[str, int] = {}
    topics = queued = in_flight = 0
    boxes: dict[str, Mailbox] = {}
    for runtime in list(runtimes):
        seats, routes, waiting, live = runtime.holds()
        topics += routes
        queued += waiting
        in_flight += live
        boxes |= runtime.mailboxes()
        for agent_id in seats if len(seats) <= TYPED else ():
            name = plain_type(f"{agent_id.type}/{agent_id.key}")
            instances[name] = instances.get(name, 0) + 1
        if len(seats) > TYPED:
            instances["agents"] = instances.get("agents", 0) + len(seats)
    if instances:
        data["instances"] = instances
        data.update(topics=topics, queued=queued, in_flight=in_flight)
    fullest = sorted(boxes, key=lambda each: -boxes[each].depth)[:SHOWN]
    full = {plain_name(each): boxes[each] for each in fullest if boxes[each].depth > 1}
    if full:
        data["mailboxes"] = {name: box.depth for name, box in full.items()}
        data["mailbox_ages"] = {name: box.oldest_ns for name, box in full.items()}
        data["agent_in_flight"] = {name: box.handling for name, box in full.items()}


def settle() -> None:
    """Have the watches let go of deliveries that ended since they looked."""
    for runtime in list(runtimes):
        runtime.settle()


gauges.append(read)
settlers.append(settle)
