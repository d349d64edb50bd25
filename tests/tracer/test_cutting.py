"""Bodies without their long texts, and put together again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentloupe.tracer import open_recording
from agentloupe.tracer.bodies import snapshot, text
from agentloupe.tracer.cutting import BODY, CUT, LONG, MOST, cut, joined, numbered
from agentloupe.tracer.errors import RecordingError
from agentloupe.tracer.recorder import Recorder

LINES = st.text(min_size=1, max_size=40).map(lambda line: line * (LONG // len(line) + 1))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def stored(data: bytes, texts: dict[int, bytes]) -> bytes:
    found = cut(data)
    if found is None:
        return data
    rest, parts = found
    numbers = [len(texts) + place for place in range(len(parts))]
    texts.update(zip(numbers, parts, strict=True))
    return numbered(rest, numbers)


@given(LINES, VALUES)
def test_what_was_cut_comes_back_byte_by_byte(text: str, value: object) -> None:
    texts: dict[int, bytes] = {7: b"another body's"}
    data = snapshot({"long": text, "value": [value, text]}).data
    kept = stored(data, texts)
    assert joined(kept, texts.__getitem__) == data
    assert b"\x00" in text.encode() or len(kept) < len(data) / 2


@given(st.binary(min_size=1).filter(lambda noise: not noise.startswith(CUT)))
def test_whatever_it_is_it_comes_back(noise: bytes) -> None:
    """Bodies are UTF-8, which never begins with the mark of a body that was cut."""
    noise *= BODY // len(noise) + 1
    for data in (noise, b'{"' + noise, b'["' + noise + b'"]', b'{"a":"' + noise.hex().encode()):
        texts: dict[int, bytes] = {}
        assert joined(stored(data, texts), texts.__getitem__) == data


def test_spellings_that_are_not_ours_are_left_in() -> None:
    foreign = json.dumps({"text": "ü" * BODY}).encode()  # \u00fc, where ours has the letter
    assert cut(foreign) is None


def test_a_body_that_would_be_endless_is_refused() -> None:
    bomb = CUT + b"\x001\x00" * (MOST // BODY + 1)
    with pytest.raises(RecordingError, match="too much"):
        joined(bomb, lambda _: b"x" * BODY)
    with pytest.raises(RecordingError, match="too much"):
        joined(CUT + b"\x001\x00", lambda _: CUT + b"\x001\x00")


def test_a_text_in_many_wrappings_is_stored_once(tmp_path: Path) -> None:
    table = "\n".join(f"{row},{row * 7 % 13}" for row in range(30_000))
    path = tmp_path / "run.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        root.body("plain", text(table))
        for name in ("one", "two"):
            root.body(name, snapshot({"role": name, "parts": [{"content": table}]}))
        root.end()
    assert path.stat().st_size < 1.2 * len(table) + 150_000  # a nearly empty file has that
    with open_recording(path) as recording:
        run = recording.run(0)
        bodies = run.root.bodies
        assert run.text(bodies["plain"]) == table
        told = json.loads(run.text(bodies["two"]))
        assert told == {"role": "two", "parts": [{"content": table}]}
        assert run.size(bodies["two"]) > len(table)


def test_each_part_has_the_cap_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "run.loupe"
    with Recorder(path) as recorder:
        root = recorder.start_run("run")
        root.body("two", snapshot(["a" * 900_000, "b" * 900_000]))
        root.end()
    with open_recording(path) as recording:
        run = recording.run(0)
        assert len(json.loads(run.text(run.root.bodies["two"]))[1]) == 900_000
