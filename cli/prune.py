"""`loupe prune`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import click

from ..tracer.locate import recordings_dir
from ..tracer.policy import bytes_of
from ..tracer.retention import (
    Limits,
    Stored,
    excess,
    in_use,
    limits,
    remove,
    seconds_of,
    survey,
    told,
)
from ..tui.units import size as shown_size
from ..tui.units import span
from .notices import notice
from .shapes import SCHEMA
from .terminal import document, say, table


@dataclass(frozen=True, slots=True)
class PrunedRow:
    """A recording that was removed, or would be: bytes and number of its files."""

    path: str
    size: int
    files: int


@dataclass(frozen=True, slots=True)
class PruneDocument:
    """`loupe prune --json`: what was removed, or would be (`dry_run`), the oldest first."""

    schema: int
    dry_run: bool
    removed: list[PrunedRow]


def _age(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    age = None if value is None else seconds_of(value)
    if value is not None and age is None:
        raise click.BadParameter(f"{value!r} is no age: say for example 30d, 12h or 2w", ctx, param)
    return age


def _size(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    size = None if value is None else bytes_of(value)
    if value is not None and size is None:
        raise click.BadParameter(f"{value!r} is no size: say for example 2G or 500M", ctx, param)
    return size


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--older-than", "age", callback=_age, metavar="AGE", help="30d, 12h, 2w.")
@click.option("--keep", "count", type=click.IntRange(0), metavar="N", help="Keep the newest N.")
@click.option("--max-size", "size", callback=_size, metavar="SIZE", help="2G, 500M, all told.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
def command(
    folder: Path | None,
    age: float | None,
    count: int | None,
    size: int | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Remove old recordings.

    Looks into the project's .agentloupe folder (or AGENTLOUPE_DIR) unless a folder is named.
    Without a limit, those hold that every new recording observes: AGENTLOUPE_KEEP, or 10 GB and
    1,000 recordings. What a process has open is never removed.
    """
    place = folder or recordings_dir()
    if not place.is_dir():
        raise click.UsageError(f"{str(place)!r} is no folder")
    asked = Limits(size, count, age)
    found = survey(place)
    whole = [each for each in found if each.path in each.files]
    over = excess(whole, limits() if asked.none else asked, time.time())
    staying = [each for each in over if in_use(each)]
    beyond = _orphans(found) + [each for each in over if each not in staying]
    gone = [each for each in beyond if dry_run or remove(each)]
    if as_json:
        document(PruneDocument(SCHEMA, dry_run, [_row(each) for each in gone]))
    else:
        _show(place, gone, found, dry_run=dry_run)
    if staying:
        names = ", ".join(each.path.name for each in staying)
        notice(f"beyond that stay, as they are in use or may not be written: {names}")
    if len(gone) < len(beyond):
        left = [each.path.name for each in beyond if each not in gone]
        notice(f"loupe: cannot be removed: {', '.join(left)}")
        return 2
    return 0


def _orphans(found: list[Stored]) -> list[Stored]:
    """What is left of recordings whose own file somebody deleted: nothing opens it."""
    return [each for each in found if each.path not in each.files and not in_use(each)]


def _row(stored: Stored) -> PrunedRow:
    return PrunedRow(str(stored.path), stored.size, len(stored.files))


def _show(place: Path, gone: list[Stored], found: list[Stored], *, dry_run: bool) -> None:
    now = time.time()
    rows = [
        (each.path.name, shown_size(each.size), span(int((now - each.written) * 1e9)))
        for each in gone
    ]
    if rows:
        for line in table(("RECORDING", "SIZE", "AGE"), rows, "SIZE AGE"):
            say(line)
    left = [each for each in found if each not in gone]
    verb = "would be removed" if dry_run else "removed"
    notice(f"{told(gone)} {verb}, {told(left)} left in {str(place)!r}")
