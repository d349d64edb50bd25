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

Edge = tuple[str, str, str]  # sender, recipient, type


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
        self.edges: dict[Edge, array[int]] = {}
        self.snapshot = Snapshot()
        self._content_key = content_key
        self._kind = kind or _type_of
        self._inner = inner or _nowhere
        self._cycles = CycleFinder()
        #: Of edges that say it all: the steps on them, and the inner team that those are of.
        self._known: dict[Edge, tuple[array[int], str]] = {}
        #: The row that is being made: the next step may join it.
        self._first: BriefStep | None = None
        self._last: BriefStep | None = None
        self._others: list[str] = []  # to whom else the first step's message went
        self._within = ""  # the inner team it is of
        self._turn: BriefStep | None = None  # the last step outside of inner teams

    def extend(self, steps: Sequence[BriefStep], *, ended: bool = False) -> None:
        """Take the next steps in order and publish; `ended`: no further will ever come."""
        known, starts, keys = self._known, self.starts, list[int]()
        first, last, within = self._first, self._last, self._within
        for step in steps:  # a million of them: what can be is done here, without a call
            edge = (step.sender, step.recipient, step.message_type)
            found = known.get(edge)
            if found is None or step.conversation:
                found = self._meet(step, edge)
            on, inside = found
            on.append(step.index)
            if within and not inside:
                inside = self._echo(step, within)
            if last is None or not (
                inside == within
                if inside or within
                else step.message_id == last.message_id and _published(step, last)
            ):
                if first is not None:
                    keys.append(self._row(first, within))
                starts.append(step.index)
                first, within = step, inside
            elif not inside:
                self._others.append(step.recipient)
            last = step
            if not inside:
                self._turn = step
        self.steps += len(steps)
        if ended and first is not None:
            keys.append(self._row(first, within))
            first = last = None
        self._first, self._last, self._within = first, last, within
        self._cycles.extend(keys)
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

    def _echo(self, step: BriefStep, within: str) -> str:
        """The inner team that a step belongs to though it is none of its own: AgentChat has the
        agent whose turn it is tell the outer team of each message while the inner one talks.
        """
        turn = "" if self._turn is None else self._turn.recipient
        told = step.sender == turn and step.message_type.endswith(ENVELOPE)
        return within if told else ""

    def _meet(self, step: BriefStep, edge: Edge) -> tuple[array[int], str]:
        """The steps on a step's edge, and what inner team it is of.

        An envelope's type is that of what it carries, which is another with each step; and so may
        a step's conversation be.
        """
        kind = self._kind(step)
        named = (*edge[:2], kind)
        on = self.edges.get(named)
        if on is None:
            on = self.edges[named] = array("I")
        found = (on, self._inner(step))
        if not step.conversation and not step.message_type.endswith(ENVELOPE):
            self._known[edge] = found
        return found

    def _row(self, first: BriefStep, within: str) -> int:
        """The key of a row that is over."""
        others, said = self._others, self._content_key(first)
        to = within or first.recipient
        if not others:
            return hash((first.sender, to, first.message_type, said))
        key = hash((first.sender, to, *others, first.message_type, said))
        others.clear()
        return key

    def _publish(self) -> None:
        folds = tuple(self._cycles.folds)
        going_on = self._cycles.provisional()
        if going_on:
            folds = (*folds, going_on)
        self.snapshot = Snapshot(len(self.starts), self.steps, folds)


def _published(step: BriefStep, last: BriefStep) -> bool:
    """Whether two deliveries of one message are those of a broadcast."""
    return bool(step.message_id) and step.kind == last.kind == "publish"


def _nowhere(step: BriefStep) -> str:
    return ""


def _type_of(step: BriefStep) -> str:
    return step.message_type
