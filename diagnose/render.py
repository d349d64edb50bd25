"""Reports as text: for people, and for the machines of CI."""

from __future__ import annotations

import re
from typing import Final

from .render_ci import github, junit, sarif
from .render_text import text
from .report import Format, Report

#: What JSON may hold raw and a terminal must not see: C1 controls, bidi overrides, line separators.
_UNSAFE: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def render(report: Report, form: Format, *, color: bool = False, verbose: bool = False) -> str:
    """`report` in one of the formats, ending with a newline.

    Raises:
        KeyError: there is no such format.
    """
    if form == "text":
        return text(report, color=color, verbose=verbose)
    if form == "json":
        return escaped(report.model_dump_json(by_alias=True, indent=2) + "\n")
    if form == "sarif":
        return escaped(sarif(report))
    return {"junit": junit, "github": github}[form](report)


def escaped(json: str) -> str:
    """The same JSON with nothing in it that steers a terminal."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", json)
