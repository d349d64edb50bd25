"""Requirements on v0.2's packages become requirements on 0.7's, wherever a project writes them.

All formats are edited as text, so comments, order and layout stay; only a requirement that
``packaging`` can read is touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePath

from packaging.requirements import InvalidRequirement, Requirement

from .result import MigrationResult, Site

CHAT = "autogen-agentchat>=0.7.5,<0.8"
EXT = "autogen-ext[{}]>=0.7.5,<0.8"
USUAL = "docker,diskcache,openai"
#: What v0.2's extras brought along: extras of autogen-ext, and packages that have none there.
_DOCUMENTS = ("sentence-transformers", "pypdf", "beautifulsoup4", "markdownify")
_EXTRAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "anthropic": ("anthropic", ()),
    "autobuild": ("", ("sentence-transformers",)),
    "gemini": ("gemini", ()),
    "jupyter-executor": ("jupyter-executor,docker-jupyter-executor", ()),
    "lmm": ("", ("replicate", "pillow")),
    "long-context": ("", ("llmlingua",)),
    "mathchat": ("", ("sympy", "wolframalpha")),
    "ollama": ("ollama", ()),
    "redis": ("redis", ()),
    "retrievechat": ("chromadb", _DOCUMENTS),
    "retrievechat-pgvector": ("chromadb", (*_DOCUMENTS, "pgvector", "psycopg[binary]")),
    "retrievechat-qdrant": ("chromadb", (*_DOCUMENTS, "qdrant-client", "fastembed")),
    "teachable": ("chromadb", ()),
    "websurfer": ("", ("beautifulsoup4", "markdownify", "pathvalidate", "pdfminer.six")),
}
#: Packages that v0.2 itself brought and 0.7 does not, by the modules that programs import.
BROUGHT = {
    "dotenv": "python-dotenv",
    "flaml": "flaml",
    "numpy": "numpy",
    "packaging": "packaging",
    "termcolor": "termcolor",
}
NOT_BROUGHT = "came with v0.2 and does not come with 0.7: require it yourself"
_TAKEN = re.compile(
    rf"^[ \t]*\"?[ \t]*(?:from|import)[ \t]+({'|'.join(BROUGHT)})\b".encode(), re.MULTILINE
)
_BESIDE = "pyautogen>=0.2,<0.3"
_OLD = frozenset({"pyautogen", "autogen", "ag2", "autogen-agentchat"})
_WORD = r"(?:pyautogen|autogen-agentchat|autogen|ag2)(?![\w.-])"
_REQUIREMENT = (
    _WORD + r"(?:\[[\w\s,-]*\])?(?:\s*[<>=!~]=?=?\s*[\w.*]+(?:\s*,\s*[<>=!~]=?\s*[\w.*]+)*)?"
)
_LINE = re.compile(
    rf"(?P<lead>\s*(?:-\s+)?)(?P<old>{_REQUIREMENT}(?:\s*;[^#\n]*[^#\s])?)(?P<tail>\s*(?:#.*)?)"
)
_QUOTED = re.compile(r"(?P<quote>[\"'])(?P<old>[^\"'\n]*)(?P=quote)")
_POETRY = re.compile(
    r"(?P<old>pyautogen|autogen-agentchat|autogen|ag2)\s*=\s*[\"'](?P<spec>[^\"']*)[\"']\s*(?P<tail>#.*)?"
)
_INSTALL = re.compile(r"\bpip3?\s+install\b|\buv\s+(?:add|pip\s+install)\b")
_ARGUMENT = re.compile(rf"(?<!\S)(?P<quote>[\"']?)(?P<old>{_REQUIREMENT})(?P=quote)(?=\s|$)")
_LISTS = re.compile(
    r"(?:optional-)?dependencies$|dependency-groups$|(?:install|extras|tests)_require"
)

_PIPENV = frozenset({"packages", "dev-packages"})


def kind(path: PurePath) -> str:
    """The format of a file of requirements, or an empty string for any other file."""
    name, folder = path.name.lower(), path.parent.name.lower()
    if name in ("pyproject.toml", "pipfile"):
        return "toml"
    if name == "setup.cfg":
        return "cfg"
    if path.suffix in (".yml", ".yaml"):
        return "lines" if name.startswith(("environment", "conda")) else ""
    if name.startswith("dockerfile") or path.suffix.lower() == ".dockerfile":
        return "commands"
    named = name.startswith(("requirements", "constraints")) or folder == "requirements"
    return "lines" if named and path.suffix in (".txt", ".in") else ""


def brought(programs: Iterable[bytes]) -> tuple[str, ...]:
    """What scripts and notebooks import that came with v0.2 and does not come with 0.7."""
    taken = {name.decode() for text in programs for name in _TAKEN.findall(text)}
    return tuple(BROUGHT[name] for name in sorted(taken))


def migrate_pins(
    text: str, *, filename: str, keep_old: bool = False, taken: Sequence[str] = ()
) -> MigrationResult:
    """The requirements of one file; with ``keep_old`` v0.2 stays beside 0.7.

    That is for projects of which a part stays on v0.2: both can be installed at once, v0.2 under
    the name pyautogen. Of ``taken`` (``brought``) what the file does not name is added. A file that
    asks for 0.7 already is left alone.
    """
    if re.search(r"\bautogen-ext\b", text):
        return MigrationResult(filename, text, text)
    edit = _EDITS[kind(PurePath(filename)) or "lines"]
    lines, sites = list[str](), list[Site]()
    for number, (line, changed) in enumerate(edit(text, _also(text, keep_old, taken)), 1):
        lines.append(line)
        if changed:
            sites.append(Site(number, "MIG002", "migrated", "requires AutoGen 0.7"))
            if keep_old:
                note = "v0.2 stays beside 0.7 for what could not be migrated"
                sites.append(Site(number, "MIG002", "caveat", note))
    return MigrationResult(filename, text, "".join(lines), tuple(sites))


def _also(text: str, keep_old: bool, taken: Sequence[str]) -> tuple[str, ...]:
    """What is required beside 0.7; v0.2 brings what it brought."""
    if keep_old:
        return (_BESIDE,)
    return tuple(name for name in taken if not re.search(rf"(?<![\w-]){name}(?![\w-])", text))


def migrate_commands(line: str, keep_old: bool = False, taken: Sequence[str] = ()) -> str:
    """One line of a shell, with the arguments of its ``pip install``."""
    return _command(line, _also(line, keep_old, taken))


def _command(line: str, also: Sequence[str]) -> str:
    found = _INSTALL.search(line)
    if found is None or "autogen-ext" in line:
        return line

    def argument(match: re.Match[str]) -> str:
        new = _replaced(match["old"], also)
        return " ".join(f'"{each}"' for each in new) if new else match[0]

    return line[: found.end()] + _ARGUMENT.sub(argument, line[found.end() :], count=1)


def _replaced(old: str, also: Sequence[str]) -> list[str]:
    """What stands in place of a requirement; empty when it is none on v0.2."""
    try:
        wanted = Requirement(old)
    except InvalidRequirement:
        return []
    if wanted.name.lower() not in _OLD:
        return []
    named = any(each.version.startswith("0.2") for each in wanted.specifier)
    if wanted.name.lower() == "autogen-agentchat" and not named:
        return []  # `~=0.2` would let 0.7 in, and was written for v0.2 all the same
    if wanted.name.lower() == "ag2" and not wanted.specifier.contains("0.8.7"):
        return []  # a later AG2, whose programs are not v0.2
    marker = f"; {wanted.marker}" if wanted.marker else ""
    new = [*_new(wanted.extras)]
    new = [*also, *new] if _BESIDE in also else [*new, *also]
    return [f"{each}{marker}" for each in new]


def _new(extras: Iterable[str]) -> Iterator[str]:
    """What brings all that v0.2 with these extras brought."""
    found = [_EXTRAS[each] for each in sorted(extras) if each in _EXTRAS]
    more = dict.fromkeys(of for names, _ in found for of in names.split(",") if of)
    yield CHAT
    yield EXT.format(",".join([USUAL, *more]))
    yield from dict.fromkeys(package for _, packages in found for package in packages)


def _lines(text: str, also: Sequence[str]) -> Iterator[tuple[str, bool]]:
    for line in text.splitlines(keepends=True):
        yield _line(line, also)


def _line(line: str, also: Sequence[str]) -> tuple[str, bool]:
    body = line.rstrip("\r\n")
    match = _LINE.fullmatch(body)
    new = _replaced(match["old"].strip(), also) if match else []
    if match is None or not new:
        return line, False
    end = line[len(body) :]
    rows = [match["lead"] + each for each in new]
    rows[0] += match["tail"]
    return (end or "\n").join(rows) + end, True


def _cfg(text: str, also: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Indented lines below ``install_requires`` and the extras."""
    inside = False
    for line in text.splitlines(keepends=True):
        if line.strip() and not line[0].isspace():
            head = line.strip().strip("[]").partition("=")[0].strip()
            section = line.lstrip().startswith("[")
            extras = head == "options.extras_require"
            inside = (
                extras
                if section
                else (inside and not _LISTS.match(head)) or bool(_LISTS.match(head))
            )
            yield line, False
        else:
            yield _line(line, also) if inside else (line, False)


def _toml(text: str, also: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Strings in lists of dependencies, and Poetry's and Pipenv's tables of versions."""
    table, key, depth = "", "", 0
    for line in text.splitlines(keepends=True):
        code = line.split("#", 1)[0]
        if depth == 0 and (head := re.match(r"\s*\[+([^\]]+)\]+", code)):
            table = head[1].strip()
        elif depth == 0 and (pair := re.match(r"\s*([\w.\"'-]+)\s*=", code)):
            key = pair[1]
        listed = bool(_LISTS.search(table) or _LISTS.search(key))
        if listed and (depth > 0 or re.search(r"=\s*\[", code)):
            yield _strings(line, also)
        elif (table.startswith("tool.poetry") and _LISTS.search(table)) or table in _PIPENV:
            yield _poetry(line, also)
        else:
            yield line, False
        bare = _QUOTED.sub("", code)
        depth = max(0, depth + bare.count("[") - bare.count("]")) if "=" in code or depth else 0


def _strings(line: str, also: Sequence[str]) -> tuple[str, bool]:
    def string(match: re.Match[str]) -> str:
        new = _replaced(match["old"], also)
        quote = match["quote"]
        inner = [each.replace(quote, "'" if quote == '"' else '"') for each in new]
        alone = line.strip().startswith(match[0])
        lead = line[: len(line) - len(line.lstrip())]
        end = "\r\n" if line.endswith("\r\n") else "\n"
        joint = f",{end}{lead}" if alone else ", "
        return joint.join(f"{quote}{each}{quote}" for each in inner) if new else match[0]

    changed = _QUOTED.sub(string, line)
    return changed, changed != line


def _poetry(line: str, also: Sequence[str]) -> tuple[str, bool]:
    body = line.rstrip("\r\n")
    match = _POETRY.fullmatch(body)
    if match is None or (match["old"] == "autogen-agentchat" and "0.2" not in match["spec"]):
        return line, False
    end = line[len(body) :] or "\n"
    rows = ['pyautogen = ">=0.2,<0.3"'] if _BESIDE in also else []
    rows.append('autogen-agentchat = ">=0.7.5,<0.8"')
    rows.append(
        'autogen-ext = {version = ">=0.7.5,<0.8", extras = ["docker", "diskcache", "openai"]}'
    )
    rows += [f'{name} = "*"' for name in also if name != _BESIDE]
    rows[0] += f"  {match['tail']}" if match["tail"] else ""
    return end.join(rows) + line[len(body) :], True


def _commands(text: str, also: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """``pip install`` and the lines it goes on over."""
    going = False
    for line in text.splitlines(keepends=True):
        new = line
        if going or _INSTALL.search(line):
            new = _command(line if not going else f"pip install {line}", also)
            new = new.removeprefix("pip install ") if going else new
            going = line.rstrip().endswith("\\")
        yield new, new != line


_EDITS: dict[str, Callable[[str, Sequence[str]], Iterator[tuple[str, bool]]]] = {
    "lines": _lines,
    "cfg": _cfg,
    "toml": _toml,
    "commands": _commands,
}
