"""Roll-ups of a run, kept as its spans are recorded, so that listings never scan.

They are counted by whoever makes the records, one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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

# `LiveSpan.state`. 0: nobody has put it on record
EARLY: Final = 1  # it is in its run's `early`
SEEN: Final = 2  # it was there with its end, which is recorded by whoever took the list
OPEN: Final = 3  # its end is to be recorded, and from here on
COUNTED: Final = 4  # its start was, as neither of these:
COUNTED_CHAT: Final = 5
COUNTED_TOOL: Final = 6
DONE: Final = 7  # its end is
_COUNTED: Final = {c.CHAT: COUNTED_CHAT, c.TOOL: COUNTED_TOOL}

_POSTS: Final = frozenset((c.SEND, c.PUBLISH))
_TALLIED: Final = frozenset((*_POSTS, c.CHAT))
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


_NOBODY: Final = AgentTally("")  # what is done by nobody is not told


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
        "plain",
        "spans",
        "steps",
        "tools",
        "unknown_tokens",
    )

    def __init__(self) -> None:
        self.agents: dict[str, AgentTally] = {}
        self.steps = 0
        self.spans = 0
        self.plain = 0  # others, which say nothing of agents: counted by who begins them
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

    def count(self, spans: Iterable[LiveSpan]) -> None:
        """A record of each is made: of its start, of its end, or of both at once."""
        agents = self.agents
        for span in spans:
            state, op, agent, boundary = span.state, span.op, span.agent, span.boundary
            tally = agents.get(agent, _NOBODY)
            if (
                tally is _NOBODY
                and agent
                and (boundary or op in _TALLIED or span.error is not None)
            ):
                tally = agents[agent] = AgentTally(agent)
            if state < COUNTED:
                self.spans += 1
                if not boundary:
                    tally.sent += op in _POSTS
                elif span.step is not None and span.step >= self.steps:
                    self.steps = span.step + 1
                if op in _COUNTED:
                    self.chats += op == c.CHAT
                    self.tools += op == c.TOOL
                elif boundary and op == c.PROCESS:
                    tally.received += 1
            elif state == DONE:  # whoever was interrupted may record it twice
                continue
            elif state != _COUNTED.get(op, COUNTED):  # it turned out to be another operation
                self.chats += (op == c.CHAT) - (state == COUNTED_CHAT)
                self.tools += (op == c.TOOL) - (state == COUNTED_TOOL)
            end_ns = span.end_ns
            if end_ns is None:
                span.state = _COUNTED.get(op, COUNTED)
                continue
            span.state = DONE
            if boundary:
                tally.busy_ns += end_ns - span.start_ns
            if span.error is not None:
                self.errors += 1
                tally.errors += 1
            attributes = span.attributes
            if op == c.CHAT:
                self._tokens(tally, attributes or _NONE)
            if attributes is not None and c.DEAD_LETTER in attributes:
                self.dead_letters += 1

    def _tokens(self, tally: AgentTally, said: Mapping[str, object]) -> None:
        sent, got = said.get(c.INPUT_TOKENS), said.get(c.OUTPUT_TOKENS)
        if not isinstance(sent, int) or not isinstance(got, int):
            self.unknown_tokens += 1
            return
        self.input_tokens += sent
        self.output_tokens += got
        tally.input_tokens += sent
        tally.output_tokens += got

    def brief(self, record: Record) -> None:
        """The run was written as one message that is over; now there is more."""
        self.spans, self.steps = 2, 1
        message = record[10]
        if message[1]:
            self.agents[message[1]] = AgentTally(message[1], sent=1)
        tally = self.agents.setdefault(message[2], AgentTally(message[2]))
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
            self.spans + self.plain,
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
