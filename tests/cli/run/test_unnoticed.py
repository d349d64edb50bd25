"""The program runs as it would without us: same view of the world, same output, same ending."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentloupe.tracer.locate import fresh_path

from .conftest import APPS, Programs

# The options and words that come before the program's own arguments, and the environment.
WAYS: dict[str, tuple[list[str], dict[str, str]]] = {
    "script": (["view.py"], {}),
    "optimized": (["-O", "view.py"], {}),
    "developer mode": (["-X", "dev", "-W", "ignore::ResourceWarning", "view.py"], {}),
    "module": (["-m", "package"], {}),
    "own path and sitecustomize": (["view.py"], {"PYTHONPATH": f"/some/where:{APPS / 'site'}"}),
    "after a dash": (["--", "view.py"], {}),
}


# What becomes of the program's own run where it does not simply end.
STATUS = {
    "raise": ("error", "ValueError: uncaught"),
    "interrupt": ("error", "KeyboardInterrupt: "),
    "kill": ("killed", None),
    "abort": ("killed", None),
}


def view(text: str) -> dict[str, Any]:
    return json.loads(text)


@pytest.mark.parametrize("way", WAYS)
def test_a_program_sees_the_same_world(programs: Programs, way: str) -> None:
    words, env = WAYS[way]
    arguments = [*words, "--name", "x y", "-m", "--", "-S"]
    plain = programs.plain(
        *[w for w in arguments[:1] if w != "--"], *arguments[1:], stdin="in\n", env=env
    )
    recorded = programs.loupe(*arguments, stdin="in\n", env=env)
    expected, found = view(plain.out), view(recorded.out)
    assert found == expected
    assert found["argv"][1:] == ["--name", "x y", "-m", "--", "-S"]
    assert recorded.code == plain.code == 0
    assert recorded.own_err == plain.err == "to stderr\n"
    assert found["site"] == ("yes" if "sitecustomize" in way else None)
    assert recorded.path.exists()


@pytest.mark.parametrize("option", ["-S", "-I", "-OE"])
def test_an_interpreter_that_cannot_hear_us_gets_a_notice(programs: Programs, option: str) -> None:
    words = [option, "view.py"]
    recorded = programs.loupe(*words)
    assert view(recorded.out) == view(programs.plain(*words).out)
    [line] = recorded.notices
    assert "nothing can be recorded" in line
    assert f"-{option[-1]}" in line
    assert not recorded.path.exists()


@pytest.mark.parametrize("how", ["code", "text", "raise", "interrupt", "os_exit", "kill", "abort"])
def test_endings_pass_through_and_are_noted(programs: Programs, how: str) -> None:
    plain = programs.plain("endings.py", how)
    recorded = programs.loupe("endings.py", how)
    killed = -plain.code if plain.code < 0 else None
    assert recorded.code == (128 + killed if killed else plain.code)
    assert recorded.own_err == plain.err
    assert recorded.out == "turn\n"
    with recorded.recording() as recording:
        assert recording.info.exit_code == (None if killed else plain.code)
        assert recording.info.signal == killed
        [info] = recording.runs
        assert (info.status, info.error) == STATUS.get(how, ("ok", None))
        run = recording.run(0)
        assert [span.op for span in run.spans()] == ["invoke_agent", "chat"]
        assert [span.op for span in run.open_spans()] == ["chat"]


def test_a_summary_ends_the_run(programs: Programs) -> None:
    recorded = programs.loupe("endings.py", "none")
    [line] = recorded.notices
    assert "1 run, 2 steps" in line
    assert line.endswith(recorded.path.name)


def test_what_cannot_be_started_gives_125(programs: Programs) -> None:
    recorded = programs.loupe("view.py", options=["--python", "/no/such/python"])
    assert recorded.code == 125
    assert "cannot start '/no/such/python'" in recorded.err
    assert "Traceback" not in recorded.err


def test_a_missing_program_is_pythons_to_report(programs: Programs) -> None:
    recorded = programs.loupe("no_such_app.py")
    plain = programs.plain("no_such_app.py")
    assert (recorded.code, recorded.own_err) == (plain.code, plain.err)


def test_nothing_to_run_is_a_usage_error(programs: Programs) -> None:
    recorded = programs.loupe()
    assert recorded.code == 2
    assert "what shall be run?" in recorded.err


def test_a_recording_is_never_overwritten(programs: Programs) -> None:
    path = programs.fresh()
    path.write_text("mine")
    recorded = programs.loupe("view.py", options=["--out", str(path)])
    assert recorded.code == 2
    assert "exists already" in recorded.err
    assert path.read_text() == "mine"


def test_where_nothing_can_be_written_the_program_still_runs(programs: Programs) -> None:
    path = programs.folder / "a file, no folder"
    path.write_text("")
    recorded = programs.loupe("endings.py", "code", options=["--out", str(path / "x.loupe")])
    assert (recorded.code, recorded.out) == (3, "")
    assert len(recorded.notices) == 1
    assert "nothing is recorded" in recorded.notices[0]


def test_where_nothing_can_even_be_looked_at_the_program_still_runs(programs: Programs) -> None:
    # such a name is refused whoever asks, as a folder of somebody else's is
    closed = programs.folder / ("x" * 300)
    assert fresh_path("app", closed).parent == closed
    recorded = programs.loupe("endings.py", "code", options=["--out", str(closed / "x.loupe")])
    assert (recorded.code, recorded.out) == (3, "")
    assert len(recorded.notices) == 1
    assert "nothing is recorded" in recorded.notices[0]
    assert "Traceback" not in recorded.err


def test_ci_fixes_hash_seed_and_collects(programs: Programs) -> None:
    recorded = programs.loupe("endings.py", "none", options=["--ci", "--name", "gate"])
    with recorded.recording() as recording:
        assert recording.info.program == "gate"
    environment = view(programs.loupe("view.py", options=["--ci"]).out)["environ"]
    assert environment["PYTHONHASHSEED"] == "0"
    assert environment["MALLOC_ARENA_MAX"] == "1"
    assert environment["GLIBC_TUNABLES"] == "glibc.malloc.tcache_count=0"
