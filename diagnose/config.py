"""What a project has decided about its diagnosis: `[tool.agentloupe]` in pyproject.toml, or
agentloupe.toml beside it; and `# loupe: ignore[CODE] reason` in the program itself.

    [tool.agentloupe]
    ignore = ["cost", "LOOP004"]          # rules that are off
    embedding = "minilm"                  # of an installed package, to tell paraphrases by meaning

    [tool.agentloupe.tools.check_health]
    exempt = true                         # calls of it are no loop

    [tool.agentloupe.agents.clock]
    patience = 3.0                        # times the usual repetitions before it is one

    [[tool.agentloupe.suppress]]
    rule = "loop.repetition"
    agent = "drill"                       # or any, when left out
    until = 2026-12-31
    reason = "repeats its exercises by design"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..tracer.errors import LoupeError
from .finding import Finding
from .select import Selection, parse

FILES: Final = ("agentloupe.toml", "pyproject.toml")
_COMMENT: Final = re.compile(
    r"#\s*loupe:\s*ignore\[(?P<rule>[\w.,\s-]+)\]\s*"
    r"(?:agent=(?P<agent>[\w.-]+|\"[^\"]+\"))?[:\s]*(?P<why>.*)"
)
SOURCE: Final = 1 << 20  # bytes of a program that are searched for comments


class BadConfig(LoupeError):  # noqa: N818 reads as a sentence
    """The project's settings cannot be read."""

    code = "LP304"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Leniency(_Part):
    """How repetitions of a tool or an agent are judged."""

    exempt: bool = False
    patience: float = Field(default=1.0, ge=1.0)


class Suppression(_Part):
    """Findings that are not told, and why."""

    rule: str
    reason: str = Field(min_length=3)
    agent: str | None = None
    until: date | None = None

    def takes(self, finding: Finding, today: date) -> bool:
        """Whether the finding is one of them today."""
        if self.until is not None and self.until < today:
            return False
        if self.agent is not None and self.agent not in finding.agents:
            return False
        return parse([self.rule]).finding(finding)


class Config(_Part):
    """A project's settings for the diagnosis."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    embedding: str = ""  # of the group agentloupe.embeddings
    tools: dict[str, Leniency] = Field(default_factory=dict[str, Leniency])
    agents: dict[str, Leniency] = Field(default_factory=dict[str, Leniency])
    suppress: tuple[Suppression, ...] = ()

    @property
    def unwanted(self) -> Selection:
        return parse(self.ignore)

    def exempts(self, agent: str, tool: str) -> bool:
        """Whether an act is left out of the loop analysis."""
        lenient = self.tools.get(tool), self.agents.get(agent)
        return any(each is not None and each.exempt for each in lenient)

    def patience(self, agent: str, tool: str) -> float:
        """Times the usual number of repetitions."""
        lenient = self.tools.get(tool), self.agents.get(agent)
        return max((each.patience for each in lenient if each is not None), default=1.0)


def load(folder: Path) -> Config:
    """The settings of the project that holds a folder; the defaults where it has none.

    Raises:
        BadConfig: the file is no TOML, or a setting is unknown or of the wrong kind.
    """
    for place in (folder, *folder.parents):
        for name in FILES:
            table = _table(place / name)
            if table is not None:
                return _config(table, place / name)
    return Config()


def _table(path: Path) -> object | None:
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadConfig(f"{str(path)!r} cannot be read: {error}") from error
    if path.name == "agentloupe.toml":
        return cast(object, read)
    tools: object = read.get("tool", {})
    if not isinstance(tools, dict):
        return None
    return cast("dict[str, object]", tools).get("agentloupe")


def _config(table: object, path: Path) -> Config:
    try:
        config = Config.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadConfig(
            f"{str(path)!r}: {where}: {first['msg']}",
            "docs/rules.md says under Settings what can be set",
        ) from error
    parse((*config.select, *config.ignore, *(each.rule for each in config.suppress)))
    return config


def in_code(program: Path) -> Iterator[Suppression]:
    """Suppressions that stand in a program as comments; one without a reason is none.

    A comment is about the whole program, or about one agent of it:
    `# loupe: ignore[loop.repetition] agent=drill: repeats its exercises by design`.
    """
    try:
        if program.stat().st_size > SOURCE:
            return
        lines = program.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        match = _COMMENT.search(line) if "loupe:" in line else None
        if match is None or len(match["why"].strip()) < 3:
            continue
        agent = match["agent"].strip('"') if match["agent"] else None
        for rule in match["rule"].split(","):
            yield Suppression(rule=rule.strip(), agent=agent, reason=match["why"].strip())
