"""What a recording holds, as the reader gives it: recording > run > step, span, sample.

Times are nanoseconds since the Unix epoch. Identities of agents are `type/key`; `plain_name`
turns them into the name the program uses. Spans of a run form a tree under the run's root span;
a step is the `process` span of one delivery.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct, field

from .names import INSTANCES as INSTANCES
from .names import SUSPENDED as SUSPENDED
from .names import BodyRef as BodyRef
from .names import Scalar as Scalar
from .names import Value as Value
from .names import plain_name as plain_name
from .names import plain_type as plain_type

RunStatus = Literal["running", "ok", "error", "cancelled", "killed"]


class Link(Struct, frozen=True):
    """A causal edge to another span of the recording; `kind` is "message" or "reply_to"."""

    span_id: int
    kind: str


class Event(Struct, frozen=True):
    """Something that happened at one moment of a span (an exception, a finding)."""

    name: str
    time_ns: int
    attributes: Mapping[str, Value]


class Span(msgspec.Struct, frozen=True, gc=False):
    """One operation. `end_ns` is None while it is open: a hang is seen by its open spans.

    Like a step it is a struct and no dataclass, since a run is made of thousands: it takes a
    quarter of the time to make. `msgspec.structs.replace` makes a copy with other values.
    """

    id: int
    parent: int  # 0: the run's root has no parent
    run: int
    op: str  # one of conventions' operations, or a foreign span's own
    name: str
    agent: str  # identity of the agent it belongs to, "" when none
    start_ns: int
    end_ns: int | None
    error: str | None  # "TypeName: text" of what went wrong, None when nothing did
    step: int | None  # the step it is (process) or belongs to
    attributes: Mapping[str, Value] = msgspec.field(default_factory=dict[str, Value])
    bodies: Mapping[str, BodyRef] = msgspec.field(default_factory=dict[str, BodyRef])
    links: tuple[Link, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def hex_id(self) -> str:
        """The id as OpenTelemetry writes it: 16 hex digits."""
        return f"{self.id:016x}"

    @property
    def duration_ns(self) -> int | None:
        return None if self.end_ns is None else self.end_ns - self.start_ns


class Step(msgspec.Struct, frozen=True, gc=False):
    """One message delivery, numbered from 0 in the run's global order."""

    index: int
    span_id: int
    sender: str  # identity; "" when the program itself posted
    recipient: str  # identity
    message_type: str
    kind: str  # "send" (a reply is awaited) or "publish"
    topic: str  # "type/source", "" for a send
    message_id: str  # deliveries of one publish share it
    posted_ns: int
    start_ns: int
    end_ns: int | None
    error: str | None
    body: BodyRef | None
    reply_type: str | None
    reply: BodyRef | None
    conversation: str = ""  # the chat it is of, where that is one inside of another


class Holder(Struct, frozen=True):
    """Something that was larger at each of several looks at the heap, and who holds it."""

    what: str  # "list", "dict", "cache", or "Note instances" of which there are more and more
    size: int
    grew: int
    path: tuple[str, ...]  # from the named holder inwards
    agent: str  # plain name of the agent it belongs to, "" when it is none's
    course: Sequence[tuple[int, int]] = ()  # messages and size, at each look
    bound: int | None = None  # entries that it is allowed: a cache's or a deque's maximum


class Sample(Struct, frozen=True):
    """One reading of the process's memory and resources at a step boundary.

    `step` is the run's step it was taken after, `messages` counts the deliveries of the whole
    process so far (the axis for rates). None: not read at this sample. `agent_blocks` and
    `agent_heap` are the net allocated blocks and C-heap bytes of each agent's handlers so far,
    by `plain_type`, scaled up from the deliveries that were measured.
    """

    time_ns: int
    step: int
    messages: int
    collected: bool  # taken right after a full garbage collection
    rss: int
    blocks: int | None
    c_heap: int | None
    uss: int | None
    tasks: int | None
    threads: int | None
    fds: int | None
    children: int | None
    children_rss: int | None
    gc_enabled: bool
    agent_blocks: Mapping[str, float] = field(default_factory=dict[str, float])
    agent_heap: Mapping[str, float] = field(default_factory=dict[str, float])
    agent_deliveries: Mapping[str, float] = field(default_factory=dict[str, float])
    topics: int | None = None  # that runtimes know
    queued: int | None = None  # messages whose delivery has not begun
    in_flight: int | None = None  # deliveries under way
    instances: Mapping[str, int] | None = None  # agents there are, by plain type
    # of the fullest mailboxes: messages that wait or are handled, the age of the oldest in ns, and
    # those that are handled
    mailboxes: Mapping[str, int] | None = None
    mailbox_ages: Mapping[str, int] | None = None
    agent_in_flight: Mapping[str, int] | None = None
    temp_files: Mapping[str, int] | None = None  # made and still there, by the agent that did
    holders: Sequence[Holder] = ()
    looked: bool = False  # the looks were accounted for: who is not among the holders is none
    rest: bool = False  # no run was under way
    # open files and sockets, tasks, threads and child processes, by the agent that made them
    agent_files: Mapping[str, int] | None = None
    agent_tasks: Mapping[str, int] | None = None
    agent_sockets: Mapping[str, int] | None = None
    agent_threads: Mapping[str, int] | None = None
    agent_children: Mapping[str, int] | None = None
    learned: int | None = None  # modules, patterns and source files that Python itself keeps
    # file, line, blocks and bytes that stayed of those allocated while it was traced
    lines: Sequence[tuple[str, int, int, int]] = ()


class AgentTotals(Struct, frozen=True):
    """What one agent did in a run."""

    identity: str
    received: int
    sent: int
    busy_ns: int  # sum of its handlers' durations
    input_tokens: int
    output_tokens: int
    errors: int

    @property
    def name(self) -> str:
        return plain_name(self.identity)


class RunInfo(Struct, frozen=True):
    """One row of a listing of runs: rolled up while recording, never by scanning."""

    number: int  # position in the recording, from 0
    trace_id: str  # 32 hex digits
    root_span: int
    name: str
    status: RunStatus
    error: str | None
    start_ns: int
    end_ns: int | None
    steps: int
    spans: int
    dead_letters: int
    errors: int
    chats: int
    tools: int
    input_tokens: int
    output_tokens: int
    unknown_tokens: int  # model calls whose usage was not told
    peak_rss: int
    agents: tuple[AgentTotals, ...]


class GaveUp(Struct, frozen=True):
    """A wait of the program itself that ran out of time, for what an agent should have brought."""

    time_ns: int
    what: str  # "Event.wait", ...
    where: str  # "app.py:12 in main"
    times: int  # at this place, as far as counted: 1 or 2


class RecordingInfo(Struct, frozen=True):
    """The recording as a whole: whose process it was and how that ended."""

    path: str
    schema: int
    created_ns: int
    program: str
    argv: tuple[str, ...]
    python: str
    pid: int
    versions: Mapping[str, str]  # of agentloupe and the agent frameworks seen
    ended_ns: int | None
    exit_code: int | None  # None while running, or when nobody saw the end
    signal: int | None  # the signal that killed the program
    lost: int  # spans that could not be written, 0 unless a notice said so
    bodies: str = "capped"  # what was kept of texts, or "full", "hash", "none"
    otlp_sent: int | None = None  # spans sent on live and accepted; None: that was not asked for
    otlp_lost: int | None = None  # spans that were not: they are here
    forced: bool = False  # collections were forced at even steps (`loupe run --ci`)
    gave_up: tuple[GaveUp, ...] = ()  # waits of the program's own that ran out of time
