"""What docs/ci.md tells to write, executed: the GitHub Action and its use, the GitLab job, the
commands for scripts, the tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "ci.md").read_text()
SCENARIO = ROOT / "fixtures" / "apps" / "scenario.py"
EXPRESSION = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
ITERATIONS = "260"


def blocks(language: str) -> list[str]:
    """The document's examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


def shell(script: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """As GitHub runs a step with `shell: bash`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, "AGENTLOUPE_DIR": str(folder / "kept"), **env},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


class Action:
    """A job that uses the action."""

    def __init__(self, folder: Path, inputs: Mapping[str, str]) -> None:
        self.folder = folder
        action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
        given = {name: str(each.get("default", "")) for name, each in action["inputs"].items()}
        required = {name for name, each in action["inputs"].items() if each.get("required")}
        assert required <= inputs.keys() <= given.keys()
        self.inputs = {**given, **inputs}
        self.steps: list[dict[str, Any]] = action["runs"]["steps"]

    def fill(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: self.inputs[found[1]], text)

    def run(self) -> dict[str, subprocess.CompletedProcess[str]]:
        done: dict[str, subprocess.CompletedProcess[str]] = {}
        summary = str(self.folder / "summary.md")
        for step in self.steps:
            if "run" not in step:
                continue
            assert "${{" not in step["run"]  # inputs pass through the environment, not the script
            env = {name: self.fill(value) for name, value in step["env"].items()}
            done[step["name"]] = shell(step["run"], self.folder, **env, GITHUB_STEP_SUMMARY=summary)
            if done[step["name"]].returncode:
                break
        return done

    def kept(self) -> str:
        step = next(step for step in self.steps if "uses" in step)
        assert step["if"] == "failure()"
        return self.fill(step["with"]["path"])


def test_the_action_fails_for_a_leak_and_annotates_it(tmp_path: Path) -> None:
    inputs = {"program": f"{SCENARIO} --hoard", "iterations": ITERATIONS, "fail-on": "leak"}
    action = Action(tmp_path, inputs)
    done = action.run()
    assert done["Run and record"].returncode == 0
    assert done["Judge"].returncode == 1
    assert re.match(r"::error .*LEAK001", done["Judge"].stdout)
    assert "LEAK001" in (tmp_path / "summary.md").read_text()
    assert tmp_path / "agentloupe.loupe" in tmp_path.glob(action.kept())


def test_the_action_passes_a_healthy_program(tmp_path: Path) -> None:
    inputs = {"program": str(SCENARIO), "iterations": "30", "select": "loop,hang"}
    done = Action(tmp_path, inputs).run()
    assert done["Judge"].returncode == 0, done["Judge"].stdout


def test_the_action_as_the_document_uses_it(tmp_path: Path) -> None:
    install, use = yaml.safe_load(blocks("yaml")[0])
    assert install["run"] == "pip install agentloupe"
    assert use["uses"] == "OWNER/agentloupe@v1"
    inputs = {name: str(value) for name, value in use["with"].items()}
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "scenario.py").symlink_to(SCENARIO)
    done = Action(tmp_path, {**inputs, "iterations": "30"}).run()
    assert [each.returncode for each in done.values()] == [0, 0], done["Judge"].stdout
    assert "runs" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize("line", blocks("sh")[0].splitlines())
def test_the_commands_for_scripts(tmp_path: Path, line: str) -> None:
    for name in ("app.py", "scenario.py"):
        (tmp_path / name).symlink_to(SCENARIO)
    done = shell(line.replace("500", "30"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "inconclusive" in done.stderr


def test_the_tests_of_the_document(tmp_path: Path) -> None:
    [code] = blocks("python")
    assert "iterations=500" in code
    test = tmp_path / "test_agents.py"
    test.write_text(f"from team import make_team\n{code.replace('500', '30')}")
    (tmp_path / "team.py").symlink_to(ROOT / "fixtures" / "pytest" / "team.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\npythonpath = .\n")
    done = shell("python -m pytest -q -p no:cacheprovider", tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    assert "test_the_team_forgets: inconclusive" in done.stdout


def test_a_program_that_fails_ends_the_job(tmp_path: Path) -> None:
    inputs = {"program": f"{SCENARIO} --fail", "iterations": "3"}
    done = Action(tmp_path, inputs).run()
    assert [(name, each.returncode) for name, each in done.items()] == [("Run and record", 3)]


@pytest.mark.parametrize(("arguments", "code"), [("", 0), (" --hoard", 1)])
def test_the_gitlab_job(tmp_path: Path, arguments: str, code: int) -> None:
    job = yaml.safe_load(blocks("yaml")[-1])["agents"]
    install, *commands = job["script"]
    assert install == "pip install agentloupe"
    script = "\n".join(commands).replace("tests/scenario.py", f"{SCENARIO}{arguments}")
    done = shell(script.replace("500", ITERATIONS), tmp_path)
    assert done.returncode == code, done.stderr
    report = (tmp_path / job["artifacts"]["reports"]["junit"]).read_text()
    assert (ET.fromstring(report).attrib["failures"] != "0") is bool(code)
    assert all((tmp_path / each).exists() for each in job["artifacts"]["paths"])
