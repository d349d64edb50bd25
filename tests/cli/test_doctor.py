"""`loupe doctor`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from agentloupe.cli import doctor
from agentloupe.runtime.instruments.classic.seams import SEAMS

GOOD = dict.fromkeys(doctor.AUTOGEN, "0.7.5")


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is installed, as far as AutoGen goes; the slow check is left out."""
    found: dict[str, str] = dict(GOOD)
    monkeypatch.setattr(doctor, "installed", found.get)
    monkeypatch.setattr(doctor, "CHECKS", (doctor._base, doctor._autogen, doctor._folder))
    return found


def _row(told: Any, name: str) -> dict[str, str]:
    [row] = [row for row in told["checks"] if row["check"] == name]
    return row


def test_here_everything_is_well(loupe, valid) -> None:
    done = loupe("doctor", "--json")
    told = done.json
    valid("doctor", told)
    assert [row["status"] for row in told["checks"]] == ["ok"] * len(told["checks"])
    assert [row["check"] for row in told["checks"]][3:] == ["recorder", "recordings", "memory"]
    assert done.code == 0


def test_ag2_as_it_is_since_1_0(
    loupe, versions: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.update(dict.fromkeys(GOOD), ag2="1.2.1")
    monkeypatch.setattr(doctor, "find_spec", {"ag2": object()}.get)
    row = _row(loupe("doctor", "--json").json, "autogen v0.2")
    assert (row["status"], row["found"]) == ("notice", "ag2 1.2.1")
    assert "TelemetryMiddleware" in row["advice"]


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({}, "ok", "autogen-core 0.7.5"),
        ({"autogen-ext": "0.7.4"}, "problem", "autogen-ext 0.7.4"),
        (dict.fromkeys(doctor.AUTOGEN, "0.6.4"), "problem", "autogen-core 0.6.4"),
        (dict.fromkeys(doctor.AUTOGEN, "0.8.0"), "problem", "autogen-core 0.8.0"),
        ({"autogen-ext": None}, "ok", "autogen-ext missing"),
        (dict.fromkeys(doctor.AUTOGEN), "notice", "not installed"),
    ],
)
def test_versions(
    loupe, versions: dict[str, Any], change: dict[str, Any], status: str, said: str
) -> None:
    versions.update(change)
    done = loupe("doctor", "--json")
    row = _row(done.json, "autogen")
    assert (row["status"], done.code) == (status, int(status == "problem"))
    assert said in row["found"]
    assert bool(row["advice"]) == (status != "ok")


@pytest.mark.parametrize("lacks", ["", "create"])
def test_an_old_autogen_is_told_with_what_it_lacks(
    loupe, versions: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    versions.update(dict.fromkeys(GOOD), pyautogen="0.2.35")
    for name, functions in SEAMS.items():
        file = tmp_path / "autogen" / name.split("|")[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"def {each}(): ...\n" for each in functions if each != lacks))
    monkeypatch.syspath_prepend(tmp_path)
    done = loupe("doctor")
    assert done.code == 0
    assert "autogen: not installed" not in done.out
    assert f"{'notice ' if lacks else 'ok     '}  autogen v0.2: pyautogen 0.2.35" in done.out
    assert ("not recorded with this version: model calls" in done.out) == bool(lacks)


def test_a_folder_that_cannot_be_made(
    loupe, versions: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("AGENTLOUPE_DIR", str(tmp_path / "file" / "inside"))
    done = loupe("doctor")
    assert done.code == 1
    assert "problem  recordings" in done.out
    assert "set AGENTLOUPE_DIR" in done.out


def test_a_recorder_that_does_not_start(loupe, monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 3, "", "first\nnothing is recorded\n")

    monkeypatch.setattr(doctor, "CHECKS", (doctor._recorder,))
    monkeypatch.setattr(doctor.subprocess, "run", deaf)
    done = loupe("doctor")
    assert done.code == 1
    assert "does not start: nothing is recorded" in done.out


PROGRAMS = Path(__file__).parents[2] / "fixtures" / "diagnose" / "preflight"


def test_a_program_is_looked_at_by_its_text(loupe, valid, versions: dict[str, str]) -> None:
    done = loupe("doctor", "--json", str(PROGRAMS / "wrong_messages.py"))
    told = done.json
    valid("doctor", told)
    found = [(row["code"], row["line"], row["status"]) for row in told["checks"] if row["code"]]
    assert ("PLUG011", 11, "problem") in found
    assert {code for code, _, status in found if status == "notice"} == {"PLUG010"}
    assert done.code == 1
    text = loupe("doctor", str(PROGRAMS / "wrong_messages.py")).out
    assert "PLUG011 plug.no-serialiser: " in text
    assert text.count("make it a model, which may hold anything") == 1


def test_a_program_with_nothing_wrong(loupe, versions: dict[str, str]) -> None:
    done = loupe("doctor", "--json", str(PROGRAMS / "right.py"))
    assert _row(done.json, "right.py")["status"] == "ok"
    assert done.code == 0


def test_a_program_that_is_none(loupe, versions: dict[str, str], tmp_path: Path) -> None:
    done = loupe("doctor", str(tmp_path / "gone.py"))
    assert done.code == 2
    assert "LP306" in done.err


WRONG = """from autogen_agentchat.agents import AssistantAgent
from .models import small
AssistantAgent("not a name", small)
"""


@pytest.mark.parametrize("words", [("-m", "desk"), ("-m", "desk.app"), ("desk",)], ids=" ".join)
def test_a_package_is_looked_at_as_it_is_run(
    loupe, versions, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "desk"
    package.mkdir()
    (package / "__init__.py").write_text("open('ran', 'w')\n", "utf-8")
    (package / "models.py").write_text("small = None\n", "utf-8")
    for name in ("__main__.py", "app.py"):
        (package / name).write_text(WRONG, "utf-8")
    monkeypatch.chdir(tmp_path)
    told = loupe("doctor", "--json", *words)
    [row] = [row for row in told.json["checks"] if row["code"]]
    assert (row["code"], row["line"]) == ("PLUG012", 3)
    assert row["path"].endswith(("desk/app.py", "desk/__main__.py"))
    assert told.code == 1
    assert not (tmp_path / "ran").exists()


def test_a_module_that_is_not_there_is_said(loupe, versions) -> None:
    told = loupe("doctor", "-m", "nobody.has_it")
    assert told.code == 2
    assert "nobody.has_it" in told.err
