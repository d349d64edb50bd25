"""`loupe check`: the diagnosis as text, as data for other tools, and as an exit code."""

from __future__ import annotations

import functools
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from ..tracer.errors import LoupeError, NoSuchRun
from ..tracer.locate import parse_run, recordings
from ..tracer.text import visible
from ..tracer.wire.errors import NotATrace
from ..tracer.wire.files import open_any
from .finding import only
from .gate import INCONCLUSIVE, accepting, parse_fail_on
from .naming import RunCommand
from .notices import notice
from .terminal import colors_wanted, progress, say

if TYPE_CHECKING:
    from ..diagnose.config import Config
    from ..diagnose.report import Format, Report
    from ..diagnose.select import Selection

FORMATS = ("text", "json", "junit", "sarif", "github")
FAIL_ON = "severity>=warning"
MANY = 8  # files, from which on several are judged at a time
TRACES = frozenset({".json", ".jsonl"})  # in a folder; what is named may be called anything


@click.command(cls=RunCommand)
@click.argument("targets", nargs=-1, required=True, metavar="RUN|FILE|DIR...")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="What to print.")
@click.option("--select", multiple=True, metavar="EXPR", help="Only these rules and findings.")
@click.option("--ignore", multiple=True, metavar="EXPR", help="Not these rules and findings.")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="EXPR",
    default=(FAIL_ON,),
    help=f"What makes the exit code 1: {FAIL_ON} by default; 'inconclusive' for runs that are too "
    "short to judge.",
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Accept the findings in this file.",
)
@click.option(
    "--write-baseline",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Write what is found into this file, to be accepted from now on.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="With --write-baseline: until when they are accepted; for good, when not given.",
)
@click.option("--reason", metavar="TEXT", help="With --write-baseline: why they are accepted.")
@click.option(
    "--config/--no-config",
    "use_config",
    default=True,
    help="Heed [tool.agentloupe] of pyproject.toml or agentloupe.toml (the default), or not.",
)
@click.option("--verbose", "-v", is_flag=True, help="Also say what was checked and what was not.")
@click.pass_context
def command(
    ctx: click.Context,
    targets: tuple[str, ...],
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: tuple[str, ...],
    baseline: str | None,
    write_baseline: str | None,
    until: datetime | None,
    reason: str | None,
    use_config: bool,
    verbose: bool,
) -> None:
    """Diagnose runs. Exits with 1 when there are findings, with 2 when something cannot be read.

    EXPR is a family (leak), a code (LEAK001), a slug (loop.handoff), severity>=warning, or several
    with commas between them. A recording stands for all of its runs, a folder for all of its
    recordings.
    """
    if (until or reason) and write_baseline is None:
        raise click.UsageError("--until and --reason go with --write-baseline FILE")
    fails, inconclusive_fails = parse_fail_on(fail_on)
    config = _config() if use_config else None
    report = check_all(targets, select, ignore, config)
    if baseline is not None:
        report = accepting(report, baseline)
    if write_baseline is not None:
        _write_baseline(report, write_baseline, until.date() if until else None, reason or "")
    color = colors_wanted() is not False and sys.stdout.isatty()
    say(report.render(cast("Format", form), color=color, verbose=verbose).rstrip("\n"))
    notices(report)
    ctx.exit(exit_code(report, fails, inconclusive_fails=inconclusive_fails))


def _config() -> Config:
    from ..diagnose.config import load

    return load(Path.cwd())


def _write_baseline(report: Report, path: str, until: date | None, reason: str) -> None:
    from ..diagnose.baseline import Baseline

    made = Baseline.of(report, until=until, reason=reason)
    made.write(path)
    when = f"until {until}" if until else "from now on"
    notice(f"loupe: {len(made.findings)} findings are accepted {when}: --baseline {path}")


def check_all(
    targets: Sequence[str],
    select: Sequence[str],
    ignore: Sequence[str],
    config: Config | None = None,
) -> Report:
    """All targets in one report. What cannot be read becomes an entry with the verdict "error".

    Raises:
        UnknownSelector: an expression names nothing.
    """
    from ..diagnose.report import Report
    from ..diagnose.select import parse

    parse((*select, *ignore))  # a mistake there is not the fault of a recording
    judge = functools.partial(_judged, select=select, ignore=ignore, config=config)
    jobs = [job for target in targets for job in _jobs(target)]
    runs = [run for report in _each(judge, jobs) for run in report.runs]
    return Report(runs=tuple(runs))


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to judge. In a folder, what is no trace is passed over."""

    target: str
    in_folder: bool = False
    trouble: str = ""


def _jobs(target: str) -> list[_Job]:
    folder = Path(target)
    if not folder.is_dir():
        return [_Job(target)]
    traces = sorted(path for path in folder.iterdir() if path.suffix in TRACES)
    found = [_Job(str(path), in_folder=True) for path in (*recordings(folder), *traces)]
    trouble = f"there are no recordings and no traces in {target!r}"
    return found or [_Job(target, trouble=trouble)]


def _each(judge: Callable[[_Job], Report], jobs: Sequence[_Job]) -> Iterator[Report]:
    """The jobs' reports in order; many of them at a time where there are many."""
    if len(jobs) < MANY or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(judge, jobs)
        return
    told = progress("traces")
    workers = min(len(jobs), os.cpu_count() or 1)
    context = multiprocessing.get_context("fork")  # nothing else runs here; a fresh start is dear
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for count, report in enumerate(pool.map(judge, jobs, chunksize=4), 1):
            if told is not None:
                told(count, len(jobs))
            yield report


def _judged(
    job: _Job, *, select: Sequence[str], ignore: Sequence[str], config: Config | None
) -> Report:
    from ..diagnose.report import Report, unreadable

    try:
        if job.trouble:
            raise NoSuchRun(job.trouble)
        return _check_one(job.target, select, ignore, config)
    except NotATrace as error:
        if not job.in_folder:
            return unreadable(job.target, error.what)
        notice(f"loupe: passed over: {error.code} {error.what}")
        return Report()
    except LoupeError as error:
        return unreadable(job.target, error.what)


def _check_one(
    target: str, select: Sequence[str], ignore: Sequence[str], config: Config | None
) -> Report:
    from ..diagnose import check
    from ..diagnose.report import NotApplicable, Report, RunReport

    selection = parse_run(target)
    with open_any(selection.path) as recording:
        judged = recording if selection.run is None else recording.run(selection.run)
        if recording.runs:
            report = check(judged, select=select, ignore=ignore, config=config)
            return only(report, selection.finding) if selection.finding else report
    entry = NotApplicable(code="*", needs="a run: the recording holds none", undecided=True)
    source = str(selection.path)
    return Report(
        runs=(RunReport(run="", source=source, verdict=INCONCLUSIVE, not_applicable=(entry,)),)
    )


def notices(report: Report) -> None:
    """A line on stderr for each run that could not be judged."""
    for run in report.runs:
        if run.verdict not in ("inconclusive", "error"):
            continue
        why = run.undecided()
        what = f"{run.source} {run.name}".rstrip()
        notice(visible(f"loupe: {what}: {run.verdict}, needs {why}", newlines=False))


def exit_code(report: Report, fails: Selection, *, inconclusive_fails: bool = False) -> int:
    """1 when something fails, else 2 when something could not be checked, else 0."""
    verdicts = {run.verdict for run in report.runs}
    if any(fails.finding(finding) for finding in report.findings):
        return 1
    if inconclusive_fails and INCONCLUSIVE in verdicts:
        return 1
    return 2 if "error" in verdicts else 0
