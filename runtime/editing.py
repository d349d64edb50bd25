"""Messages that have not begun, and agents, as whoever controls a run sees and changes them."""

from __future__ import annotations

import dataclasses
import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, cast

from autogen_core.exceptions import MessageDroppedException
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from ..tracer import control as t
from ..tracer.recorder import now_ns
from .accounting import Account
from .facts import body_of
from .gate import Held
from .letters import Delivery

if TYPE_CHECKING:
    from .traced import TracedRuntime


def queue_id(delivery: Delivery) -> str:
    """Names a delivery as long as it waits: the message's id, and for a publish whose it is."""
    letter, to = delivery.letter, delivery.recipient
    return letter.id if letter.future is not None else f"{letter.id}:{to.type}/{to.key}"


def queued(delivery: Delivery) -> t.Queued:
    """A delivery that waits, as the protocol tells it."""
    letter, to = delivery.letter, delivery.recipient
    sender, topic = letter.sender, letter.topic
    return t.Queued(
        id=queue_id(delivery),
        sender="" if sender is None else f"{sender.type}/{sender.key}",
        recipient=f"{to.type}/{to.key}",
        topic="" if topic is None else f"{topic.type}/{topic.source}",
        type=type(letter.message).__name__,
        kind="publish" if letter.future is None else "send",
        body=_body(delivery),
        posted_ns=0 if letter.span is None else letter.span.start_ns,
    )


def _body(delivery: Delivery) -> Any:
    text = body_of(delivery)
    try:
        return json.loads(text)
    except ValueError:
        return text.decode("utf-8", "replace")


def edit(runtime: TracedRuntime, delivery: Delivery, body: Any) -> None:
    """Give a message other contents; a publish has them for all who have not begun.

    Raises:
        Refused: the contents do not fit the message's class.
    """
    letter = delivery.letter
    try:
        letter.message = _changed(letter.message, body)
    except (ValidationError, TypeError, ValueError) as error:
        name = type(letter.message).__name__
        raise t.Refused(f"that is no {name}: {error}", "give its fields as JSON") from error
    runtime._tape.changed(letter)


def _changed(value: Any, body: Any) -> Any:
    """The message with other fields, held to its class's types. Messages within it are changed in
    the same way: they stay of the class that they have, which their field may not tell."""
    if isinstance(body, dict) and (isinstance(value, BaseModel) or dataclasses.is_dataclass(value)):
        given = _fields(value)
        edited = {str(name): _within(given.get(str(name)), each) for name, each in body.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  JSON
        body = given | edited
    checked: TypeAdapter[Any] = TypeAdapter(cast("type[Any]", type(value)))
    return checked.validate_python(body)


def _fields(value: Any) -> dict[str, Any]:
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}


def _within(value: Any, body: Any) -> Any:
    """What stands in a field: a message, several of them, or anything else, which is replaced."""
    if isinstance(body, list):
        edits = cast("list[Any]", body)
        old = [*cast("list[Any]", value)] if isinstance(value, list | tuple) else []
        return [_within(was, each) for was, each in zip_longest(old[: len(edits)], edits)]
    nested = isinstance(value, BaseModel) or dataclasses.is_dataclass(value)
    return _changed(value, body) if nested and isinstance(body, dict) else body


def drop(runtime: TracedRuntime, held: Held) -> None:
    """Make a message a dead letter; who awaits its reply gets MessageDroppedException."""
    reason = "dropped by whoever controls the run"
    runtime._post.drop(held.delivery.letter, reason, MessageDroppedException(reason))


def plain(value: Any) -> Any:
    """A state as JSON."""
    return to_jsonable_python(value, fallback=repr)


def agents(runtime: TracedRuntime) -> list[t.Agent]:
    """The agents that are there, with what they did so far."""
    accounts, supervisor = runtime._parts.accounts, runtime._roster.supervisor
    waiting = [] if runtime._post.gate is None else runtime._post.gate.waiting()
    rows: list[t.Agent] = []
    for agent_id, seat in list(runtime._roster.seats.items()):
        account = Account() if accounts is None else accounts.of(seat.identity)
        mine = [each for each in waiting if each.delivery.recipient == agent_id]
        oldest = min((each.since_ns for each in mine), default=None)
        handling = sum(each.recipient == agent_id for each in runtime._post.live)
        rows.append(
            t.Agent(
                agent=seat.identity,
                kind=type(seat.agent).__name__,
                waiting=len(mine),
                handling=handling,
                handled=account.handled,
                failed=account.failed,
                sent=account.sent,
                restarts=0 if supervisor is None else supervisor.restarts.get(agent_id, 0),
                oldest_seconds=0.0 if oldest is None else round((now_ns() - oldest) / 1e9, 3),
                busy_seconds=account.busy_ns / 1e9,
                waited_seconds=account.waited_ns / 1e9,
                cpu_seconds=account.cpu_ns / 1e9,
                bytes_in=account.bytes_in,
                context=account.context,
                context_tokens=account.context_tokens,
                input_tokens=account.input_tokens,
                output_tokens=account.output_tokens,
            )
        )
    return rows
