"""Code blocks as files and commands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final

from autogen_core.code_executor import CodeBlock

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "python": ("python",),
    "sh": ("sh",),
    "bash": ("bash",),
    "pwsh": ("pwsh", "-NoProfile", "-NonInteractive", "-File"),
    "javascript": ("node",),
}
"""What each language's files are run with; executors take more, and others."""

_ALIASES: Final = {
    "py": "python",
    "python3": "python",
    "shell": "sh",
    "powershell": "pwsh",
    "ps1": "pwsh",
    "js": "javascript",
    "node": "javascript",
}
_SUFFIXES: Final = {"python": "py", "javascript": "js", "pwsh": "ps1"}
_NAMED: Final = re.compile(r"#\s*filename:\s*(\S.*)")


class Refused(Exception):  # noqa: N818 it is the block that is refused
    """A block that cannot be run; the text is the answer to whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A block as a file, relative to the work area, and the command that runs it."""

    name: str
    code: bytes
    command: tuple[str, ...]


def plan(block: CodeBlock, commands: Mapping[str, Sequence[str]]) -> Planned:
    """The file and command of a block. A first line `# filename: NAME` names the file.

    Raises:
        Refused: no command is known for the language, or the name leads out of the work area.
    """
    language = block.language.strip().lower()
    language = language if language in commands else _ALIASES.get(language, language)
    command = commands.get(language)
    if command is None:
        known = ", ".join(sorted(commands))
        raise Refused(f"no command is known for the language {block.language!r}; known: {known}")
    code = block.code.encode("utf-8", "surrogatepass")
    named = _NAMED.match(block.code)
    if named:
        name = _inside(named.group(1).strip())
    else:
        name = f"tmp_code_{sha256(code).hexdigest()}.{_SUFFIXES.get(language, language)}"
    return Planned(name, code, (*command, name))


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not path.name:
        raise Refused(f"the file name {name!r} leads out of the work area")
    return str(path)
