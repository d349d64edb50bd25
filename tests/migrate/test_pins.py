"""Requirements on v0.2 in every place a project writes them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from agentloupe.migrate.files import migrate_paths
from agentloupe.migrate.notebooks import migrate_notebook
from agentloupe.migrate.pins import migrate_commands, migrate_pins

CHAT = "autogen-agentchat>=0.7.5,<0.8"
EXT = "autogen-ext[docker,diskcache,openai]>=0.7.5,<0.8"


CASES = Path(__file__).parents[2] / "fixtures" / "migrate" / "requirement-pins"


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_text_is_as_expected(case: Path) -> None:
    before = (case / "before.txt").read_text()

    result = migrate_pins(before, filename="requirements.txt")

    assert result.code == (case / "after.txt").read_text()
    assert bool(result.sites) != case.name.startswith("not_")


def pins(text: str, name: str = "requirements.txt", **options: bool) -> str:
    return migrate_pins(text, filename=name, **options).code


@pytest.mark.parametrize(
    "old",
    ["pyautogen", "pyautogen==0.2.35", "autogen>=0.2,<0.3", "ag2<0.9", "autogen-agentchat~=0.2.0"],
)
def test_a_line_keeps_its_comment_and_neighbours(old: str) -> None:
    text = f"# ours\nflask>=2  # web\n{old}  # agents\nautogenous==1\n"

    assert pins(text) == f"# ours\nflask>=2  # web\n{CHAT}  # agents\n{EXT}\nautogenous==1\n"


@pytest.mark.parametrize(
    "line",
    [
        "autogen-agentchat==0.7.5",
        "autogen-agentchat",
        "ag2>=0.9",
        "# pyautogen",
        "my-pyautogen",
        "pyautogen-extras==1",
        "-r autogen.txt",
        "git+https://github.com/microsoft/autogen@0.2",
    ],
)
def test_other_lines_stay(line: str) -> None:
    assert pins(f"{line}\n") == f"{line}\n"


def test_pipenv_keeps_what_is_none_of_autogen() -> None:
    text = '[packages]\npyautogen = "*"  # agents\nchess = "*"\n\n[requires]\npyautogen = "1"\n'

    found = tomllib.loads(pins(text, "Pipfile"))

    assert [*found["packages"]] == ["autogen-agentchat", "autogen-ext", "chess"]
    assert found["requires"] == {"pyautogen": "1"}


def test_markers_and_extras() -> None:
    found = pins('pyautogen[redis]==0.2.28 ; python_version < "3.13"\r\nb\r\n')

    first, second, _ = found.split("\r\n", 2)
    assert Requirement(first).name == "autogen-agentchat"
    assert str(Requirement(second).marker) == 'python_version < "3.13"'


@pytest.mark.parametrize(
    ("extras", "names", "packages"),
    [
        ("anthropic", "openai,anthropic", []),
        ("graph", "openai", []),
        ("jupyter-executor", "openai,jupyter-executor,docker-jupyter-executor", []),
        ("long-context,teachable", "openai,chromadb", ["llmlingua"]),
        ("retrievechat-qdrant", "openai,chromadb", ["qdrant-client", "fastembed", "pypdf"]),
    ],
)
def test_what_extras_brought_is_required(extras: str, names: str, packages: list[str]) -> None:
    first, second, *rest = pins(f"pyautogen[{extras}]==0.2.35\n").split()
    assert [first, second] == [CHAT, EXT.replace("openai", names)]
    assert set(packages) <= set(rest)
    assert all(Requirement(each) for each in rest)


def test_what_stays_on_v02_is_required_beside() -> None:
    found = migrate_pins("autogen-agentchat~=0.2\n", filename="requirements.txt", keep_old=True)

    assert found.code == f"pyautogen>=0.2,<0.3\n{CHAT}\n{EXT}\n"
    assert {site.kind for site in found.sites} == {"migrated", "caveat"}
    assert pins(found.code, keep_old=True) == found.code


def test_pyproject_keeps_comments_and_names() -> None:
    text = """\
[project]
name = "autogen"  # not a requirement
keywords = ["autogen"]
dependencies = [
    "flask",  # web
    "pyautogen[redis]~=0.2.30",  # agents
]

[project.optional-dependencies]
all = ["ag2<0.9", "rich"]

[dependency-groups]
dev = ['pyautogen==0.2.35']
"""
    found = pins(text, "pyproject.toml")

    read = tomllib.loads(found)
    assert read["project"]["name"] == "autogen"
    assert read["project"]["keywords"] == ["autogen"]
    redis = EXT.replace("openai", "openai,redis")
    assert read["project"]["dependencies"] == ["flask", CHAT, redis]
    assert read["project"]["optional-dependencies"]["all"] == [CHAT, EXT, "rich"]
    assert read["dependency-groups"]["dev"] == [CHAT, EXT]
    assert "# web" in found
    assert "# agents" in found
    assert pins(found, "pyproject.toml") == found


def test_poetry() -> None:
    text = '[tool.poetry.dependencies]\npython = "^3.11"\npyautogen = "^0.2"\n'

    read = tomllib.loads(pins(text, "pyproject.toml"))["tool"]["poetry"]["dependencies"]

    assert read["python"] == "^3.11"
    assert read["autogen-agentchat"] == ">=0.7.5,<0.8"
    assert read["autogen-ext"]["extras"] == ["docker", "diskcache", "openai"]
    assert "pyautogen" not in read


def test_setup_cfg() -> None:
    text = "[metadata]\nname = x\n[options]\ninstall_requires =\n    flask\n    pyautogen>=0.2\n"

    assert pins(text, "setup.cfg") == text.replace("pyautogen>=0.2", f"{CHAT}\n    {EXT}")


def test_environment_yml() -> None:
    text = "name: autogen\ndependencies:\n  - pip:\n    - pyautogen==0.2.35  # pinned\n"

    found = pins(text, "environment.yml")

    assert found.startswith("name: autogen\n")
    assert f"    - {CHAT}  # pinned\n    - {EXT}\n" in found


def test_dockerfile_lines_that_go_on() -> None:
    install = 'RUN pip install -q \\\n    "pyautogen==0.2.35" \\\n    flask\n'
    text = f"FROM python:3.11\n{install}CMD autogen\n"

    found = pins(text, "Dockerfile")

    assert f'    "{CHAT}" "{EXT}" \\\n    flask\nCMD autogen\n' in found


@pytest.mark.parametrize("command", ["!pip install -q", "%pip install", "uv pip install"])
def test_commands(command: str) -> None:
    found = migrate_commands(f'{command} "pyautogen~=0.2.0" flask')

    assert found == f'{command} "{CHAT}" "{EXT}" flask'
    assert migrate_commands(found) == found


def test_a_notebook_installs_what_it_imports() -> None:
    source = ["%pip install pyautogen flaml\n", "import autogen"]
    rest = ['bot = autogen.AssistantAgent("bot", llm_config={"model": "gpt-4o"})']
    cells = [
        {"cell_type": "code", "source": lines, "outputs": [], "metadata": {}}
        for lines in (source, rest)
    ]

    result = migrate_notebook(json.dumps({"cells": cells, "nbformat": 4}))

    first = "".join(json.loads(result.code)["cells"][0]["source"])
    assert first.startswith(f'%pip install "{CHAT}" "{EXT}" flaml\n')
    assert migrate_notebook(result.code).code == result.code


def test_a_project_keeps_v02_where_a_program_does(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pyautogen\n")
    (tmp_path / "done.py").write_text("import autogen\n\nx = autogen.config_list_from_json('X')\n")
    (tmp_path / "zz.py").write_text("import autogen\n\nb = autogen.AgentBuilder()\n")

    found = {file.path.name: file for file in migrate_paths([tmp_path])}

    pinned = found["requirements.txt"].result
    assert pinned is not None
    assert pinned.code.startswith("pyautogen>=0.2,<0.3\n")


@given(st.text(alphabet="pyautogen-=[]0.2,<> \n;#\"'", max_size=60))
def test_any_text_twice_is_once(text: str) -> None:
    for name in ("requirements.txt", "pyproject.toml", "setup.cfg", "Dockerfile"):
        once = pins(text, name)
        assert pins(once, name) == once


@pytest.mark.parametrize(
    ("name", "text", "added"),
    [
        ("requirements.txt", "pyautogen\npython-dotenv\n", "numpy\ntermcolor\npython-dotenv\n"),
        ("environment.yml", "- python-dotenv\n- pyautogen\n", "- numpy\n- termcolor\n"),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npyautogen = "^0.2"\npython-dotenv = "*"\n',
            'numpy = "*"\ntermcolor = "*"\npython-dotenv = "*"\n',
        ),
        ("Dockerfile", "RUN pip install python-dotenv pyautogen\n", '"numpy" "termcolor"\n'),
    ],
)
def test_what_came_with_v02_alone_is_required(
    tmp_path: Path, name: str, text: str, added: str
) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "app.py").write_text(
        "import autogen\nimport dotenv\nfrom termcolor import colored\n\n"
        'bot = autogen.AssistantAgent("bot", llm_config={"model": "gpt-4o"})\n'
    )
    (tmp_path / "plot.py").write_text("import numpy as np\n")

    app, _, found = migrate_paths([tmp_path])

    assert found.result is not None
    assert found.result.code.endswith(added)
    told = {site.message.partition(" ")[0] for site in app.sites if site.kind == "caveat"}
    assert {"termcolor", "python-dotenv"} <= told


def test_a_notebook_installs_what_came_with_v02() -> None:
    cells = ["!pip install pyautogen", "import autogen\nfrom termcolor import colored"]
    body = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}

    found = migrate_notebook(json.dumps(body))

    assert (
        json.loads(found.code)["cells"][0]["source"] == f'!pip install "{CHAT}" "{EXT}" "termcolor"'
    )


def test_what_a_module_of_the_program_has_from_v02_is_told_where_it_is_imported(
    tmp_path: Path,
) -> None:
    (tmp_path / "keys.py").write_text("from dotenv import load_dotenv\n\nload_dotenv()\n")
    (tmp_path / "other.py").write_text("import numpy\n")
    text = "import autogen\nimport keys\n\nbot = autogen.ConversableAgent('bot')\n"
    (tmp_path / "bot.py").write_text(text)

    found = migrate_paths([tmp_path])

    sites = [(file.path.name, site.line, site.message) for file in found for site in file.sites]
    told = [each for each in sites if "require it yourself" in each[2]]
    start = "python-dotenv, which keys.py imports, came with v0.2"
    assert [(name, line) for name, line, text in told if text.startswith(start)] == [("bot.py", 2)]
    assert len(told) == 1
