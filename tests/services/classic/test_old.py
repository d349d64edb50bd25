"""pyautogen 0.1 programs do the same with and without us, and are recorded with their models."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from agentloupe.runtime.instruments.classic.seams import missing
from agentloupe.tracer import conventions as c
from agentloupe.tracer import open_recording

from .conftest import Framework
from .test_same import same, unfinished


def test_a_v01_program_is_recorded(v01: Framework) -> None:
    plain, recorded, path = v01.both("old")
    same(plain, recorded)
    with open_recording(path) as recording:
        runs = [recording.run(info.number) for info in recording.runs]
        assert [run.info.name for run in runs][:2] == ["user -> helper", "user -> chat_manager"]
        assert [run.info.chats for run in runs] == [2, 4, 1]
        assert not [wrong for run in runs for wrong in unfinished(run)]
        chats = [span for span in runs[0].spans() if span.op == c.CHAT]
        assert [span.agent for span in chats] == ["helper", "helper"]
        assert chats[0].attributes[c.INPUT_TOKENS] == 11
        assert json.loads(runs[0].text(chats[0].bodies[c.OUTPUT_MESSAGES]))[0]["parts"] == [
            {"type": "tool_call", "name": "double", "arguments": {"n": 21}}
        ]
        assert "Double 21." in runs[0].text(chats[0].bodies[c.INPUT_MESSAGES])
        assert [
            (event.attributes["gen_ai.request.model"], event.attributes.get(c.ERROR_TYPE))
            for event in chats[0].events
        ] == [("broken", "RateLimitError"), ("gpt-4", None)]
        [tool] = [span for span in runs[0].spans() if span.op == c.TOOL]
        assert tool.name == "execute_tool double"
        selected = [span for span in runs[1].spans() if span.op == "select_speaker"]
        assert [span.attributes["agentloupe.selection.speaker"] for span in selected] == [
            "two",
            "one",
        ]
        [refused] = [span for span in runs[2].spans() if span.op == c.CHAT]
        assert refused.error is not None
        assert refused.error.startswith("Timeout: ")


def test_the_doctor_finds_nothing_missing(v01: Framework) -> None:
    where = "import importlib.util as u; print(*u.find_spec('autogen').submodule_search_locations)"
    done = subprocess.run(
        [str(v01.python), "-c", where], capture_output=True, text=True, check=True
    )
    assert missing(Path(done.stdout.strip())) == []
