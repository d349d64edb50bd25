"""One thing in a program's text that cannot work, with the rule that it falls under."""

from __future__ import annotations

from dataclasses import dataclass

from .preflight_source import Site


@dataclass(frozen=True, slots=True)
class Fault:
    """`who` is an agent's name, "" when it is about no one agent; the place is path and line."""

    code: str
    who: str
    what: str
    path: str = ""
    line: int = 0

    @classmethod
    def at(cls, site: Site, code: str, who: str, what: str) -> Fault:
        """A fault at an expression."""
        return cls(code, who, what, str(site.module.path), site.line)

    @property
    def title(self) -> str:
        return f"{self.who!r}: {self.what}" if self.who else self.what
