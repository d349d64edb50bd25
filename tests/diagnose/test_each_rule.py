"""Each rule about hangs, losses, ends, models and wiring on a program of AutoGen 0.7, and not on a
twin of it. Those about hangs and losses wait for what does not come: with --full."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from agentloupe.diagnose import check
from agentloupe.diagnose.catalogue import rules
from agentloupe.diagnose.preflight import preflight
from agentloupe.tracer import open_recording

from .scripts import FIXTURES

PROGRAMS = FIXTURES / "programs"
FAMILIES = ("hang", "drop", "end", "model", "plug")
SLOW = ("hang", "drop")
BY_TEXT = {"plug.unhandled-type", "plug.no-serialiser"}  # of programs that are not run
SLUGS = [rule.slug for rule in rules() if rule.family in FAMILIES]


def program(kind: str, slug: str) -> str:
    return f"{kind}_{slug.replace('.', '_').replace('-', '_')}"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with a recording of each program; all are run in one process."""
    folder = tmp_path_factory.mktemp("each")
    names = [program(kind, slug) for slug in _wanted(request.config) for kind in ("wrong", "ok")]
    words = [sys.executable, str(PROGRAMS / "each.py"), str(folder), "each07", *names]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def _wanted(config: pytest.Config) -> list[str]:
    every = [slug for slug in SLUGS if slug not in BY_TEXT]
    full = config.getoption("--full")
    return [slug for slug in every if full or slug.partition(".")[0] not in SLOW]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "slug" in metafunc.fixturenames:
        metafunc.parametrize("slug", _wanted(metafunc.config))


def found(path: Path) -> set[str]:
    with open_recording(path) as recording:
        report = check(recording)
    assert report.verdict != "error", report
    return {finding.slug for finding in report.findings}


def test_a_rule_finds_its_program_and_leaves_the_twin(slug: str, recorded: Path) -> None:
    assert slug in found(recorded / f"{program('wrong', slug)}.loupe")
    family = slug.partition(".")[0]
    twin = found(recorded / f"{program('ok', slug)}.loupe")
    assert [other for other in twin if other.partition(".")[0] == family] == []


def test_every_rule_has_its_program_and_a_twin() -> None:
    tree = ast.parse((PROGRAMS / "each07.py").read_text("utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)} | {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    wanted = {program(kind, slug) for slug in SLUGS for kind in ("wrong", "ok")}
    by_text = {program(kind, slug) for slug in BY_TEXT for kind in ("wrong", "ok")}
    assert wanted - names == by_text
    codes = {fault.code for fault in preflight(FIXTURES / "preflight" / "wrong_messages.py")}
    assert {rule.code for rule in rules() if rule.slug in BY_TEXT} <= codes
