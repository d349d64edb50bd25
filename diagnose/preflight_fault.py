"""One thing in a program's text that cannot work, with the rule that it falls under."""

from __future__ import annotations

from dataclasses import dataclass

from .preflight_source import Module, Site


@dataclass(frozen=True, slots=True)
class Fault:
    """`who` is an agent's name, "" when it is about no one agent; the place is path and line."""

    code: str
    who: str
    what: str
    path: str = ""
    line: int = 0
    cell: int = 0  # of a notebook, in which the line is counted from its beginning

    @classmethod
    def at(cls, site: Site, code: str, who: str, what: str) -> Fault:
        """A fault at an expression."""
        return cls.of(site.module, site.line, code, who, what)

    @classmethod
    def of(cls, module: Module, line: int, code: str, who: str, what: str) -> Fault:
        """A fault at a line of a module's code."""
        cell, line = module.place(line)
        return cls(code, who, what, str(module.path), line, cell)

    def order(self) -> tuple[str, int, int, str, str]:
        """By place."""
        return self.path, self.cell, self.line, self.code, self.who

    @property
    def title(self) -> str:
        return f"{self.who!r} {self.what}" if self.who else self.what
