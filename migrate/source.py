"""Migration of one source text."""

from __future__ import annotations

from collections.abc import Sequence

from .result import MigrationResult


def migrate_source(
    source: str,
    *,
    filename: str = "<string>",
    faithful: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> MigrationResult:
    """Migrate one Python source from AutoGen v0.2 to 0.7.

    Never raises for a bad source: a syntax error comes back as ``result.error`` with the source
    untouched. ``select`` and ``ignore`` take codes (``MIG030``) or slugs.
    """
    return MigrationResult(filename=filename, source=source, code=source)
