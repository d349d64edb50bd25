"""Checks runs in a process of its own, so that the screen neither waits nor grows.

The child (`python -m agentloupe.tui.checking`) reads a line of JSON for each run, a path and a
number, and answers with a line: the report on that run as `loupe check --format json` has it, or
why there is none. It ends when its input does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from ..tracer.errors import LoupeError
from .findings import Findings


def report_on(path: Path, number: int) -> Mapping[str, Any]:
    """The report on one run of a recording, or {"error": why}."""
    from ..diagnose import check
    from ..tracer.reader import open_recording

    try:
        with open_recording(path) as recording:
            report = check(recording.run(number)).runs[0]
    except LoupeError as error:
        return {"error": error.what}
    except Exception as error:  # a rule's defect must not take the screen with it
        return {"error": f"{type(error).__name__}: {error}"}
    return report.model_dump(mode="json")


def judge(path: Path, number: int, findings: Findings) -> None:
    """Check one run in this process."""
    _take(findings, report_on(path, number))


def _take(findings: Findings, report: Mapping[str, Any]) -> None:
    if "error" in report:
        findings.fail(str(report["error"]))
        return
    try:
        findings.take_report(report)
    except (KeyError, TypeError, ValueError) as error:
        findings.fail(f"the report cannot be understood: {error!r}")


class Checker:
    """A child that checks runs one after the other. `close` may come from another thread."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def judge(self, path: Path, number: int, findings: Findings) -> None:
        """Have one run checked; waits for the answer."""
        child = self._started()
        if child is None:
            findings.fail("interrupted")
            return
        asked, answers = cast("IO[str]", child.stdin), cast("IO[str]", child.stdout)
        try:
            asked.write(json.dumps([str(path), number]) + "\n")
            asked.flush()
            answer = answers.readline()
        except (OSError, ValueError):
            answer = ""
        if not answer:
            findings.fail(f"the check ended with code {child.poll()}")
            self.close(again=True)
            return
        _take(findings, json.loads(answer))

    def close(self, *, again: bool = False) -> None:
        """End the child at once; `again`: another may be started later."""
        with self._lock:
            child, self._child = self._child, None
            self._closed = self._closed or not again
        if child is not None:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    _close(stream)

    def _started(self) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._child is None and not self._closed:
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "agentloupe.tui.checking"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                    start_new_session=True,  # the terminal's Ctrl-C is not for it
                )
            return self._child


def _close(stream: IO[str]) -> None:
    with suppress(OSError):  # what was still to be written to a child that is gone
        stream.close()


def main() -> None:
    """Answer until the input ends."""
    if hasattr(os, "nice"):
        os.nice(5)
    for line in sys.stdin:
        path, number = json.loads(line)
        print(json.dumps(report_on(Path(path), number)), flush=True)  # noqa: T201 the answer


if __name__ == "__main__":
    main()
