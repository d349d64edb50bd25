"""The one-line bars around the lanes: title, findings, status, keys."""

from __future__ import annotations

from collections.abc import Iterable

from ..tracer.model import Step
from ..tracer.text import visible
from .keymap import Key
from .pieces import Line, cells, fit, length
from .session import Session
from .shape import BESIDE
from .units import clock, many, number, size, span, tokens

STATUS_GLYPHS = {
    "running": ("● running", "running"),
    "ok": ("✓ ended", "good"),
    "error": ("✗ failed", "error bold"),
    "cancelled": ("■ cancelled", "warning"),
    "killed": ("✗ killed", "error bold"),
}


def title(session: Session, width: int, place: str = "") -> Line:
    """Where we are, how the run ended, and how big it is."""
    info = session.info
    text, role = STATUS_GLYPHS.get(info.status, (info.status, "dim"))
    line: Line = [(info.name, "bold")]
    if place and place != "replay":
        line += [(" › ", "dim"), (place, "bold")]
    line += [("  ", ""), (text, role)]
    if info.error:
        line.append((f" {_flat(info.error)[: max(0, width // 3)]}", "error"))
    if session.damage:
        line.append(("  ✂ ", "warning bold"))
        line.append((visible(session.damage, newlines=False), "warning"))
    start: Line = [(" loupe", "brand"), (" › ", "dim")]
    facts = [f"  {fact}" for fact in _facts(session)]
    room = width - length(start) - length(line) - sum(map(len, facts))
    # of the recording's name as much as leaves room for the facts of the run
    file, hash_, run = session.title.rpartition("#")
    for name in (session.title, f"#{run}" if file and hash_ else ""):
        if name and width >= BESIDE and cells(name) + 3 <= room:
            start += [(name, "dim"), (" › ", "dim")]
            break
    line = [*start, *line]
    for fact in facts:
        if length(line) + len(fact) + 1 > width:
            break
        line.append((fact, "dim"))
    return fit(line, width)


def _facts(session: Session) -> Iterable[str]:
    info = session.info
    yield many(session.total, "step")
    if info.end_ns is not None:
        yield span(info.end_ns - info.start_ns)
    yield tokens(info.input_tokens + info.output_tokens, info.unknown_tokens, info.chats)
    if info.peak_rss:
        yield f"peak {size(info.peak_rss)}"
    if info.dead_letters:
        yield many(info.dead_letters, "dead letter")
    yield many(session.cast.count, "agent")


def findings(session: Session, width: int) -> Line:
    """What the checks have found, the severest first, as many as fit."""
    board = session.findings
    if board.state == "waiting":
        return fit([(" ", "")], width)
    if board.state == "checking":
        return fit([(" checking the run…", "dim")], width)
    if board.state == "unavailable":
        return fit([(" not checked: ", "warning"), (board.why, "dim")], width)
    if not board.marks:
        glyph = ("?", "warning") if board.verdict == "inconclusive" else ("✓", "good")
        words = f" no findings  checked {many(board.checked, 'rule')}"
        if board.unjudged:
            words += f", {len(board.unjudged)} could not judge"
        return fit([(" ", ""), glyph, (words, "dim")], width)
    line: Line = [(" ", ""), *_cut(session)]
    marks = board.by_severity()
    for place, mark in enumerate(marks):
        role = mark.finding.severity
        item: Line = [
            (f"{mark.glyph}{mark.number} ", f"{role} bold"),
            (f"{mark.finding.code} ", role),
            (visible(mark.finding.title, newlines=False), ""),
            (f" :{mark.first}   " if mark.finding.first_step is not None else "   ", "dim"),
        ]
        rest = len(marks) - place - 1
        more = f"+{rest} more" if rest else ""
        room = width - length(line) - len(more) - 1
        if place and room < min(length(item), 28):
            line.append((f"+{rest + 1} more", "dim"))
            break
        line += item if length(item) <= room else [*fit(item, room - 1), (" ", "")]
    return fit(line, width)


def _cut(session: Session) -> Line:
    """What is missing may have been taken for what went wrong."""
    return [("✂ ", "warning bold"), ("of what is left: ", "warning")] if session.damage else []


def status(session: Session, width: int, notice: str = "", *, going: str = "") -> Line:
    """Where the cursor is, and what is still going on."""
    if not session.total:
        line: Line = [(" no steps yet" if not session.ended else " no steps", "dim")]
        return fit([*line, ("   ", ""), (notice, "notice")], width)
    cursor = session.cursor
    line = [
        (" step ", "dim"),
        (number(cursor.step), "bold"),
        (f"/{number(session.total - 1)}", "dim"),
        ("  t ", "dim"),
        (clock(session.elapsed_ns(session.step(cursor.step))), "bold"),
        ("  row ", "dim"),
        (f"{number(session.at + 1)}/{number(session.rows)}", ""),
    ]
    matches = session.matches
    if matches is not None:
        looked = 100 * matches.looked // max(1, session.total)
        more = f", {looked} % read" if looked < 100 else ""
        line.append((f"  /{matches.meant.source}", "notice"))
        line.append((f" {number(matches.rows)} of {number(session.total)}{more}", "dim"))
    if session.selection.steps:
        line.append((f"  ▌{session.selection}", "notice"))
    if going:
        line.append((f"  {going}", "running"))
    if not session.indexed:
        share = 100 * session.index.steps // session.total
        line.append((f"  reading {share} %", "dim"))
    if notice:
        line += [("   ", ""), (notice, "notice")]
    else:
        line += _news(session, session.step(cursor.step))
    return fit(line, width)


def _news(session: Session, step: Step) -> Line:
    """What the cursor's step says, for terminals without room for it elsewhere."""
    cast = session.cast
    line: Line = [("   ", ""), (cast.name(step.recipient), cast.role(step.recipient)), (" ", "")]
    if step.error:
        return [*line, (f"✗ {_flat(step.error)}", "error")]
    if step.end_ns is None:
        line.append((f"○ {session.unfinished(step)}  ", "warning"))
    return [*line, (session.said(step), "said")]


def footer(keys: Iterable[Key], width: int) -> Line:
    """The keys that fit; `?` and `q` are always among them."""
    shown = [key for key in keys if key.footer]
    last = [key for key in shown if key.action in ("help", "quit")]
    rest = [key for key in shown if key not in last]
    room = width - sum(length(_hint(key)) for key in last)
    line: Line = []
    for key in rest:
        hint = _hint(key)
        if length(line) + length(hint) > room:
            break
        line += hint
    for key in last:
        line += _hint(key)
    return fit(line, width)


def _hint(key: Key) -> Line:
    return [(f" {key.shown.split()[0]}", "key"), (f" {key.footer} ", "dim")]


def _flat(text: str) -> str:
    return " ".join(text.split())
