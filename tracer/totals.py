"""Roll-ups of a run, kept as its spans start and end, so that listings never scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct, msgpack

from . import conventions as c
from .names import BodyRef
from .packing import Record, clean, masked, referred
from .secrets import mask_text
from .withholding import error_of, events_of, values_of

if TYPE_CHECKING:
    from .bodies import Body, Context
    from .recorder import LiveRun, LiveSpan

AGENTS: Final = 10_000  # that a row tells of, which is written anew with each commit
REST: Final = "(others)"  # all the others of a run that has more
NAME: Final = 500  # characters of a name there

_POSTS: Final = frozenset((c.SEND, c.PUBLISH))
_CALLS: Final = frozenset((c.CHAT, c.TOOL))
_encode = msgpack.Encoder().encode
_NONE: dict[str, object] = {}


class AgentTally(Struct, gc=False, eq=False):
    """One agent's part of a run."""

    name: str
    received: int = 0
    sent: int = 0
    busy_ns: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    errors: int = 0

    def counts(self) -> tuple[int, ...]:
        """As they stand in a `runs` row."""
        return (
            *(self.received, self.sent, self.busy_ns),
            *(self.input_tokens, self.output_tokens, self.errors),
        )

    def add(self, other: AgentTally) -> None:
        """Count what another one did as well."""
        self.received += other.received
        self.sent += other.sent
        self.busy_ns += other.busy_ns
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.errors += other.errors


class RunTotals:
    """What the `runs` row says about a run beyond its root span."""

    __slots__ = (
        "agents",
        "chats",
        "dead_letters",
        "errors",
        "first_page",
        "input_tokens",
        "last_page",
        "output_tokens",
        "peak_rss",
        "spans",
        "steps",
        "tools",
        "unknown_tokens",
    )

    def __init__(self) -> None:
        self.agents: dict[str, AgentTally] = {}
        self.steps = 0
        self.spans = 0
        self.dead_letters = 0
        self.errors = 0
        self.chats = 0
        self.tools = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.unknown_tokens = 0
        self.peak_rss = 0
        self.first_page: int | None = None
        self.last_page: int | None = None

    def _agent(self, identity: str) -> AgentTally:
        tally = self.agents.get(identity)
        if tally is None:
            tally = self.agents.setdefault(identity, AgentTally(identity))
        return tally

    def started(self, span: LiveSpan) -> None:
        """A span is under way."""
        self.spans += 1
        op = span.op
        if span.boundary:
            if span.step is not None and span.step >= self.steps:
                self.steps = span.step + 1
            if op == c.PROCESS:
                self._agent(span.agent).received += 1
        elif op in _POSTS and span.agent:
            self._agent(span.agent).sent += 1
        if op in _CALLS:
            self.became(op)

    def became(self, op: str, before: str = "") -> None:
        """What a span under way is, and was."""
        self.chats += (op == c.CHAT) - (before == c.CHAT)
        self.tools += (op == c.TOOL) - (before == c.TOOL)

    def ended(self, span: LiveSpan) -> None:
        """A span is over."""
        if span.boundary and span.agent and span.end_ns is not None:
            self._agent(span.agent).busy_ns += span.end_ns - span.start_ns
        if span.error is not None:
            self.errors += 1
            if span.agent:
                self._agent(span.agent).errors += 1
        attributes = span.attributes
        if attributes is None:
            if span.op == c.CHAT:
                self.unknown_tokens += 1
            return
        if c.DEAD_LETTER in attributes:
            self.dead_letters += 1
        if span.op == c.CHAT:
            self._tokens(span, attributes.get(c.INPUT_TOKENS), attributes.get(c.OUTPUT_TOKENS))

    def _tokens(self, span: LiveSpan, sent: object, got: object) -> None:
        if not isinstance(sent, int) or not isinstance(got, int):
            self.unknown_tokens += 1
            return
        self.input_tokens += sent
        self.output_tokens += got
        if span.agent:
            tally = self._agent(span.agent)
            tally.input_tokens += sent
            tally.output_tokens += got

    def brief(self, record: Record) -> None:
        """The run was written as one message that is over; now there is more."""
        self.spans, self.steps = 2, 1
        message = record[10]
        if message[1]:
            self._agent(message[1]).sent = 1
        tally = self._agent(message[2])
        tally.received, tally.busy_ns = 1, record[9] - record[8]

    def page(self, number: int) -> None:
        """A page that holds records of the run was written."""
        if self.first_page is None:
            self.first_page = number
        self.last_page = number

    def _told(self) -> list[AgentTally]:
        """The agents that the row tells of: of very many those that did most, and all the rest."""
        agents = [*self.agents.values()]
        if len(agents) > AGENTS:
            agents.sort(key=lambda each: -each.received - each.sent)
            rest = AgentTally(REST)
            for each in agents[AGENTS:]:
                rest.add(each)
            agents[AGENTS:] = [rest]
        return agents

    def row(
        self,
        run: LiveRun,
        refer: Callable[[Body | Context], BodyRef],
        name: Callable[[str], str],
        withheld: bool = False,
    ) -> tuple[object, ...]:
        """The `runs` row; `refer` stores a body and says where it lies, texts may be `withheld`.

        An agent's `name` is one without secrets.
        """
        root = run.root
        attributes, events, error = root.attributes, root.events, root.error
        if withheld:
            attributes = attributes and values_of(attributes)
            events = events and events_of(events)
            error = error_of(error)
        if root.end_ns is None:
            status = "running"
        elif root.error is None:
            status = "ok"
        else:
            status = "cancelled" if root.error.startswith("CancelledError") else "error"
        detail = {
            "attributes": masked(clean(attributes)) if attributes else _NONE,
            "events": masked(clean(events)) if events else (),
            "bodies": masked(referred(root.bodies, refer)) if root.bodies else _NONE,
            "links": masked(root.links),
            "agents": [(name(each.name)[:NAME], *each.counts()) for each in self._told()],
        }
        return (
            run.number,
            run.trace_id.to_bytes(16, "big"),
            signed(root.id),
            masked(root.name),
            status,
            error if error is None else mask_text(error),
            root.start_ns,
            root.end_ns,
            self.steps,
            self.spans,
            self.dead_letters,
            self.errors,
            self.chats,
            self.tools,
            self.input_tokens,
            self.output_tokens,
            self.unknown_tokens,
            self.peak_rss,
            self.first_page,
            self.last_page,
            _encode(detail),
        )


def signed(span_id: int) -> int:
    """A span id as SQLite's signed 64-bit integer."""
    return span_id - (1 << 64) if span_id >= 1 << 63 else span_id
