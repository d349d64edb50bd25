"""Two processes that pass on OpenTelemetry's context: one run, with true parents."""

from __future__ import annotations

from .conftest import Programs


def test_a_team_that_another_service_asks_is_part_of_its_run(programs: Programs) -> None:
    done = programs.loupe("two_services.py")
    assert done.code == 0, done.err
    with done.recording() as recording:
        teams = [info for info in recording.runs if info.steps]
        assert [info.name for info in teams] == ["shop"]
        run = recording.run(teams[0].number)
        spans = {span.id: span for span in run.spans()} | {run.root.id: run.root}
        [turn] = [span for span in spans.values() if span.name == "invoke_agent teller"]
        above: list[str] = []
        while turn.parent in spans:
            turn = spans[turn.parent]
            above.append(turn.name)
        tool = ["POST /ask", "execute_tool ask", "invoke_agent asker", "process asker", "shop"]
        assert above == ["process teller", "stock", *tool]
        assert [step.index for step in run.iter_steps()] == list(range(teams[0].steps))
        heard = [step.recipient.partition("_")[0] for step in run.iter_steps()]
        assert heard.index("asker") < heard.index("teller") < len(heard) - 1
