"""The log records that AutoGen's runtime writes, for programs that read them.

Nothing is made unless somebody listens: upstream serialises every message up to six times for
records that nobody reads.
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

SEND, DELIVER = DeliveryStage.SEND, DeliveryStage.DELIVER
DIRECT, PUBLISH, RESPOND = MessageKind.DIRECT, MessageKind.PUBLISH, MessageKind.RESPOND


def wanted() -> bool:
    """Whether anybody listens."""
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


def message(
    registry: SerializationRegistry,
    content: Any,
    sender: AgentId | None,
    receiver: AgentId | TopicId | None,
    kind: MessageKind,
    stage: DeliveryStage,
) -> None:
    """A message at one stage of its way."""
    _logger.info(
        "%s %s: %s from %s to %s", kind.name, stage.name, type(content).__name__, sender, receiver
    )
    _events.info(
        MessageEvent(
            payload=_payload(registry, content),
            sender=sender,
            receiver=receiver,
            kind=kind,
            delivery_stage=stage,
        )
    )


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
    _logger.error("Error processing publish message for %s", agent, exc_info=error)


def construction_failed(agent: AgentId, error: BaseException) -> None:
    """A factory raised."""
    if _events.isEnabledFor(logging.INFO):
        _events.info(AgentConstructionExceptionEvent(agent_id=agent, exception=error))
    _logger.error("Error constructing agent %s", agent, exc_info=error)


def intervention_failed(error: BaseException) -> None:
    """An intervention handler raised on a published message."""
    _logger.error("Exception raised in intervention handler: %s", error, exc_info=error)
