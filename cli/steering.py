"""What `loupe run` tells the child of steering: guard, limits, loops, live control, pauses."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import click
from msgspec import Struct

from ..tracer.errors import LoupeError

_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|)", re.IGNORECASE)
_UNITS: Final = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)([kmg]?)b?", re.IGNORECASE)
_BUDGETS: Final = ("steps", "tokens", "seconds", "memory")  # TracedRuntime's max_…


class Steering(Struct, frozen=True):
    """What the user wants of a run while it goes on."""

    guard: bool
    deadline: float | None  # seconds
    live: bool
    pause_at: tuple[str, ...]
    break_loops: str | None  # the policy, "" for the usual one
    budget: Mapping[str, float]  # what a run may use up, by kind
    uvloop: bool
    release: float | None  # seconds
    accounting: bool

    def boot(self, *, fail_on: tuple[str, ...] = ()) -> dict[str, Any]:
        """What the child's bootstrap reads; `--fail-on hang` implies `--guard`."""
        boot: dict[str, Any] = {}
        hang = any(word.strip().casefold().startswith("hang") for word in fail_on)
        limited = self.deadline is not None or self.break_loops is not None or self.budget
        if self.guard or limited or hang:
            boot["guard"] = {"hangs": "raise"}
        if self.deadline is not None:
            beat = min(0.5, max(0.05, self.deadline / 10))
            boot["guard"] |= {"run_deadline": self.deadline, "beat": beat}
        if self.budget:
            boot["guard"] |= {f"max_{kind}": amount for kind, amount in self.budget.items()}
        if self.release is not None:
            boot["guard"] = {**boot.get("guard", {}), "release": self.release}
        if self.accounting:
            boot["guard"] = {**boot.get("guard", {}), "accounting": True}
        if self.uvloop:
            boot["uvloop"] = True
        if self.break_loops is not None:
            boot["break_loops"] = self.break_loops
        if self.live or self.pause_at:
            boot["live"] = list(self.pause_at)
        return boot


def _seconds(ctx: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    return None if value is None else _time(value)


def _time(value: str) -> float:
    found = _TIME.fullmatch(value.strip())
    if found is None or float(found[1]) <= 0:
        raise click.BadParameter(f"{value!r} is no time: write 90, 90s, 500ms, 5m or 2h")
    return float(found[1]) * _UNITS[found[2].casefold()]


def _budget(ctx: click.Context, parameter: click.Parameter, value: str | None) -> dict[str, float]:
    """ "steps=500,memory=200M" as amounts by kind; memory in bytes, its units are powers of two."""
    amounts: dict[str, float] = {}
    for part in (value or "").split(",") if value is not None else ():
        kind, equals, amount = (each.strip() for each in part.partition("="))
        if kind not in _BUDGETS or not equals:
            raise click.BadParameter(
                f"{part.strip()!r} is no budget: write one or more of steps=500, tokens=50k, "
                "seconds=5m, memory=200M, with commas between them"
            )
        amounts[kind] = _time(amount) if kind == "seconds" else _amount(kind, amount)
    return amounts


def _amount(kind: str, value: str) -> int:
    found = _AMOUNT.fullmatch(value)
    thousand = 1024 if kind == "memory" else 1000
    amount = 0
    if found is not None:
        amount = int(float(found[1]) * thousand ** " kmg".index(found[2].casefold() or " "))
    if amount <= 0:
        raise click.BadParameter(f"{value!r} is no amount of {kind}: write 500, 50k or 200M")
    return amount


def _filters(
    ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    if not values:
        return values  # as most runs, which need not load what reads them
    from ..tracer.filter import parse

    for value in values:
        try:
            parse(value)
        except LoupeError as error:
            raise click.BadParameter(f"{error.what}; {error.advice}") from error
    return values


def _policy(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value:
        from ..diagnose.live import Policy

        try:
            Policy.parse(value)
        except LoupeError as error:
            raise click.BadParameter(f"{error.what}; {error.advice}") from error
    return value


_OPTIONS: Final = (
    click.option(
        "--guard",
        is_flag=True,
        help="End waits that nothing ends, with an error that tells the story. By itself a hang is "
        "only reported.",
    ),
    click.option(
        "--deadline",
        metavar="TIME",
        callback=_seconds,
        help="End a run that takes longer: 90s, 5m. Implies --guard.",
    ),
    click.option(
        "--break-loops",
        metavar="POLICY",
        is_flag=False,
        flag_value="",
        callback=_policy,
        help="Answer loops while the run goes on. POLICY says how, one after another as a loop "
        "goes on: warn,inject,stop by default, pause is the fourth; 'loop.handoff=stop;warn' "
        "for some rules. Other rules than loop.* are heeded when they are named: "
        "'talk=warn;cost.blow-up=pause'. Implies --guard.",
    ),
    click.option(
        "--budget",
        metavar="LIMITS",
        callback=_budget,
        help="End a run that uses up more: steps=500,tokens=50k,seconds=5m,memory=200M, some "
        "or all of them. Memory is what the process grows by. Implies --guard.",
    ),
    click.option(
        "--release",
        metavar="TIME",
        callback=_seconds,
        help="Release agents that nobody has written to for so long, and give them their state "
        "back when somebody does: 10m. Those that cannot be brought back stay.",
    ),
    click.option(
        "--accounting",
        is_flag=True,
        help="Count the CPU and waiting time of each agent, slice by slice: loupe show --agents.",
    ),
    click.option(
        "--uvloop",
        is_flag=True,
        help="Run event loops on uvloop, which must be installed for the program. About a tenth "
        "faster; a wait that nothing can end is not seen there.",
    ),
    click.option(
        "--live", is_flag=True, help="Let the run be controlled: pause, step, look, edit, answer."
    ),
    click.option(
        "--pause-at",
        metavar="FILTER",
        multiple=True,
        callback=_filters,
        help="Pause before a delivery that the filter means: to:coder, type:Tool*. Implies --live.",
    ),
)


def steering_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options above, given to the command as `steering`."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        guard: bool,
        deadline: float | None,
        break_loops: str | None,
        budget: dict[str, float],
        uvloop: bool,
        release: float | None,
        accounting: bool,
        live: bool,
        pause_at: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        steering = Steering(
            guard, deadline, live, pause_at, break_loops, budget, uvloop, release, accounting
        )
        return command(*args, steering=steering, **rest)

    made: Callable[..., Any] = wrapped
    for option in reversed(_OPTIONS):
        made = option(made)
    return made
