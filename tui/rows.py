"""The rows of the swimlane: one for each step, one for all deliveries of a broadcast, one for a
stretch of an inner conversation (a team within the team).

Built from the first step to the last, a chunk at a time and away from the UI thread for long
runs; the screen works with what `snapshot` last published. A base row is a half-open range of
steps, so a row number and a step number can be turned into each other by bisection.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..tracer.model import Step
from .brief import BriefStep
from .cycles import CycleFinder, Fold
from .inner import ENVELOPE


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known so far: `rows` base rows over the first `steps` steps, and their folds."""

    rows: int = 0
    steps: int = 0
    folds: tuple[Fold, ...] = ()


class RowIndex:
    """Base rows, their folds, and the steps on each edge (sender, recipient, type)."""

    def __init__(
        self,
        content_key: Callable[[BriefStep], int],
        kind: Callable[[BriefStep], str] | None = None,
        inner: Callable[[BriefStep], str] | None = None,
    ) -> None:
        self.starts = array("I")
        self.steps = 0
        self.edges: dict[tuple[str, str, str], array[int]] = {}
        self.snapshot = Snapshot()
        self._content_key = content_key
        self._kind = kind or _type_of
        self._inner = inner or _nowhere
        self._cycles = CycleFinder()
        #: The row that is being made: the next step may join it.
        self._first: BriefStep | None = None
        self._last: BriefStep | None = None
        self._recipients: list[str] = []
        self._within = ""  # the inner team it is of
        self._turn = ""  # whose turn it is outside of inner teams

    def extend(self, steps: Sequence[BriefStep], *, ended: bool = False) -> None:
        """Take the next steps in order and publish; `ended`: no further will ever come."""
        edges, kind, inner, starts = self.edges, self._kind, self._inner, self.starts
        for step in steps:
            edge = (step.sender, step.recipient, kind(step))
            on = edges.get(edge)
            if on is None:
                on = edges[edge] = array("I")
            on.append(step.index)
            inside = inner(step) or (self._echo(step) if self._within else "")
            last = self._last
            if last is None or not _joins(step, last, inside, self._within):
                self._finish_row()
                starts.append(step.index)
                self._first, self._within = step, inside
            self._last = step
            if not inside:
                self._recipients.append(step.recipient)
                self._turn = step.recipient
        self.steps += len(steps)
        if ended:
            self._finish_row()
        self._publish()

    def use(
        self, content_key: Callable[[BriefStep], int], kind: Callable[[BriefStep], str]
    ) -> None:
        """Read bodies through another reader from now on (the one of the indexing thread)."""
        self._content_key, self._kind = content_key, kind

    def previous(self, step: Step, kind: str) -> int | None:
        """The step before this one with the same sender, recipient and type, if there is one."""
        on_edge = self.edges.get((step.sender, step.recipient, kind))
        if not on_edge:
            return None
        low, high = 0, len(on_edge)
        while low < high:
            middle = (low + high) // 2
            if on_edge[middle] < step.index:
                low = middle + 1
            else:
                high = middle
        return on_edge[low - 1] if low else None

    def _echo(self, step: BriefStep) -> str:
        """The inner team that a step belongs to though it is none of its own: AgentChat has the
        agent whose turn it is tell the outer team of each message while the inner one talks.
        """
        told = step.sender == self._turn and step.message_type.endswith(ENVELOPE)
        return self._within if told else ""

    def _finish_row(self) -> None:
        first, self._last = self._first, None
        if first is None:
            return
        recipients = (self._within,) if self._within else tuple(self._recipients)
        said = self._content_key(first)
        self._cycles.add(hash((first.sender, recipients, first.message_type, said)))
        self._first = None
        self._recipients.clear()

    def _publish(self) -> None:
        folds = tuple(self._cycles.folds)
        going_on = self._cycles.provisional()
        if going_on:
            folds = (*folds, going_on)
        self.snapshot = Snapshot(len(self.starts), self.steps, folds)


def _joins(step: BriefStep, last: BriefStep, inside: str, within: str) -> bool:
    """Whether a step goes on with the row of the one before it."""
    if inside or within:
        return inside == within
    same = step.message_id == last.message_id and bool(step.message_id)
    return same and step.kind == last.kind == "publish"


def _nowhere(step: BriefStep) -> str:
    return ""


def _type_of(step: BriefStep) -> str:
    return step.message_type
