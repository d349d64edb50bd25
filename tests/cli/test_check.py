"""`loupe check`: exit codes, selection, formats, and what cannot be read."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agentloupe.cli.check import exit_code, parse_fail_on
from agentloupe.cli.gate import Verdict
from agentloupe.cli.terminal import LONG_WORK
from agentloupe.diagnose.catalogue import rules
from agentloupe.diagnose.report import NotApplicable, Report, RunReport, unreadable
from agentloupe.tracer import conventions as c

from ..tracer.wire.shown import otlp_span, request

OTLP = Path(__file__).resolve().parents[2] / "fixtures" / "wire" / "otlp"


@pytest.fixture
def loop(record) -> str:
    record("loop")
    return "loop"


@pytest.fixture
def calm(record) -> str:
    """Eight messages of which each says something else."""
    words = "oak birch elm fir maple alder cedar larch".split()
    steps = [
        {
            "from": "critic/default" if place % 2 else "writer/default",
            "to": "writer/default" if place % 2 else "critic/default",
            "type": "TextMessage",
            "spans": [
                {
                    "op": "publish",
                    "type": "TextMessage",
                    "topic": "garden/default",
                    "bodies": {"agentloupe.message.body": {"content": f"{word} in {place * 37}"}},
                }
            ],
        }
        for place, word in enumerate(words)
    ]
    runs = [{"name": "calm", "trace_id": "20" * 16, "steps": steps}]
    record({"program": "calm", "exit_code": 0, "runs": runs})
    return "calm"


def test_a_loop_is_1_and_named(loupe, loop: str) -> None:
    done = loupe("check", loop)
    assert (done.code, done.err) == (1, "")
    for said in ("error[LOOP001]", "'critic'", "'writer'", "loop.loupe#10000000@0"):
        assert said in done.out
    assert "\x1b" not in done.out


def test_the_document(loupe, loop: str, valid) -> None:
    done = loupe("check", loop, "--format", "json")
    assert done.code == 1
    told = done.json
    valid("check", told)
    [run] = told["runs"]
    [finding] = run["findings"]
    assert (run["run"], run["verdict"]) == ("1" + "0" * 30 + "1", "findings")
    assert (finding["code"], finding["first_step"]) == ("LOOP001", 0)
    assert sorted(finding["agents"]) == ["critic", "writer"]


def test_nothing_to_report_is_0(loupe, calm: str) -> None:
    done = loupe("check", calm, "--ignore", "leak")
    assert (done.code, done.err) == (0, "")
    assert "ok" in done.out


@pytest.mark.parametrize("form", ["junit", "sarif", "github"])
def test_formats_for_machines(loupe, loop: str, form: str) -> None:
    done = loupe("check", loop, "--format", form)
    assert done.code == 1
    if form == "junit":
        [failure] = ElementTree.fromstring(done.out).iter("failure")
        assert failure.get("type") == "LOOP001"
    elif form == "sarif":
        [result] = json.loads(done.out)["runs"][0]["results"]
        assert result["ruleId"] == "LOOP001"
    else:
        assert done.out.startswith("::error")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--select", "LOOP001"), 1),
        (("--select", "loop.repetition,leak"), 1),
        (("--select", "drop"), 0),
        (("--ignore", "loop"), 0),
        (("--ignore", "LOOP"), 0),
        (("--fail-on", "leak"), 0),
        (("--fail-on", "leak", "--fail-on", "severity>=info"), 1),
        (("--fail-on", "Loop.Repetition"), 1),
        (("--fail-on", "hang, LOOP001"), 1),
    ],
)
def test_selection(loupe, loop: str, arguments: tuple[str, ...], code: int) -> None:
    assert loupe("check", loop, *arguments).code == code


@pytest.mark.parametrize("option", ["--select", "--ignore", "--fail-on"])
def test_an_unknown_selector_names_the_nearest(loupe, loop: str, option: str) -> None:
    done = loupe("check", loop, option, "lop")
    assert (done.code, done.out) == (2, "")
    assert "'lop'" in done.err
    assert "did you mean 'loop'" in done.err


def test_what_cannot_be_read_is_2_and_hides_nothing(
    loupe, calm: str, loop: str, tmp_path: Path
) -> None:
    junk = tmp_path / "junk.loupe"
    junk.write_text("hello")
    done = loupe("check", calm, junk, "--ignore", "leak")
    assert done.code == 2
    assert "calm.loupe#20202020: ok" in done.out
    assert "junk.loupe: error, needs a readable recording" in done.err
    assert loupe("check", "nowhere", calm, "--ignore", "leak").code == 2
    assert loupe("check", junk, loop).code == 1


def test_a_folder_stands_for_its_recordings(
    loupe, loop: str, calm: str, private_recordings_dir: Path, tmp_path: Path
) -> None:
    told = loupe("check", private_recordings_dir, "--format", "json").json
    assert sorted(Path(run["source"]).name for run in told["runs"]) == ["calm.loupe", "loop.loupe"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert loupe("check", empty).code == 2


def test_traces_of_a_folder_are_checked_too(loupe, loop: str, private_recordings_dir: Path) -> None:
    shutil.copy(OTLP / "report.json", private_recordings_dir)
    (private_recordings_dir / "package.json").write_text('{"name": "no trace"}')
    done = loupe("check", private_recordings_dir, "--format", "json")
    assert [Path(run["source"]).name for run in done.json["runs"]] == ["loop.loupe", "report.json"]
    assert "passed over: LP110" in done.err
    assert "package.json" in done.err


def test_a_trace_file_can_be_named(loupe) -> None:
    for name in ("report.json", "report-lines.jsonl"):
        told = loupe("check", OTLP / name, "--format", "json").json
        assert [run["source"] for run in told["runs"]] == [str(OTLP / name)]
        assert told["runs"][0]["verdict"] != "error"
        shown = loupe("show", OTLP / name)
        assert shown.code == 0
        assert "A first draft." in shown.out
        assert len(loupe("runs", OTLP / name, "--json").json["recordings"][0]["runs"]) == 1


def test_a_request_without_messages_can_be_checked(loupe, tmp_path: Path) -> None:
    told = {c.OPERATION: c.CHAT, c.INPUT_MESSAGES: "[]", c.OUTPUT_MESSAGES: "[]"}
    path = tmp_path / "empty.json"
    path.write_text(json.dumps(request(otlp_span(1, "chat m", attributes=told))))
    done = loupe("check", path)
    assert done.code == 0
    assert "nothing found in 1 run" in done.out


def test_runs_whose_ids_begin_alike_have_names_of_their_own(loupe, tmp_path: Path) -> None:
    """As those of Logfire, which begin with the time."""
    ids = ["01a22a0d0000000000000000000000a1", "01a22a0d0000000000000000000000b2"]
    turns = [
        otlp_span(n, "turn", trace=trace, attributes={c.OPERATION: c.AGENT, c.AGENT_NAME: "a"})
        for n, trace in enumerate(ids, 1)
    ]
    file = tmp_path / "two.json"
    file.write_text(json.dumps(request(*turns)))
    told = loupe("check", str(file)).out
    names = sorted(set(re.findall(r"two\.json#([0-9a-f]+)", told)))
    assert names == [each[:-1] for each in ids]
    for name in names:
        assert loupe("show", f"{file}#{name}").code == 0
    assert f" {names[1]}" in loupe("diff", f"{file}#{names[0]}", f"{file}#{names[1]}").out


def test_one_run_of_several(loupe, record) -> None:
    record("desk")
    runs = loupe("check", "desk#1", "--format", "json").json["runs"]
    assert [run["run"][:6] for run in runs] == ["facade"]
    assert len(loupe("check", "desk", "--format", "json").json["runs"]) == 2


@pytest.mark.parametrize("name", ["LOOP001", "loop.repetition", "LOOP001-1"])
def test_one_finding(loupe, loop: str, name: str) -> None:
    told = loupe("check", f"{loop}#0#{name}", "--format", "json").json
    assert [each["code"] for run in told["runs"] for each in run["findings"]] == ["LOOP001"]
    shown = loupe("show", f"{loop}#0#{name}")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("error[LOOP001]")
    [row] = loupe("show", f"{loop}#0#{name}", "--json").json["findings"]
    assert row["code"] == "LOOP001"


@pytest.mark.parametrize("name", ["LEAK001", "LOOP001-2", "LOOP001-0", "drop.unhandled"])
def test_a_finding_that_is_not_there(loupe, loop: str, name: str) -> None:
    for command in ("check", "show"):
        done = loupe(command, f"{loop}#0#{name}")
        assert done.code == 2
        assert f"no finding '{name}'; there is LOOP001" in done.err


def test_a_recording_without_runs_is_inconclusive(loupe, record) -> None:
    record({"program": "idle", "runs": []})
    done = loupe("check", "idle", "--format", "json")
    assert done.code == 0
    assert done.json["runs"][0]["verdict"] == "inconclusive"
    assert "inconclusive, needs a run" in done.err
    assert loupe("check", "idle", "--fail-on", "Inconclusive").code == 1


@pytest.mark.parametrize(
    ("verdict", "fail_on", "code"),
    [
        ("ok", (), 0),
        ("error", (), 2),
        ("inconclusive", (), 0),
        ("inconclusive", ("inconclusive",), 1),
        ("inconclusive", ("leak,inconclusive",), 1),
        ("error", ("inconclusive",), 2),
    ],
)
def test_exit_codes(verdict: str, fail_on: tuple[str, ...], code: int) -> None:
    fails, inconclusive = parse_fail_on(fail_on or ("severity>=warning",))
    report = Report(runs=(RunReport(run="a", source="a", verdict=verdict),))  # type: ignore[arg-type]
    assert exit_code(report, fails, inconclusive_fails=inconclusive) == code


def test_a_finding_outweighs_what_cannot_be_read(loupe, loop: str) -> None:
    assert unreadable("x", "y").verdict == "error"
    assert loupe("check", "nowhere", loop).code == 1


def test_what_cannot_be_read_is_not_said_to_be_fine(loupe, loop: str, tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("")
    done = loupe("check", tmp_path / "empty.json")
    assert done.code == 2
    assert "nothing was judged" in done.out
    assert "nothing found" not in done.out
    assert "empty.json#" not in done.out
    assert "1 could not be judged" in loupe("check", tmp_path / "empty.json", loop).out


def test_verbose_lists_what_was_checked(loupe, calm: str) -> None:
    out = loupe("check", calm, "--verbose", "--ignore", "leak").out
    assert all(rule.code in out for rule in rules() if rule.family == "loop")


def test_a_baseline_accepts_what_is_known(loupe, loop: str, calm: str, tmp_path: Path) -> None:
    path = str(tmp_path / "known.json")
    assert loupe("check", loop, "--write-baseline", path).code == 1
    done = loupe("check", loop, "--baseline", path)
    assert (done.code, "1 accepted by" in done.err) == (0, True)
    assert "not found again" not in done.err
    gone = loupe("check", calm, "--baseline", path)
    assert (gone.code, "an entry was not found again: LOOP001" in gone.err) == (0, True)
    assert "again" not in loupe("check", calm, "--baseline", path, "--select", "drop").err
    assert loupe("check", loop, "--baseline", str(tmp_path / "none.json")).code == 2


def test_the_projects_settings_are_heeded(
    loupe, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.agentloupe]\nignore = ["loop.repetition"]\n')
    monkeypatch.chdir(tmp_path)
    assert loupe("check", loop).code == 0
    assert loupe("check", loop, "--no-config").code == 1


def test_only_what_was_asked_for_is_said_to_be_lacking() -> None:
    lacking = (
        NotApplicable(code="MODL004", needs="speaker selections"),
        NotApplicable(code="LEAK001", needs="24 samples, there are 3", undecided=True),
        NotApplicable(code="HANG001", needs="the end of the run", undecided=True),
    )
    run = RunReport(run="a", source="a", verdict="inconclusive", not_applicable=lacking)
    report = Report(runs=(run,))
    assert Verdict(report, ()).undecided == "24 samples, there are 3; the end of the run"
    leaks, _ = parse_fail_on(("leak,inconclusive",))
    assert Verdict(report, (), leaks).undecided == "24 samples, there are 3"
    loops, _ = parse_fail_on(("loop",))
    assert Verdict(report, (), loops).undecided == ""


def test_findings_are_accepted_until_a_date_and_for_a_reason(
    loupe, loop: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "base.json")
    words = ("check", loop, "--write-baseline", file, "--until")
    done = loupe(*words, "2999-01-01", "--reason", "it drills")
    assert "accepted until 2999-01-01" in done.err
    entry = json.loads(Path(file).read_text("utf-8"))["findings"][0]
    assert (entry["until"], entry["reason"]) == ("2999-01-01", "it drills")
    assert loupe("check", loop, "--baseline", file).code == 0
    loupe(*words, "2001-01-01")
    over = loupe("check", loop, "--baseline", file)
    assert over.code == 1
    assert "was accepted until 2001-01-01" in over.err
    assert loupe("check", loop, "--until", "2999-01-01").code == 2


def test_many_files_are_counted_on_a_terminal(terminal, loupe, tmp_path: Path) -> None:
    trace = (OTLP / "report.json").read_bytes()
    for number in range(LONG_WORK):
        (tmp_path / f"{number}.json").write_bytes(trace)
    code, shown = terminal("check", tmp_path, "--select", "drop", notices=True)
    assert code == 0
    assert f"traces: 1 of {LONG_WORK}" in shown
    assert f"traces: {LONG_WORK} of {LONG_WORK}\r\x1b[K" in shown
    assert "traces:" not in loupe("check", str(tmp_path), "--select", "drop").err
