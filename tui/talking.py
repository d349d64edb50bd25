"""Spans of an inner conversation as words: a choice, a ledger, a model call, a tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from ..tracer import conventions as c
from ..tracer.model import BodyRef, Span, plain_name
from ..tracer.text import visible
from .gist import headline, parsed, speech
from .inner import MANAGERS, SELECT, decision
from .pieces import Line
from .units import span as lasted

NEXT = "next_speaker"  # of a Magentic ledger: what it was asked for


def heading(span: Span, role: str = "inner") -> Line:
    """What it was, and how long it took; `role` colours the name of an agent."""
    took = (f"  {lasted(span.duration_ns)}", "warning" if span.end_ns is None else "dim")
    if span.error:
        return [("✗ ", "error bold"), (visible(span.name, newlines=False), "error"), took]
    if span.op == SELECT:
        return [("☞ ", "inner bold"), ("who speaks next", "inner"), took]
    if span.op == c.AGENT:
        return [("▫ ", "inner"), (agent(span), f"{role} bold"), took]
    if span.op == c.CHAT:
        told = span.attributes.get(c.RESPONSE_MODEL) or span.attributes.get(c.REQUEST_MODEL)
        model = visible(str(told or span.name.removeprefix("chat ")), newlines=False)
        words = "ledger, " if plain_name(span.agent).endswith(MANAGERS[1]) else ""
        return [("◇ ", "inner"), (f"{words}{model}", "inner"), took]
    name = str(span.attributes.get(c.TOOL_NAME) or span.name)
    return [("⚒ ", "tool"), (visible(name, newlines=False), "tool"), took]


def agent(span: Span) -> str:
    """The name of the agent whose turn it is."""
    name = span.attributes.get(c.AGENT_NAME) or plain_name(span.agent) or span.name
    return visible(str(name), newlines=False)


def outcome(span: Span, text: Callable[[BodyRef], str]) -> str:
    """What came of it, on one line."""
    if span.error:
        return " ".join(span.error.split())
    if span.op == SELECT:
        return decision(span)
    for name in (c.OUTPUT_MESSAGES, c.TOOL_RESULT, c.INPUT_MESSAGES, c.TOOL_ARGUMENTS):
        if name in span.bodies:
            body = text(span.bodies[name])
            return _ledger(body) or headline(body)
    return ""


def _ledger(body: str) -> str:
    """A Magentic ledger as its answers, "" for anything else."""
    told = parsed(speech(parsed(body)))
    if not isinstance(told, Mapping):
        return ""
    answers: dict[str, object] = {}
    for name, entry in cast("Mapping[str, object]", told).items():
        if isinstance(entry, Mapping) and "answer" in entry:
            answers[name] = cast("Mapping[str, object]", entry)["answer"]
    first = sorted(answers, key=lambda name: (name != NEXT, not isinstance(answers[name], bool)))
    return visible(", ".join(_told(name, answers[name]) for name in first), newlines=False)


def _told(name: str, answer: object) -> str:
    word = ("yes" if answer else "no") if isinstance(answer, bool) else str(answer)
    return f"{name.removeprefix('is_').replace('_', ' ')}: {word}"
