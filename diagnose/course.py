"""Findings in few words, and what several rules read off a run: its team, its stop, its talk."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Final, cast

from pydantic import JsonValue

from ..tracer import conventions as c
from ..tracer.model import Span, plain_name
from .finding import Cost, Evidence, Finding, Quote, Severity
from .rule import Ending, Rule
from .turn import Act, Turn

STOP_REASON: Final = c.STOP_REASON
TEAM: Final = c.TEAM_CLASS
PARTICIPANTS: Final = c.PARTICIPANTS
CONDITIONS: Final = c.CONDITIONS
EDGES: Final = c.EDGES
SELECT: Final = "select_speaker"
CAP: Final = re.compile(
    r"maximum number of (?:messages|turns)|max_turns|max_round|max_consecutive|max message|timeout"
    r"|token usage",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"(\w+) (\{.*)", re.DOTALL)


def told(
    rule: Rule,
    title: str,
    *,
    agents: Sequence[str],
    quotes: Sequence[Quote],
    confidence: float,
    key: str = "",
    severity: Severity | None = None,
    last_healthy: int | None = None,
    counterfactual: str = "",
    detected: int | None = None,
    cost: Cost | None = None,
    facts: dict[str, JsonValue] | None = None,
    advice: str = "",
    doubt: str = "",
) -> Finding:
    """A finding of `rule` about the steps that are quoted."""
    steps = [quote.step for quote in quotes if quote.step is not None]
    words = "\0".join([rule.code, key, *sorted(agents)])
    return rule.finding(
        title,
        agents=agents,
        confidence=confidence,
        severity=severity,
        first_step=min(steps, default=None),
        last_step=max(steps, default=None),
        detected_at_step=max(steps, default=None) if detected is None else detected,
        spans=[quote.span for quote in quotes if quote.span],
        fingerprint=hashlib.sha256(words.encode()).hexdigest()[:16],
        cost=cost,
        advice=advice,
        evidence=Evidence(
            quotes=tuple(quotes),
            last_healthy_step=last_healthy,
            counterfactual=counterfactual,
            doubt=doubt,
            facts=facts or {},
        ),
    )


def quote(span: Span, text: str, label: str = "") -> Quote:
    """A span as evidence."""
    who = plain_name(span.agent) if span.agent else ""
    return Quote(step=span.step, span=span.hex_id, agent=who, label=label, text=text[:400])


def quoted(act: Act, turn: Turn, label: str = "") -> Quote:
    """An act as evidence."""
    words = " ".join(act.text.split())
    return Quote(
        step=turn.step.index, span=act.span.hex_id, agent=act.name, label=label, text=words[:240]
    )


def before(step: int | None) -> int | None:
    """The last step before one at which things went wrong; None when there was none."""
    return step - 1 if step else None


def names(ending: Ending, key: str) -> tuple[str, ...]:
    """A list of words on the run's own span."""
    value = ending.root.attributes.get(key, ()) if ending.root is not None else ()
    return tuple(str(each) for each in value) if isinstance(value, tuple | list) else (str(value),)


def stop_reason(ending: Ending) -> str:
    """Why the run stopped, "" when that is not known."""
    return str(ending.root.attributes.get(STOP_REASON, "")) if ending.root is not None else ""


def conditions(ending: Ending) -> list[tuple[str, dict[str, object]]]:
    """What could end the team: class names and their settings."""
    found: list[tuple[str, dict[str, object]]] = []
    for text in names(ending, CONDITIONS):
        match = _NAME.fullmatch(text)
        if match is None:
            continue
        try:
            settings: object = json.loads(match.group(2))
        except ValueError:
            settings = {}
        found.append(
            (
                match.group(1),
                cast("dict[str, object]", settings) if isinstance(settings, dict) else {},
            )
        )
    return found


def stop_words(ending: Ending) -> list[str]:
    """The texts that end the team when somebody says them."""
    return [
        str(settings["text"])
        for name, settings in conditions(ending)
        if name == "TextMentionTermination" and settings.get("text")
    ]


def whole(value: object) -> int | None:
    """A count; None when it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
