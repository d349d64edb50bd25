"""Who waits for what, as rows for whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..tracer.recorder import LiveSpan
from ..tracer.waits import On, Wait
from . import stories
from .gate import Held
from .letters import Delivery, Letter
from .scene import Scene
from .standing import Standing

if TYPE_CHECKING:
    from .watch import Post


def of(scene: Scene, post: Post, since: Mapping[Delivery, int], *, held: bool) -> list[Wait]:
    """Everything on a runtime that is not over. `since` is when each was seen to stand still."""
    rows: list[Wait] = []
    for delivery in sorted(post.live, key=_begun):
        at = since.get(delivery)
        rows += [_row(scene, delivery, each, at) for each in scene.of(delivery.task)]
        if delivery.letter.poster is None and delivery.letter.future is not None:
            rows.append(_program(delivery.letter, identity(delivery)))
    rows += [_start(each, held) for each in post.queued()]
    rows += [] if post.gate is None else [_held(each, held) for each in post.gate.waiting()]
    rows += [_program(each, "", hopeless=True) for each in post.lost()]
    return rows


def awaits(scene: Scene, standing: Standing) -> tuple[str, ...]:
    """Identities of the agents that could end a wait."""
    if standing.leaf is not None and standing.leaf in scene.carriers:
        return (identity(scene.carriers[standing.leaf]),)
    enders = scene.enders(standing) or ()
    found = [scene.deliveries[task] for task in enders if task in scene.deliveries]
    return tuple(dict.fromkeys(identity(each) for each in found))


def _row(scene: Scene, delivery: Delivery, standing: Standing, since: int | None) -> Wait:
    letter, span = delivery.letter, delivery.span
    begun = delivery.seat is not None
    on: On = standing.on if begun else "start"
    who = awaits(scene, standing)
    return Wait(
        id=_id(delivery),
        agent=identity(delivery),
        message=type(letter.message).__name__,
        on=on,
        what=stories.what(standing, who) if begun else "its agent to be made",
        within=standing.within,
        where=standing.where,
        awaits=who,
        run=_run(letter),
        step=None if span is None else span.step,
        span=_hex(span or letter.span),
        posted_ns=0 if letter.span is None else letter.span.start_ns,
        since_ns=(0 if span is None else span.start_ns) if since is None else since,
        external=standing.external,
        hopeless=delivery.task in scene.stuck,
    )


def identity(delivery: Delivery) -> str:
    """The agent that handles it."""
    if delivery.seat is not None:
        return delivery.seat.identity
    return f"{delivery.recipient.type}/{delivery.recipient.key}"


def _begun(delivery: Delivery) -> int:
    span = delivery.span or delivery.letter.span
    return 0 if span is None else span.start_ns


def _hex(span: LiveSpan | None) -> str:
    return "" if span is None else f"{span.id:016x}"


def _id(delivery: Delivery) -> str:
    return _hex(delivery.span) or delivery.letter.id


def _run(letter: Letter) -> str:
    return "" if letter.span is None else f"{letter.span.run.trace_id:032x}"


def _program(letter: Letter, awaited: str, *, hopeless: bool = False) -> Wait:
    """Whoever posted it from outside of any handler awaits its reply."""
    posted = 0 if letter.span is None else letter.span.start_ns
    name = type(letter.message).__name__
    to = awaited or stories.receiver(letter)
    return Wait(
        id=f"reply:{letter.id}",
        agent="" if letter.sender is None else f"{letter.sender.type}/{letter.sender.key}",
        message=name,
        on="reply",
        what=f"the reply of {stories.plain(to)} to {name}",
        within="",
        where="",
        awaits=(to,),
        run=_run(letter),
        step=None,
        span=_hex(letter.span),
        posted_ns=posted,
        since_ns=posted,
        external=False,
        hopeless=hopeless,
    )


def _held(waiting: Held, held: bool) -> Wait:
    made = _start(waiting.delivery.letter, held)
    return replace(
        made,
        agent=identity(waiting.delivery),
        on="paused" if held else "mailbox",
        what="somebody to resume the run" if held else "its turn in the mailbox",
        since_ns=waiting.since_ns,
    )


def _start(letter: Letter, held: bool) -> Wait:
    posted = 0 if letter.span is None else letter.span.start_ns
    return Wait(
        id=letter.id,
        agent=stories.receiver(letter),
        message=type(letter.message).__name__,
        on="paused" if held else "start",
        what="somebody to resume the run" if held else "its turn in the queue",
        within="",
        where="",
        awaits=(),
        run=_run(letter),
        step=None,
        span=_hex(letter.span),
        posted_ns=posted,
        since_ns=posted,
        external=held,
        hopeless=False,
    )
