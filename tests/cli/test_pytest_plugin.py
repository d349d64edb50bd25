"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pytest"


@dataclass(frozen=True)
class Session:
    """A pytest session that is over."""

    out: str
    cases: dict[str, ET.Element]
    folder: Path

    def failure(self, name: str) -> str | None:
        found = self.cases[name].find("failure")
        return None if found is None else found.text or ""

    def properties(self, name: str) -> dict[str, str]:
        return {
            each.attrib["name"]: each.attrib["value"] for each in self.cases[name].iter("property")
        }


def session(
    folder: Path, *options: str, file: Path = FIXTURES / "judged.py", ini: str = "auto"
) -> Session:
    report = folder / "report.xml"
    folder.joinpath("pytest.ini").write_text(f"[pytest]\nasyncio_mode = {ini}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(folder / "pytest.ini")]
    command += ["--rootdir", str(folder), "-p", "no:cacheprovider", f"--junitxml={report}"]
    done = subprocess.run(
        [*command, *options, str(file)],
        cwd=folder,
        env={**os.environ, "AGENTLOUPE_DIR": str(folder / "kept"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    cases = {each.attrib["name"]: each for each in ET.parse(report).iter("testcase")}
    return Session(done.stdout + done.stderr, cases, folder / "kept" / "tests")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return session(tmp_path_factory.mktemp("judged"))


def test_a_test_that_leaks_fails_and_names_the_agent(judged: Session) -> None:
    told = judged.failure("test_hoards")
    assert told is not None
    assert "LEAK001" in told
    assert "'taker'" in told
    assert float(judged.properties("test_hoards")["agentloupe.blocks_per_message"]) > 20


def test_a_clean_test_passes(judged: Session) -> None:
    assert judged.failure("test_forgets") is None


def test_what_cannot_be_judged_is_said(judged: Session) -> None:
    assert judged.failure("test_too_short_to_say") is None
    assert "::test_too_short_to_say: inconclusive" in judged.out


def test_a_plain_function_is_repeated(judged: Session) -> None:
    assert judged.failure("test_is_repeated_without_a_loop_of_its_own") is None


def test_the_fixture_records_and_judges(judged: Session) -> None:
    assert judged.failure("test_looks_for_itself") is None


def test_recordings_of_failed_tests_are_kept_and_named(judged: Session) -> None:
    kept = {re.split(r"-\d{8}-", path.name)[0] for path in judged.folder.glob("*.loupe")}
    assert kept == {"test_hoards", "test_fails_by_itself"}
    path = Path(judged.properties("test_hoards")["agentloupe.recording"])
    assert path.parent == judged.folder
    assert path.exists()


def test_a_mistake_in_the_marker_is_told(judged: Session) -> None:
    told = judged.cases["test_asks_for_what_is_not_there"]
    assert "leeks" in ET.tostring(told, encoding="unicode")


def test_every_test_can_be_recorded(tmp_path: Path) -> None:
    done = session(tmp_path, "--loupe-record", "-k", "left_alone or looks")
    assert "agentloupe.recording" in done.properties("test_looks_for_itself")
    assert len([*done.folder.glob("*.loupe")]) == 2


def test_other_ways_to_run_what_is_asynchronous_and_xdist(tmp_path: Path) -> None:
    done = session(tmp_path, "--numprocesses", "1", file=FIXTURES / "ways.py", ini="strict")
    assert len(done.cases) == 4
    assert [name for name in done.cases if done.failure(name) is not None] == []
    for name in ("test_by_anyio", "test_with_a_loop_of_its_own"):
        assert f"::{name}: inconclusive" in done.out


def test_what_a_baseline_accepts_passes(judged: Session, tmp_path: Path) -> None:
    recording = judged.properties("test_hoards")["agentloupe.recording"]
    known = str(tmp_path / "known.json")
    command = [sys.executable, "-m", "agentloupe.cli.main", "check", "--write-baseline", known]
    subprocess.run([*command, recording], capture_output=True, check=False, timeout=60)
    done = session(tmp_path, "--loupe-baseline", known, "-k", "hoards")
    assert done.failure("test_hoards") is None


def test_nothing_of_ours_is_loaded_before_it_is_used() -> None:
    code = (
        "import sys, agentloupe.cli.pytest_plugin\n"
        "print([m for m in sys.modules if m.startswith('agentloupe.') and 'cli' not in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
