"""Conversations within the conversation.

A team that works inside a member of another team and a chat nested in a chat of v0.2 are steps of
the run. AgentChat gives the participants of each team an id of the team as their key, and the name
of the team's topic ends with it; v0.2's nested chats carry a conversation of their own. The team of
the run is the one whose member is spoken to first; steps of any other are inner ones.

Choosing the next speaker, a manager's ledger and an agent that is called as a tool are no messages:
they are spans within a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..tracer import conventions as c
from ..tracer.model import Span, Step, plain_name, plain_type
from ..tracer.text import visible
from .brief import BriefStep
from .critical import children

SELECT = "select_speaker"
ENVELOPE = "GroupChatMessage"  # what AgentChat wraps the messages within a turn in
MANAGERS = ("GroupChatManager", "Orchestrator")  # AgentChat's own, whose model calls are no turns
SPOKEN = (SELECT, c.AGENT, c.CHAT, c.TOOL, c.CODE)


def team(identity: str) -> str:
    """The id of the team an agent is a participant of, "" for an agent of no team."""
    kind, _, key = identity.rpartition("/")
    return key if kind.endswith(f"_{key}") and key else ""


class Inner:
    """Tells inner steps from outer ones, in the order of the run."""

    def __init__(self) -> None:
        self._outer = ""
        self._known = False
        self._teams: dict[str, str] = {}  # of each agent; asked three times a step
        self._between: dict[tuple[str, str], str] = {}  # of a sender and a recipient

    def of(self, step: BriefStep) -> str:
        """What inner team or chat a step belongs to, "" for a step of the run's own."""
        if step.conversation:
            return step.conversation
        pair = (step.sender, step.recipient)
        known = self._between.get(pair)
        if known is not None:
            return known
        found = self._team(step.recipient) or self._team(step.sender)
        if not self._known and found:
            self._outer, self._known = found, True
        inside = "" if found == self._outer else found
        if self._known or not found:
            self._between[pair] = inside
        return inside

    def member(self, identity: str) -> bool:
        """Whether an agent is one of an inner team."""
        found = self._team(identity)
        return self._known and bool(found) and found != self._outer

    def _team(self, identity: str) -> str:
        found = self._teams.get(identity)
        if found is None:
            found = self._teams[identity] = team(identity)
        return found


def title(steps: Iterable[Step]) -> str:
    """Who talks in an inner conversation; managers only where there is nobody else."""
    names: dict[str, None] = {}
    for step in steps:
        for who in (step.sender, step.recipient):
            if who:
                names.setdefault(plain_name(who))
    shown = [name for name in names if not name.endswith(MANAGERS)] or list(names)
    more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
    return ", ".join(shown[:4]) + more


@dataclass(frozen=True, slots=True)
class Spoken:
    """A span of an inner conversation that has no steps, and how deep it stands in it."""

    span: Span
    depth: int


def spoken(step: Step, spans: Sequence[Span]) -> list[Spoken]:
    """What was talked within one step besides the recipient's own turn, in order."""
    below = children(spans)
    own, manages = plain_name(step.recipient), plain_type(step.recipient).endswith(MANAGERS)
    out: list[Spoken] = []
    stack = [(span, -1) for span in _last_first(below.get(0, ()))]
    while stack:
        span, depth = stack.pop()
        if depth < 0 and span.id != step.span_id:
            other = span.op == c.AGENT and plain_name(span.agent) != own and not _named(span, own)
            asked = span.op == c.CHAT and manages
            depth = 0 if other or asked or span.op == SELECT else -1
        inside = depth >= 0 and span.op in SPOKEN
        if inside:
            out.append(Spoken(span, depth))
        deeper = depth + 1 if inside else depth
        stack += [(child, deeper) for child in _last_first(below.get(span.id, ()))]
    return out


def _named(span: Span, name: str) -> bool:
    return span.attributes.get(c.AGENT_NAME) == name


def _last_first(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: span.start_ns, reverse=True)


def decision(span: Span) -> str:
    """What came of a choice of the next speaker."""
    told = span.attributes
    speaker = visible(str(told.get("agentloupe.selection.speaker") or "nobody"), newlines=False)
    asked = told.get("agentloupe.selection.attempts")
    times = f" after {asked} answers" if isinstance(asked, int) and asked > 1 else ""
    guess = ", no answer named one: a fallback" if told.get("agentloupe.selection.fallback") else ""
    return f"{speaker}{times}{guess}"
