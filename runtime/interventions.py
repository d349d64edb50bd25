"""The program's intervention handlers: what they make of a message before it is delivered."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from autogen_core import DropMessage, InterventionHandler, MessageContext
from autogen_core._serialization import SerializationRegistry
from autogen_core.exceptions import MessageDroppedException

from . import events
from .letters import Letter
from .semantics import Semantics

if TYPE_CHECKING:
    from .otel import ProgramSpans


class Dropped(Exception):  # noqa: N818 not an error: a handler said so
    """An intervention handler dropped the message; the text says which."""


def _name(handler: InterventionHandler, method: str) -> str:
    return f"dropped by {type(handler).__qualname__}.{method}"


class Interventions:
    """Runs the handlers over messages and replies. The list stays the program's own."""

    def __init__(
        self,
        handlers: list[InterventionHandler] | None,
        semantics: Semantics,
        spans: ProgramSpans,
    ) -> None:
        self.handlers: list[InterventionHandler] = handlers if handlers is not None else []
        self._chained = semantics.chained_interventions
        self._none_is_unchanged = semantics.none_is_unchanged
        self._spans = spans

    async def post(self, letter: Letter) -> None:
        """Put a send or publish through the handlers; `letter.message` is the outcome.

        Raises:
            Dropped: a handler dropped it. Whatever a handler raises.
        """
        original = letter.message
        send = letter.future is not None
        for handler in self.handlers:
            message = letter.message if self._chained else original
            context = MessageContext(letter.sender, letter.topic, send, letter.token, letter.id)
            spans = self._spans if letter.metadata is not None else None
            with spans.intercept(handler, letter) if spans else nullcontext():
                if send:
                    assert letter.recipient is not None
                    new = await handler.on_send(
                        message, message_context=context, recipient=letter.recipient
                    )
                    method = "on_send"
                else:
                    new = await handler.on_publish(message, message_context=context)
                    method = "on_publish"
                letter.message = self._outcome(message, new, handler, method)

    async def admit(
        self, letter: Letter, registry: SerializationRegistry
    ) -> tuple[str, BaseException] | None:
        """The same, with what it raises as the reason of a dead letter and the sender's error."""
        try:
            await self.post(letter)
        except Dropped as drop:
            receiver = letter.topic or letter.recipient
            kind = events.PUBLISH if letter.future is None else events.DIRECT
            events.dropped(registry, letter.message, letter.sender, receiver, kind)
            return str(drop), MessageDroppedException(str(drop))
        except GeneratorExit:
            raise
        except BaseException as error:
            if letter.future is None:
                events.intervention_failed(error)
            return f"an intervention handler raised {type(error).__name__}: {error}", error
        return None

    async def reply(self, letter: Letter, value: Any) -> Any:
        """What the sender gets instead of `value`. Raises as `post` does."""
        original = value
        assert letter.recipient is not None
        for handler in self.handlers:
            message = value if self._chained else original
            new = await handler.on_response(
                message, sender=letter.recipient, recipient=letter.sender
            )
            value = self._outcome(message, new, handler, "on_response")
        return value

    def _outcome(self, old: Any, new: Any, handler: InterventionHandler, method: str) -> Any:
        if new is None and old is None and self._none_is_unchanged:
            return None  # a reply of nothing
        if new is None:
            warnings.warn(
                f"Intervention handler {method} returned None. This might be unintentional. "
                "Return the message itself, or DropMessage to drop it.",
                RuntimeWarning,
                stacklevel=3,
            )
            return old if self._none_is_unchanged else None
        if new is DropMessage or isinstance(new, DropMessage):
            raise Dropped(_name(handler, method))
        return new
