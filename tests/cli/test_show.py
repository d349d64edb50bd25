"""`loupe show` as text."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agentloupe.cli import overview
from agentloupe.cli.main import run
from agentloupe.cli.memory import thin
from agentloupe.cli.shapes import SampleRow
from agentloupe.cli.steps import parse_window
from agentloupe.tui.survey import percentile

LONG = {
    "program": "long",
    "runs": [
        {
            "name": "long",
            "trace_id": "ab" * 16,
            "times": 50,
            "steps": [{"to": "a/default", "type": "Text", "body": {"content": "hi"}}],
        }
    ],
}


@pytest.fixture
def desk(record) -> str:
    record("desk")
    return "desk"


def test_the_overview(loupe, desk: str, golden) -> None:
    done = loupe("show", f"{desk}#0")
    assert (done.code, done.err) == (0, "")
    before, _, rest = done.out.partition("findings")
    golden("desk.overview.txt", before + rest.partition("\n\n")[2])
    assert f"1, the evidence with: loupe check '{desk}#0'" in rest
    assert "LOST001 drop.no-subscriber from step 3:" in rest


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("desk.step.txt", ["desk#0@1"]),
        ("desk.error.txt", ["desk#0@3"]),
        ("desk.parts.txt", ["desk#0", *"--steps .. --spans --tools --memory --waits".split()]),
        ("desk.plain.txt", ["desk#0", *"--steps 2..3 --spans --plain".split()]),
        ("desk.waits.txt", ["desk#1", "--waits"]),
        ("desk.spans.txt", ["desk#0", "--spans"]),
    ],
)
def test_the_parts(loupe, desk: str, golden, name: str, arguments: list[str]) -> None:
    done = loupe("show", *arguments)
    assert (done.code, done.err) == (0, "")
    golden(name, done.out)


def test_plain_is_free_of_lines_and_arrows(loupe, desk: str) -> None:
    out = loupe("show", "desk#0", "--steps", "0..1", "--spans", "--tools", "--plain").out
    assert out.replace("µ", "u").isascii()


def test_nothing_in_a_pipe_steers_a_terminal(loupe, desk: str) -> None:
    for part in ("desk#0", "desk#0@2", "desk#0@3"):
        assert "\x1b" not in loupe("show", part, "--spans", "--steps", "0..3").out


def test_a_recording_of_several_runs_wants_one_named(loupe, desk: str) -> None:
    done = loupe("show", desk)
    assert (done.code, done.out) == (2, "")
    assert "holds 2 runs: #0 RoundRobinGroupChat, #1 one question" in done.err
    assert "loupe show 'desk#1'" in done.err


def test_the_only_run_with_steps_is_meant(loupe, record) -> None:
    idle = {"name": "idle", "trace_id": "cd" * 16}
    record({**LONG, "runs": [idle, *LONG["runs"]]})
    assert loupe("show", "long").out.startswith("long  (long#1)")


def test_a_trace_id_names_a_run(loupe, desk: str) -> None:
    assert loupe("show", "facade", "--waits").out == loupe("show", "desk#1", "--waits").out


def test_the_last_recordings_by_number(loupe, desk: str, record) -> None:
    told = loupe("show", f"{desk}#0", "--json").out
    assert loupe("show", "-1#0", "--json").out == told
    step = loupe("show", f"{desk}#0@1").out
    assert loupe("show", "--spans", "-1#0@1", "--plain").code == 0
    assert loupe("show", "-1#0@1").out == loupe("show", "--", "-1#0@1").out == step
    assert loupe("check", "-1#1", "--format", "json").json["runs"][0]["run"].startswith("facade")
    assert "there are 1 recordings" in loupe("show", "-2").err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "no file and no run begins with 'nothing'"),
        ("desk#7", "begins with '7'"),
        ("desk#0@4", "has 4 steps, no step 4"),
        ("-5", "there are 1 recordings"),
    ],
)
def test_what_is_not_there(loupe, desk: str, name: str, said: str) -> None:
    done = loupe("show", "--", name)
    assert (done.code, done.out) == (2, "")
    assert "LP103" in done.err
    assert said in done.err


def test_an_empty_recording(loupe, record) -> None:
    record({"program": "idle", "runs": []})
    done = loupe("show", "idle")
    assert done.code == 2
    assert "holds no run" in done.err


def test_a_long_run_shows_its_ends(loupe, record) -> None:
    record(LONG)
    lines = loupe("show", "long").out.splitlines()
    steps = [int(line.split()[0]) for line in lines if line.strip()[:1].isdigit()]
    assert steps == [*range(10), *range(30, 50)]
    assert any("20 more steps" in line for line in lines)


def test_findings_of_a_very_long_run_are_not_looked_for(
    loupe, record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(LONG)
    monkeypatch.setattr(overview, "JUDGED", 49)
    assert "not looked for in so long a run: loupe check 'long#0'" in loupe("show", "long").out
    assert loupe("show", "long", "--json").json["findings"] is None


@pytest.mark.parametrize(
    ("text", "window"),
    [("3..5", (3, 6)), ("3..", (3, 50)), ("..5", (0, 6)), ("4", (4, 5)), ("0..99", (0, 50))],
)
def test_windows(text: str, window: tuple[int, int]) -> None:
    assert parse_window(text, 50) == window


@pytest.mark.parametrize("text", ["", "5..3", "x", "-3", "50", "1...3", "1..x"])
def test_windows_that_are_none(loupe, record, text: str) -> None:
    record(LONG)
    done = loupe("show", "long", "--steps", text)
    assert (done.code, done.out) == (2, "")
    assert "Invalid value for --steps" in done.err


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, None),
        ([7], 95, 7),
        ([1, 2], 50, 1),
        ([1, 2, 3], 50, 2),
        (list(range(1, 101)), 95, 95),
        (list(range(1, 11)), 95, 10),
    ],
)
def test_percentiles_by_nearest_rank(values: list[int], percent: int, expected: int | None) -> None:
    assert percentile(values, percent) == expected


def test_tools_compare_arguments_by_meaning(loupe, desk: str) -> None:
    [row] = loupe("show", "desk#0", "--tools", "--json").json["tools"]
    assert (row["calls"], row["errors"], row["repeats"], row["repeated_times"]) == (2, 1, 1, 2)
    assert (row["p50"], row["p95"]) == (0.003, 0.009)


def test_thinning_keeps_the_ends() -> None:
    rows = [
        SampleRow(str(i), i, i, False, i, *[None] * 7, None, {})  # type: ignore[arg-type]
        for i in range(1000)
    ]
    kept = thin(rows, 48)
    assert len(kept) == 48
    assert (kept[0].step, kept[-1].step) == (0, 999)
    gaps = {b.step - a.step for a, b in pairwise(kept)}
    assert max(gaps) - min(gaps) <= 1


def test_on_a_terminal_lines_are_cut_and_coloured(loupe, desk: str, terminal) -> None:
    code, out = terminal("show", "desk#0", "--steps", "0..3", columns=40)
    assert code == 0
    plain = [line for line in terminal.bare(out).splitlines() if line]
    assert all(len(line) <= 40 for line in plain)
    assert plain[0].endswith("…")
    assert "\x1b[31m" in out
    assert "\x1b" not in terminal("show", "desk#0", "--steps", "0..3", NO_COLOR="1")[1]


def test_run_is_what_main_runs(desk: str) -> None:
    assert run(["show", "desk#0", "--steps", "0"]) == 0
