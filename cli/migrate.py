"""`loupe migrate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from ..tracer.errors import LoupeError
from ..tracer.text import visible
from ..tui.units import many
from . import git
from .notices import notice
from .shapes import MigrateDocument
from .terminal import document, paint, say

if TYPE_CHECKING:
    from ..migrate.files import FileResult
    from ..migrate.result import Site

COLORS: Final = {"+": "green", "-": "red", "@": "cyan"}
EXIT_ERROR: Final = 2
NAMED: Final = 10  # of the files that stand in the way


class DirtyTree(LoupeError):  # noqa: N818 reads as a sentence
    """Writing would mix with, or lose, what is not committed."""

    code = "LP501"


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for besides the paths."""

    diff: bool
    write: bool
    check: bool
    faithful: bool
    force: bool
    verify: bool
    run: str
    old_python: str
    interactive: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    report: str


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--diff", is_flag=True, help="Print the changes as a unified diff.")
@click.option("--write", is_flag=True, help="Change the files.")
@click.option("--check", is_flag=True, help="Exit with 1 if a file would change.")
@click.option("--faithful", is_flag=True, help="Keep v0.2's behaviour where 0.7's idiom differs.")
@click.option(
    "--interactive", is_flag=True, help="Show each change, ask, and write what is wanted."
)
@click.option("--verify", is_flag=True, help="Check the result against the installed AutoGen 0.7.")
@click.option(
    "--run",
    default="",
    metavar="CMD",
    help="With --verify: run CMD as it was and as migrated against a scripted model; compare.",
)
@click.option(
    "--old-python",
    default=sys.executable,
    metavar="PYTHON",
    show_default="this one",
    help="With --run: the interpreter that has AutoGen v0.2 and agentloupe.",
)
@click.option("--select", multiple=True, metavar="CODES", help="Only these rules.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these rules.")
@click.option(
    "--report", type=click.Choice(("text", "json")), default="text", help="What to print."
)
@click.option("--force", is_flag=True, help="Write although git has uncommitted changes.")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    report: str,
    run: str,
    old_python: str,
    **flags: bool,
) -> None:
    """Rewrite AutoGen v0.2 programs for AutoGen 0.7. A dry run unless --write is given.

    PATHS are files or folders. Exits with 0 when nothing is left to do, 1 if --check finds files
    that would change or --verify something that 0.7 would not take (then nothing is written), 2 if
    a file has an error, 3 when files were written with TODOs left.
    """
    options = Options(
        select=_codes(select),
        ignore=_codes(ignore),
        report=report,
        run=run,
        old_python=old_python,
        **flags,
    )
    _sensible(options)
    from ..migrate.files import exit_code

    results = _migrate(paths, options)
    if options.interactive:
        results = _chosen(results, options)
        options = replace(options, write=True)
    wrong = _verify(results) if options.verify else []
    if options.run and not wrong:
        wrong = _compare(results, options)
    failed = _write(results, options) if options.write and not wrong else []
    if options.diff:
        for file in results:
            _print_diff(file.diff())
    if options.report == "json":
        from ..migrate.files import report as as_report

        document(msgspec.convert(as_report(results), MigrateDocument))
    else:
        _summary(results, replace(options, write=options.write and not wrong), failed)
    code = exit_code(results, check=options.check, written=options.write)
    ctx.exit(2 if failed else (code if code == EXIT_ERROR else 1) if wrong else code)


def _verify(results: Sequence[FileResult]) -> list[str]:
    """What the installed 0.7 has against the result, also told on stderr."""
    from .verify import verify

    wrong = [f"{path}:{line}: {text}" for path, line, text in verify(results)]
    for line in wrong:
        notice(visible(line))
    if not any(file.status == "changed" for file in results):
        notice("Nothing would change, so there was nothing to verify.")
    elif not wrong:
        notice("The installed AutoGen takes every import and keyword of what was migrated.")
    return wrong


def _compare(results: Sequence[FileResult], options: Options) -> list[str]:
    """Where the migrated program parts from the original, also told on stderr."""
    from .behaviour import compare_runs

    out = Path(".agentloupe") / "migrate"
    found = compare_runs(results, options.run, options.old_python, out)
    matched, look = found.matched, f"loupe diff {found.before} {found.after}"
    alike = f" (not minded: {', '.join(matched.alike)})" if matched.alike else ""
    if matched.first is None:
        lines = f"{many(matched.shared, 'line')} (messages, calls, results)"
        notice(f"Both versions say the same: {lines}{alike}. See: {look}")
        return []
    notice(f"The two versions part after {many(matched.shared, 'equal line')}{alike}. See: {look}")
    for name, text in zip(("v0.2", "0.7"), matched.first, strict=True):
        notice(visible(f"  {name}: {text}", newlines=False))
    if matched.final:
        notice("  Both end with the same text.")
    return [options.run]


def _codes(texts: Sequence[str]) -> tuple[str, ...]:
    """The codes that were named, each checked."""
    words = tuple(word.strip() for text in texts for word in text.split(",") if word.strip())
    if words:
        from ..migrate.catalogue import find_rule
        from .explain import unknown

        for word in words:
            if find_rule(word) is None:
                raise unknown(word)
    return words


def _sensible(options: Options) -> None:
    if options.write and options.check:
        raise click.UsageError("--write changes files, --check only says whether it would: use one")
    if options.run and not options.verify:
        raise click.UsageError("--run belongs to --verify")
    if options.interactive and (options.check or options.diff or options.report == "json"):
        raise click.UsageError("--interactive asks and writes: use it without --check and --diff")
    if options.diff and options.report == "json":
        raise click.UsageError("--diff and --report json both print to stdout: use one")


def _migrate(paths: Sequence[Path], options: Options) -> list[FileResult]:
    from ..migrate.files import find_files, migrate_paths

    try:
        count = sum(1 for _ in find_files(paths))
        with _progress(count) as advance:
            return migrate_paths(
                paths,
                faithful=options.faithful,
                select=options.select,
                ignore=options.ignore,
                jobs=os.cpu_count() or 1,
                progress=advance,
            )
    except FileNotFoundError as error:
        raise click.BadParameter(f"there is no file or folder {str(error)!r}") from error


def _chosen(results: Sequence[FileResult], options: Options) -> list[FileResult]:
    """The results with the changes that the person at the terminal wants.

    Requirements follow from what is chosen, and so does the module of own agents, which nobody is
    asked about.
    """
    from ..migrate.files import (
        OWN_MODULE,
        migrate_file,
        own_module,
        own_modules,
        packages_of,
        still_old,
    )
    from ..migrate.pins import kind
    from .choosing import Asker, chosen

    def again(file: FileResult, left: frozenset[int], keep_old: bool = False) -> FileResult:
        return migrate_file(
            file.path,
            faithful=options.faithful,
            module=own_module(file.path) if file.result is not None and file.result.needs else "",
            select=options.select,
            ignore=options.ignore,
            keep_old=keep_old,
            left=left,
            taken=taken,
        )

    asker = Asker(_print_diff)
    pins = [file for file in results if kind(file.path)]
    module = f"{OWN_MODULE}.py"
    programs = [file for file in results if not kind(file.path) and file.path.name != module]
    taken = packages_of(file.path for file in programs) if pins else ()
    found, refused = chosen(programs, again, asker)
    old = refused or any(map(still_old, found))
    pins = [again(file, frozenset(), old) for file in pins]
    found += chosen(pins, again, asker)[0]
    for file in found:
        for line in _about(file):
            notice(line)
    return [*found, *own_modules(found)]


class _progress:  # noqa: N801 used like a function
    """A progress bar on stderr, on a terminal only."""

    def __init__(self, count: int) -> None:
        shown = sys.stderr.isatty() and count > 1
        self._bar = (
            click.progressbar(length=count, label="migrating", file=sys.stderr) if shown else None
        )

    def __enter__(self) -> Callable[[int], None]:
        return (lambda _count: None) if self._bar is None else self._bar.__enter__().update

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()


def _write(results: Sequence[FileResult], options: Options) -> list[tuple[Path, OSError]]:
    """Write what changed; a file that cannot be written does not hold up the others."""
    from ..migrate.files import write_result

    changed = [file for file in results if file.status == "changed"]
    if changed and not options.force:
        in_the_way = git.unsafe([file.path for file in changed])
        if in_the_way:
            names = ", ".join(repr(name) for name in in_the_way[:NAMED])
            more = f" and {len(in_the_way) - NAMED} more" if len(in_the_way) > NAMED else ""
            raise DirtyTree(
                f"nothing was written: git has uncommitted changes in {names}{more}",
                "commit or stash them, or write all the same with --force",
            )
    failed: list[tuple[Path, OSError]] = []
    for file in changed:
        try:
            write_result(file)
        except OSError as error:
            failed.append((file.path, error))
    return failed


def _print_diff(diff: str) -> None:
    """As it is, so that it can be applied; made safe and coloured where a person reads it."""
    if not sys.stdout.isatty():
        click.echo(diff, nl=False)
        return
    for line in visible(diff).splitlines():
        say(paint(line, color=COLORS.get(line[:1])))


def _summary(
    results: Sequence[FileResult], options: Options, failed: Sequence[tuple[Path, OSError]]
) -> None:
    """What was or would be done. Beside a diff it goes to stderr."""
    tell = notice if options.diff else say
    for file in results:
        for line in _about(file):
            tell(line)
    for path, error in failed:
        notice(f"{path}: not written: {error.strerror}")
    counts = {name: sum(f.status == name for f in results) for name in ("changed", "error")}
    passed = sum(file.status == "passed" for file in results)
    verb = "changed" if options.write else "would change"
    text = f"{many(len(results), 'file')}: {counts['changed'] - len(failed)} {verb}"
    text += f", {counts['error']} with errors" if counts["error"] else ""
    text += f", {passed} without AutoGen" if passed else ""
    todos = sum(file.todos for file in results)
    text += f", {many(todos, 'TODO')} left for you" if todos else ""
    tell(text)
    if counts["changed"] and not (options.write or options.check or options.diff):
        notice("Nothing was written. See the changes with --diff, make them with --write.")


def _about(file: FileResult) -> Iterator[str]:
    name = visible(str(file.path), newlines=False)
    if file.error is not None:
        text = f"{name}:{file.error.line}: error: {visible(file.error.message)}"
        yield paint(text, color="red")
        return
    if file.status == "passed" or file.result is None:
        return
    sites = file.result.sites
    done = sum(site.kind == "migrated" for site in sites)
    rest = [site for site in sites if site.kind != "migrated"]
    if file.status == "unchanged" and not rest:
        return
    word = "unchanged" if file.status == "unchanged" else f"{many(done, 'place')} migrated"
    yield paint(f"{name}: {word}", bold=True)
    for site in rest:
        yield _site(name, site)


def _site(name: str, site: Site) -> str:
    where = f"{name}:{site.line}" if site.cell is None else f"{name}:cell {site.cell}:{site.line}"
    color = "yellow" if site.kind == "todo" else None
    return paint(f"  {where}: {site.code} {site.kind}: {visible(site.message)}", color=color)
