"""Telling what was found while a run goes on: in the trace, on stderr, to whoever listens."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal

from . import conventions as c
from .interrupts import interrupts
from .recorder import LiveSpan, active

if TYPE_CHECKING:
    from .observer import Told

Did = Literal["warned", "injected", "paused", "ended", "restarted"]
ABOUT: Final = "about"

log = logging.getLogger("agentloupe")

#: Called with everything that is told, its run's trace id and what was done.
listeners: list[Callable[[Told, str, Did], None]] = []


def tell(told: Told, did: Did, parent: LiveSpan | None, about: Sequence[LiveSpan] = ()) -> None:
    """Record a finding under `parent` and pass it on. Raises nothing of its own.

    What only warns is printed on stderr, once in the same words, unless it is mere information;
    what is raised or stops a run reaches the program by itself.
    """
    try:
        recorder = active()
        if parent is None and recorder is not None:
            parent = recorder.program_run()
        run = "" if parent is None else f"{parent.run.trace_id:032x}"
        if parent is not None:
            _record(told, did, parent, about)
        log.info("%s (%s): %s", told.slug, did, told.title)
        if did == "warned" and told.severity != "info":
            _print(told)
        for listener in listeners:
            listener(told, run, did)
    except Exception as error:
        if interrupts(error):
            raise
        log.debug("a finding could not be told: %r", error)


def _record(told: Told, did: Did, parent: LiveSpan, about: Sequence[LiveSpan]) -> None:
    recorder = parent.recorder
    span = recorder.span(c.FINDING, f"{c.FINDING} {told.slug}", parent=parent)
    if told.agents:
        span.agent = told.agents[0]
        span.set(c.FINDING_AGENTS, told.agents)
    span.set(c.FINDING_TITLE, told.title)
    span.set(c.FINDING_ACTION, did)
    if told.code:
        span.set(c.FINDING_CODE, told.code)
    span.links = tuple((each.id, ABOUT) for each in about)
    span.event(
        c.FINDING_EVENT,
        {
            c.FINDING_SLUG: told.slug,
            c.FINDING_LABEL: told.severity,
            c.FINDING_STORY: told.story or told.title,
            **{f"agentloupe.{name}": value for name, value in told.facts.items()},
        },
    )
    span.end()


def _print(told: Told) -> None:
    text = f"{told.slug}: {told.title}"
    if told.story:
        text = "\n".join([text, *(f"  {line}" for line in told.story.splitlines())])
    recorder = active()
    if recorder is not None:
        recorder.notice(text)
    else:
        print(f"agentloupe: {text}", file=sys.stderr)  # noqa: T201 nobody records: said here
