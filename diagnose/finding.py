"""What a rule has found, in the shape that `loupe check --format json` prints.

A finding carries everything a reader needs to believe it: quoted steps, the last step that was
still fine, what stopping there would have saved, and why the finding might be wrong.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Severity = Literal["info", "warning", "error"]
Certainty = Literal["certain", "likely", "possible"]

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")

#: The least confidence that each word stands for.
CERTAIN, LIKELY = 0.95, 0.75


def certainty_of(confidence: float) -> Certainty:
    """The word for a confidence between 0 and 1."""
    if confidence >= CERTAIN:
        return "certain"
    return "likely" if confidence >= LIKELY else "possible"


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Quote(_Shape):
    """One step as evidence. `text` is what was said or done, as recorded (cut, not escaped)."""

    step: int | None
    span: str = ""  # hex id
    agent: str = ""  # plain name
    label: str = ""  # what this step is to the finding: "first", "again", ...
    text: str = ""


class Cost(_Shape):
    """What the trouble has cost from its first step to the last that belongs to it."""

    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    bytes: int = 0


class Evidence(_Shape):
    """Why to believe the finding, and why perhaps not."""

    quotes: tuple[Quote, ...] = ()
    last_healthy_step: int | None = None
    counterfactual: str = ""
    doubt: str = ""
    facts: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])


class Finding(_Shape):
    """One thing that is wrong with a run.

    `agents` are plain names, the most responsible first. `first_step` and `last_step` are the
    first and last step that belong to it, None for what happened outside any step;
    `detected_at_step` is the earliest step at which the rule could have fired live.
    """

    code: str
    slug: str
    severity: Severity
    confidence: float
    certainty: Certainty
    agents: tuple[str, ...]
    conversation: str | None = None
    first_step: int | None = None
    last_step: int | None = None
    detected_at_step: int | None = None
    first_span: str = ""
    spans: tuple[str, ...] = ()
    fingerprint: str = ""
    title: str
    evidence: Evidence = Evidence()
    advice: str = ""
    cost: Cost = Cost()
