"""The control protocol of a run in progress: one JSON document a line, over `<recording>.sock`.

The client sends requests, `{"seq": 1, "do": "step", "n": 1}`. The server answers each,
`{"seq": 1, "ok": {...}}` or `{"seq": 1, "error": {"code": ..., "what": ..., "advice": ...}}`, and
tells events, which have no number: `{"event": "stopped", ...}`. The first request is `hello`.
Fields that are not known are ignored, on both sides. `docs/schemas/control.json` is this file as a
schema; `remote.py` has the clients.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from .errors import LoupeError
from .observer import Severity
from .waits import Wait

VERSION = 1


class ControlError(LoupeError):
    """A run cannot be controlled, or a request was refused."""

    code = "LP300"


class Refused(ControlError):  # noqa: N818 reads as a sentence
    """The program understood the request and does not do it."""

    code = "LP301"


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


Kind = type[_Document]  # under a name: some documents have a field called type


# -- what is told --------------------------------------------------------------------------------
class WaitingHuman(_Document):
    """A person is asked. Whoever answers first is heard: them on the terminal, or `answer`."""

    event: Literal["waiting_human"] = "waiting_human"
    wait_id: str
    agent: str
    question: str
    run: str = ""


class Hello(_Document):
    """Whom one talks to."""

    version: int
    pid: int
    program: str
    recording: str
    paused: bool
    runs: tuple[str, ...] = ()  # trace ids of the runs that go on
    guard: bool = False  # hangs are ended, not only told
    asked: tuple[WaitingHuman, ...] = ()  # questions that a person has not answered yet


class Done(_Document):
    """Nothing to tell but that it is done."""

    paused: bool


class Breakpoint(_Document):
    """Stops before a delivery of which all that is given holds. Names may have * and ?."""

    id: int = 0  # given by the server
    sender: str = ""  # plain name; "" is any
    recipient: str = ""
    type: str = ""  # of the message
    where: str = ""  # a filter, see tracer/filter.py
    hits: int = 0


class Breakpoints(_Document):
    breakpoints: tuple[Breakpoint, ...]


class Waits(_Document):
    waits: tuple[Wait, ...]


class Agent(_Document):
    """An agent that is there, and what it did and cost so far."""

    agent: str  # identity
    kind: str  # its class
    waiting: int  # messages that are not begun
    handling: int  # messages that are
    handled: int
    failed: int
    sent: int
    restarts: int
    oldest_seconds: float  # age of the oldest message that is not begun
    busy_seconds: float  # wall time of its handlers
    waited_seconds: float  # the part of it in which others ran
    cpu_seconds: float
    bytes_in: int  # of the bodies of the messages handled
    context: int  # bytes of its last model request
    context_tokens: int = 0  # the same as its provider counted it; 0: it did not
    input_tokens: int
    output_tokens: int


class Agents(_Document):
    agents: tuple[Agent, ...]


class State(_Document):
    """What `save_state` of an agent returned."""

    agent: str
    state: Any


class Queued(_Document):
    """A message that is posted and not begun."""

    id: str  # for `queue.edit` and `queue.drop`
    sender: str
    recipient: str  # identity, or "type/source" of the topic before it is handed out
    topic: str
    type: str
    kind: Literal["send", "publish"]
    body: Any
    posted_ns: int


class Queue(_Document):
    queue: tuple[Queued, ...]


# -- requests ------------------------------------------------------------------------------------
class Request(_Document):
    """What a client asks. `answer` names the class of the answer."""

    answer: ClassVar[Kind] = Done

    @property
    def named(self) -> str:
        """What is asked, as `do` says it."""
        return str(self.model_dump()["do"])


class SayHello(Request):
    answer: ClassVar[Kind] = Hello
    do: Literal["hello"] = "hello"
    version: int = VERSION


class DoPause(Request):
    """Hold back every delivery that has not begun."""

    do: Literal["pause"] = "pause"


class DoResume(Request):
    do: Literal["resume"] = "resume"


class DoStep(Request):
    """Let `n` deliveries begin, then pause again."""

    do: Literal["step"] = "step"
    n: int = Field(default=1, ge=1)


class AddBreak(Request):
    answer: ClassVar[Kind] = Breakpoint
    do: Literal["break.add"] = "break.add"
    sender: str = ""
    recipient: str = ""
    type: str = ""
    where: str = ""


class RemoveBreak(Request):
    do: Literal["break.remove"] = "break.remove"
    id: int


class ListBreaks(Request):
    answer: ClassVar[Kind] = Breakpoints
    do: Literal["break.list"] = "break.list"


class AskWaits(Request):
    answer: ClassVar[Kind] = Waits
    do: Literal["waits"] = "waits"


class AskAgents(Request):
    answer: ClassVar[Kind] = Agents
    do: Literal["agents"] = "agents"


class AskState(Request):
    """The state of an agent, by identity or plain name."""

    answer: ClassVar[Kind] = State
    do: Literal["state"] = "state"
    agent: str


class ListQueue(Request):
    """Messages that are held back or wait for their turn, oldest first."""

    answer: ClassVar[Kind] = Queue
    do: Literal["queue.list"] = "queue.list"


class EditQueued(Request):
    """Give a queued message another body: JSON of the whole message, or of the fields to change."""

    answer: ClassVar[Kind] = Queued
    do: Literal["queue.edit"] = "queue.edit"
    id: str
    body: Any


class DropQueued(Request):
    """Make a queued message a dead letter; whoever awaits its reply gets an error."""

    do: Literal["queue.drop"] = "queue.drop"
    id: str


class Answer(Request):
    """Answer a person's wait in their place."""

    do: Literal["answer"] = "answer"
    wait_id: str
    text: str


AnyRequest = Annotated[
    SayHello
    | DoPause
    | DoResume
    | DoStep
    | AddBreak
    | RemoveBreak
    | ListBreaks
    | AskWaits
    | AskAgents
    | AskState
    | ListQueue
    | EditQueued
    | DropQueued
    | Answer,
    Field(discriminator="do"),
]


# -- events --------------------------------------------------------------------------------------
class Stopped(_Document):
    """Deliveries are held back from now on. `next` is the one that would have begun."""

    event: Literal["stopped"] = "stopped"
    why: Literal["pause", "step", "breakpoint", "finding", "start"]
    breakpoint: int | None = None
    next: Queued | None = None
    run: str = ""


class Resumed(_Document):
    event: Literal["resumed"] = "resumed"


class Found(_Document):
    """Something was found in a run: a hang, a loop, a budget that is used up."""

    event: Literal["finding"] = "finding"
    slug: str
    code: str = ""
    title: str
    story: str = ""
    severity: Severity
    agents: tuple[str, ...] = ()
    run: str = ""
    action: Literal["warned", "injected", "paused", "ended", "restarted"]


class Answered(_Document):
    """A person's wait is over."""

    event: Literal["answered"] = "answered"
    wait_id: str


class Ended(_Document):
    """The program ends: the connection is closed after this."""

    event: Literal["ended"] = "ended"


AnyEvent = Annotated[
    Stopped | Resumed | Found | WaitingHuman | Answered | Ended, Field(discriminator="event")
]

# -- lines ---------------------------------------------------------------------------------------
REQUEST: TypeAdapter[Any] = TypeAdapter(AnyRequest)
EVENT: TypeAdapter[Any] = TypeAdapter(AnyEvent)


class Trouble(_Document):
    """Why a request was not done."""

    code: str = "LP300"
    what: str
    advice: str = ""


class Line(_Document):
    """A line from the server that answers request `seq`."""

    seq: int
    ok: Any = None
    error: Trouble | None = None


def socket_path(recording: Path) -> Path:
    """Where the program that writes a recording can be controlled."""
    return recording.with_name(f"{recording.name}.sock")


def schema() -> dict[str, Any]:
    """The protocol as a JSON Schema: a line of a client or of the server."""
    lines: TypeAdapter[Any] = TypeAdapter(AnyRequest | AnyEvent | Line)
    return lines.json_schema() | {"$comment": f"control protocol, version {VERSION}"}
