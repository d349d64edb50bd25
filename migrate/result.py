"""What a migration returns."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

SiteKind = Literal["migrated", "caveat", "todo"]


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """One place of the original source that a rule had something to say about.

    ``line`` is 1-based and counts in the source that was given; in a notebook it counts inside
    ``cell`` (0-based), in a script ``cell`` is None.
    """

    line: int
    code: str
    kind: SiteKind
    message: str
    cell: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Names as in the published report."""
        body: dict[str, Any] = {"line": self.line, "code": self.code, "kind": self.kind}
        if self.cell is not None:
            body["cell"] = self.cell
        return body | {"message": self.message}


@dataclass(frozen=True, slots=True)
class MigrationError:
    """Why a file was left alone: it does not parse, cannot be decoded or cannot be read."""

    filename: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """The migrated text of one source and what was done to it.

    ``needs`` are the parts of the project's own agents that the text imports from their module,
    ``asks`` those that agents have to have which it gets from other files and imports none of.
    ``conversations`` are what could be migrated or left without the rest, each with its line.
    """

    filename: str
    source: str
    code: str
    sites: Sequence[Site] = field(default_factory=tuple[Site, ...])
    chat_sites_total: int = 0
    chat_sites_migrated: int = 0
    error: MigrationError | None = None
    needs: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    conversations: Sequence[tuple[int, str]] = ()

    @property
    def changed(self) -> bool:
        return self.code != self.source

    @property
    def todos(self) -> Sequence[Site]:
        """Sites a person has to finish."""
        return [site for site in self.sites if site.kind == "todo"]

    def diff(self) -> str:
        """Unified diff, empty when nothing changed."""
        lines = difflib.unified_diff(
            self.source.splitlines(keepends=True),
            self.code.splitlines(keepends=True),
            fromfile=f"a/{self.filename}",
            tofile=f"b/{self.filename}",
        )
        return "".join(
            line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
            for line in lines
        )
