"""A program in progress is held, stepped and answered, over a socket that speaks the protocol."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agentloupe.tracer import control
from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.waits import Wait
from agentloupe.tui.app import LoupeApp
from agentloupe.tui.screens.replay import ReplayScreen

from .grids import text_grid
from .scenes import CODER, EXECUTOR, Stage, text
from .test_live import until

QUEUED = control.Queued(
    id="q1",
    sender=CODER,
    recipient=EXECUTOR,
    topic="",
    type="Note",
    kind="send",
    body={"content": "next please"},
    posted_ns=time.time_ns(),
)
WAIT = Wait(
    id="w1",
    agent=EXECUTOR,
    message="Note",
    on="lock",
    what="a lock that coder holds",
    within="",
    where="app.py:31 in look",
    awaits=(CODER,),
    run="",
    step=2,
    span="",
    posted_ns=time.time_ns(),
    since_ns=time.time_ns() - 42_000_000_000,
    external=False,
    hopeless=True,
)


class Program:
    """Answers as a program under `loupe run --live` does."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.paused = False
        self.breaks: list[control.Breakpoint] = []
        self.queue: list[control.Queued] = [QUEUED]
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with suppress(ConnectionError):  # whoever asked may leave at any moment
            while line := await reader.readline():
                document = json.loads(line)
                request = control.REQUEST.validate_python(document)
                self.asked.append(request)
                answer = self.answer(request).model_dump(mode="json")
                answered = {"seq": document["seq"], "ok": answer}
                writer.write(json.dumps(answered).encode() + b"\n")
                await writer.drain()
        writer.close()

    def tell(self, event: Any) -> None:
        for writer in self.writers:
            writer.write(event.model_dump_json().encode() + b"\n")

    def answer(self, request: Any) -> Any:
        if isinstance(request, control.SayHello):
            return control.Hello(version=1, pid=7, program="sales.py", recording="", paused=False)
        if isinstance(request, control.AskWaits):
            return control.Waits(waits=(WAIT,))
        if isinstance(request, control.ListQueue):
            return control.Queue(queue=tuple(self.queue))
        if isinstance(request, control.ListBreaks):
            return control.Breakpoints(breakpoints=tuple(self.breaks))
        if isinstance(request, control.AddBreak):
            self.breaks.append(control.Breakpoint(id=1, where=request.where))
            return self.breaks[-1]
        if isinstance(request, control.RemoveBreak):
            self.breaks.clear()
        elif isinstance(request, control.DropQueued):
            self.queue.clear()
        elif isinstance(request, control.DoPause):
            self.paused = True
            self.tell(control.Stopped(why="pause", next=QUEUED))
        elif isinstance(request, control.DoResume):
            self.paused = False
            self.tell(control.Resumed())
        elif isinstance(request, control.Answer):
            self.tell(control.Answered(wait_id=request.wait_id))
        return control.Done(paused=self.paused)

    def was_asked(self, kind: type[Any]) -> list[Any]:
        return [request for request in self.asked if isinstance(request, kind)]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[tuple[Path, Program]]:
    path = tmp_path / "live.loupe"
    with Recorder(path, program="live", argv=("live",)) as recorder:
        stage = Stage(recorder)
        stage.now = time.time_ns()
        stage.run("live")
        for number in range(5):
            stage.message(CODER, EXECUTOR, "Note", text(f"note {number}", "coder"))
        recorder.flush()
        program = Program()
        server = await asyncio.start_unix_server(program.serve, control.socket_path(path))
        async with server:
            yield path, program
            for writer in program.writers:
                writer.close()


async def test_it_is_held_stepped_and_answered(running: tuple[Path, Program]) -> None:
    path, program = running
    app = LoupeApp([path], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and app.screen.steered)
        await until(pilot, lambda: "9 live" in text_grid(app))
        await pilot.press("9")
        await until(pilot, lambda: "a lock that coder holds" in text_grid(app))
        assert "■ executor" in text_grid(app)
        assert "next please" in text_grid(app)
        await pilot.press("p")
        await until(pilot, lambda: "paused" in text_grid(app))
        await until(pilot, lambda: "before coder → executor" in text_grid(app))
        await pilot.press("s")
        await until(pilot, lambda: bool(program.was_asked(control.DoStep)))
        program.tell(control.WaitingHuman(wait_id="h1", agent="user/default", question="Go on?"))
        await until(pilot, lambda: "asks: Go on?" in text_grid(app))
        await pilot.press("a", *"yes", "enter")
        await until(pilot, lambda: "Go on?" not in text_grid(app))
        assert program.was_asked(control.Answer) == [control.Answer(wait_id="h1", text="yes")]
        await pilot.press("G", "delete")
        await until(pilot, lambda: bool(program.was_asked(control.DropQueued)))
        await pilot.press("p")
        await until(pilot, lambda: "● running" in text_grid(app))


async def test_a_breakpoint_is_the_programs(running: tuple[Path, Program]) -> None:
    path, program = running
    app = LoupeApp([path], inline=True)
    async with app.run_test(size=(130, 38)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen) and app.screen.steered)
        await pilot.press("b")
        await until(pilot, lambda: bool(program.breaks))
        assert program.breaks[0].where == "from:coder to:executor type:Note"
        await pilot.press("9")
        await until(pilot, lambda: "Breakpoints of the program" in text_grid(app))
        program.tell(control.Ended())
        for writer in program.writers:
            writer.close()
        await until(pilot, lambda: "cannot be steered" in text_grid(app))


async def test_without_a_socket_there_is_no_live(tmp_path: Path) -> None:
    path = tmp_path / "live.loupe"
    with Recorder(path, program="live", argv=("live",)) as recorder:
        stage = Stage(recorder)
        stage.run("live")
        stage.message(CODER, EXECUTOR, "Note", text("note", "coder"))
        recorder.flush()
        control.socket_path(path).touch()  # what a killed program leaves
        app = LoupeApp([path], inline=True)
        async with app.run_test(size=(130, 38)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
            await until(pilot, lambda: bool(app.screen.live.steering.why))
            assert "9 live" not in text_grid(app)
