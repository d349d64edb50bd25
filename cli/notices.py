"""What is said about a result: a line on stderr, at once."""

from __future__ import annotations

import sys


def notice(text: str) -> None:
    """A line about the result."""
    if "\x1b" in text:  # painted, by click: it knows where colours are wanted
        import click

        click.echo(text, err=True)
    elif sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison]  a service may have none
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
