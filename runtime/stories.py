"""What was found, in words: who waits for what since when, why nothing ends it, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Final

from ..tracer.names import plain_name, plain_type
from ..tracer.observer import Told
from ..tracer.recorder import now_ns
from ..tracer.waits import Wait
from .standing import Standing, place

if TYPE_CHECKING:
    from .deadletters import DeadLetter
    from .letters import Delivery, Letter
    from .teams import Stalled
    from .watch import Seen

SHOWN: Final = 8  # rows of a story
MARKS: Final = tuple(256 * 4**n for n in range(10))  # what piles up is told of at these counts
GROWN: Final = MARKS[1]  # and as a warning from here on

_WORDS: Final = {
    "lock": "a lock",
    "turn": "its turn: the agent handles one message at a time",
    "queue": "something to be put into a queue, or room in it",
    "event": "an event to be set",
    "timer": "a clock",
    "thread": "a thread",
    "io": "a socket, a pipe or a child process",
    "task": "a task",
    "mailbox": "room in a mailbox",
    "future": "a future to be resolved",
    "nothing": "nothing: it runs",
    "reply": "a reply",
    "human": "a person",
    "model": "a model",
    "tool": "a tool",
    "code": "code that runs",
}


def plain(identity: str) -> str:
    """How an agent is called in a story."""
    return plain_name(identity) if identity else "the program"


def receiver(letter: Letter) -> str:
    """Whom a letter is for: an agent's identity, or the topic."""
    if letter.recipient is not None:
        return f"{letter.recipient.type}/{letter.recipient.key}"
    assert letter.topic is not None
    return f"{letter.topic.type}/{letter.topic.source}"


def what(standing: Standing, awaits: Sequence[str]) -> str:
    """What a handler waits for."""
    names = " or ".join(dict.fromkeys(plain(each) for each in awaits))
    if standing.on == "reply" and names:
        return f"the reply of {names}"
    if standing.on == "lock" and names:
        return f"a lock that {names} holds"
    if standing.on == "turn" and names:
        return f"its turn: {names} is at another message and takes one at a time"
    return _WORDS.get(standing.on, standing.on)


def _age(since: int) -> str:
    return f"{max(0, now_ns() - since) / 1e9:.1f} s" if since else "some time"


def row(wait: Wait) -> str:
    """One line of a story."""
    step = "" if wait.step is None else f", step {wait.step}"
    within = f" in {wait.within}" if wait.within else ""
    where = f", at {wait.where}" if wait.where else ""
    who = f"{plain(wait.agent)} ({wait.message}{step})"
    return f"{who} waits for {wait.what}{within}{where}, for {_age(wait.since_ns)}"


def stuck(slug: str, members: Sequence[Delivery], rows: Sequence[Wait], agents: list[str]) -> Told:
    """Handlers that nothing can wake."""
    names = list(dict.fromkeys(plain(each) for each in agents))
    ids = {f"{each.span.id:016x}" for each in members if each.span is not None}
    ids |= {each.letter.id for each in members}
    first = [each for each in rows if each.id in ids]
    rest = [each for each in rows if each.hopeless and each not in first]
    lines = [row(each) for each in [*first, *rest][:SHOWN]]
    if slug == "hang.deadlock":
        if len(names) > 1:
            title = f"{listed(names)} wait for each other in a circle that none of them can leave"
        else:
            title = f"{names[0]} waits for itself"
        lines.append(
            "What to do: send without holding the lock, or publish instead of awaiting the reply"
        )
    else:
        verb = "waits" if len(names) == 1 else "wait"
        title = f"{listed(names)} {verb}, and nothing that is left can end it"
        lines.append(
            "No task can run, no timer is set, no socket is read, no thread works: nothing will "
            "ever end this. What to do: look at who should have"
        )
    return Told(
        slug,
        title,
        "\n".join(lines),
        severity="error",
        agents=tuple(dict.fromkeys(agents)),
        spans=tuple(each.span for each in first if each.span),
    )


def suspected(identity: str, letter: Letter, standing: Standing, now: int, seen: Seen) -> Told:
    """A handler that may never end, though nobody can be sure."""
    name = type(letter.message).__name__
    seconds = (now - seen.since_ns) / 1e9
    where = f" at {standing.where}" if standing.where else ""
    return Told(
        "hang.quiescent",
        f"{plain(identity)} has waited for {what(standing, ())} for {seconds:.0f} s",
        f"it handles {name} and stands still{where}. Other tasks go on and may end that; "
        "if they do not, this is a hang",
        severity="warning",
        agents=(identity,),
        facts={"seconds": round(seconds, 1), "certain": 0},
    )


def unheeded(identity: str, letter: Letter, standing: Standing) -> Told:
    """A handler that was cancelled, or whose caller was, and goes on."""
    name = type(letter.message).__name__
    where = f" at {standing.where}" if standing.where else ""
    return Told(
        "hang.cancelled",
        f"{plain(identity)} was cancelled while it handled {name}, and goes on",
        f"it waits for {what(standing, ())}{where}. Whoever cancelled it may wait for it to end. "
        "What to do: link what is awaited to the cancellation token, or loupe run --guard",
        severity="error",
        agents=(identity,),
    )


def team(team: Stalled, dead: Sequence[DeadLetter], failure: str) -> Told:
    """A team's run that nothing wakes."""
    speakers: list[str] = list(getattr(team.manager, "_active_speakers", ()))
    lines: list[str] = []
    if speakers:
        lines.append(
            f"its manager still expects {listed(speakers)} to answer, and no message of theirs "
            "is on its way"
        )
    last = [each for each in dead if team.key in each.to or team.key in each.sender]
    if last:
        lines.append(f"last dead letter of the team: {last[-1].message}: {last[-1].reason}")
    if failure:
        lines.append(f"last failure of a handler: {failure}")
    lines.append(
        "AgentChat itself would wait for ever here. What to do: see why the message was lost; "
        "after a cancelled run, make the team anew and load the old one's state: its manager "
        "still counts on the speaker that was cancelled, also after a reset"
    )
    return Told(
        "hang.team",
        f"team {team.name} waits for its next message, and none is on its way",
        "\n".join(lines),
        severity="error",
        agents=tuple(speakers),
    )


def replaced(identity: str) -> Told:
    """A second agent of one id, made while the first one was on its way."""
    return Told(
        "drop.agent-replaced",
        f"{plain(identity)} was made a second time, and the first one is lost with its state",
        "on AutoGen's runtime messages that arrive while its factory is at work make one each. "
        "What to do: await runtime.get(id, lazy=False) before the first message",
        code="LOST005",
        severity="error",
        agents=(identity,),
    )


def token(count: int, over: int) -> Told:
    """A token that is given to one send after another, and forgets none."""
    return Told(
        "leak.token",
        f"a cancellation token keeps callbacks of {count:,} sends, {over:,} of which are over",
        "AutoGen's runtime never unlinks them: they stay with their replies for the token's life. "
        "What to do: make a token for each request, or use TracedRuntime()",
        code="LEAK003",
        severity="warning",
        facts={"callbacks": count, "over": over},
    )


def many(identity: str, count: int, messages: int) -> Told:
    """Agents of one type that are all kept."""
    return Told(
        "leak.agents",
        f"{count:,} agents of type {plain_type(identity)} are there, and none is ever released",
        f"{_after(messages)}if each belongs to a session that ends, memory "
        "grows with them. What to do: TracedRuntime(release=Release(after=600)) from "
        "agentloupe.runtime.options, or loupe run --release 10m",
        code="LEAK004",
        severity="warning" if count >= GROWN else "info",
        agents=(identity,),
        facts={"agents": count, "messages": messages},
    )


def _after(messages: int) -> str:
    """Nothing where nothing is recorded: then nobody has counted."""
    return f"that was after {messages:,} messages; " if messages else ""


def types(count: int, messages: int) -> Told:
    """Agent types that are all kept."""
    return Told(
        "leak.types",
        f"{count:,} agent types are registered on one runtime, and none can be unregistered",
        f"{_after(messages)}each keeps its factory and its agents; on "
        "AutoGen's runtime a send takes longer with each. What to do: one type, and a key for each "
        "customer or request",
        code="LEAK005",
        severity="warning" if count >= GROWN else "info",
        facts={"types": count, "messages": messages},
    )


def same_name(name: str, first: type, second: type) -> Told:
    """Two message classes that one serialiser takes."""
    return Told(
        "plug.same-name",
        f"two message classes are called {name}: {full_name(first)} and {full_name(second)}",
        "AutoGen's runtime finds the serialiser by the bare name, and the last one registered has "
        "it: what is made of bytes again is of that class, or fails. What to do: give them names "
        "of their own, or use TracedRuntime()",
        code="PLUG014",
        severity="info",
        facts={"name": name},
    )


def full_name(cls: type) -> str:
    """A class as `module.Class`."""
    return f"{cls.__module__}.{cls.__qualname__}"


def lost(letter: Letter, trouble: str) -> str:
    """A reply that nobody will give."""
    name = type(letter.message).__name__
    why = trouble or (
        "the runtime was stopped meanwhile: it was answered into a queue that nobody empties"
        if letter.handled
        else "the runtime was stopped before its turn came, and its sender was forgotten"
    )
    title = f"the reply of {plain(receiver(letter))} to {name} is awaited and will never come"
    return f"{title}\n{why}"


def uncounted(unfinished: int, dead: Sequence[DeadLetter]) -> str:
    """An idle runtime that does not know it."""
    title = "stop_when_idle waits, and the runtime is idle"
    counted = "1 message was" if unfinished == 1 else f"{unfinished} messages were"
    lines = [title, f"{counted} never counted as done"]
    if dead:
        lines.append(f"last dead letter: {dead[-1].message} to {dead[-1].to}: {dead[-1].reason}")
    return "\n".join(lines)


def deadline(kind: str, delivery: Delivery, letter: Letter, took: int) -> Told:
    """Something took longer than it was given."""
    name = type(letter.message).__name__
    identity = f"{delivery.recipient.type}/{delivery.recipient.key}"
    seconds = took / 1e9
    what = {
        "handler": f"{plain(identity)} handled {name} for {seconds:.1f} s",
        "send": f"the reply of {plain(identity)} to {name} took {seconds:.1f} s",
        "run": f"the run took {seconds:.1f} s and is at {plain(identity)}'s handling of {name}",
    }[kind]
    return Told(
        "hang.deadline",
        f"{what}: longer than it was given",
        severity="error",
        agents=(identity,),
        facts={"seconds": round(seconds, 3), "deadline": kind},
    )


def blocked(frame: FrameType, seconds: float, identity: str) -> Told:
    """A handler that does not give the event loop back."""
    own: FrameType | None = frame
    stack: list[str] = []
    while own is not None and len(stack) < SHOWN:
        stack.append(place(own))
        own = own.f_back
    who = plain(identity) if identity else "something"
    return Told(
        "hang.blocked",
        f"{who} has blocked the event loop for {seconds:.0f} s: no agent can do anything",
        "\n".join(
            ["it is at", *stack, "What to do: await asyncio.to_thread(...) for what takes long"]
        ),
        severity="warning",
        agents=(identity,) if identity else (),
        facts={"seconds": round(seconds, 1)},
    )


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c" """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
