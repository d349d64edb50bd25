"""A run as a table: what was recorded is what another reader finds in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet  # pyright: ignore[reportMissingTypeStubs]  it has none

from agentloupe.tracer import conventions as c
from agentloupe.tracer.reader import open_recording
from agentloupe.tracer.wire.outgoing import Options
from agentloupe.tracer.wire.parquet import NoArrow, write_parquet

from .test_round_trip import busy


def table(folder: Path, *, bodies: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows that were written, and what they should say."""
    busy(folder / "busy.loupe")
    with open_recording(folder / "busy.loupe") as recording:
        runs = [recording.run(info.number) for info in recording.runs]
        path = folder / "busy.parquet"
        count = write_parquet(path, runs, Options(bodies=bodies))
        wanted = [
            {
                "run": run.info.trace_id,
                "span": span.hex_id,
                "op": span.op,
                "agent": span.agent or None,
                "step": span.step,
                "error": span.error,
                "input_tokens": span.attributes.get(c.INPUT_TOKENS),
                "said": {key: run.text(ref) for key, ref in span.bodies.items()} if bodies else {},
            }
            for run in runs
            for span in [run.root, *run.spans()]
        ]
    made: Any = parquet.read_table(path)
    assert made.num_rows == count == len(wanted)
    assert made.column("start").cast("int64").to_pylist()[0] == runs[0].info.start_ns
    rows = made.drop(["start", "end"]).to_pylist()
    for row in rows:
        row["said"] = json.loads(row["bodies"] or "{}")
    return rows, wanted


@pytest.mark.parametrize("bodies", [True, False])
def test_every_span_is_a_row(tmp_path: Path, bodies: bool) -> None:
    rows, wanted = table(tmp_path, bodies=bodies)
    found = {row["span"]: {key: row[key] for key in wanted[0]} for row in rows}
    assert found == {each["span"]: each for each in wanted}
    (tool,) = (row for row in rows if row["name"] == "execute_tool lone")
    assert tool["agent_name"] == "c/s1"
    assert any("noted" in (row["events"] or "") for row in rows)
    assert any('"kind": "message"' in (row["links"] or "") for row in rows)


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoArrow, match=r"cannot be imported") as raised:
        write_parquet(tmp_path / "x.parquet", [], Options())
    assert "pip install 'agentloupe[parquet]'" in str(raised.value)
    assert list(tmp_path.iterdir()) == []
