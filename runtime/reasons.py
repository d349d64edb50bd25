"""Why a message is a dead letter, in words."""

from __future__ import annotations

from typing import Final

from ..tracer.recorder import describe
from .errors import RunStopped, RuntimeStopped
from .letters import Delivery, Letter
from .roster import Seat

NOT_MADE: Final = "undeliverable: the agent could not be made"
STOPPED_HANDLER: Final = "the runtime was stopped while it was being handled"
STOPPED: Final = "stopped: the runtime was stopped before the message's turn came"


def no_subscriber(letter: Letter) -> str:
    """Why a publish went nowhere."""
    return f"no subscriber: no agent subscribes to topic {str(letter.topic)!r}"


def no_handler(letter: Letter, *seats: Seat) -> str:
    """Why nobody did anything with a message that was delivered."""
    name = type(letter.message).__name__
    if len(seats) == 1:
        agent = type(seats[0].agent).__name__
        return f"no handler: {seats[0].identity} ({agent}) has none for {name}"
    return f"no handler: none of {len(seats)} subscribers has one for {name}"


def run_stopped(error: RunStopped) -> str:
    """Why a message of a run that was stopped is not handled."""
    return f"stopped: {error.told.slug}: {error.told.title}"


def given_up(delivery: Delivery, error: BaseException) -> str:
    """Why nobody waits any longer for a handler to end, or to begin."""
    if delivery.unbegun and isinstance(error, RuntimeStopped):
        return STOPPED
    if delivery.unbegun and isinstance(error, RunStopped):
        return run_stopped(error)
    return f"timed out: {describe(error)}"
