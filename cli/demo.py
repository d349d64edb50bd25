"""`loupe demo`."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import click

from ..tracer.errors import LoupeError
from ..tracer.locate import Selection, fresh_path
from . import check, view
from .notices import notice
from .terminal import colors_wanted, interactive, say

PROGRAM: Final = f"{__package__}.demo_team"
NEEDED: Final = ("autogen_core", "autogen_agentchat")


class NoAutoGen(LoupeError):  # noqa: N818 reads as a sentence
    """The demonstration is an AutoGen program and AutoGen is not installed."""

    code = "LP701"


class DemoFailed(LoupeError):  # noqa: N818
    """The program of the demonstration did not end well."""

    code = "LP702"


@click.command()
@click.option("--no-tui", is_flag=True, help="Only print; do not open the terminal UI.")
@click.option("--clean", is_flag=True, help="The healthy control: as much work, nothing wrong.")
def command(no_tui: bool, clean: bool) -> None:
    """Record, diagnose and show a team that loops and leaks.

    Needs no network and no key. A real AutoGen team on a scripted model is recorded as `loupe run
    --ci` would record it, and diagnosed as `loupe check` would.
    """
    _need_autogen()
    notice(
        "Recording an AutoGen team at work; its models are scripted, nothing leaves this machine."
    )
    path = record(clean=clean)
    report = check.check_all([str(path)], (), ())
    color = colors_wanted() is not False and sys.stdout.isatty()
    say(report.render("text", color=color).rstrip("\n"))
    if interactive() and not no_tui:
        wrong = next((run.run for run in report.runs if run.findings), report.runs[-1].run)
        view.look([path], Selection(path, wrong))
    notice(f"\nThe recording is {str(path)!r}. Look again with: loupe view @last")


def _need_autogen() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise NoAutoGen(
            f"the demonstration is an AutoGen program, and {' and '.join(missing)} cannot be found",
            'pip install "agentloupe[autogen]"',
        )


def record(*, clean: bool) -> Path:
    """Run the program under `loupe run --ci`; its recording.

    Raises:
        DemoFailed: it ended with an error.
    """
    name = "demo-clean" if clean else "demo"
    path = fresh_path(name)
    words = [sys.executable, "-m", f"{__package__}.main", "run", "--ci", "--name", name]
    words += ["--out", str(path), "-m", PROGRAM, *(["--clean"] if clean else [])]
    done = subprocess.run(words, check=False)
    if done.returncode != 0:
        raise DemoFailed(
            f"the program of the demonstration ended with {done.returncode}",
            "what it said is above; `loupe view @last` shows how far it came",
        )
    if not path.exists():
        raise DemoFailed("the demonstration was not recorded", "why is said above")
    return path
