"""Runs leak programs in forks of one process that has the frameworks imported already.

    python benchmarks/leak_server.py < jobs > results      (a JSON object a line, both ways)

Under `loupe run --ci` a program of 500 iterations takes some ten CPU seconds, of which three import
AutoGen and five collect and look at what was imported. Here that is done once, and frozen
(`gc.freeze`): the collector and the looks see what the program itself makes, the counters see the
whole process. Recorder, settings and rules are the same.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agentloupe.diagnose import check
from agentloupe.tracer import open_recording
from agentloupe.tracer.recording import start, stop

IMPORTED = (
    "autogen_agentchat.agents",
    "autogen_agentchat.conditions",
    "autogen_agentchat.teams",
    "autogen_agentchat.tools",
    "autogen_core.model_context",
    "autogen_ext.code_executors.local",
)


def _apart(work: Callable[[dict[str, Any]], None], job: dict[str, Any]) -> bool:
    """In a fork, to its end: whether it came there."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    code = 1
    try:
        work(job)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _program(job: dict[str, Any]) -> None:
    os.environ["TMPDIR"] = job["temporary"]
    tempfile.tempdir = None
    sys.stdin.close()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    sys.argv = [str(each) for each in job["argv"]]
    recorder = start(Path(job["path"]), name=Path(sys.argv[0]).stem, collect=True)
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    finally:
        stop(recorder)


def _judge(job: dict[str, Any]) -> None:
    with open_recording(job["path"]) as recording:
        report = check(recording.run(-1), select=["leak"])
        if any(run.verdict == "ok" and not run.checked for run in report.runs):
            report = check(recording, select=["leak"])  # it was judged with another run
        Path(job["report"]).write_text(report.render("json"))


def main() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    with contextlib.suppress(ImportError):  # the recorder loads it where it is installed
        importlib.import_module("hyperscan")
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        job = json.loads(line)
        ended = _apart(_program, job) and _apart(_judge, job)
        print(json.dumps({"path": job["path"], "ended": ended}), flush=True)


if __name__ == "__main__":
    main()
