"""The whole run on one screen: what is wrong with it, who did what, and what got lost."""

from __future__ import annotations

from collections.abc import Iterator

from ...tracer import conventions as c
from ...tracer.model import AgentTotals, Span, plain_name, plain_type
from ...tracer.text import visible
from ..bars import STATUS_GLYPHS
from ..pieces import Line, cut, fit
from ..session import Session
from ..strip import Strip
from ..survey import Survey
from ..told import unjudged
from ..units import many, number, size, span, tokens
from .base import Board, Column, Row, bar, blank, fields, finding_row, heading, sentence, titles

STOP_REASON = "agentloupe.stop_reason"
_AGENTS = (
    Column("agent", 22, number=False),
    Column("received", 8),
    Column("sent", 7, least=60),
    Column("busy", 7, least=84),
    Column("inbox", 5, least=120),
    Column("tokens", 9),
    Column("errors", 6, least=56),
    Column("blocks", 10, least=74),
    Column("share of blocks", 16, number=False, least=100),
)


class Overview(Board):
    """Findings first, then the agents, then the messages that nobody took."""

    name = "overview"
    twin = ""

    def __init__(self, session: Session, survey: Survey) -> None:
        super().__init__(session, survey)
        self._dead: tuple[int, list[Span]] = (0, [])
        self._reason = ""

    def head(self, width: int, height: int) -> list[Line]:
        out = [fit(line, width) for line in self._facts()]
        if height > len(out) + 3 and len(self.session.memory):
            session = self.session
            rows = min(4, height - len(out) - 2)
            strip = Strip(width, rows, session.total, session.memory, session.findings)
            out += strip.lines(session.cursor.step)
        return out[:height]

    def _facts(self) -> Iterator[Line]:
        info = self.session.info
        text, role = STATUS_GLYPHS.get(info.status, (info.status, "dim"))
        ended: Line = [(" ended    ", "dim"), (text, role)]
        if info.error:
            ended.append((f"  {visible(info.error, newlines=False)}", "error"))
        reason = self._stop_reason()
        yield [*ended, (f"  {reason}", "")] if reason else ended
        took = "unfinished" if info.end_ns is None else span(info.end_ns - info.start_ns)
        sizes = f"{many(info.steps, 'step')} in {took}, {many(info.spans, 'span')}"
        yield [(" size     ", "dim"), (sizes, "")]
        spent = tokens(info.input_tokens + info.output_tokens, info.unknown_tokens, info.chats)
        called = f"{many(info.chats, 'model call')}, " if info.chats else ""
        work = f"{called}{many(info.tools, 'tool call')}, {spent}"
        peak = f", peak memory {size(info.peak_rss)}" if info.peak_rss else ""
        yield [(" work     ", "dim"), (work + peak, "")]
        if self.session.total and self.session.step(0).kind == "call":
            yield [
                (" trace    ", "dim"),
                (
                    "it holds no message deliveries: each turn, model or tool call is a step",
                    "warning",
                ),
            ]

    def _stop_reason(self) -> str:
        if not self._reason:
            reason = self.session.source.root.attributes.get(STOP_REASON)
            self._reason = visible(reason, newlines=False) if isinstance(reason, str) else ""
        return self._reason

    def renew(self) -> None:
        self.rows = [*self._findings(), blank(), *self._agents(), *self._letters()]
        self.rows += self._unjudged()

    def _findings(self) -> Iterator[Row]:
        board = self.session.findings
        yield heading("Findings", f"{many(board.checked, 'rule')} checked" if board.checked else "")
        if board.state in ("waiting", "checking"):
            yield sentence("the run is being checked…")
        elif board.state == "unavailable":
            yield sentence(f"not checked: {board.why}", "warning")
        elif not board.marks:
            yield sentence("✓ none", "good")
        for mark in board.by_severity():
            yield finding_row(mark)

    def _unjudged(self) -> Iterator[Row]:
        """Last, as it is no news about the run."""
        board = self.session.findings
        if board.unjudged:
            rules = many(len(board.unjudged), "rule")
            yield blank()
            yield Row(
                lambda width: [(f" ? {rules} could not judge", "dim"), ("  what they need", "dim")],
                None,
                lambda: unjudged(board),
            )

    def _agents(self) -> Iterator[Row]:
        info = self.session.info
        if not info.agents:
            return
        blocks = self.session.agent_blocks()
        inboxes = self.session.fullest_inboxes()
        most = max(blocks.values(), default=0)
        yield heading("Agents", "in order of appearance")
        yield Row(lambda width: titles(_AGENTS, width), kind="heading")
        for agent in info.agents:
            name = plain_type(agent.identity)
            yield self._agent(agent, blocks.get(name), most, inboxes.get(name))

    def _agent(
        self, agent: AgentTotals, grown: float | None, most: float, inbox: int | None
    ) -> Row:
        role = self.session.cast.role(agent.identity)
        share = grown / most if grown and most > 0 else 0.0
        values = (
            (cut(agent.name, 22), f"{role} bold"),
            (number(agent.received), ""),
            (number(agent.sent), ""),
            (span(agent.busy_ns), ""),
            ("–" if inbox is None else number(inbox), "dim"),
            (self._tokens(agent), ""),
            (number(agent.errors) if agent.errors else "–", "error" if agent.errors else "dim"),
            ("unknown" if grown is None else f"{grown:+,.0f}", "dim" if grown is None else ""),
            (bar(share, 16), "memory"),
        )
        return Row(
            lambda width: fields(_AGENTS, width, values),
            self._first_step(agent.identity),
            lambda: self._edges(agent, inbox),
        )

    def _tokens(self, agent: AgentTotals) -> str:
        spent = agent.input_tokens + agent.output_tokens
        if spent or not self.session.info.unknown_tokens:
            return number(spent) if spent else "–"
        return "?" if agent.busy_ns else "–"  # which of them called the model is not told

    def _first_step(self, identity: str) -> int | None:
        edges = self.session.index.edges
        firsts = [steps[0] for edge, steps in edges.items() if identity in edge[:2] and steps]
        return min(firsts, default=None)

    def _edges(self, agent: AgentTotals, inbox: int | None) -> list[Line]:
        """How long it worked, with whom the agent talked, and by what."""
        cast = self.session.cast
        out: list[Line] = [[(agent.name, f"{cast.role(agent.identity)} bold")]]
        out[0].append((f"  busy for {span(agent.busy_ns)}", "dim"))
        if inbox is not None:
            out[0].append((f", at most {many(inbox, 'message')} in its inbox", "dim"))
        edges = [e for e in self.session.index.edges.items() if agent.identity in e[0][:2]]
        for (sender, recipient, kind), steps in sorted(edges, key=lambda e: -len(e[1]))[:40]:
            out.append(
                [
                    (f"{len(steps):>7,} × ", "bold"),
                    (cast.name(sender), cast.role(sender)),
                    (" → ", "dim"),
                    (cast.name(recipient), cast.role(recipient)),
                    (f"  {kind.rpartition('.')[2]}", "type"),
                    (f"  from step {steps[0]}", "dim"),
                ]
            )
        return out

    def _letters(self) -> Iterator[Row]:
        info = self.session.info
        if not info.dead_letters:
            return
        if self._dead[0] != info.dead_letters:
            self._dead = (info.dead_letters, self.session.source.dead_letters())
        yield blank()
        yield heading("Dead letters", f"{many(len(self._dead[1]), 'message')} that nobody took")
        for letter in self._dead[1][:500]:
            yield self._letter(letter)

    def _letter(self, letter: Span) -> Row:
        kind = str(letter.attributes.get(c.MESSAGE_TYPE) or "").rpartition(".")[2]
        target = plain_name(str(letter.attributes.get(c.RECIPIENT) or ""))
        target = target or str(letter.attributes.get(c.DESTINATION) or "?")
        why = visible(str(letter.attributes.get(c.DEAD_LETTER) or ""), newlines=False)
        who = self.session.cast.name(letter.agent)
        ref = letter.bodies.get(c.MESSAGE_BODY)

        def line(width: int) -> Line:
            return [
                (" ✉ ", "warning bold"),
                (who, self.session.cast.role(letter.agent)),
                (" → ", "dim"),
                (visible(target, newlines=False), ""),
                (f"  {kind}", "type"),
                (f"  {why}", "warning"),
                (f"  {self.session.headline(ref)}", "said"),
            ]

        return Row(line, letter.step, lambda: [[(why, "warning")], [], *_said(self.session, ref)])


def _said(session: Session, ref: object) -> list[Line]:
    from ..bodies import lines

    if ref is None:
        return [[("No body was recorded.", "dim")]]
    return lines(session.text(ref))  # pyright: ignore[reportArgumentType] a span's own reference
