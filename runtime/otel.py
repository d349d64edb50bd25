"""The OpenTelemetry spans that AutoGen's runtime makes, for the program's own exporters.

A program that set a tracer provider gets the same spans with our runtime as without: same names,
same attributes, same links. Nothing is made while it has set none.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from autogen_core import AgentId, InterventionHandler
from autogen_core._serialization import JSON_DATA_CONTENT_TYPE, SerializationRegistry
from autogen_core._telemetry import (
    MessageRuntimeTracingConfig,
    TraceHelper,
    get_telemetry_envelope_metadata,
)
from opentelemetry import trace
from opentelemetry.trace import NoOpTracerProvider, Span, TracerProvider

from .letters import Letter
from .roster import Seat

# What the tracer is called after: exporters filter by it.
_config = MessageRuntimeTracingConfig("SingleThreadedAgentRuntime")


class ProgramSpans:
    """Spans into the provider given to the runtime, else into the global one."""

    def __init__(
        self,
        provider: TracerProvider | None,
        registry: SerializationRegistry,
        seats: dict[AgentId, Seat],
    ) -> None:
        self._helper = TraceHelper(provider, _config)
        self._registry = registry
        self._seats = seats
        resolved = self._helper.tracer_provider
        self._off = isinstance(resolved, NoOpTracerProvider)
        self._given = provider is not None and not self._off

    def wanted(self) -> bool:
        """Whether the program has a provider. Cheap: asked for every message."""
        if self._given:
            return True
        if self._off:
            return False
        provider = trace._TRACER_PROVIDER  # the public getter reads the environment each time
        return provider is not None and not isinstance(provider, NoOpTracerProvider)

    @contextmanager
    def create(self, letter: Letter) -> Generator[None]:
        """Around posting a letter, and for a send until its reply is there."""
        with self._helper.trace_block(
            "create",
            letter.topic or letter.recipient,
            parent=None,
            extraAttributes={"message_type": type(letter.message).__name__},
        ):
            letter.metadata = get_telemetry_envelope_metadata()
            yield

    def intercept(
        self, handler: InterventionHandler, letter: Letter
    ) -> AbstractContextManager[Span]:
        """Around an intervention handler."""
        return self._helper.trace_block(
            "intercept", handler.__class__.__name__, parent=letter.metadata
        )

    def carry(self, letter: Letter) -> AbstractContextManager[Span]:
        """Around the handling of a letter by all its recipients."""
        if letter.future is not None:
            return self._helper.trace_block("send", letter.recipient, parent=letter.metadata)
        return self._helper.trace_block("publish", letter.topic, parent=letter.metadata)

    def process(self, letter: Letter, seat: Seat) -> AbstractContextManager[Span]:
        """Around one handler."""
        context = {
            "sender": str(letter.sender),
            "topic_id": str(letter.topic),
            "is_rpc": letter.future is not None,
            "message_id": letter.id,
        }
        attributes = self._parties(letter.sender, seat.id)
        attributes["message_context"] = json.dumps(context)
        attributes["message"] = self._text(letter.message)
        return self._helper.trace_block(
            "process", seat.id, parent=letter.metadata, attributes=attributes
        )

    def answered(self, letter: Letter) -> None:
        """The reply links to the span it was made in, which carried the letter."""
        letter.metadata = get_telemetry_envelope_metadata()

    def ack(self, letter: Letter, value: Any) -> AbstractContextManager[Span]:
        """Around handing a reply to its sender."""
        attributes = self._parties(letter.recipient, letter.sender)
        attributes["message"] = self._text(value)
        return self._helper.trace_block(
            "ack", letter.sender, parent=letter.metadata, attributes=attributes
        )

    def _parties(self, sender: AgentId | None, recipient: AgentId | None) -> dict[str, str]:
        attributes: dict[str, str] = {}
        for role, who in (("sender", sender), ("recipient", recipient)):
            seat = self._seats.get(who) if who is not None else None
            if seat is not None:
                attributes[f"{role}_agent_type"] = seat.id.type
                attributes[f"{role}_agent_class"] = seat.agent.__class__.__name__
        return attributes

    def _text(self, message: Any) -> str:
        if not message:
            return "No Message"
        try:
            return self._registry.serialize(
                message,
                type_name=self._registry.type_name(message),
                data_content_type=JSON_DATA_CONTENT_TYPE,
            ).decode("utf-8")
        except ValueError:
            return "Message could not be serialized"
        except Exception as error:
            return str(error)
