"""OpenTelemetry set up in every way: exporters get the same with us, and all of it is recorded."""

from __future__ import annotations

from collections import Counter

import pytest

from agentloupe.tracer import Recording

from .conftest import Programs

TREE = Counter(
    {
        ("outer", ""): 1,
        ("failing", "outer"): 1,
        ("renamed", "outer"): 1,
        ("in a thread", ""): 1,
        ("detached", ""): 1,
        ("in detached", "detached"): 1,
    }
)
#: Set-up, variables, how often its program does its work, spans that its exporters get.
SETUPS = [
    ("none", {}, 1, 0),
    ("global", {}, 1, 6),
    ("late", {}, 2, 6),
    ("argument", {}, 1, 5),  # the tracer made before goes to the global provider, which is none
    ("two", {}, 2, 12),
    ("ratio", {}, 6, 16),
    ("replaced", {}, 1, 6),
    ("limits", {}, 1, 6),
    ("wrapped", {}, 1, 6),
    ("no_op", {}, 1, 0),
    ("global", {"OTEL_TRACES_SAMPLER": "always_off"}, 1, 0),
    ("global", {"OTEL_SDK_DISABLED": "true"}, 1, 0),
    ("none", {"OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider"}, 1, 0),
]


def tree(recording: Recording) -> Counter[tuple[str, str]]:
    """Spans by their name and their parent's; the run's own spans have none."""
    [info] = recording.runs
    spans = recording.run(info.number).spans()
    names = {span.id: span.name for span in spans}
    assert all(span.end_ns is not None for span in spans)
    assert all(span.parent in names or span.parent == info.root_span for span in spans)
    return Counter((span.name, names.get(span.parent, "")) for span in spans)


@pytest.mark.parametrize(
    ("how", "variables", "times", "exported"),
    SETUPS,
    ids=[" ".join([how, *variables]) for how, variables, *_ in SETUPS],
)
def test_exporters_get_the_same_and_the_recording_has_all(
    programs: Programs, how: str, variables: dict[str, str], times: int, exported: int
) -> None:

    plain = programs.plain("otel_setups.py", how, env=variables)
    recorded = programs.loupe("otel_setups.py", how, env=variables)
    assert plain.code == recorded.code == 0, plain.err + recorded.err
    assert recorded.out == plain.out
    assert len(plain.out.splitlines()) == 1 + exported
    assert recorded.own_err == plain.err
    with recorded.recording() as recording:
        found = tree(recording)
        if how == "argument":
            assert found.pop(("around", "")) == 1
            found[("outer", "")] = found.pop(("outer", "around"))
        assert found == Counter({each: n * times for each, n in TREE.items()})


def test_a_provider_of_another_make_is_heard_from_outside_with_a_notice(programs: Programs) -> None:
    plain = programs.plain("otel_setups.py", "other")
    recorded = programs.loupe("otel_setups.py", "other")
    assert recorded.out == plain.out
    assert recorded.own_err == plain.err
    assert len(plain.out.splitlines()) == 1 + sum(TREE.values())
    assert any("__main__.NotTheSdk" in line for line in recorded.notices)
    with recorded.recording() as recording:
        assert tree(recording) == TREE
        [outer] = [span for span in recording.run(0).spans() if span.name == "outer"]
        assert outer.attributes["n"] == 1
        assert outer.attributes["values"] == ("a",)


def test_what_the_api_takes_in_silence_it_takes_in_silence(programs: Programs) -> None:
    plain = programs.plain("otel_setups.py", "misuse")
    recorded = programs.loupe("otel_setups.py", "misuse")
    assert (recorded.code, recorded.out, recorded.own_err) == (plain.code, plain.out, plain.err)
    assert plain.code == 0
    with recorded.recording() as recording:
        [info] = recording.runs
        spans = recording.run(info.number).spans()
        clumsy = [span for span in spans if span.name == "clumsy"]
        assert [span.attributes["fine"] for span in clumsy] == [1, 1]


def test_a_fork_inside_a_span_is_recorded_on_both_sides(programs: Programs) -> None:
    done = programs.loupe("otel_setups.py", "fork")
    assert done.code == 0, done.err
    with done.recording() as recording:
        found = {
            span.name: span.end_ns is not None
            for info in recording.runs
            for span in recording.run(info.number).spans()
        }
        assert found == {"around the fork": True, "in the child": True}
        assert len(recording.runs) == 2
