"""Recordings for the screens' tests: written by the real recorder, with fixed ids and times.

A scene is a function that plays messages into a `Stage`; `play` makes the file.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from agentloupe.tracer import conventions as c
from agentloupe.tracer import recorder as recorder_module
from agentloupe.tracer import writer as writer_module
from agentloupe.tracer.bodies import Body, Context, snapshot
from agentloupe.tracer.reader import open_recording
from agentloupe.tracer.recorder import LiveSpan, Recorder
from agentloupe.tracer.sampler import Reading
from agentloupe.tui.findings import Findings

EPOCH = 1_760_000_000_000_000_000
MS = 1_000_000
TEAM = "5f1c2a9e"
Scene = Callable[["Stage"], None]


def member(name: str) -> str:
    """The identity of a participant of an AgentChat team."""
    return f"{name}_{TEAM}/{TEAM}"


class Stage:
    """Plays messages at chosen moments of a clock that only the scene moves."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.now = EPOCH
        self.rss = 140 << 20
        self.numbers = 0
        self.delivered = 0
        self.root: LiveSpan

    def run(self, name: str) -> LiveSpan:
        """Begin a run."""
        self.root = self.recorder.start_run(name)
        self.root.start_ns = self.now
        return self.root

    def end(self, error: Exception | None = None) -> None:
        """End the run that is on."""
        if error is not None:
            self.root.error = f"{type(error).__name__}: {error}"
        self.root.end_ns = self.now
        self.recorder.writer.put(self.root)

    def message(
        self,
        sender: str,
        recipients: str | Sequence[str],
        kind: str,
        body: object,
        *,
        ms: int = 20,
        reply: object = None,
        error: str | None = None,
        open_end: bool = False,
        grows: int = 0,
        inside: Callable[[LiveSpan], None] | None = None,
    ) -> list[LiveSpan]:
        """Deliver one message to one agent, or publish it to several."""
        many = not isinstance(recipients, str)
        self.numbers += 1
        message_id = f"{self.numbers:032x}"
        shared = snapshot(body)
        posted = self.now
        spans: list[LiveSpan] = []
        for recipient in [recipients] if isinstance(recipients, str) else recipients:
            self.now += 2 * MS
            span = self._delivery(sender, recipient, kind, message_id, posted, many=many)
            span.body(c.MESSAGE_BODY, shared)
            if inside is not None:
                inside(span)
            self.now += ms * MS
            span.error = error
            if reply is not None:
                assert span.message is not None
                span.message = (*span.message[:7], type(reply).__name__)
                span.body(c.REPLY_BODY, reply)
            if not open_end:
                span.end_ns = self.now
                self.recorder.writer.put(span)
            spans.append(span)
            self.rss += grows
            self._sample(span)
        return spans

    def chat(
        self,
        span: LiveSpan,
        asked: Sequence[tuple[str, str]],
        answer: str,
        tokens: tuple[int, int] | None = (100, 20),
        *,
        ms: int = 300,
        open_end: bool = False,
    ) -> None:
        """A model call within a delivery."""
        call = self._inner(span, c.CHAT, "chat gpt-4o")
        call.set(c.REQUEST_MODEL, "gpt-4o")
        call.body(c.INPUT_MESSAGES, Context(span.agent, [_turn(*turn) for turn in asked]))
        self.now += ms * MS
        if open_end:
            return
        if tokens is not None:
            call.set(c.INPUT_TOKENS, tokens[0])
            call.set(c.OUTPUT_TOKENS, tokens[1])
        call.body(c.OUTPUT_MESSAGES, [_said("assistant", answer)])
        self._over(call)

    def tool(
        self,
        span: LiveSpan,
        name: str,
        arguments: object,
        result: str,
        error: str | None = None,
        inside: Callable[[LiveSpan], None] | None = None,
    ) -> None:
        """A tool call within a delivery."""
        call = self._inner(span, c.TOOL, f"execute_tool {name}")
        call.set(c.TOOL_NAME, name)
        call.body(c.TOOL_ARGUMENTS, arguments)
        call.body(c.TOOL_RESULT, result)
        call.error = error
        if inside is not None:
            inside(call)
        self.now += 40 * MS
        self._over(call)

    @contextlib.contextmanager
    def part(
        self, span: LiveSpan, op: str, name: str, told: Mapping[str, object] | None = None
    ) -> Iterator[LiveSpan]:
        """Any other operation within a delivery; `told` are attributes."""
        part = self._inner(span, op, name)
        for key, value in (told or {}).items():
            part.set(key, value)
        yield part
        self._over(part)

    def _delivery(
        self, sender: str, recipient: str, kind: str, message_id: str, posted: int, *, many: bool
    ) -> LiveSpan:
        run = self.root.run
        span = LiveSpan(self.recorder, c.PROCESS, "", recipient, self.root.id, run.next_step)
        run.next_step += 1
        span.run, span.boundary, span.start_ns = run, True, self.now
        how, topic = ("publish", f"group_topic_{TEAM}/{TEAM}") if many else ("send", "")
        span.message = (how, sender, recipient, kind, topic, message_id, posted)
        self.recorder.writer.put(span)
        return span

    def _inner(self, span: LiveSpan, op: str, name: str) -> LiveSpan:
        inner = self.recorder.span(op, name, parent=span)
        inner.start_ns = self.now
        return inner

    def _over(self, span: LiveSpan) -> None:
        span.end_ns = self.now
        self.recorder.writer.put(span)

    def _sample(self, span: LiveSpan) -> None:
        self.delivered += 1
        step = max(span.step or 0, span.run.next_step - 1)
        reading = Reading(
            span.run.number, step, self.delivered, self.now, self.rss, {"rss": self.rss, "gc": True}
        )
        self.recorder.writer.samples.append(reading)


def _said(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _turn(role: str, text: str) -> Body:
    return snapshot(_said(role, text))


def play(path: Path, *scenes: Scene) -> Path:
    """Record the scenes as one recording, each a run or more; the path."""
    clock = _Clock()
    with pytest.MonkeyPatch.context() as patch, _the_same_ids():
        patch.setattr(writer_module, "time", clock)
        with Recorder(path, program="sales.py", argv=("sales.py",)) as recorder:
            stage = Stage(recorder)
            for scene in scenes:
                scene(stage)
                clock.now = stage.now
            recorder.flush()
    return path


@contextlib.contextmanager
def _the_same_ids() -> Iterator[None]:
    numbers = recorder_module._random
    before = numbers.getstate()
    numbers.seed(7)
    yield
    numbers.setstate(before)


class _Clock:
    """The writer's clock: it stands where the scene is."""

    def __init__(self) -> None:
        self.now = EPOCH

    def time_ns(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def monotonic(self) -> float:
        return time.monotonic()


def text(content: str, source: str) -> dict[str, object]:
    """A TextMessage as AgentChat dumps it; id and time differ each time."""
    text.counter += 1
    return {
        "id": f"00000000-0000-4000-8000-{text.counter:012d}",
        "source": source,
        "models_usage": None,
        "metadata": {},
        "created_at": f"2025-10-09T08:53:{text.counter % 60:02d}Z",
        "content": content,
        "type": "TextMessage",
    }


text.counter = 0


MANAGER, PLANNER, CODER = member("RoundRobinGroupChatManager"), member("planner"), member("coder")
EXECUTOR = member("executor")


def sales(stage: Stage) -> None:
    """A team that starts well, then its coder asks for the same file again and again."""
    text.counter = 0
    stage.run("sales-team")
    everyone = [MANAGER, PLANNER, CODER, EXECUTOR]
    stage.message(
        "", everyone, "GroupChatStart", {"messages": [text("Sum up sales by region.", "user")]}
    )
    _speak(stage, PLANNER, "Let the coder read sales.csv, then group it by region.", tokens=None)
    for _ in range(8):
        _ask(stage, CODER)
        stage.message(
            CODER,
            EXECUTOR,
            "ToolCallRequestEvent",
            text("read_csv('sales.csv')", "coder"),
            ms=80,
            grows=9 << 20,
            inside=lambda span: stage.tool(
                span,
                "read_csv",
                {"path": "sales.csv"},
                "KeyError: 'region'",
                error="KeyError: 'region'",
            ),
        )
        stage.message(EXECUTOR, CODER, "ToolCallSummaryMessage", text("KeyError: 'region'", "tool"))
    _speak(stage, CODER, "I cannot find the column; is the separator ';'?")
    _ask(stage, PLANNER)
    stage.end()


def _ask(stage: Stage, who: str) -> None:
    stage.message(MANAGER, who, "GroupChatRequestPublish", {})


def _speak(stage: Stage, who: str, said: str, tokens: tuple[int, int] | None = (120, 18)) -> None:
    name = who.partition("_")[0]
    others = [agent for agent in (MANAGER, PLANNER, CODER, EXECUTOR) if agent != who]

    def think(span: LiveSpan) -> None:
        asked = [("system", f"You are the {name}."), ("user", "Sum up sales by region.")]
        stage.chat(span, asked, said, tokens)

    stage.message(MANAGER, who, "GroupChatRequestPublish", {}, inside=think)
    body = {"response": {"chat_message": text(said, name), "inner_messages": []}, "name": name}
    stage.message(who, others, "GroupChatAgentResponse", body)


PIXELS = "data:image/png;base64," + "iVBORw0KGgo" + "A" * 40_000


def odd(stage: Stage) -> None:
    """Hostile and unusual text, an error, a wait that never ended."""
    text.counter = 0
    stage.run("odd \u00fc\u4f60\u597d")
    stage.message(
        "", "alice/default", "TextMessage", text("\x1b[2J\x1b]52;c;aGk=\x07 gone?", "user")
    )
    stage.message(
        "alice/default",
        "bob/s1",
        "TextMessage",
        text(
            "\u202egnp.exe \u4f60\u597d \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467",
            "alice",
        ),
    )
    stage.message("bob/s1", "alice/default", "MultiModalMessage", text(PIXELS, "bob"))
    stage.message("alice/default", "bob/s1", "Note", "\n".join(f"line {n}" for n in range(500)))
    stage.message("bob/s1", "bob/s1", "Reminder", {"in": 5}, reply={"ok": True})
    stage.message("alice/default", "bob/s1", "Ask", {"n": 1}, error="ValueError: not\nfinished")
    stage.message(
        "alice/default",
        "carol/default",
        "Ask",
        {"question": "Are you there?"},
        open_end=True,
        inside=lambda span: stage.chat(span, [("user", "Are you there?")], "", open_end=True),
    )
    stage.now += 42_000 * MS
    stage.end(RuntimeError("gave up waiting for carol"))


def crowd(stage: Stage) -> None:
    """More agents than lanes."""
    text.counter = 0
    stage.run("crowd")
    names = [f"worker{n:02d}/default" for n in range(14)]
    stage.message("boss/default", names, "Task", {"task": "count"})
    for number, name in enumerate(names):
        stage.message(name, "boss/default", "Result", {"content": f"{number} found"})
    stage.end()


def society(stage: Stage) -> None:
    """A team one of whose members is a team of its own."""
    text.counter = 0
    stage.run("society")
    inside = [f"{name}_0b5e/0b5e" for name in ("RoundRobinGroupChatManager", "writer", "reader")]

    def turn(span: LiveSpan) -> None:
        with stage.part(span, c.RUN, "RoundRobinGroupChat"):
            task = text("A draft, please.", "planner")
            stage.message("", inside, "GroupChatStart", {"messages": [task]})
            stage.message(inside[0], inside[1], "GroupChatRequestPublish", {})
            stage.message(inside[1], [inside[0], inside[2]], "TextMessage", text("v1", "writer"))

    stage.message("", [MANAGER, PLANNER], "GroupChatStart", {"messages": [text("Go.", "user")]})
    for number in range(2):
        stage.message(MANAGER, PLANNER, "GroupChatRequestPublish", {}, inside=turn)
        stage.message(PLANNER, MANAGER, "TextMessage", text(f"Here is draft {number}.", "planner"))
    stage.end()


def overheard(stage: Stage) -> None:
    """A team within a member's turn, each message of which the member tells the outer team."""
    text.counter = 0
    stage.run("overheard")
    inside = [f"{name}_0b5e/0b5e" for name in ("RoundRobinGroupChatManager", "writer", "reader")]
    stage.message("", [MANAGER, PLANNER, CODER], "GroupChatStart", {"messages": []})
    stage.message(MANAGER, PLANNER, "GroupChatRequestPublish", {})
    for number in range(2):
        stage.message(inside[0], inside[1 + number], "GroupChatRequestPublish", {})
        stage.message(inside[1 + number], inside[0], "GroupChatMessage", {"message": {}})
        if number == 0:
            stage.message(PLANNER, MANAGER, "GroupChatMessage", {"message": {}})
    stage.message(CODER, MANAGER, "GroupChatMessage", {"message": {}})
    stage.message(PLANNER, MANAGER, "GroupChatAgentResponse", {})
    stage.end()


CHOOSER, ORCHESTRATOR = member("SelectorGroupChatManager"), member("MagenticOneOrchestrator")


def choosing(stage: Stage) -> None:
    """A model that chooses who speaks, a ledger, an agent that is called as a tool."""
    text.counter = 0
    stage.run("choosing")

    def choose(span: LiveSpan) -> None:
        told = {"agentloupe.selection.speaker": "coder", "agentloupe.selection.attempts": 2}
        with stage.part(span, "select_speaker", "select_speaker", told) as choice:
            stage.chat(choice, [("system", "Who is next?")], "coder or planner")
            stage.chat(choice, [("system", "One name, please.")], "coder")

    def poem(span: LiveSpan) -> None:
        with stage.part(span, c.AGENT, "invoke_agent poet", {c.AGENT_NAME: "poet"}) as turn:
            turn.agent = "poet"
            stage.chat(turn, [("user", "About loops.")], "roses are red")

    def code(span: LiveSpan) -> None:
        stage.tool(span, "poet", {"task": "About loops."}, "roses are red", inside=poem)

    ledger = json.dumps(
        {
            "is_request_satisfied": {"reason": "not yet", "answer": False},
            "next_speaker": {"reason": "can code", "answer": "coder"},
            "instruction_or_question": {"reason": "", "answer": "Please go on."},
        }
    )
    stage.message("", CHOOSER, "GroupChatStart", text("A poem.", "user"), inside=choose)
    stage.message(CHOOSER, CODER, "GroupChatRequestPublish", {}, inside=code)
    stage.message(CODER, CHOOSER, "TextMessage", text("roses are red", "coder"))
    think = [("user", "Fill in the ledger.")]
    stage.message(
        CHOOSER,
        ORCHESTRATOR,
        "GroupChatStart",
        text("Plan.", "user"),
        inside=lambda span: stage.chat(span, think, ledger),
    )
    stage.end()


def nested(stage: Stage) -> None:
    """A chat of v0.2 within a turn of another."""
    stage.run("boss -> lead")

    def review(span: LiveSpan) -> None:
        with stage.part(span, c.RUN, "lead -> critic"):
            for who, said in (("lead", "review this"), ("critic", "too long")):
                other = "critic" if who == "lead" else "lead"
                (step,) = stage.message(who, other, "text", {"content": said}, open_end=True)
                step.set(c.CONVERSATION, "lead -> critic")
                stage._over(step)

    stage.message("boss", "lead", "text", {"content": "Write about loops."}, inside=review)
    stage.message("lead", "boss", "text", {"content": "shorter now"})
    stage.end()


def nothing(stage: Stage) -> None:
    """A run in which nothing was delivered."""
    stage.run("silent")
    stage.end()


REPORTS = Path(__file__).parents[2] / "fixtures" / "tui" / "reports.json"


def tell(path: Path, number: int, findings: Findings) -> None:
    """The report on a run from fixtures/tui/reports.json, by the name of the run."""
    with open_recording(path) as recording:
        name = recording.run(number).info.name
    reports = json.loads(REPORTS.read_text(encoding="utf-8"))
    findings.take_report(reports.get(name, reports["*"]))
