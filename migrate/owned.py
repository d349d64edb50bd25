"""Joins the modules of ``classic`` into the source a project gets of its own."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import classic_names, known, prompts

_FOLDER = Path(__file__).parent / "classic"
_ORDER = (
    "colours", "terminals", "counting", "talking", "replies", "chats", "tools", "coding",
    "containers", "kernels", "models", "wrapper",
    "participant", "agents", "groups", "transforms", "pictures", "assistants", "society", "maths",
    "documents", "stores", "retrieval", "teaching", "building",
    "surfing", "seeing",
)  # fmt: skip
# Modules that are there only where a file uses what they are for.
_WHOLE = {
    "colours": "colored", "terminals": "terminal", "counting": "counting", "groups": "groups",
    "coding": "code", "transforms": "transforms",
    "pictures": "pictures", "assistants": "assistants", "wrapper": "wrapper", "society": "society",
    "maths": "maths", "containers": "docker", "documents": "retrieval", "retrieval": "retrieval",
    "teaching": "teaching", "kernels": "kernels", "stores": "stores",
    "building": "building", "surfing": "surfing",
    "seeing": "seeing",
}  # fmt: skip
_REGION = re.compile(
    r"^[ \t]*# region (\w+)\n(.*?)^[ \t]*# endregion \1\n", re.MULTILINE | re.DOTALL
)
_PRAGMA = re.compile(r"  # (?:noqa|pyright|fmt)\b.*$", re.MULTILINE)

Imports = frozenset[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Owned:
    """Source of the classes, the imports it needs, and the names it defines.

    An import is (module, name, name here); for ``import x`` the second is empty.
    """

    code: str
    imports: Imports
    names: frozenset[str]


@cache
def owned_source(features: frozenset[str]) -> Owned:
    """The agents, with the parts of these names (``# region`` in ``classic``).

    Some are whole modules.
    """
    blocks: list[str] = []
    imports: set[tuple[str, str, str]] = set()
    constants: set[str] = set()
    for name in _ORDER:
        if name in _WHOLE and _WHOLE[name] not in features:
            continue
        text, found, wanted = _module(name)
        blocks.append(_without(text, features).strip("\n") + "\n")
        imports |= found
        constants |= wanted
    code = "\n\n".join(blocks)
    values = {**vars(classic_names), **vars(known), **vars(prompts)}
    told = [f"{name} = {_quoted(values[name])}\n" for name in sorted(constants)
            if re.search(rf"\b{name}\b", code)]  # fmt: skip
    code = "".join(told) + "\n\n" + code if told else code
    used = frozenset(each for each in imports if re.search(rf"\b{each[2]}\b", code))
    defined = {target for node in ast.parse(code).body for target in _defined(node)}
    return Owned(code, used, frozenset(defined))


@cache
def members() -> frozenset[str]:
    """Names of all methods that the classes have."""
    return frozenset(
        item.name
        for name in _ORDER
        for node in ast.parse((_FOLDER / f"{name}.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@cache
def constants() -> frozenset[str]:
    """Names that the classes have values for."""
    return frozenset(
        target
        for name in _ORDER
        for node in ast.parse((_FOLDER / f"{name}.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        for item in node.body
        for target in _defined(item)
    )


@cache
def attributes() -> frozenset[str]:
    """Names of what the classes keep of themselves."""
    texts = ((_FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in _ORDER)
    return frozenset(name for text in texts for name in re.findall(r"\bself\.(\w+)", text))


def documents_source() -> tuple[str, tuple[tuple[str, str], ...]]:
    """What reads and splits documents, and the imports it needs."""
    text, imports, _ = _module("documents")
    return text.strip("\n") + "\n", tuple(sorted((module, name) for module, name, _ in imports))


_PARTS = "# parts: "


def module_source(features: Set[str], before: str = "") -> str:
    """A whole module of the agents; parts that ``before``, an earlier one, has are kept."""
    had = re.search(rf"^{_PARTS}(.*)$", before, re.MULTILINE)
    wanted = sorted({*features, *(had[1].split() if had else ())})
    owned = owned_source(frozenset(wanted))
    lines: dict[str, set[str]] = {}
    for module, name, here in owned.imports:
        spelled = here if here == (name or module) else f"{name or module} as {here}"
        lines.setdefault(module if name else "", set()).add(spelled)
    plain = [f"import {name}\n" for name in sorted(lines.pop("", ()))]
    standard = [m for m in lines if m.partition(".")[0] in sys.stdlib_module_names]
    others = [m for m in lines if m not in standard]
    heads = ["".join([*plain, *_from(lines, standard)]), "".join(_from(lines, others))]
    return (
        '"""Agents that answer as AutoGen v0.2\'s did, on the models and messages of 0.7.\n\n'
        'Written by `loupe migrate --faithful`; it is the project\'s own from here on.\n"""\n'
        f"{_PARTS}{' '.join(wanted)}\n\nfrom __future__ import annotations\n\n"
        + "\n".join(heads)
        + f"\n{owned.code}"
    )


def _from(names: dict[str, set[str]], modules: list[str]) -> list[str]:
    lines: list[str] = []
    for module in sorted(modules):
        given = sorted(names[module], key=lambda name: (not name.isupper(), name))
        line = f"from {module} import {', '.join(given)}\n"
        if len(line) > 100:
            rows = "".join(f"    {name},\n" for name in given)
            line = f"from {module} import (\n{rows})\n"
        lines.append(line)
    return lines


@cache
def _module(name: str) -> tuple[str, Imports, frozenset[str]]:
    """One module's text below its imports, what it imports, and the prompts it uses."""
    text = (_FOLDER / f"{name}.py").read_text(encoding="utf-8")
    imports: set[tuple[str, str, str]] = set()
    constants: set[str] = set()
    end = 0
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if node.level == 2:
                    constants.add(alias.name)
                elif node.level == 0 and node.module != "__future__":
                    here = alias.asname or alias.name
                    imports.add((node.module or "", alias.name, here))
        elif isinstance(node, ast.Import):
            imports |= {(alias.name, "", alias.asname or alias.name) for alias in node.names}
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            break
        end = node.end_lineno or 0
    body = "".join(text.splitlines(keepends=True)[end:])
    return _PRAGMA.sub("", body), frozenset(imports), frozenset(constants)


def _without(text: str, features: Set[str]) -> str:
    """The text without the regions that are not wanted; a region may hold another."""

    def region(match: re.Match[str]) -> str:
        return _without(match[2], features) if match[1] in features else ""

    return re.sub(r"\n{4,}", "\n\n\n", _REGION.sub(region, text))


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _quoted(value: str | dict[str, str], lead: str = "") -> str:
    """A text as Python, in pieces that fit on a line."""
    if isinstance(value, dict):
        rows = "".join(
            f"    {_piece(key)}: {_quoted(text, '    ')},\n" for key, text in value.items()
        )
        return f"{{\n{rows}}}"
    pieces = [
        piece
        for line in value.splitlines(keepends=True)
        for piece in textwrap.wrap(
            line, 84, drop_whitespace=False, replace_whitespace=False, expand_tabs=False
        )
    ]
    if len(pieces) == 1:
        return _piece(value)
    rows = "".join(f"{lead}    {_piece(piece)}\n" for piece in pieces)
    return f"(\n{rows}{lead})"


def _piece(text: str) -> str:
    code = repr(text)
    if code.startswith("'") and '"' not in code:
        return '"' + code[1:-1].replace("\\'", "'") + '"'
    return code
