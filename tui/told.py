"""Findings as lines for reading: where, what it cost, the evidence, and what to do."""

from __future__ import annotations

from ..tracer.model import Step
from ..tracer.text import visible
from . import bodies
from .findings import Findings, Mark
from .pieces import Line
from .session import Session
from .units import many, size, span

BLANK: Line = []


def rule(text: str) -> Line:
    """A heading between parts."""
    return [("── ", "dim"), (text, "heading")]


def finding(session: Session, step: Step) -> list[Line]:
    """What the checks found at this step; without any, what they found elsewhere."""
    board = session.findings
    if board.state in ("waiting", "checking"):
        return [[("The run is being checked…", "dim")]]
    if board.state == "unavailable":
        return [[("The run could not be checked: ", "warning"), (board.why, "")]]
    here = board.covering(step.index, step.index + 1)
    if not board.marks:
        return _clean(board)
    out: list[Line] = []
    for mark in here:
        out += [*told(mark), BLANK]
    others = [mark for mark in board.by_severity() if mark not in here]
    if others:
        out.append(rule("elsewhere" if here else "not here, but"))
        out += [pointer(mark) for mark in others]
    return out


def _clean(board: Findings) -> list[Line]:
    checked = (f" Checked: {many(board.checked, 'rule')}.", "dim")
    return [[("No findings.", "bold"), checked], *unjudged(board)]


def unjudged(board: Findings) -> list[Line]:
    """Rules that could not judge, by what they would need for it."""
    by_need: dict[str, list[str]] = {}
    for code, needs in board.unjudged:
        by_need.setdefault(visible(needs, newlines=False), []).append(code)
    out: list[Line] = []
    for needs, codes in sorted(by_need.items(), key=lambda item: -len(item[1])):
        out.append(
            [(" ".join(codes), "bold"), (" could not judge: ", "dim"), (f"needs {needs}", "")]
        )
    return out


def pointer(mark: Mark) -> Line:
    """A finding on one line."""
    role = mark.finding.severity
    return [
        (f"{mark.glyph} {mark.number} ", f"{role} bold"),
        (f"{mark.finding.code} ", role),
        (visible(mark.finding.title, newlines=False), ""),
        (f"  :{mark.first}" if mark.finding.first_step is not None else "  whole run", "dim"),
    ]


def told(mark: Mark) -> list[Line]:
    """A finding with its evidence."""
    found = mark.finding
    role = found.severity
    out: list[Line] = [
        [
            (f"{mark.glyph} {found.code} ", f"{role} bold"),
            (visible(found.title, newlines=False), "bold"),
        ],
        [(f"{found.certainty} · {reach(mark)} · {price(mark)}", "dim")],
    ]
    if found.last_healthy_step is not None:
        out.append([("last healthy step ", "dim"), (str(found.last_healthy_step), "bold")])
    for quote in found.quotes[:8]:
        head = [str(quote.step) if quote.step is not None else "", quote.agent, quote.label]
        words = " ".join(word for word in head if word)
        out.append([(visible(words, newlines=False), "key")])
        out += [[("  ", ""), *line] for line in bodies.prose(quote.text)[:6]]
    if found.retention:
        out.append(rule("held by"))
        out += [[("  ", ""), *line] for path in found.retention for line in bodies.prose(path)]
    for label, text in (
        ("what to do", found.advice),
        ("what it would have saved", found.counterfactual),
        ("why this may be wrong", found.doubt),
    ):
        if text:
            out += [rule(label), *bodies.prose(text)]
    return out


def reach(mark: Mark) -> str:
    """Which steps it is about."""
    if mark.finding.first_step is None:
        return "whole run"
    return f"step {mark.first}" if mark.first == mark.last else f"steps {mark.first}–{mark.last}"


def price(mark: Mark) -> str:
    """What it has cost."""
    cost = mark.finding.cost
    words = [many(int(cost["steps"]), "step")] if cost.get("steps") else []
    words += [f"{int(cost['tokens']):,} tokens"] if cost.get("tokens") else []
    words += [span(round(cost["seconds"] * 1e9))] if cost.get("seconds") else []
    words += [size(cost["bytes"])] if cost.get("bytes") else []
    return "cost " + ", ".join(words) if words else "cost unknown"
