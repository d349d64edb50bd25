"""What a run may use up: steps, tokens, time, memory. A step observer like any other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from ..tracer import conventions as c
from ..tracer.names import Value, plain_name
from ..tracer.observer import LiveStep, Stop, Told
from .options import Limits

RUNS: Final = 1_024  # that are counted at the same time


class _Used(Struct):
    steps: int
    tokens: int
    began: float
    rss: int
    stopped: bool = False


class Budget:
    """Stops a run that has used up what it was given."""

    def __init__(self, limits: Limits, mine: Callable[[], bool]) -> None:
        self._limits = limits
        self._mine = mine  # whether what runs now is a handler of the runtime that has the budget
        self._runs: dict[str, _Used] = {}

    @staticmethod
    def given(limits: Limits) -> bool:
        """Whether there is any."""
        bounds = (limits.max_steps, limits.max_tokens, limits.max_seconds, limits.max_memory)
        return any(bound is not None for bound in bounds)

    def on_step(self, step: LiveStep) -> Stop | None:
        """As `StepObserver.on_step`."""
        used = self._runs.get(step.run)
        if used is None:
            if not self._mine():
                return None
            if len(self._runs) >= RUNS:
                del self._runs[next(iter(self._runs))]
            rss = resident() if self._limits.max_memory is not None else 0
            used = self._runs[step.run] = _Used(0, 0, time.monotonic(), rss)
        used.steps += 1
        used.tokens += sum(_tokens(span.attributes) for span in step.spans if span.op == c.CHAT)
        if used.stopped:
            return None
        for what, amount, bound in self._spent(used):
            if bound is not None and amount >= bound:
                used.stopped = True
                return Stop(_told(what, amount, bound, step))
        return None

    def _spent(self, used: _Used) -> list[tuple[str, float, float | None]]:
        limits = self._limits
        grown = 0 if limits.max_memory is None else resident() - used.rss
        return [
            ("steps", used.steps, limits.max_steps),
            ("tokens", used.tokens, limits.max_tokens),
            ("time", time.monotonic() - used.began, limits.max_seconds),
            ("memory", grown, limits.max_memory),
        ]


def _tokens(attributes: Mapping[str, Value]) -> int:
    told = (attributes.get(key) for key in (c.INPUT_TOKENS, c.OUTPUT_TOKENS))
    return sum(value for value in told if isinstance(value, int))


def _told(what: str, amount: float, bound: float, step: LiveStep) -> Told:
    unit = {"steps": "steps", "tokens": "tokens", "time": "s", "memory": "bytes"}[what]
    name = plain_name(step.step.recipient)
    return Told(
        f"budget.{what}",
        f"the run has used {amount:,.0f} {unit} of the {bound:,.0f} it was given",
        f"it was stopped after step {step.step.index}, in which {name} handled "
        f"{step.step.message_type}",
        severity="error",
        agents=(step.step.recipient,),
        facts={"used": amount, "given": bound},
    )


def resident() -> int:
    """Resident memory of the process in bytes."""
    import psutil

    return int(psutil.Process().memory_info().rss)
