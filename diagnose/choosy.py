"""Agents that refuse some messages of a type and take others: they choose, and mean to. And values
that nobody read, of a type that whoever has a handler for it gets on other ways: as many as it
shall have.

A program may post each message in a run of its own, so it takes all of the recording to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..tracer import conventions as c
from ..tracer.model import plain_name
from .finding import Finding
from .letters import REFUSED, returned
from .report import RunReport

if TYPE_CHECKING:
    from ..tracer.reader import Run


def by_choice(runs: Sequence[Run], reports: Sequence[RunReport]) -> list[RunReport]:
    """The reports, with what was refused by choice or had on other ways told as information."""
    refused = {key for report in reports for each in report.findings if (key := _key(each))}
    taken = _taken(runs, refused) if refused else set[tuple[str, str]]()
    if not taken:
        return list(reports)
    return [
        report.model_copy(
            update={
                "findings": tuple(
                    each.model_copy(update={"severity": "info"}) if _key(each) in taken else each
                    for each in report.findings
                )
            }
        )
        for report in reports
    ]


def _key(finding: Finding) -> tuple[str, str] | None:
    """Recipient and type of messages that handlers for their type refused, or that nobody read."""
    facts = finding.evidence.facts
    if finding.slug == "drop.unread-reply":
        return "", returned(str(facts["reason"]))
    if finding.slug != "drop.unhandled" or REFUSED not in str(facts.get("reason")):
        return None
    return str(facts["recipient"]), str(facts["type"])


def _taken(runs: Sequence[Run], wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for run in runs:
        for step, spans in run.iter_turns():
            if any(c.DEAD_LETTER in span.attributes for span in spans[:1]):
                continue
            keys = {(plain_name(step.recipient), step.message_type), ("", step.message_type)}
            found |= keys & wanted
        if found == wanted:
            break
    return found
