"""Reports as text: for people, and for the machines of CI."""

from __future__ import annotations

from .render_ci import github, junit, sarif
from .render_text import text
from .report import Format, Report


def render(report: Report, form: Format, *, color: bool = False, verbose: bool = False) -> str:
    """`report` in one of the formats, ending with a newline.

    Raises:
        KeyError: there is no such format.
    """
    if form == "text":
        return text(report, color=color, verbose=verbose)
    if form == "json":
        return report.model_dump_json(by_alias=True, indent=2) + "\n"
    return {"junit": junit, "sarif": sarif, "github": github}[form](report)
