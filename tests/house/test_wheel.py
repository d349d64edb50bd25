"""What is in a wheel: every file of the packages, and nothing else."""

from __future__ import annotations

import configparser
import importlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

BUILD = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(
    root: Path, folders: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[zipfile.ZipFile]:
    """Built from a copy, as a build writes beside its sources; no network is used."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, copy)
    for folder in folders:
        shutil.copytree(root / folder, copy / folder)
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=copy, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr[-4000:]
    [path] = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def _metadata(wheel: zipfile.ZipFile, name: str) -> str:
    [path] = [each for each in wheel.namelist() if each.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return Parser().parsestr(_metadata(wheel, "METADATA"))


def test_wheel_holds_every_file_of_the_packages(
    wheel: zipfile.ZipFile, package_files: list[Path]
) -> None:
    inside = [each for each in wheel.namelist() if ".dist-info/" not in each]
    assert sorted(inside) == sorted(f"agentloupe/{path.as_posix()}" for path in package_files)


def test_wheel_holds_nothing_beside_the_packages(wheel: zipfile.ZipFile) -> None:
    tops = {each.split("/")[0] for each in wheel.namelist()}
    assert sorted(tops) == ["agentloupe", f"agentloupe-{_version(wheel)}.dist-info"]


def _version(wheel: zipfile.ZipFile) -> str:
    return Parser().parsestr(_metadata(wheel, "METADATA"))["Version"]


def test_wheel_names_its_licence_and_python(metadata: Message, project: dict[str, Any]) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == project["project"]["requires-python"]


def test_wheel_pulls_autogen_only_as_an_extra(metadata: Message) -> None:
    needs = metadata.get_all("Requires-Dist") or []
    autogen = [need for need in needs if need.startswith(("autogen", "openai"))]
    assert autogen
    assert all("extra ==" in need for need in autogen)


def test_every_entry_point_leads_somewhere(wheel: zipfile.ZipFile) -> None:
    entries = configparser.ConfigParser(delimiters=("=",))
    entries.optionxform = str  # type: ignore[assignment]
    entries.read_string(_metadata(wheel, "entry_points.txt"))
    for group in entries.sections():
        for name, target in entries[group].items():
            module, _, attribute = target.partition(":")
            loaded = importlib.import_module(module)
            assert not attribute or hasattr(loaded, attribute), f"{group}: {name} = {target}"
