"""`loupe run`: run a program with the recorder installed in it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from .otlp import live, options_of, otlp_options, wait_option
from .running import Target, place, run, target_of
from .steering import Steering, steering_options


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="[OPTIONS] [--]",
)
@click.option("--name", metavar="NAME", help="What the recording is called; the script's name.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the recording goes; a new file in the project's .agentloupe folder.",
)
@click.option(
    "--python",
    metavar="PYTHON",
    help="The interpreter to run; the one that loupe is installed for.",
)
@click.option(
    "--ci",
    is_flag=True,
    help="Make runs comparable: fixed hash seed, one malloc arena without caches, forced garbage "
    "collections at evenly spaced steps.",
)
@click.option(
    "--iterations",
    type=click.IntRange(min=1),
    metavar="N",
    help="Import the program and call its `async def scenario()` so many times.",
)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="EXPR",
    help="Judge the recording at the end; exit with 1 if the program went well and this is found: "
    "leak, LOOP001, severity>=warning, inconclusive, …",
)
@click.option(
    "--baseline",
    metavar="FILE",
    help="With --fail-on: what is accepted, as written by `loupe check --write-baseline`.",
)
@click.option(
    "--bodies",
    "keep",
    metavar="POLICY",
    help="What is kept of texts: full, capped (the first MiB of each), capped:64K, hash, none.",
)
@click.option(
    "--otlp", "url", metavar="URL", help="Send it on, live, to http(s)://… or grpc(s)://…"
)
@click.option("--otlp-bodies", "bodies", is_flag=True, help="Send messages and prompts as well.")
@otlp_options
@wait_option
@steering_options
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="app.py|-m MODULE [ARGS]...")
def command(
    name: str | None,
    out: Path | None,
    python: str | None,
    ci: bool,
    iterations: int | None,
    fail_on: tuple[str, ...],
    baseline: str | None,
    keep: str | None,
    url: str | None,
    bodies: bool,
    headers: dict[str, str],
    shape: str,
    split: int | None,
    wait: float,
    steering: Steering,
    words: tuple[str, ...],
) -> int:
    """Run a Python program and record what its agents do: messages, model calls, tools, memory.

    The program runs unchanged, as `python app.py ARGS` would: same terminal, same arguments, same
    exit status. Python's own options may stand before it (`loupe run -X dev app.py`).
    """
    if not words:
        raise click.UsageError("what shall be run? For example: loupe run app.py")
    target = target_of(words)
    if iterations is not None:
        words = _repeated(iterations, words, target)
    _check_gate(fail_on, baseline)
    if out is not None and os.path.exists(out):  # noqa: PTH110 of a folder that is closed to us it says no
        raise click.UsageError(f"{str(out)!r} exists already: choose another file for --out")
    path = place(name or target.name, out)
    options = options_of(bodies=bodies, shape=shape, split=split)
    status = run(
        words,
        target,
        path,
        name=name,
        python=python,
        keep=out is not None,
        collect=ci,
        bodies=keep,
        boot=steering.boot(fail_on=fail_on),
        export=None if url is None else live(path, url, options, headers, wait),
    )
    if status == 0 and fail_on:
        from .gate import failed

        return failed(path, fail_on, baseline)
    return status


def _check_gate(fail_on: tuple[str, ...], baseline: str | None) -> None:
    """A mistake there is told before the program runs."""
    if not fail_on:
        if baseline is not None:
            raise click.UsageError("--baseline says what --fail-on accepts: give that as well")
        return
    from .gate import Baseline, parse_fail_on

    parse_fail_on(fail_on)
    if baseline is not None:
        Baseline.read(baseline)


def _repeated(count: int, words: tuple[str, ...], target: Target) -> tuple[str, ...]:
    if target.at < 0:
        raise click.UsageError("--iterations needs a script, or -m and a module")
    from . import scenario  # brings asyncio

    return tuple(scenario.command(count, words, target.at))
