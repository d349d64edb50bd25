"""What an agent knew at a step: what reached it, and what it last told the model.

Both are labelled: *recorded* is what the program itself passed at that moment; *derived* is put
together from deliveries, and says nothing of what the agent forgot or made of them.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import nlargest

from ..tracer.model import Span, Step
from .cast import short_type
from .inspector import exchange
from .pieces import Line
from .session import Session, calls
from .told import BLANK, rule
from .units import many, number

SHOWN = 15  # messages that are listed
SEARCHED = 60  # of its deliveries, for the last model call
STATE = "agentloupe.agent.state"  # a body, where a program records one


def knows(session: Session, step: Step) -> list[Line]:
    """The recipient's knowledge at a step."""
    who, role = session.cast.name(step.recipient), session.cast.role(step.recipient)
    if step.index >= session.index.steps:
        return [[("The run is still being read; come back in a moment.", "dim")]]
    total, latest = _received(session, step)
    head: Line = [("what ", "dim"), (who, f"{role} bold"), (f" knew at #{step.index}", "dim")]
    out: list[Line] = [
        head,
        BLANK,
        rule(f"context of its last model call  {_label(session, step, latest)}"),
    ]
    out += _context(session, latest)
    out += [BLANK, rule(f"messages that reached it  derived, {many(total, 'message')}")]
    for index in latest[:SHOWN]:
        out.append(_message(session, session.step(index)))
    if total > SHOWN:
        out.append([(f"… and {number(total - SHOWN)} before them", "dim")])
    out += [BLANK, rule("state of its own")]
    out += _state(session, latest)
    return out


def _received(session: Session, step: Step) -> tuple[int, list[int]]:
    """How many deliveries it had by then, and the latest of them, the last first."""
    total, tails = 0, list[int]()
    for (_, recipient, _), steps in session.index.edges.items():
        if recipient == step.recipient:
            known = bisect_right(steps, step.index)
            total += known
            tails += steps[max(0, known - SEARCHED) : known]
    return total, nlargest(SEARCHED, tails)


def _last_chat(session: Session, latest: list[int]) -> tuple[int, Span] | None:
    for index in latest:
        chats, _ = calls(session.spans(index))
        if chats:
            return index, chats[-1]
    return None


def _label(session: Session, step: Step, latest: list[int]) -> str:
    found = _last_chat(session, latest)
    if found is None:
        return "none"
    return "recorded in this step" if found[0] == step.index else f"recorded in #{found[0]}"


def _context(session: Session, latest: list[int]) -> list[Line]:
    found = _last_chat(session, latest)
    if found is None:
        return [[(f"It called no model in its last {len(latest)} deliveries.", "dim")]]
    return exchange(session, found[1], answer=False)


def _message(session: Session, step: Step) -> Line:
    cast = session.cast
    return [
        (f"#{step.index} ", "number"),
        (cast.name(step.sender), cast.role(step.sender)),
        (f"  {short_type(session.kind(step))}", "type"),
        (f"  {session.headline(step.body)}", "said"),
    ]


def _state(session: Session, latest: list[int]) -> list[Line]:
    for index in latest:
        for span in session.spans(index):
            ref = span.bodies.get(STATE)
            if ref is not None:
                from .bodies import lines

                return [[(f"recorded in #{index}", "dim")], *lines(session.text(ref))]
    return [[("Not captured: agents keep what they like in their attributes.", "dim")]]
