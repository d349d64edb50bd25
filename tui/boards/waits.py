"""Who waits for whom right before the step after the cursor's began."""

from __future__ import annotations

from collections.abc import Iterator

from ...tracer.model import Span
from ..pieces import Line, fit, pad, right
from ..units import clock, many, span
from ..waiting import AHEAD, BEFORE, Wait, Waiting, moment, waiting
from .base import Board, Row, blank, heading, sentence


class Waits(Board):
    """The longest wait first, then who is idle."""

    name = "waits"
    twin = "--waits"
    detail = "below"
    at_cursor = True
    surveyed = True  # for spans that are open over many steps
    _now = Waiting(0)

    def renew(self) -> None:
        session = self.session
        if not session.total:
            self._now = Waiting(0)
            self.rows = [sentence("nothing has been delivered in this run")]
            return
        self._now = self._look()
        self.rows = [*self._waits(), *self._idle()]

    def _look(self) -> Waiting:
        session = self.session
        step = session.cursor.step
        pages, end = session.pages, session.info.end_ns
        if not session.ended:
            end = session.now()
        moment_ns = moment(pages.range(step, min(step + 2, session.total)), end)
        spans: list[Span] = []
        for before in range(max(0, step - BEFORE), step + 1):
            spans += session.spans(before)
        ahead = pages.range(step + 1, min(step + 1 + AHEAD, session.total))
        last = step == session.total - 1
        return waiting([*self.survey.long, *spans], ahead, moment_ns, over=last and session.ended)

    def head(self, width: int, height: int) -> list[Line]:
        session, now = self.session, self._now
        if not session.total:
            return [[]]
        step = session.cursor.step
        line: Line = [(f" at step {step}", "bold")]
        line.append((f"  t {clock(now.moment_ns - session.info.start_ns)}", "dim"))
        line.append((f"  {self._stillness(step)}", ""))
        inbox = sum(now.queued.values())
        line.append((f"  {many(inbox, 'message')} in inboxes", "" if inbox else "dim"))
        return [fit(line, width), fit(self._verdict(), width)]

    def _stillness(self, step: int) -> str:
        session = self.session
        since = self._now.moment_ns - session.step(step).start_ns
        if step < session.total - 1:
            return f"the next step begins {span(since)} after this one"
        if session.info.end_ns is None:
            return "no further step"
        return f"no further step for {span(since)} until the run ended"

    def _verdict(self) -> Line:
        cast, now = self.session.cast, self._now
        if now.circle:
            names = " → ".join(cast.name(agent) for agent in (*now.circle, now.circle[0]))
            return [(" ✗ they wait for each other: ", "error bold"), (names, "error bold")]
        roots = now.roots()
        if not roots:
            return [(" nobody waits", "dim")]
        root = roots[0]
        return [
            (" no circle; all of it hangs on ", "dim"),
            (cast.name(root.agent), f"{cast.role(root.agent)} bold"),
            (f": {root.what}", "bold"),
        ]

    def _waits(self) -> Iterator[Row]:
        yield heading("Waiting")
        for wait in self._now.waits:
            yield Row(
                lambda width, wait=wait: self._line(wait),
                wait.step,
                lambda wait=wait: self._detail(wait),
            )
        if not self._now.waits:
            yield sentence("nobody")

    def _line(self, wait: Wait) -> Line:
        cast = self.session.cast
        line: Line = [
            (" ■ " if wait.stuck else " ○ ", "error bold" if wait.stuck else "warning"),
            (pad(cast.name(wait.agent), 18), f"{cast.role(wait.agent)} bold"),
            (" ──▶ ", "dim"),
        ]
        if wait.target:
            line.append((pad(cast.name(wait.target), 18), f"{cast.role(wait.target)} bold"))
        else:
            line.append((pad("", 18), ""))
        line.append((right(span(wait.age_ns), 8) + "  ", "bold"))
        line.append((wait.what, "error" if wait.stuck else ""))
        if wait.step is not None:
            line.append((f"  since step {wait.step}", "dim"))
        if wait.target in self._now.queued:
            inbox = many(self._now.queued[wait.target], "message")
            line.append((f"  {inbox} in its inbox", "warning"))
        return line

    def _detail(self, wait: Wait) -> list[Line]:
        """From whoever waits to what it all hangs on."""
        cast = self.session.cast
        by_agent = {each.agent: each for each in self._now.waits}
        out: list[Line] = [[("what it hangs on", "heading")]]
        seen: set[str] = set()
        at: Wait | None = wait
        while at is not None and at.agent not in seen:
            seen.add(at.agent)
            out.append(
                [
                    ("  " * len(seen) + "↳ ", "dim"),
                    (cast.name(at.agent), f"{cast.role(at.agent)} bold"),
                    (" waits for ", "dim"),
                    (at.what, ""),
                    (f"  {span(at.age_ns)}", "bold"),
                ]
            )
            at = by_agent.get(at.target)
        if at is not None:
            out.append([("  ✗ and so it goes round: nobody can go on", "error bold")])
        return out

    def _idle(self) -> Iterator[Row]:
        cast, now = self.session.cast, self._now
        waits = {wait.agent for wait in now.waits}
        idle = [identity for identity in (*cast.lanes, *cast.within) if identity not in waits]
        if not idle:
            return
        yield blank()
        yield heading("Idle")
        for identity in idle[:200]:
            inbox = now.queued.get(identity, 0)
            yield Row(
                lambda width, identity=identity, inbox=inbox: [
                    ("   ", ""),
                    (pad(cast.name(identity), 18), f"{cast.role(identity)} bold"),
                    (f"  {many(inbox, 'message')} in its inbox" if inbox else "", "warning"),
                ]
            )
