"""What an agent knew at a step: what reached it, and what it last told the model.

All is labelled: *recorded* is what the program itself passed, or kept when it was asked for its
state; *derived* is put together from deliveries, and says nothing of what the agent forgot or made
of them.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import nlargest

from ..tracer.glance import Kept
from ..tracer.model import Span, Step
from . import bodies
from .cast import short_type
from .inspector import exchange
from .pieces import Line
from .session import Session, calls
from .told import BLANK, rule
from .units import many, number, span

SHOWN = 15  # messages that are listed
SEARCHED = 60  # of its deliveries, for the last model call


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
    out += _state(session, step)
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


def _state(session: Session, step: Step) -> list[Line]:
    """What it keeps in itself, as far as somebody asked it: before this step, or else after it."""
    own = [kept for kept in session.kept if kept.agent == step.recipient]
    before = [kept for kept in own if kept.step <= step.index]
    if before:
        return _kept(session, before[-1], f"recorded in #{before[-1].step}", step)
    outside = session.program_states(step.recipient)
    past = [each for each in outside if each.time_ns <= (step.end_ns or session.now())]
    if past:
        when = span(step.start_ns - past[-1].time_ns)
        return _shown(session, past[-1].text, f"recorded {when} before this step, {past[-1].why}")
    if own:
        return _kept(session, own[0], f"recorded in #{own[0].step}, after this step", step)
    if outside:
        when = span(outside[0].time_ns - step.start_ns)
        return _shown(session, outside[0].text, f"recorded {when} after this step")
    return [
        [("Not captured: nobody asked it for its state.", "dim")],
        [("team.save_state() and runtime.agent_save_state() are recorded.", "dim")],
    ]


def _kept(session: Session, kept: Kept, label: str, step: Step) -> list[Line]:
    since = 0
    for (_, recipient, _), steps in session.index.edges.items():
        if recipient == step.recipient:
            since += bisect_right(steps, step.index) - bisect_right(steps, kept.step)
    more = f", {many(since, 'message')} before the one here" if since > 0 else ""
    return _shown(session, session.text(kept.body), f"{label} ({kept.why}){more}")


def _shown(session: Session, text: str, label: str) -> list[Line]:
    return [[(label, "dim")], *bodies.lines(text)]
