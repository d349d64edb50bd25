"""The mapping of the folders to the import package is written in four places that must agree."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any


def test_packages_are_the_folders_with_python_files(
    project: dict[str, Any], package_files: list[Path]
) -> None:
    found = {path.parent for path in package_files if path.suffix == ".py"}
    listed = project["tool"]["setuptools"]["packages"]
    assert sorted(listed) == sorted("agentloupe." + ".".join(each.parts) for each in found)


def test_every_package_is_mapped_to_its_folder(project: dict[str, Any]) -> None:
    setuptools = project["tool"]["setuptools"]
    expected = {
        package: package.removeprefix("agentloupe.").replace(".", "/")
        for package in setuptools["packages"]
    }
    assert setuptools["package-dir"] == expected


def test_every_package_is_regular_and_typed(
    root: Path, project: dict[str, Any], folders: tuple[str, ...]
) -> None:
    for folder in project["tool"]["setuptools"]["package-dir"].values():
        assert (root / folder / "__init__.py").is_file(), folder
    for folder in folders:
        assert (root / folder / "py.typed").is_file(), folder


def test_no_python_outside_the_known_folders(
    repository_files: list[Path], folders: tuple[str, ...]
) -> None:
    known = {*folders, "tests", "fixtures", "examples", "benchmarks", "docs"}
    tops = {path.parts[0] for path in repository_files if path.suffix == ".py"}
    assert tops <= known


def test_typing_links_lead_to_the_folders(root: Path, folders: tuple[str, ...]) -> None:
    links = root / ".typing" / "agentloupe"
    assert sorted(each.name for each in links.iterdir()) == sorted(folders)
    for folder in folders:
        assert (links / folder).readlink() == Path("../..", folder)
        assert (links / folder).resolve(strict=True) == root / folder
    assert [each.name for each in (root / ".typing").iterdir()] == ["agentloupe"]


def test_the_tools_know_the_same_folders(project: dict[str, Any], folders: tuple[str, ...]) -> None:
    tool = project["tool"]
    packages = sorted(f"agentloupe.{folder}" for folder in folders)
    assert sorted(tool["importlinter"]["root_packages"]) == packages
    assert sorted(tool["basedpyright"]["include"]) == sorted(folders)


def test_agentloupe_itself_is_a_bare_namespace(root: Path) -> None:
    namespace = importlib.import_module("agentloupe")
    assert getattr(namespace, "__file__", None) is None
    assert not (root / "agentloupe").exists()
    public = {name for name in vars(namespace) if not name.startswith("_")}
    assert public <= {"cli", "diagnose", "migrate", "runtime", "tracer", "tui"}


def test_the_installed_package_is_this_tree(root: Path, folders: tuple[str, ...]) -> None:
    """Tests against another copy of the code would prove nothing about this one."""
    for folder in folders:
        module = importlib.import_module(f"agentloupe.{folder}")
        assert Path(str(module.__file__)).resolve() == root / folder / "__init__.py"


def test_no_folder_is_imported_by_its_own_name(
    root: Path, repository_files: list[Path], folders: tuple[str, ...]
) -> None:
    """It works where the root is on the path, and makes a second copy of the package there."""
    found: list[str] = []
    for path in repository_files:
        if path.suffix != ".py" or path.parts[0] == "fixtures":
            continue
        for node in ast.walk(ast.parse((root / path).read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            found += [f"{path}: {name}" for name in names if name.split(".")[0] in folders]
    assert found == []
