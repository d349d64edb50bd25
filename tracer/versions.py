"""Versions of installed packages, without what `importlib.metadata` does for them: it parses all
that a package says of itself, its README among it, which takes milliseconds for each."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution


def version_of(package: str) -> str | None:
    """As `importlib.metadata.version` has it; None where the package is not installed."""
    try:
        found = distribution(package)
    except PackageNotFoundError:
        return None
    said = found.read_text("METADATA") or ""
    head = said.partition("\n\n")[0]
    told = head.partition("\nVersion: ")[2].partition("\n")[0].strip()
    return told or found.version  # of a package that was not made by rule
