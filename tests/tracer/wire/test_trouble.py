"""A receiver's trouble is told while the program runs: when it begins, and when it is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentloupe.tracer.recorder import Recorder
from agentloupe.tracer.wire.live import LiveExport
from agentloupe.tracer.wire.sending import Unsent
from agentloupe.tracer.wire.trouble import TellingTransport

from .receivers import Answer, Receiver
from .test_live import talk, until

URL = "http://there"
BUSY: Answer = (429, {"retry-after": "0"}, b"")
GONE: Answer = (503, {}, b"")
WRONG: Answer = (404, {}, b"no such path")


class Scripted:
    """Does what it is told: an error, or takes it."""

    def __init__(self, *script: Unsent | None) -> None:
        self._script = list(script)

    def send(self, body: bytes) -> int:
        error = self._script.pop(0)
        if error is not None:
            raise error
        return 0

    def close(self) -> None:
        pass


def played(*script: Unsent | None) -> list[str]:
    told: list[str] = []
    transport = TellingTransport(Scripted(*script), URL, told.append)
    for _ in script:
        try:
            transport.send(b"")
        except Unsent:
            continue
    return told


LATER, NEVER = Unsent("busy", again=True), Unsent("404 not found", again=False)
BEGINS = f"spans do not get to {URL}: busy; they wait in the recording"
OVER = f"{URL} takes spans again"


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ([None, LATER, None, LATER, None], []),
        ([LATER] * 20, [BEGINS]),
        ([None, LATER, LATER, LATER, None, None], [BEGINS, OVER]),
        ([NEVER, NEVER], [f"spans do not get to {URL}: 404 not found; it does not want them"]),
        (
            [LATER, LATER, None] * 9,
            [*[BEGINS, OVER] * 2, f"{BEGINS}; this is not told again", OVER],
        ),
    ],
)
def test_once_when_it_begins_and_once_when_it_is_over(
    script: list[Unsent | None], told: list[str]
) -> None:
    assert played(*script) == told


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("answer", [BUSY, GONE, WRONG])
def test_it_is_told_while_the_program_runs(
    tmp_path: Path, receiver: Receiver, answer: Answer
) -> None:
    told: list[str] = []
    receiver.answers = [answer] * 3
    path = tmp_path / "r.loupe"
    recorder = Recorder(path)
    export = LiveExport(path, receiver.url, tell=told.append)
    export.start()
    talk(recorder, 3)
    until(lambda: len(told) == 1 or not receiver.answers)
    for number in range(30):  # what was refused for good is gone: the next is taken
        talk(recorder, 1)
        recorder.flush()
        if len(told) == 2:
            break
        until(lambda n=number: len(receiver.requests) > n or len(told) == 2)
    until(lambda: len(told) == 2)
    recorder.close()
    export.finish()
    until(lambda: export.wait(0.1))
    export.close()
    assert told[0].startswith(f"spans do not get to {receiver.url}: ")
    assert str(answer[0]) in told[0]
    assert told[1:] == [f"{receiver.url} takes spans again"]


@pytest.mark.usefixtures("quick")
def test_after_the_end_only_the_sum_is_told(tmp_path: Path, receiver: Receiver) -> None:
    told: list[str] = []
    receiver.answers = [WRONG]
    path = tmp_path / "r.loupe"
    recorder = Recorder(path)
    talk(recorder, 3)
    recorder.close()
    export = LiveExport(path, receiver.url, tell=told.append)
    export.finish()
    export.start()
    until(lambda: export.wait(0.1))
    assert "404" in export.close()
    assert told == []
