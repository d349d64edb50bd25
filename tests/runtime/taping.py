"""What a random program leaves on the tape, without a disk: one recorder for all of them, since
making one takes longer than a program does."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agentloupe.tracer import conventions as c
from agentloupe.tracer import observing
from agentloupe.tracer.recorder import LiveSpan, Recorder, activate

from .programs import Outcome

_SECONDS = re.compile(r"\b\d+\.\d+ s\b")

#: Runs a program: its outcome, and its spans in the order in which they began.
Taped = Callable[[Coroutine[Any, Any, Outcome]], tuple[Outcome, list[LiveSpan]]]


@contextmanager
def tape() -> Iterator[Taped]:
    with TemporaryDirectory() as folder:
        recorder: Any = Recorder(Path(folder) / "p.loupe")
        intake, auto_run = recorder.writer.intake, recorder.auto_run
        intake.begin_run = intake.end_run = recorder.over = lambda _: None  # none goes to the disk

        def one_by_one(name: str) -> LiveSpan:
            run = auto_run(name)
            run.early = None
            return run

        def taped(program: Coroutine[Any, Any, Outcome]) -> tuple[Outcome, list[LiveSpan]]:
            spans: list[LiveSpan] = []
            recorder.put, recorder.auto_run = spans.append, one_by_one
            before = activate(recorder)
            try:
                outcome = asyncio.run(program)
            finally:
                activate(before)
                observed = observing._of.pop(recorder, None)
                if observed is not None:  # by runtimes that may be there until they are collected
                    observed.close()
            return outcome, list({id(span): span for span in spans}.values())

        try:
            yield taped
        finally:
            recorder.close()


def shape(span: LiveSpan) -> tuple[Any, ...]:
    """A span without its times and ids. What a hang's story tells are times, too."""
    message = None if span.message is None else span.message[:5]
    reason = (span.attributes or {}).get(c.DEAD_LETTER, "")
    error, why = (_SECONDS.sub("? s", text or "") for text in (span.error, reason))
    return span.op, span.agent, span.step, message, error, why, span.end_ns is not None


def unaccounted(spans: list[LiveSpan]) -> list[LiveSpan]:
    """Posted messages that were neither taken by all they were for nor are dead letters."""
    taken = Counter(link for span in spans for link, _ in span.links)
    posted = [span for span in spans if span.op in (c.SEND, c.PUBLISH)]
    return [span for span in posted if not _accounted(span, taken[span.id])]


def _accounted(posted: LiveSpan, taken: int) -> bool:
    attributes = posted.attributes or {}
    if c.DEAD_LETTER in attributes:
        return True
    if posted.op == c.SEND:
        return taken == 1
    return taken == attributes[c.FAN_OUT]


def starts(spans: list[LiveSpan], *, by_sender: bool, sends_only: bool = False) -> list[list[int]]:
    """When the messages were posted that an agent handled (of one sender), as handlers began."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for span in spans:
        message = span.message
        if span.op == c.PROCESS and message is not None:
            if sends_only and message[0] != c.SEND:
                continue
            found[message[1] if by_sender else "", span.agent].append(message[6])
    return list(found.values())
