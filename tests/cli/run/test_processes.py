"""Threads and child processes are recorded, each process in a segment that the reader merges."""

from __future__ import annotations

import pytest

from .conftest import Programs


def test_a_thread_that_outlives_main_is_recorded_and_classes_pickle(programs: Programs) -> None:
    recorded = programs.loupe("outlives.py")
    plain = programs.plain("outlives.py")
    assert recorded.out == plain.out.replace("main ends False", "main ends True")
    assert "pickled Echo 1 True" in recorded.out
    assert (recorded.code, recorded.own_err) == (0, plain.err)
    with recorded.recording() as recording:
        [info] = recording.runs
        [chat] = recording.run(0).spans()
        assert (info.status, info.input_tokens, info.output_tokens) == ("ok", 3, 2)
        assert chat.name == "chat Echo"
        assert recording.run(0).text(chat.bodies["gen_ai.input.messages"]).count("late") == 1


@pytest.mark.parametrize("how", ["spawn", "fork", "forkserver", "executor", "subprocess"])
def test_children_are_recorded(programs: Programs, how: str) -> None:
    recorded = programs.loupe("pools.py", how)
    assert (recorded.code, recorded.out) == (0, "echo 0\necho 1\necho 2\n")
    assert recorded.own_err == ""
    with recorded.recording() as recording:
        assert recording.info.exit_code == 0
        asked = [
            (run.info.trace_id, run.text(span.bodies["gen_ai.input.messages"]))
            for run in (recording.run(info.number) for info in recording.runs)
            for span in run.spans()
            if span.op == "chat"
        ]
        jobs = sorted(text[text.index("job ") : text.index("job ") + 5] for _, text in asked)
        assert jobs == ["job 0", "job 1", "job 2"]
        processes = {segment.pid for segment in recording.segments}
        assert len(processes) == (4 if how == "subprocess" else 2)
        assert len({trace for trace, _ in asked}) == len(recording.runs)
