"""AgentChat: a team's run is a run, an agent's turn is an `invoke_agent` span.

A top-level `run` or `run_stream` of a team or of a single agent starts a run; inside a run, a
nested team is a span of it, and an agent that is called outside of a delivery (by `AgentTool`, by
the program) is a step of its own with its input and output as bodies. Within a delivery the
messages are the delivery's already, so the turn's span carries none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from ...tracer import conventions as c
from ...tracer.bodies import Context, snapshot
from ...tracer.names import plain_name
from ...tracer.recorder import LiveSpan, Recorder, current_span
from ..states import run_ended, works
from .assembling import say, watch_assembly
from .ending import watch_conditions
from .messages import chat_message
from .saving import watch_states
from .watching import LEFT, Args, Call, Kwargs, Opener, Watch
from .wiring import WIRING, faults

SETTINGS: Final = 2000  # characters of a condition's
_CONDITIONS: Final = "autogen_agentchat.conditions"


class TeamRun(Call):
    """A team's `run` or `run_stream`, or another thing it does as a whole."""

    __slots__ = ("_done",)

    def __init__(self, owner: object, span: LiveSpan) -> None:
        super().__init__(owner, span)
        self._done = False

    def item(self, value: Any) -> None:
        if type(value).__name__ == "TaskResult":
            self.result(value)

    def result(self, value: Any) -> None:
        self._done = True
        reason = getattr(value, "stop_reason", None)
        if reason is not None:
            self.span.set(c.STOP_REASON, str(reason)[:500])
        if self.span.parent == 0 and type(value).__name__ == "TaskResult":
            run_ended(self.owner)

    def left(self) -> None:
        if not self._done:
            super().left()


class Turn(Call):
    """An agent's turn. `root` is the run's root span when the turn is a run of its own."""

    __slots__ = ("_bodies", "_done", "_root", "_said", "_task", "_text")

    def __init__(
        self, owner: object, span: LiveSpan, root: LiveSpan | None, *, bodies: bool, task: object
    ) -> None:
        super().__init__(owner, span)
        self._root = root
        self._bodies = bodies
        self._done = False
        self._said: list[Any] = []
        self._task: list[Any] = []
        self._text: str | None = None  # of the task; the stream begins with a message of it
        if bodies:
            self._asked(task)

    def _asked(self, task: object) -> None:
        self._task = [] if isinstance(task, str) else messages_of(task)
        self._text = task if isinstance(task, str) else None
        asked(self.span, task)

    def item(self, value: Any) -> None:
        kind = type(value).__name__
        if kind == "Response":
            self._done = True
            self._say([value.chat_message])
        elif kind == "TaskResult":
            self._done = True
        elif kind != "ModelClientStreamingChunkEvent":
            self._say([value])

    def result(self, value: Any) -> None:
        self._done = True
        kind = type(value).__name__
        if kind == "Response":
            inner: Any = getattr(value, "inner_messages", None) or []
            self._say([*inner, value.chat_message])
        elif kind == "TaskResult":
            self._say(list(value.messages))

    def _say(self, messages: list[Any]) -> None:
        if not self._bodies:
            return
        given = {id(message) for message in self._task}
        for message in messages:
            text, self._text = self._text, None
            is_task = text is not None and getattr(message, "content", None) == text
            if not is_task and id(message) not in given:
                self._said.append(chat_message(message, "assistant"))

    def failed(self, error: BaseException) -> None:
        super().failed(error)
        if self._root is not None:
            self._root.error = self.span.error

    def left(self) -> None:
        if not self._done:
            super().left()
            if self._root is not None:
                self._root.error = LEFT

    def end(self) -> None:
        if self._said:
            self.span.body(c.OUTPUT_MESSAGES, Context(f"{self.span.agent} said", self._said))
        super().end()
        if self._root is not None:
            try:
                run_ended(self.owner)
            finally:
                self._root.end()


def messages_of(task: object) -> list[Any]:
    """The messages of a task that is one message, or several, or none."""
    several: list[Any] = list(task) if isinstance(task, list | tuple) else [task]  # pyright: ignore[reportUnknownArgumentType]  the program's messages
    return [message for message in several if message is not None]


def asked(span: LiveSpan, task: object) -> None:
    """Note a task as the input of the span that works on it."""
    if isinstance(task, str):
        part = {"type": "text", "content": task}
        span.body(c.INPUT_MESSAGES, snapshot([{"role": "user", "parts": [part]}]))
        return
    bodies = [chat_message(message, "user") for message in messages_of(task)]
    if bodies:
        span.body(c.INPUT_MESSAGES, Context(f"{span.agent} asked", bodies))


def identity_of(name: str) -> str:
    """The identity under which the current delivery, if it is to this agent, knows `name`."""
    around = current_span()
    if around is not None and around.agent and plain_name(around.agent) == name:
        return around.agent
    return name


class AgentChatInstrumentor:
    """Watches teams and agents of AutoGen 0.4 and later."""

    def install(self, recorder: Recorder, module: Any) -> Callable[[], None]:
        """Watch the classes of `autogen_agentchat.base`."""
        watch = Watch(recorder)

        def team(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            return _team_run(recorder, owner, kwargs.get("task"))

        def doing(what: str) -> Opener:
            return lambda owner, args, kwargs: TeamRun(
                owner, recorder.start_run(f"{owner.name} {what}")
            )

        def run(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            return _turn(recorder, owner, kwargs.get("task"))

        def messages(owner: Any, args: Args, kwargs: Kwargs) -> Call:
            return _turn(recorder, owner, kwargs.get("messages", args[0] if args else None))

        as_a_whole = {what: doing(what) for what in ("reset", "pause", "resume")}
        watch.family(module.Team, {"run": team, "run_stream": team, **as_a_whole})
        of_agents = {"on_messages": messages, "on_messages_stream": messages}
        watch.family(module.ChatAgent, {"run": run, "run_stream": run, **of_agents})
        watch_assembly(watch, module)
        watch_conditions(watch, module)
        watch_states(recorder, watch, module, identity_of)
        return watch.undo


def _team_run(recorder: Recorder, team: Any, task: object) -> Call:
    root = recorder.start_run(team.name)
    works(team, root)
    root.set(c.WORKFLOW, str(team.name))
    root.set(c.TEAM_CLASS, type(team).__name__)
    names = getattr(team, "_participant_names", None)
    if names:
        root.set(c.PARTICIPANTS, tuple(str(name) for name in names))
    conditions = tuple(_conditions(getattr(team, "_termination_condition", None)))
    if conditions:
        root.set(c.CONDITIONS, conditions)
    wrong = tuple(_wrong(team, conditions, task))
    if wrong:
        root.set(WIRING, wrong)
        say(text for text in wrong if text.startswith("PLUG007"))  # it hangs on the task
    edges = tuple(_edges(getattr(team, "_graph", None)))
    if edges:
        root.set(c.EDGES, edges)
    if root.parent == 0:
        asked(root, task)
    return TeamRun(team, root)


def _wrong(team: Any, conditions: tuple[str, ...], task: object) -> list[str]:
    try:
        return [text[:300] for text in faults(team, conditions, task)][:32]
    except Exception:  # an object that is not put together as AutoGen's are
        return []


def _conditions(condition: Any) -> Iterator[str]:
    """What can end a team, one a part: the class's name and, where it can be told, its settings."""
    parts = _parts(condition)
    if parts and not type(condition).__name__.startswith("And"):
        for part in parts:
            yield from _conditions(part)
    elif condition is not None:
        name, settings = _described(condition)
        yield f"{name} {json.dumps(settings, default=str)[:SETTINGS]}"


def _parts(condition: Any) -> list[Any]:
    """What a condition is joined of."""
    parts = getattr(condition, "_conditions", None)
    return list(cast("list[Any]", parts)) if isinstance(parts, list | tuple) else []


def _described(condition: Any) -> tuple[str, dict[str, Any]]:
    # one of the program's own that is made of AutoGen's is called as that
    made_of = [each for each in type(condition).__mro__ if _CONDITIONS in each.__module__]
    name = (made_of or [type(condition)])[0].__name__
    parts = _parts(condition)
    if parts:
        rows = [_described(part) for part in parts]
        return name, {"conditions": [{"class": kind, **settings} for kind, settings in rows]}
    try:
        settings: Any = condition._to_config().model_dump(exclude_none=True) if made_of else {}
    except Exception:  # one of the program's own, or one that holds a function
        settings = {}
    heard = getattr(condition, "_sources", None)  # upstream leaves it out of a text's settings
    if heard and "sources" not in settings:
        settings["sources"] = list(heard)
    return name, settings


def _edges(graph: Any) -> Iterator[str]:
    """A flow's edges as "a -> b", those with a condition as "a ?> b", its words behind a colon."""
    nodes: Any = getattr(graph, "nodes", None) or {}
    for name in nodes:
        for edge in nodes[name].edges:
            always = edge.condition is None and getattr(edge, "condition_function", None) is None
            words = f": {edge.condition}" if edge.condition else ""
            yield f"{name} {'->' if always else '?>'} {edge.target}{words}"


def _turn(recorder: Recorder, agent: Any, task: object) -> Call:
    around = current_span()
    root = recorder.start_run(agent.name) if around is None else None
    who = identity_of(agent.name)
    span = recorder.span(
        c.AGENT,
        f"{c.AGENT} {agent.name}",
        agent=who,
        parent=root,
        attributes={c.AGENT_NAME: str(agent.name)},
    )
    works(agent, span)
    delivered = around is not None and around.op == c.PROCESS and around.agent == who
    return Turn(agent, span, root, bodies=not delivered, task=task)


instrumentor = AgentChatInstrumentor()
