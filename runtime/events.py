"""The log records that AutoGen's runtime writes, for programs that read them.

They have upstream's words, typos and all, in its order: programs write them to files and filter
them. Nothing is made unless somebody listens: upstream serialises every message up to six times
for records that nobody reads.
"""

from __future__ import annotations

import logging
from typing import Any

from autogen_core import EVENT_LOGGER_NAME, AgentId, TopicId
from autogen_core._serialization import JSON_DATA_CONTENT_TYPE, SerializationRegistry
from autogen_core.logging import (
    AgentConstructionExceptionEvent,
    DeliveryStage,
    MessageDroppedEvent,
    MessageEvent,
    MessageHandlerExceptionEvent,
    MessageKind,
)

_logger = logging.getLogger("autogen_core")
_events = logging.getLogger(EVENT_LOGGER_NAME)
_events_enabled: dict[int, bool] = getattr(_events, "_cache", {})  # emptied when levels change
_logger_enabled: dict[int, bool] = getattr(_logger, "_cache", {})

SEND, DELIVER = DeliveryStage.SEND, DeliveryStage.DELIVER
DIRECT, PUBLISH, RESPOND = MessageKind.DIRECT, MessageKind.PUBLISH, MessageKind.RESPOND


def wanted() -> bool:
    """Whether anybody listens. Asked for every message, so the loggers' own memory is looked at."""
    try:
        if not (_events_enabled[logging.INFO] or _logger_enabled[logging.INFO]):
            return False
    except KeyError:
        pass
    return _events.isEnabledFor(logging.INFO) or _logger.isEnabledFor(logging.INFO)


def _payload(registry: SerializationRegistry, message: Any) -> str:
    try:
        return registry.serialize(
            message,
            type_name=registry.type_name(message),
            data_content_type=JSON_DATA_CONTENT_TYPE,
        ).decode("utf-8")
    except ValueError:
        return "Message could not be serialized"


def _content(message: Any) -> Any:
    return getattr(message, "__dict__", message)


def _message(
    registry: SerializationRegistry,
    content: Any,
    sender: AgentId | None,
    receiver: AgentId | TopicId | None,
    kind: MessageKind,
    stage: DeliveryStage,
) -> None:
    if _events.isEnabledFor(logging.INFO):
        payload = _payload(registry, content)
        _events.info(
            MessageEvent(
                payload=payload, sender=sender, receiver=receiver, kind=kind, delivery_stage=stage
            )
        )


def sent(
    registry: SerializationRegistry, message: Any, sender: AgentId | None, to: AgentId
) -> None:
    """A message is posted to an agent."""
    _message(registry, message, sender, to, DIRECT, SEND)


def sent_to(to: AgentId, message: Any) -> None:
    """There are agents of that type."""
    if _logger.isEnabledFor(logging.INFO):
        name = type(message).__name__
        _logger.info(f"Sending message of type {name} to {to.type}: {_content(message)}")


def published(
    registry: SerializationRegistry, message: Any, sender: AgentId | None, topic: TopicId
) -> None:
    """A message is posted to a topic."""
    if _logger.isEnabledFor(logging.INFO):
        name = type(message).__name__
        _logger.info(f"Publishing message of type {name} to all subscribers: {_content(message)}")
    _message(registry, message, sender, topic, PUBLISH, SEND)


def delivered(
    registry: SerializationRegistry,
    message: Any,
    sender: AgentId | None,
    to: AgentId,
    *,
    send: bool,
) -> None:
    """A handler is about to get a message."""
    if _logger.isEnabledFor(logging.INFO):
        name, who = type(message).__name__, sender if sender is not None else "Unknown"
        how = (
            f"{to} with message type {name} sent"
            if send
            else f"{to.type} with message type {name} published"
        )
        _logger.info(f"Calling message handler for {how} by {who}")
    if send:
        _message(registry, message, sender, to, DIRECT, DELIVER)
    else:
        _message(registry, message, sender, None, PUBLISH, DELIVER)


def replied(
    registry: SerializationRegistry, reply: Any, sender: AgentId | None, to: AgentId | None
) -> None:
    """A handler returned."""
    _message(registry, reply, sender, to, RESPOND, SEND)


def answered(
    registry: SerializationRegistry, reply: Any, sender: AgentId | None, to: AgentId | None
) -> None:
    """The sender is about to get the reply."""
    if _logger.isEnabledFor(logging.INFO):
        name, kind = type(reply).__name__, "" if sender is None else sender.type
        _logger.info(
            f"Resolving response with message type {name} for recipient {to} from {kind}: "
            f"{_content(reply)}"
        )
    _message(registry, reply, sender, to, RESPOND, DELIVER)


def dropped(
    registry: SerializationRegistry,
    content: Any,
    sender: AgentId | None,
    receiver: AgentId | TopicId | None,
    kind: MessageKind,
) -> None:
    """An intervention handler dropped a message."""
    if _events.isEnabledFor(logging.INFO):
        payload = _payload(registry, content)
        _events.info(
            MessageDroppedEvent(payload=payload, sender=sender, receiver=receiver, kind=kind)
        )


def handler_failed(
    registry: SerializationRegistry, content: Any, agent: AgentId, error: BaseException
) -> None:
    """A handler raised."""
    if _events.isEnabledFor(logging.INFO):
        payload = _payload(registry, content)
        _events.info(
            MessageHandlerExceptionEvent(payload=payload, handling_agent=agent, exception=error)
        )


def event_failed(agent: AgentId, error: BaseException) -> None:
    """The handler of a published message raised: nobody waits for it, so the log says it."""
    _logger.error(f"Error processing publish message for {agent}", exc_info=error)


def construction_failed(agent: AgentId, error: BaseException) -> None:
    """A factory raised."""
    if _events.isEnabledFor(logging.INFO):
        _events.info(AgentConstructionExceptionEvent(agent_id=agent, exception=error))
    _logger.error(f"Error constructing agent {agent}", exc_info=error)


def intervention_failed(error: BaseException) -> None:
    """An intervention handler raised on a published message."""
    _logger.error(f"Exception raised in in intervention handler: {error}", exc_info=error)
