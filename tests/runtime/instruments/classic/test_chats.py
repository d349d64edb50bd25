"""Who is recorded as what, on agents with the call structure of v0.2's."""

from __future__ import annotations

import copy
import gc
import itertools
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.runtime.instruments.classic import messages, seams, wiring
from agentloupe.runtime.instruments.classic.acting import RunStopped
from agentloupe.runtime.instruments.watching import Watch
from agentloupe.tracer import Recording, open_recording
from agentloupe.tracer import conventions as c
from agentloupe.tracer import recorder as recording
from agentloupe.tracer.observer import Inject, LiveStep, Stop, Told
from agentloupe.tracer.observing import observe
from agentloupe.tracer.reader import Run
from agentloupe.tracer.recorder import Recorder, current_span

from .standin import Agent

OURS = Path(messages.__file__).parents[2]


def saying(*texts: Any) -> Callable[[list[dict[str, Any]]], Any]:
    left = list(texts)
    return lambda _: left.pop(0) if left else None


class Bench:
    """A recorder that watches a class like v0.2's agents, and what it recorded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.agents: type[Agent] = type("Agents", (Agent,), dict(Agent.__dict__))
        self.recorder = Recorder(path)
        recording.activate(self.recorder)
        self.opened: Recording | None = None
        self.watch = Watch(self.recorder)
        wiring._agents(self.recorder, self.watch, self.agents)

    def agent(self, name: str, *texts: Any) -> Agent:
        return self.agents(name, saying(*texts))

    def stop(self) -> None:
        if recording.active() is self.recorder:
            self.watch.undo()
            recording.activate(None)
            self.recorder.close()

    def runs(self) -> list[Run]:
        assert current_span() is None
        self.stop()
        self.opened = open_recording(self.path)
        return [self.opened.run(info.number) for info in self.opened.runs]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "chat.loupe")
    yield made
    made.stop()
    if made.opened is not None:
        made.opened.close()


def steps(run: Run) -> list[str]:
    return [f"{step.sender} > {step.recipient}" for step in run.steps()]


def test_a_chat_is_a_run_and_each_message_a_step(bench: Bench) -> None:
    a, b = bench.agent("a", "two"), bench.agent("b", "one", "three")
    result = a.initiate_chat(b, "start")
    assert [message["content"] for message in result.chat_history] == [
        "start",
        "one",
        "two",
        "three",
    ]
    (run,) = bench.runs()
    assert (run.info.name, run.info.status) == ("a -> b", "ok")
    assert steps(run) == ["a > b", "b > a", "a > b", "b > a"]
    times = [(step.start_ns, step.end_ns) for step in run.steps()]
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(times) if one[1])
    turns = [span for span in run.spans() if span.op == c.AGENT]
    assert [span.agent for span in turns] == ["b", "a", "b", "a"]
    assert "agentloupe.stop_reason" in turns[3].attributes
    sends = {span.id: span for span in run.spans() if span.op == c.SEND}
    handled = [span for span in run.spans() if span.op == c.PROCESS]
    assert [sends[link.span_id].agent for span in handled for link in span.links] == list("abab")


@given(st.integers(1, 12), st.booleans())
def test_not_a_frame_of_ours_stands_in_a_chat(rounds: int, turns: bool) -> None:
    def depths(make: Callable[[str], Agent]) -> list[int]:
        a, b = make("a"), make("b")
        a.initiate_chat(b, "start", max_turns=rounds if turns else None)
        return [depth for agent in (a, b) for depth in agent.depths]

    def plain(name: str) -> Agent:
        return Agent(name, saying(*["x"] * rounds))

    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "deep.loupe")
        try:
            watched = depths(lambda name: bench.agent(name, *["x"] * rounds))
        finally:
            bench.stop()
    unwatched = depths(plain)
    added = {with_us - without for with_us, without in zip(watched, unwatched, strict=True)}
    assert len(added) == 1  # those around `initiate_chat`, however long the chat


def test_a_class_that_passes_a_message_on_to_its_base_takes_it_once(bench: Bench) -> None:
    """Also where it drops some, and more than one in a row."""
    agents: Any = bench.agents

    class Screening(agents):
        def _process_received_message(self, message: Any, sender: Any, silent: bool) -> None:
            if message != "spam":
                super()._process_received_message(f"seen: {message}", sender, silent)

    a, b = bench.agent("a", "two"), Screening("b", saying("one", "three"))
    a.initiate_chat(b, "start")
    for text in ("spam", "spam", "ham"):
        a.send(text, b, request_reply=False)
    chat, *alone = bench.runs()
    assert steps(chat) == ["a > b", "b > a", "a > b", "b > a"]
    assert [steps(run) for run in alone] == [["a > b"]] * 3


def test_a_chat_within_a_turn_is_a_lane_of_its_own(bench: Bench) -> None:
    critic = bench.agent("critic", "fine")
    writer = bench.agent("writer")
    writer.reply = lambda _: writer.initiate_chat(critic, "read this", max_turns=1).summary
    user = bench.agent("user")
    user.initiate_chat(writer, "write", max_turns=1)
    (run,) = bench.runs()
    assert steps(run) == ["user > writer", "writer > critic", "critic > writer", "writer > user"]
    outer, inner, back, end = [span for span in run.spans() if span.op == c.PROCESS]
    assert outer.end_ns is not None
    assert back.end_ns is not None
    assert outer.end_ns > back.end_ns
    assert c.CONVERSATION not in outer.attributes
    assert inner.attributes[c.CONVERSATION] == "writer -> critic"
    assert end.start_ns >= outer.end_ns


def test_what_the_program_sends_itself_is_a_run(bench: Bench) -> None:
    a, b = bench.agent("a"), bench.agent("b", "yes", "again")
    a.send("hello", b, request_reply=True)
    b.receive("and you", a, request_reply=False)
    assert b.generate_reply(messages=[{"role": "user", "content": "hi"}]) == "again"
    sent, received, alone = bench.runs()
    assert steps(sent) == ["a > b", "b > a"]
    assert steps(received) == ["a > b"]
    (step,) = alone.steps()
    assert (step.kind, step.recipient, alone.info.name) == ("call", "b", "b")


def test_an_error_ends_what_it_passes_through(bench: Bench) -> None:
    def fails(_: object) -> None:
        raise RuntimeError("boom")

    a, b = bench.agent("a"), bench.agents("b", fails)
    with pytest.raises(RuntimeError, match="boom") as caught:
        a.initiate_chat(b, "start")
    frames = [str(entry.path) for entry in caught.traceback]
    assert not any("<agentloupe" in frame for frame in frames)
    assert not any(frame.startswith(str(OURS)) for frame in frames)
    with pytest.raises(ValueError, match="no message"):
        a.send({}, b)
    failed, refused = bench.runs()
    assert failed.info.error == "RuntimeError: boom"
    assert [step.error for step in failed.steps()] == ["RuntimeError: boom"]
    assert all(span.end_ns is not None for span in failed.spans())
    assert refused.info.error == "ValueError: no message"


def test_agents_can_be_copied_and_let_go(bench: Bench) -> None:
    a = bench.agent("a", "x")
    a.other = a.generate_reply  # type: ignore[attr-defined]
    twin = copy.deepcopy(a)
    assert twin.other.__self__ is twin  # type: ignore[attr-defined]
    twin.initiate_chat(bench.agent("b"), "start")
    gone = [weakref.ref(a), weakref.ref(twin)]
    del a, twin
    bench.stop()
    gc.collect()
    assert [each() for each in gone] == [None, None]


def test_undone_it_is_the_program_s_own(bench: Bench) -> None:
    before = {name: Agent.__dict__[name] for name in ("send", "generate_reply", "initiate_chat")}
    bench.stop()
    assert {name: bench.agents.__dict__[name] for name in before} == before


class Breaker:
    """Says something at the end of a step."""

    def __init__(self, at: int, action: Any) -> None:
        self.at = at
        self.action = action
        self.seen: list[tuple[str, str]] = []

    def on_step(self, step: LiveStep) -> Any:
        assert step.step.body is not None
        self.seen.append((step.step.recipient, step.text(step.step.body)))
        return self.action if step.step.index == self.at else None


def test_an_observer_stops_a_chat(bench: Bench) -> None:
    told = Told("loop.repetition", "they repeat themselves", "x again and again")
    breaker = Breaker(3, Stop(told))
    leave = observe(bench.recorder, breaker)
    a, b = bench.agent("a", *["x"] * 50), bench.agent("b", *["x"] * 50)
    with pytest.raises(RunStopped, match="they repeat themselves") as caught:
        a.initiate_chat(b, "start")
    assert caught.value.told is told
    assert [who for who, _ in breaker.seen[:4]] == ["b", "a", "b", "a"]
    assert '"x"' in breaker.seen[1][1]
    leave()
    (run,) = bench.runs()
    assert run.info.steps == 5
    assert str(run.info.error).startswith("RunStopped: loop.repetition")
    assert [span.step for span in run.spans() if span.op == "finding"] == [3]


def test_an_observer_speaks_to_the_agents(bench: Bench) -> None:
    told = Told("loop.repetition", "they repeat themselves")
    leave = observe(bench.recorder, Breaker(1, Inject(told, "say something new")))
    a, b = bench.agent("a", "one", "two"), bench.agent("b", "one", "two")
    a.initiate_chat(b, "start")
    leave()
    for history in (a._oai_messages[b], b._oai_messages[a]):
        assert [m["content"] for m in history].count("say something new") == 1


CONTENT = st.none() | st.text() | st.lists(st.dictionaries(st.text(), st.text()))


@given(st.dictionaries(st.sampled_from(["content", "role", "name", "tool_call_id"]), CONTENT))
def test_a_request_s_message_is_what_it_was(message: dict[str, Any]) -> None:
    first = messages.request_message(message)
    again = messages.request_message(dict(message))
    assert first.data == again.data or first.ref is not None
    assert messages.request_message(message).data == first.data
    message["content"] = "changed"
    assert b"changed" in messages.request_message(message).data


def test_what_is_remembered_of_a_message_holds_none_of_it() -> None:
    class Text(str):
        __slots__ = ("__weakref__",)

    text = Text("x" * 50)
    gone = weakref.ref(text)
    message = {"role": "user", "content": text}
    assert messages.request_message(message) is messages.request_message(message)
    del text, message
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("hi", "text"),
        ({"content": "hi"}, "text"),
        ({"content": None, "tool_calls": [{}]}, "tool_calls"),
        ({"content": "None", "tool_calls": [{}]}, "tool_calls"),
        ({"content": "with text", "tool_calls": [{}]}, "text"),
        ({"content": "", "function_call": {"name": "f"}}, "function_call"),
        ({"role": "tool", "tool_responses": [{"content": "1"}]}, "tool_responses"),
        ({"role": "function", "name": "f", "content": "1"}, "function_response"),
        (7, "text"),
    ],
)
def test_kinds_of_messages(message: Any, kind: str) -> None:
    assert messages.kind_of(message) == kind
    assert messages.message_body(message, "a").data


def test_what_a_version_lacks_is_said(tmp_path: Path) -> None:
    for name, functions in seams.SEAMS.items():
        file = tmp_path / name.partition("|")[0]
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"def {function}(self): ...\n" for function in functions))
    assert seams.missing(tmp_path) == []
    (tmp_path / "oai" / "client.py").write_text("class Client:\n    def make(self): ...\n")
    assert seams.missing(tmp_path) == ["model calls"]
    (tmp_path / "oai" / "completion.py").write_text("    def create(cls): ...\n")
    assert seams.missing(tmp_path) == []


def test_what_a_version_does_not_do_is_not_lost(tmp_path: Path) -> None:
    """v0.1 knows no summaries and no list of chats."""
    for name, functions in seams.SEAMS.items():
        file = tmp_path / name.partition("|")[0]
        file.parent.mkdir(exist_ok=True)
        kept = [each for each in functions if each not in ("_summarize_chat", "initiate_chats")]
        file.write_text("".join(f"def {function}(self): ...\n" for function in kept))
    assert seams.missing(tmp_path) == []
    with (tmp_path / "agentchat" / "conversable_agent.py").open("a") as agents:
        agents.write("def initiate_chats(self, summary_method): ...\n")
    assert seams.missing(tmp_path) == [
        "summaries apart from the last step",
        "several chats as one run",
    ]
