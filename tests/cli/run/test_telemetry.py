"""What a program's own exporters get is the same with and without us."""

from __future__ import annotations

import json

import pytest

from .conftest import Programs


@pytest.mark.parametrize("how", ["before", "after", "argument"])
def test_a_programs_own_exporter_gets_the_same_spans(programs: Programs, how: str) -> None:
    plain = programs.plain("own_telemetry.py", how)
    recorded = programs.loupe("own_telemetry.py", how)
    assert plain.code == recorded.code == 0, plain.err + recorded.err
    assert recorded.own_err == plain.err
    expected, found = plain.out.splitlines(), recorded.out.splitlines()
    assert found[-1] == expected[-1]
    assert sorted(found) == sorted(expected)
    names = [json.loads(line)["name"] for line in found[:-1]]
    assert any(name.startswith("autogen publish") for name in names)
    with recorded.recording() as recording:
        [own, info] = recording.runs  # the program's span around the team's run is the program's
        assert (info.status, info.chats) == ("ok", 2)
        assert [span.name for span in recording.run(own.number).spans()] == ["the program's own"]
