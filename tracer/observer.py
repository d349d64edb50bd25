"""What watches a run while it goes on, step by step, and may interfere.

A runtime (or an instrumentor, for frameworks that bring their own) calls `on_step` at the end of
every step, in the thread of the program and before whoever asked gets the reply; it then does what
the action says and records the finding in the trace. An observer that raises is put aside with one
notice. It must be quick, and must not keep what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct, field

from .names import BodyRef

if TYPE_CHECKING:
    from .model import Span, Step

Severity = Literal["error", "warning", "info"]


class LiveStep(Struct, frozen=True):
    """A step that has just ended, as a reader would give it, with the spans inside it.

    `spans` has the process span first, then its children by start; those still open have no end.
    `text` reads a body, `last` the last message of a model request, as `Run.text` would.
    """

    run: str  # trace id, 32 hex digits
    step: Step
    spans: Sequence[Span]
    text: Callable[[BodyRef], str]
    last: Callable[[BodyRef], str]


class Told(Struct, frozen=True):
    """What an observer, or the runtime itself, has to say of a run."""

    slug: str  # "loop.repetition", "hang.deadlock", "budget.steps"
    title: str  # one line
    story: str = ""  # the evidence, in as many lines as it takes
    code: str = ""  # of the rule, where one has it
    severity: Severity = "warning"
    agents: tuple[str, ...] = ()  # identities, the most responsible first
    spans: tuple[str, ...] = ()  # hex ids
    facts: dict[str, str | int | float] = field(default_factory=dict[str, str | int | float])


class Warn(Struct, frozen=True):
    """Say it on stderr and in the trace; the run goes on."""

    told: Told


class Inject(Struct, frozen=True):
    """Give the agents a message, then go on.

    A text goes to all participants of the AgentChat team that the step belongs to; any other
    object is published to `topic` ("type/source") or sent to the agent `recipient` ("type/key").
    """

    told: Told
    message: object
    recipient: str = ""
    topic: str = ""


class Pause(Struct, frozen=True):
    """Hold back every further delivery until somebody resumes (`loupe run --live`).

    Where nobody can, it is a `Warn`.
    """

    told: Told


class Stop(Struct, frozen=True):
    """End the run: what waits gets a `RunStopped` that tells the finding."""

    told: Told


Action = Warn | Inject | Pause | Stop


class StepObserver(Protocol):
    """Sees every step of every run of a process."""

    def on_step(self, step: LiveStep) -> Action | None:
        """What shall be done about the run, None for nothing."""
        ...
