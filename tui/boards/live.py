"""The program in progress: is it held, what it asks, what it waits for, what is next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...tracer.model import plain_name
from ...tracer.text import visible
from ..bodies import lines as body_lines
from ..gist import headline
from ..pieces import Line, fit, pad, right
from ..session import Session
from ..steering import Steering, age_ns
from ..survey import Survey
from ..units import many, number, span
from .base import Board, Row, blank, heading, sentence

if TYPE_CHECKING:
    from ...tracer.control import Queued
    from ...tracer.waits import Wait

SHOWN = 200


class LiveBoard(Board):
    """Questions first, then waits, then the queue."""

    name = "live"
    twin = "--waits"
    detail = "below"

    def __init__(self, session: Session, survey: Survey, steering: Steering) -> None:
        super().__init__(session, survey)
        self.steering = steering

    def head(self, width: int, height: int) -> list[Line]:
        return [fit(state(self.steering), width)]

    def renew(self) -> None:
        it = self.steering
        if not it.connected:
            self.rows = [
                sentence(it.why or "the program cannot be steered", "warning"),
                sentence("start it with: loupe run --live app.py"),
            ]
            return
        news = [*self._asked(), *self._found()]
        rows = [*news, *([blank()] if news else []), *self._waits()]
        rows += [blank(), heading("Queue", f"{many(len(it.queue), 'message')} not begun")]
        self.messages = {}
        for each in it.queue[:SHOWN]:
            self.messages[len(rows)] = each.id
            rows.append(self._queued(each))
        self.rows = [*rows, *self._breaks()]

    def _asked(self) -> Iterator[Row]:
        for each in self.steering.asked.values():
            who, question = plain_name(each.agent), visible(each.question, newlines=False)
            yield Row(
                lambda width, who=who, question=question: [
                    (" ☻ ", "warning bold"),
                    (who, "bold"),
                    (" asks: ", "dim"),
                    (question, "strong"),
                    ("  a answers", "key"),
                ],
                None,
                lambda each=each: body_lines(each.question),
            )

    def _found(self) -> Iterator[Row]:
        for text in self.steering.found:
            yield Row(lambda width, text=text: [(" ▲ ", "warning bold"), (text, "warning")])

    def _waits(self) -> Iterator[Row]:
        yield heading("In flight")
        waits = sorted(self.steering.waits, key=lambda wait: wait.since_ns)
        for wait in waits[:SHOWN]:
            yield Row(
                lambda width, wait=wait: self._wait(wait),
                wait.step,
                lambda wait=wait: _more(wait),
            )
        if not waits:
            yield sentence("nobody waits")

    def _wait(self, wait: Wait) -> Line:
        role = self.session.cast.role(wait.agent)
        hopeless = wait.hopeless and not self.steering.paused  # whoever holds it can let it go on
        stuck = "error bold" if hopeless else "warning" if not wait.external else "running"
        within = f" in {wait.within}" if wait.within else ""
        return [
            (" ■ " if hopeless else " ○ ", stuck),
            (pad(plain_name(wait.agent) or "program", 20), f"{role} bold"),
            (right(span(age_ns(wait.since_ns)), 8) + "  ", "bold"),
            (visible(f"{wait.what}{within}", newlines=False), "error" if hopeless else ""),
            (f"  handling {wait.message.rpartition('.')[2]}", "type"),
            (f"  {visible(wait.where, newlines=False)}", "dim"),
        ]

    def _queued(self, each: Queued) -> Row:
        cast = self.session.cast

        def line(width: int) -> Line:
            return [
                ("   ", ""),
                (cast.name(each.sender), cast.role(each.sender)),
                (" → ", "dim"),
                (plain_name(each.recipient), "bold"),
                (f"  {each.type.rpartition('.')[2]}", "type"),
                (f"  {span(age_ns(each.posted_ns))}", "dim"),
                (f"  {headline(_json(each.body))}", "said"),
            ]

        return Row(line, None, lambda: body_lines(_json(each.body)))

    def _breaks(self) -> Iterator[Row]:
        if not self.steering.breakpoints:
            return
        yield blank()
        yield heading("Breakpoints of the program")
        for each in self.steering.breakpoints:
            parts = (each.sender, each.recipient, each.type, each.where)
            text = visible(" ".join(part for part in parts if part), newlines=False)
            hits = many(each.hits, "hit")
            yield Row(
                lambda width, text=text, hits=hits: [
                    (" ◼ ", "error"),
                    (text, ""),
                    (f"  {hits}", "dim"),
                ]
            )


def state(it: Steering) -> Line:
    """Whether the program is held, and before what."""
    if not it.connected:
        return [(" not connected", "dim"), (f"  {it.why}", "warning")]
    line: Line = [
        (" ‖ paused" if it.paused else " ● running", "warning bold" if it.paused else "running")
    ]
    line.append((f"  {visible(it.program, newlines=False)} pid {it.pid}", "dim"))
    if it.paused and it.next is not None:
        kind = it.next.type.rpartition(".")[2]
        where = (
            f"{plain_name(it.next.sender) or 'program'} → {plain_name(it.next.recipient)}  {kind}"
        )
        line += [("  before ", "dim"), (visible(where, newlines=False), "bold")]
    if it.asked:
        line.append((f"  ☻ {many(len(it.asked), 'question')} to a person", "warning bold"))
    waiting = number(len(it.queue))
    return [*line, (f"  {waiting} queued", "dim")]


def _more(wait: Wait) -> list[Line]:
    facts = (
        ("waits for", wait.what),
        ("in", wait.within),
        ("at", wait.where),
        ("could be ended by", ", ".join(map(plain_name, wait.awaits))),
        ("for", span(age_ns(wait.since_ns))),
        ("since it was posted", span(age_ns(wait.posted_ns)) if wait.posted_ns else ""),
    )
    out: list[Line] = []
    for name, value in facts:
        if value:
            out.append([(f"{name}: ", "key"), (visible(value, newlines=False), "")])
    if wait.hopeless:
        out.append([("nothing that is left can end it", "error bold")])
    return out


def _json(body: object) -> str:
    import json

    return body if isinstance(body, str) else json.dumps(body)
