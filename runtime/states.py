"""What agents keep, on the record: a `save_state` span with the state as its body.

A state is recorded where somebody asks for it anyway: the program (`team.save_state()`,
`runtime.agent_save_state()`), a checkpoint of supervision, somebody at the control protocol. Two
moments are asked for by us, a stop at a breakpoint and the end of a run, and there only agents
whose `save_state` is AutoGen's own and answers without waiting: what the program wrote is never
called unasked. Ends of runs come in thousands, so no more than one in `PAUSE` seconds is recorded,
and no context of more than `LONG` messages: the last model call has it on record already.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, cast
from weakref import ref

from ..tracer import conventions as c
from ..tracer.names import plain_name
from ..tracer.recorder import LiveSpan, Recorder, active, innermost, reset_current, set_current

PAUSE: Final = 1.0  # seconds
LONG: Final = 200  # messages of a model context
OWN: Final = ("autogen_agentchat.", "autogen_core.", "autogen_ext.")

#: The run that a team or agent last worked in, by its id: agents need not be hashable.
_latest: dict[int, tuple[ref[Any], LiveSpan]] = {}
_last_end = -PAUSE


def works(owner: Any, root: LiveSpan) -> None:
    """A team or an agent works in a run."""
    key = id(owner)
    with suppress(TypeError):  # it cannot be referred to weakly
        _latest[key] = (ref(owner, lambda _: _latest.pop(key, None)), root)


def keep(
    identity: str, state: object, why: str, owner: Any = None, at: LiveSpan | None = None
) -> None:
    """Record what an agent was found to keep, at the step that was last begun."""
    recorder = active()
    if recorder is None:
        return
    try:
        span = mark(recorder, plain_name(identity), owner, at)
        span.agent = identity
        span.set(c.STATE_WHY, why)
        span.body(c.AGENT_STATE, state)
        span.run.put(span)
        span.end()
    except Exception as error:
        recorder.notice(f"states could not be recorded: {type(error).__name__}: {error}")


def mark(recorder: Recorder, name: str, owner: Any, at: LiveSpan | None = None) -> LiveSpan:
    """A span that stands where a state is asked for: `at`, or in what goes on now, or at the end of
    the run that `owner` last worked in. Nobody has put it on record yet.
    """
    _, known = _latest.get(id(owner), (None, None))
    around = at or innermost() or known or recorder.program_run()
    step = around.step if around.step is not None else around.run.next_step - 1
    number = step if step >= 0 else None
    return LiveSpan(recorder, c.STATE, f"{c.STATE} {name}", "", around.id, number, around.run)


def keep_team(team: Any, state: object) -> None:
    """Record what `save_state` of a team returned: the state of each participant."""
    states: Any = state.get("agent_states") if isinstance(state, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  the program's own
    if isinstance(states, Mapping):
        for name, each in list(cast("Mapping[str, Any]", states).items()):
            keep(_member(team, name), each, "saved", team)


def keep_seat(identity: str, agent: Any, state: object, why: str) -> None:
    """Record what the runtime was told by an agent; AgentChat's are recorded by its own."""
    if not type(agent).__module__.startswith(OWN[0]):
        keep(identity, state, why)


def stopped_before(identity: str, agent: Any, at: LiveSpan | None) -> None:
    """The program stands at a breakpoint, before a delivery to this agent."""
    recorder = active()
    if recorder is None:
        return
    state = told(agent, mark(recorder, plain_name(identity), None, at))
    if state is not None:
        keep(identity, state, "stopped", at=at)


def run_ended(owner: Any) -> None:
    """A run of a team or an agent is over: record what AutoGen's own agents keep, if it is time."""
    global _last_end
    recorder, now = active(), time.monotonic()
    if recorder is None or now - _last_end < PAUSE:
        return
    _last_end = now
    for agent in getattr(owner, "_participants", None) or [owner]:
        state = told(agent, mark(recorder, str(agent.name), owner))
        if state is not None:
            keep(_member(owner, str(agent.name)), state, "end of the run", owner)


def told(agent: Any, at: LiveSpan) -> object | None:
    """What an agent keeps, where that can be told at once by AutoGen's own code; else None.

    That is an agent with a model context and no team of its own, and the container that a team
    puts it in.
    """
    parts = list(_parts(agent))
    if len(parts) < 2 or not all(map(_own, parts)):
        return None
    if len(getattr(parts[-1], "_messages", ())) > LONG:
        return None
    token = set_current(at)  # it is not asked by the program
    asked = agent.save_state()
    try:
        asked.send(None)
    except StopIteration as answer:
        return answer.value or None
    finally:
        asked.close()
        reset_current(token)
    return None


def _member(team: Any, name: str) -> str:
    """The identity of a team's participant; a single agent's is its name."""
    key = getattr(team, "_team_id", "")
    return f"{name}_{key}/{key}" if key else name


def _parts(agent: Any) -> Iterator[Any]:
    """An agent and what its `save_state` asks in turn, its model context last."""
    inner = getattr(agent, "_agent", None)  # of the container
    if inner is not None:
        yield agent
        yield from _parts(inner)
    elif getattr(agent, "_team", None) is None:
        yield agent
        context = getattr(agent, "_model_context", None)
        if context is not None:
            yield context


def _own(part: Any) -> bool:
    by = next((cls for cls in type(part).__mro__ if "save_state" in cls.__dict__), object)
    return by.__module__.startswith(OWN)
