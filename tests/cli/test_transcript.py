"""What is read of a recording to compare by; v0.2's is made by hand, as its recorder makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentloupe.cli.transcript import Line, match, transcript
from agentloupe.runtime.instruments.classic.lanes import Lane
from agentloupe.runtime.instruments.classic.messages import message_body
from agentloupe.tracer import conventions as c
from agentloupe.tracer.recorder import LiveSpan, Recorder, set_current

CALL = {
    "content": None,
    "tool_calls": [{"id": "1", "function": {"name": "add", "arguments": "{}"}}],
}


class Talk:
    """Records conversations of v0.2 without v0.2."""

    def __init__(self, path: Path) -> None:
        self.recorder = Recorder(path, program="app.py")

    @contextmanager
    def run(self) -> Iterator[LiveSpan]:
        root = self.recorder.start_run("chat")
        yield root
        set_current(None)
        root.end()

    def lane(self, root: LiveSpan, conversation: str = "") -> Lane:
        return Lane(self.recorder, root, conversation=conversation)

    def say(self, lane: Lane, sender: str, who: str, message: Any, told: str = "") -> None:
        """A message reaches an agent, from a manager where it is told by another one."""
        kind = "tool_calls" if isinstance(message, dict) else "text"
        body = message_body(message, told or sender)
        letter = lane.post(c.PUBLISH, sender, "group", kind, body, message) if told else None
        lane.deliver(who, sender, kind, letter, body)

    def answer(self, agent: str, text: str, *, model: bool, code: bool = False) -> None:
        """An agent is asked outside of any chat, and asks its model, or runs code, or neither."""
        with self.run() as root:
            set_current(root)
            with self.recorder.record(c.AGENT, f"invoke_agent {agent}", agent=agent) as span:
                if model:
                    self.recorder.span(c.CHAT, "chat gpt-4o", agent=agent).end()
                if code:
                    self.recorder.span(c.CODE, "run", agent=agent).end()
                span.body(c.OUTPUT_MESSAGES, [{"source": agent, "content": text}])


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Callable[[Callable[[Talk], object]], list[Line]]]:
    talk = Talk(tmp_path / "v02.loupe")

    def reading(program: Callable[[Talk], object]) -> list[Line]:
        try:
            program(talk)
        finally:
            talk.recorder.close()
        return transcript(talk.recorder.path)

    yield reading
    talk.recorder.close()


Read = Callable[[Callable[[Talk], object]], list[Line]]


def test_two_chats_of_the_same_two_stand_where_each_was_held(read: Read) -> None:
    def program(talk: Talk) -> None:
        with talk.run() as root:
            outer = talk.lane(root)
            talk.say(outer, "user", "boss", "Go.")
            for text, who in (("Write.", "writer"), ("Review.", "critic"), ("Again.", "writer")):
                with talk.recorder.record(c.RUN, "chat") as chat:
                    lane = talk.lane(chat, f"boss -> {who}")
                    talk.say(lane, "boss", who, text)
                    lane.close()
            outer.close()

    assert [line.text for line in read(program)] == ["Go.", "Write.", "Review.", "Again."]


def test_what_a_manager_says_itself_and_passes_on_stands_once(read: Read) -> None:
    def program(talk: Talk) -> None:
        with talk.run() as root:
            lane = talk.lane(root)
            talk.say(lane, "manager", "manager", "Go.")
            talk.say(lane, "manager", "bot", "Go.", told="manager")
            talk.say(lane, "bot", "manager", "Done.")
            talk.say(lane, "manager", "user", "Done.", told="bot")
            talk.say(lane, "bot", "manager", "Done.")
            lane.close()

    lines = [(line.author, line.text) for line in read(program)]

    assert lines == [("manager", "Go."), ("bot", "Done."), ("bot", "Done.")]


@pytest.mark.parametrize("runs", [False, True])
def test_a_call_is_told_once_whether_it_is_made_or_not(read: Read, runs: bool) -> None:
    def program(talk: Talk) -> None:
        with talk.run() as root:
            lane = talk.lane(root)
            talk.say(lane, "bot", "user", CALL)
            if runs:
                with talk.recorder.record(c.TOOL, "execute_tool add", agent="user") as span:
                    span.set(c.TOOL_NAME, "add")
                    span.body(c.TOOL_ARGUMENTS, {})
                    span.body(c.TOOL_RESULT, "4")
            lane.close()

    lines = read(program)

    assert [line.text for line in lines if line.kind == "calls"] == ["add({})"]
    assert [line.text for line in lines if line.kind == "gets"] == (["4"] if runs else [])


def test_only_an_answer_that_a_model_had_no_part_in_may_be_missing(read: Read) -> None:
    def program(talk: Talk) -> None:
        talk.answer("own", "made up", model=False)
        talk.answer("runner", "exitcode: 0", model=False, code=True)
        talk.answer("bot", "from a model", model=True)

    lines = read(program)

    assert lines == [
        Line("", "says", "made up"),
        Line("", "says", "exitcode: 0"),
        Line("bot", "says", "from a model"),
    ]
    assert match(lines, lines[2:]).first is None
    assert match(lines, lines[:2]).first == ("bot says from a model", "nothing")
