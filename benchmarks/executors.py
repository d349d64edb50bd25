"""Our container executor and AutoGen's on one real Docker engine: checks, and what many runs leave.

    python benchmarks/executors.py [--executions 200] > benchmarks/executors.md

Brings its own engine (`tests/services/docker/engine.py`: root, apt). The checks are those that
`tests/services/docker` holds ours to. CPU seconds are those of this process and its children.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.services.docker.checks import CHECKS, Check, Seen, Subject, temporary
from tests.services.docker.engine import Engine, folder
from tests.services.docker.many import Left, one_after_another, side_by_side
from tests.services.docker.subjects import AUTOGENS, OURS

SUBJECTS = (OURS, AUTOGENS)


async def checked(check: Check, subject: Subject, engine: Engine) -> Seen:
    """A check's outcome; what it leaves behind is removed, and counts."""
    try:
        seen = await check(subject, engine)
    except Exception as error:
        seen = Seen(False, f"{type(error).__name__}: {error}"[:200])
    for container in engine.containers():
        engine.request("DELETE", f"/containers/{container}?force=1&v=1")
    return seen


async def tried(subject: Subject, engine: Engine, executions: int) -> list[Left]:
    with tempfile.TemporaryDirectory() as place, temporary(place):
        return [
            await side_by_side(subject, engine, 20),
            await one_after_another(subject, engine, executions),
        ]


def row(*cells: object) -> None:
    print("|", " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells), "|")


async def main(executions: int) -> None:
    engine = Engine(folder())
    engine.up()
    os.environ["DOCKER_HOST"] = engine.address
    logging.disable(logging.CRITICAL)
    try:
        print("# Executors of code in containers\n")
        print(
            f"Written by `python benchmarks/executors.py`. autogen-ext {version('autogen-ext')}, "
            f"Docker {engine_version(engine)}, Python {platform.python_version()}, "
            f"{os.cpu_count()} processors. Seconds are of a machine that others use too; what "
            "counts is what is left, and yes or no.\n"
        )
        row("what it must do", *(f"`{subject.name}`" for subject in SUBJECTS))
        row("---", *("---" for _ in SUBJECTS))
        for check in CHECKS:
            seen = [await checked(check, subject, engine) for subject in SUBJECTS]
            told = [f"{'yes' if each.passed else '**no**'}: {each.what}" for each in seen]
            row(" ".join((check.__doc__ or "").split()), *told)
            print(check.__name__, *(each.passed for each in seen), file=sys.stderr)
        print("\n## What many executions leave\n")
        row(
            *("executor", "executions", "right answers", "containers", "folders", "zombies"),
            *("threads", "seconds", "CPU seconds"),
        )
        row(*("---" for _ in range(9)))
        for subject in SUBJECTS:
            for how, left in zip(
                ("at once", "in turn"), await tried(subject, engine, executions), strict=True
            ):
                row(
                    f"`{subject.name}`",
                    f"{left.executions} {how}",
                    *(left.right, left.containers, left.folders, left.zombies, left.threads),
                    *(left.seconds, left.cpu_seconds),
                )
    finally:
        engine.down()


def engine_version(engine: Engine) -> str:
    import json

    return str(json.loads(engine.request("GET", "/version")[1])["Version"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=200)
    asyncio.run(main(parser.parse_args().executions))
